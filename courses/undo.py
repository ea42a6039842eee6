"""Undoing one line of the history of a course, which can be about many rows of its tree."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from programs import archive as archiving
from programs.undo import CHANGED_SINCE, take_back

from .changes import SOURCES, UNDONE_BY, left_by, together_with
from .models import Course
from .outline import LEVELS
from .services import StaleTree, changing

Events = dict[tuple[str, uuid.UUID], dict[str, Any]]
Rows = dict[str, list[Any]]


class NotUndone(Exception):
    """Why a line was not undone, in words. Nothing was changed."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = str(reason)


def take_back_line(*, course: Course, kind: str, event: int, may: Callable[[str, str], bool]) -> str:
    """Undo one line of the course's history: the one with `event`, of the history of `kind`. All of it or nothing.

    Returns the name of what it was about. `may` tells whether the user may undo a verb of changes.UNDONE_BY on rows of
    a kind. Raises PermissionDenied where not, and NotUndone where the rows no longer have what the line says.
    """
    verb, found = together_with(course, kind, event)
    events = {(row["kind"], row["pgh_obj_id"]): row for row in found}
    if verb not in UNDONE_BY or len(events) < len(found):
        raise NotUndone(CHANGED_SINCE)
    if not all(may(verb, kind) for kind, _key in events):
        raise PermissionDenied
    try:
        with changing(course.pk):
            rows = _locked(events)
            if verb == "archived":
                _restore(rows, events)
            elif verb == "restored":
                _archive(rows, events)
            else:
                _give_back(course, rows, events)
    except StaleTree as error:
        raise NotUndone(_("Something else stands in its place now, so nothing was undone.")) from error
    except archiving.ParentArchived as error:
        raise NotUndone(error) from error
    tops = [row for kind, of in rows.items() for row in of if _above(kind, row) not in events]
    return str(tops[0] if len(tops) == 1 else course)


def _locked(events: Events) -> Rows:
    """The rows of the events, locked until the transaction ends. Parents come first."""
    rows = {}
    for kind, (model, *_more) in SOURCES.items():
        keys = [key for of, key in events if of == kind]
        locked = model.with_archived.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
        rows[kind] = list(locked.order_by("pk")) if keys else []
    return rows


def _above(kind: str, row: Any) -> tuple[str, uuid.UUID] | None:
    """The kind and the key of the row's parent, None for a course."""
    return (LEVELS[kind].parent or "courses", row.parent_id) if kind in LEVELS else None


def _went_elsewhere(row: Any, event: dict[str, Any]) -> bool:
    """Whether the row has another parent since the event, where that matters."""
    left = left_by(event).get("above")
    return left is not None and left != str(row.parent_id)


def _restore(rows: Rows, events: Events) -> None:
    for kind, of in rows.items():
        for row in of:
            gone = events[kind, row.pk]["now"]["gone"]
            if row.deleted_at != datetime.datetime.fromisoformat(gone):
                raise NotUndone(CHANGED_SINCE)
    for kind, of in rows.items():
        # Parents have brought back what was archived with them.
        still = SOURCES[kind][0].with_archived.filter(pk__in=[row.pk for row in of], deleted_at__isnull=False)
        for row in still if of else ():
            archiving.restore(row)


def _archive(rows: Rows, events: Events) -> None:
    moments = set()
    for kind, of in rows.items():
        for row in of:
            if row.deleted_at is not None or _went_elsewhere(row, events[kind, row.pk]):
                raise NotUndone(CHANGED_SINCE)
    for kind, of in rows.items():
        # Parents have taken along what is below them.
        still = SOURCES[kind][0].objects.filter(pk__in=[row.pk for row in of])
        for row in still if of else ():
            archiving.archive(row)
            moments.add(row.deleted_at)
    taken = sum(
        model.with_archived.filter(deleted_at__in=moments).count() for model, *_more in SOURCES.values()
    )
    if taken > len(events):
        raise NotUndone(_("Something was added to it since, so nothing was undone."))


def _give_back(course: Course, rows: Rows, events: Events) -> None:
    """Give all rows the values back that the events changed; none goes to a parent that is not there now."""
    for kind, of in rows.items():
        parents = set()
        for row in of:
            event, above = events[kind, row.pk], _above(kind, row)
            if row.deleted_at is not None or _went_elsewhere(row, event):
                raise NotUndone(CHANGED_SINCE)
            if not take_back(row, event["pgh_id"]):
                raise NotUndone(CHANGED_SINCE)
            if _above(kind, row) != above:
                parents.add(row.parent_id)
        if not parents <= _present(course, LEVELS[kind].parent if kind in LEVELS else None, parents):
            raise NotUndone(_("What it was in before is no longer there, so nothing was undone."))


def _present(course: Course, kind: str | None, keys: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the keys that are rows of that kind in the course, and not archived."""
    if kind is None or not keys:
        return {course.pk}
    found = LEVELS[kind].model.objects.filter(pk__in=keys, **LEVELS[kind].in_course(course.pk))
    return set(found.values_list("pk", flat=True))
