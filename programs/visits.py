"""Audited visits: the mode of all programs, and viewing the product as another user.

A visit begins with a reason. The session keeps its id, the reason and when it ends; each request of a visit commits a
row of `AllProgramsVisit` before its work.
"""

from __future__ import annotations

import datetime
import time
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from web.http import match_of, model_of

from .models import AllProgramsVisit, Program, VisitEvent

ALL = "all"
SESSION = "all_programs"
SESSION_PROGRAM = "program"
"""Key of the session for the program it is in: its id, or ALL."""


def begin_visit(*, user: User, reason: str, as_user: User | None = None) -> AllProgramsVisit:
    """Record the start of a visit and return that row."""
    return AllProgramsVisit.objects.create(
        visit=uuid.uuid4(),
        user=user,
        username=user.username,
        as_user=as_user,
        as_username=as_user.username if as_user else "",
        reason=reason,
    )


def end_visit(visit: str, how: VisitEvent) -> None:
    """Record the end of the visit with this id. Nothing happens where its end is recorded already."""
    begun = AllProgramsVisit.objects.filter(visit=visit, event=VisitEvent.START).first()
    if begun is not None and not is_visit_over(visit):
        names = ("visit", "user_id", "username", "as_user_id", "as_username", "reason")
        AllProgramsVisit.objects.create(event=how, **{name: getattr(begun, name) for name in names})


def is_visit_over(visit: str) -> bool:
    """Whether the end of the visit is recorded.

    A session alone can't tell: a slow request may save an older copy of it.
    """
    going_on = (VisitEvent.START, VisitEvent.LOOK)
    return AllProgramsVisit.objects.filter(visit=visit).exclude(event__in=going_on).exists()


def request_details(request: HttpRequest) -> dict[str, str]:
    """Method, path and object of a request: the columns of its row in the audit log."""
    return {
        "method": str(request.method)[:10],
        "path": request.get_full_path().replace("\0", "")[:1000],
        "what": _what(request)[:500],
    }


def _what(request: HttpRequest) -> str:
    """The model and ids that the URL or the form names, such as "students.student <id>"; "" for none."""
    match = match_of(request)
    if match is None:
        return ""
    model = model_of(match)
    if model is None:
        return ""
    keys = [str(match.kwargs[name]) for name in ("pk", "object_id", "node") if name in match.kwargs]
    keys += request.POST.getlist("_selected_action") if request.method == "POST" else []
    return " ".join([model._meta.label_lower, *keys]).replace("\0", "")


# ---- all programs, for the length of a visit


def begin_all_programs_visit(request: Any, reason: str) -> None:
    """Begin a visit to all programs, for `ALL_PROGRAMS_HOURS`, and make them the program of the session."""
    begun = begin_visit(user=request.user, reason=reason)
    until = time.time() + settings.ALL_PROGRAMS_HOURS * 3600
    request.session[SESSION] = {"visit": str(begun.visit), "reason": reason, "until": until}
    request.session[SESSION_PROGRAM] = ALL


def current_all_programs_visit(request: Any) -> dict[str, Any] | None:
    """The running visit of the session: `visit` (its id), `reason` and `until` (Unix time). None without one.

    The database is asked once for each request.
    """
    found = request.session.get(SESSION)
    if not found or found["until"] <= time.time():
        return None
    known = getattr(request, "visit_known", None)
    if known is None or known[0] != found["visit"]:
        request.visit_known = known = (found["visit"], is_visit_over(found["visit"]))
    return None if known[1] else found


def end_all_programs_visit(request: Any, how: VisitEvent) -> None:
    """End the visit of the session to all programs, if there is one, recording `how`."""
    found = request.session.pop(SESSION, None)
    if request.session.get(SESSION_PROGRAM) == ALL:
        del request.session[SESSION_PROGRAM]
    if found:
        end_visit(found["visit"], how)


# ---- as another user


@dataclass(frozen=True)
class ViewAs:
    """The super admin `by` views the product as `user` until `until`. `visit` is the id in the audit log."""

    by: User
    user: User
    until: datetime.datetime
    visit: str
    reason: str

    def note(self, request: HttpRequest, program: Program | None = None) -> None:
        """Record the request.

        Commits in a transaction of its own, so that a failing request can't erase it.
        """
        with transaction.atomic(durable=True):
            AllProgramsVisit.objects.create(
                visit=self.visit,
                event=VisitEvent.LOOK,
                user=self.by,
                username=self.by.username,
                as_user=self.user,
                as_username=self.user.username,
                reason=self.reason,
                program_name=program.name if program else "",
                **request_details(request),
            )

    def history(self) -> dict[str, str]:
        """The super admin, for the history context of the request, which is read only."""
        return {"viewed_by": str(self.by.pk), "viewed_by_username": self.by.username, "visit": self.visit}
