"""Who looked beyond their own place, when and why: the mode of all programs, and looking as another user.

Both begin with a reason, which is kept in the session with an end. Each request in them writes a row before its
work. `academy.urls` says where the pages stand.
"""

from __future__ import annotations

import datetime
import time
import uuid
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from accounts.models import User
from web.http import match_of, model_of

from .models import VISIT_WORDS, AllProgramsVisit, VisitEvent

ALL = "all"
SESSION = "all_programs"
SESSION_PROGRAM = "program"
"""Key of the session for the program it is in: its id, or ALL."""
MOST_COUNTED = 1000
MOST_SEARCHED = 20_000  # rows with the words, the newest
PAGE = 50


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


# ---- looking back


def visits_found(
    *, words: str = "", person: str = "", since: datetime.datetime | None, until: datetime.datetime | None
) -> Any:
    """The beginnings of the visits, the newest first. `words` stand in any row of a visit, in one field."""
    found = AllProgramsVisit.objects.filter(event=VisitEvent.START).order_by("-created_at", "-pk")
    if person:
        found = found.filter(username=person)
    if since:
        found = found.filter(created_at__gte=since)
    if until:
        found = found.filter(created_at__lt=until)
    if words:
        matching = Q()
        for name in VISIT_WORDS:
            matching |= Q(**{f"{name}__icontains": words})
        rows = AllProgramsVisit.objects.filter(matching).annotate(key=Coalesce("visit", "pk"))
        newest = rows.order_by("-created_at").values("key")[:MOST_SEARCHED]
        found = found.annotate(key=Coalesce("visit", "pk")).filter(key__in=newest)
    return found


def older_than(rows: Any, place: tuple[datetime.datetime, uuid.UUID]) -> Any:
    """The rows that stand after that place in a list sorted newest first."""
    when, key = place
    return rows.filter(created_at__lte=when).exclude(created_at=when, pk__gte=key)


def page_of(rows: Any, before: tuple[datetime.datetime, uuid.UUID] | None) -> tuple[list[Any], str]:
    """A page of `rows`, which are sorted newest first, and the key of the next one; "" where there is none."""
    found = list((older_than(rows, before) if before else rows)[: PAGE + 1])
    more = len(found) > PAGE
    return found[:PAGE], f"{found[PAGE - 1].created_at.isoformat()}~{found[PAGE - 1].pk}" if more else ""


def people() -> list[str]:
    """Everybody who was ever on a visit. Steps from name to name, however many visits there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE name(username) AS (
                SELECT min(username) FROM all_programs_visits WHERE event = 'start'
                UNION ALL
                SELECT (SELECT min(v.username) FROM all_programs_visits v
                        WHERE v.event = 'start' AND v.username > name.username)
                FROM name WHERE name.username IS NOT NULL
            ) SELECT username FROM name WHERE username IS NOT NULL LIMIT 1000
            """
        )
        return [username for (username,) in cursor.fetchall()]


def summaries(visits: list[Any]) -> dict[Any, tuple[int, datetime.datetime, str]]:
    """By visit: how many looks, at most MOST_COUNTED; its last moment; how it ended, "" where it has not."""
    keys = [row.visit for row in visits if row.visit]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT v.visit, r.* FROM unnest(%s::uuid[]) v(visit), LATERAL (
                SELECT count(*) FILTER (WHERE event = 'look'), max(created_at),
                       coalesce(max(event) FILTER (WHERE event NOT IN ('start', 'look')), '')
                FROM (SELECT event, created_at FROM all_programs_visits a WHERE a.visit = v.visit
                      ORDER BY created_at DESC, id DESC LIMIT %s) newest
            ) r
            """,
            [keys, MOST_COUNTED],
        )
        return {visit: rest for visit, *rest in cursor.fetchall()}
