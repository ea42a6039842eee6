"""Who looked beyond their own place, when and why: the mode of all programs, and looking as another user.

Both begin with a reason, which is kept in the session with an end. Each request in them writes a row before its
work.
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


def begin(*, user: User, reason: str, as_user: User | None = None) -> AllProgramsVisit:
    """Note that a visit begins, and why."""
    return AllProgramsVisit.objects.create(
        visit=uuid.uuid4(),
        user=user,
        username=user.username,
        as_user=as_user,
        as_username=as_user.username if as_user else "",
        reason=reason,
    )


def end(visit: str, how: VisitEvent) -> None:
    """Note that a visit has ended, and how. What has ended before stays as it is."""
    begun = AllProgramsVisit.objects.filter(visit=visit, event=VisitEvent.START).first()
    if begun is not None and not is_over(visit):
        names = ("visit", "user_id", "username", "as_user_id", "as_username", "reason")
        AllProgramsVisit.objects.create(event=how, **{name: getattr(begun, name) for name in names})


def is_over(visit: str) -> bool:
    """Whether the end of the visit is recorded.

    That counts, whatever a session says: a slow request may save an older one.
    """
    going_on = (VisitEvent.START, VisitEvent.LOOK)
    return AllProgramsVisit.objects.filter(visit=visit).exclude(event__in=going_on).exists()


def seen(request: HttpRequest) -> dict[str, str]:
    """What a request looks at, for its row."""
    return {
        "method": str(request.method)[:10],
        "path": request.get_full_path().replace("\0", "")[:1000],
        "what": _what(request)[:500],
    }


def _what(request: HttpRequest) -> str:
    """The object, or the objects, that the address or the form names: "students.student <id>"; else nothing."""
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


def enter_all_programs(request: Any, reason: str) -> None:
    """Let the session work across all programs, until it leaves or its hours are over."""
    begun = begin(user=request.user, reason=reason)
    until = time.time() + settings.ALL_PROGRAMS_HOURS * 3600
    request.session[SESSION] = {"visit": str(begun.visit), "reason": reason, "until": until}
    request.session[SESSION_PROGRAM] = ALL


def visit_to_all_programs(request: Any) -> dict[str, Any] | None:
    """The visit that the session is on: `visit`, `reason` and `until`, in seconds. None where it is over.

    The database is asked once for each request.
    """
    found = request.session.get(SESSION)
    if not found or found["until"] <= time.time():
        return None
    known = getattr(request, "visit_known", None)
    if known is None or known[0] != found["visit"]:
        request.visit_known = known = (found["visit"], is_over(found["visit"]))
    return None if known[1] else found


def leave_all_programs(request: Any, how: VisitEvent) -> None:
    """End the visit of the session, if it is on one."""
    found = request.session.pop(SESSION, None)
    if request.session.get(SESSION_PROGRAM) == ALL:
        del request.session[SESSION_PROGRAM]
    if found:
        end(found["visit"], how)


# ---- as another user


@dataclass(frozen=True)
class ViewAs:
    """`by` looks as `user` until `until`. `visit` is the id in the audit."""

    by: User
    user: User
    until: datetime.datetime
    visit: str
    reason: str

    def note(self, request: HttpRequest, program: Program | None = None) -> None:
        """Write what is about to be looked at. Its own transaction: what fails later does not erase it."""
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
                **seen(request),
            )

    def history(self) -> dict[str, str]:
        """Who really looks, for a history row: there is none, because nothing can be written."""
        return {"viewed_by": str(self.by.pk), "viewed_by_username": self.by.username, "visit": self.visit}
