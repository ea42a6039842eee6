"""Queries over the audit log of visits: search, paging and summaries."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Coalesce

from programs.models import VISIT_WORDS, AllProgramsVisit, VisitEvent

MOST_COUNTED = 1000
MOST_SEARCHED = 20_000  # rows with the words, the newest
PAGE = 50


def find_visits(
    *, words: str = "", person: str = "", since: datetime.datetime | None, until: datetime.datetime | None
) -> Any:
    """The start rows of the matching visits, the newest first.

    `words` match any row of a visit, within one column.
    """
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
    """The rows after (time, id) in a list that is sorted newest first."""
    when, key = place
    return rows.filter(created_at__lte=when).exclude(created_at=when, pk__gte=key)


def take_page(rows: Any, before: tuple[datetime.datetime, uuid.UUID] | None) -> tuple[list[Any], str]:
    """(a page of `rows`, which are sorted newest first; the key of the next page, "" without one)."""
    found = list((older_than(rows, before) if before else rows)[: PAGE + 1])
    more = len(found) > PAGE
    return found[:PAGE], f"{found[PAGE - 1].created_at.isoformat()}~{found[PAGE - 1].pk}" if more else ""


def visitors() -> list[str]:
    """The user names of all visitors, found by a loose index scan."""
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


def summarize_visits(visits: list[Any]) -> dict[Any, tuple[int, datetime.datetime, str]]:
    """By visit: (number of requests, at most MOST_COUNTED; time of the last row; how it ended, "" where it has not)."""
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
