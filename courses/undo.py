"""Undoing one line of the history of a course, which can be about many rows of its tree."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from crud.history import HistoryEntry
from programs import archive as archiving
from programs.undo import CHANGED_SINCE, undo_event

from . import editors
from .changes import GRANTS, SOURCES, is_undoable, last_actor, line_with, names_in, state_left, states_of
from .models import Course
from .outline import LEVELS
from .services import StaleTree, locked_tree

Entries = dict[tuple[str, uuid.UUID], HistoryEntry]
Rows = dict[str, list[Any]]


class NotUndone(Exception):
    """Why a line was not undone, in words. Nothing was changed."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = str(reason)


def undo_line(*, course: Course, kind: str, event: int, may: Callable[[str, str], bool]) -> str:
    """Undo one line of the course's history: the one with `event`, of the history of `kind`. All of it or nothing.

    Returns what was done, in a sentence. `may` tells whether the user may undo a verb of changes.UNDONE_BY on rows of
    a kind. Raises PermissionDenied where not, and NotUndone where the rows no longer have what the line says.
    """
    verb, line = line_with(course, kind, event)
    if not line or not is_undoable(line):
        raise NotUndone(CHANGED_SINCE)
    if not all(may(verb, entry.kind) for entry in line):
        raise PermissionDenied
    if kind == GRANTS:
        return _end(course, line) if verb == "let" else _let(course, line)
    entries = {(entry.kind, entry.row): entry for entry in line}
    try:
        with locked_tree(course.pk):
            rows = _locked(entries)
            _refuse_changed(course, entries)
            if verb == "archived":
                _restore(rows)
            elif verb in ("added", "restored"):
                _archive(rows, entries)
            else:
                _give_back(course, rows, entries)
    except StaleTree as error:
        raise NotUndone(_("Something else stands in its place now, so nothing was undone.")) from error
    except archiving.ParentArchived as error:
        raise NotUndone(error) from error
    tops = [row for kind, of in rows.items() for row in of if _above(kind, row) not in entries]
    name = str(tops[0] if len(tops) == 1 else course)
    said = _("“%(name)s” archived.") if verb == "added" else _("“%(name)s” is as it was before.")
    return said % {"name": name}


def _end(course: Course, entries: list[HistoryEntry]) -> str:
    """End the right to edit of those whom the events gave it."""
    with transaction.atomic():
        for entry in entries:
            try:
                _user, done = editors.remove_editor(course=course, user_id=uuid.UUID(entry.after["user"]))
            except editors.NotAMember:  # whose right has ended with the work here
                done = False
            if not done:
                raise NotUndone(_("%(name)s may no longer edit “%(course)s”.") % _named([entry], course))
    return _("%(name)s may no longer edit “%(course)s”.") % _named(entries, course)


def _let(course: Course, entries: list[HistoryEntry]) -> str:
    """Let those edit again whose right the events ended."""
    with transaction.atomic():
        for entry in entries:
            try:
                _user, done = editors.add_editor(course=course, user_id=uuid.UUID(entry.after["user"]))
            except editors.NotAMember as error:
                said = _("%(name)s no longer works in this program, so nothing was undone.")
                raise NotUndone(said % _named([entry], course)) from error
            except editors.MayEditAlready as error:
                said = _("%(name)s may edit every course already.")
                raise NotUndone(said % {"name": error.user}) from error
            if not done:
                said = _("%(name)s may edit “%(course)s” already.")
                raise NotUndone(said % _named([entry], course))
    return _("%(name)s may edit “%(course)s” now.") % _named(entries, course)


def _named(entries: list[HistoryEntry], course: Course) -> dict[str, Any]:
    return {"name": names_in(entries), "course": course}


def _locked(entries: Entries) -> Rows:
    """The rows of the entries, locked until the transaction ends. Parents come first."""
    rows = {}
    for kind, source in SOURCES.items():
        keys = [key for of, key in entries if of == kind]
        locked = source.model.with_archived.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
        rows[kind] = list(locked.order_by("pk")) if keys else []
    return rows


def _above(kind: str, row: Any) -> tuple[str, uuid.UUID] | None:
    """The kind and the key of the row's parent, None for a course."""
    return (LEVELS[kind].parent or "courses", row.parent_id) if kind in LEVELS else None


def _refuse_changed(course: Course, entries: Entries) -> None:
    """Raise NotUndone, naming whoever changed it last, where a row no longer has what its entry left."""
    for kind in SOURCES:
        now = states_of(kind, [key for of, key in entries if of == kind])
        for key, state in now.items():
            if not state_left(entries[kind, key]).items() <= state.items():
                raise NotUndone(_changed_since(state["name"], last_actor(course, kind, key)))


def _changed_since(name: str, who: str) -> str:
    if not who:
        return str(CHANGED_SINCE)
    last = _("%(who)s was the last to change “%(name)s”.") % {"who": who, "name": name}
    return f"{CHANGED_SINCE} {last}"


def _restore(rows: Rows) -> None:
    for kind, of in rows.items():
        # Parents have brought back what was archived with them.
        still = SOURCES[kind].model.with_archived.filter(
            pk__in=[row.pk for row in of], deleted_at__isnull=False
        )
        for row in still if of else ():
            archiving.restore(row)


def _archive(rows: Rows, entries: Entries) -> None:
    moments = set()
    for kind, of in rows.items():
        # Parents have taken along what is below them.
        still = SOURCES[kind].model.objects.filter(pk__in=[row.pk for row in of])
        for row in still if of else ():
            archiving.archive(row)
            moments.add(row.deleted_at)
    taken = sum(
        source.model.with_archived.filter(deleted_at__in=moments).count() for source in SOURCES.values()
    )
    if taken > len(entries):
        raise NotUndone(_("Something was added to it since, so nothing was undone."))


def _give_back(course: Course, rows: Rows, entries: Entries) -> None:
    """Give all rows the values back that the entries changed; none goes to a parent that is not there now."""
    for kind, of in rows.items():
        parents = set()
        for row in of:
            event, above = entries[kind, row.pk].event, _above(kind, row)
            if row.deleted_at is not None:
                raise NotUndone(CHANGED_SINCE)
            if not undo_event(row, event):
                raise NotUndone(CHANGED_SINCE)
            if _above(kind, row) != above:
                parents.add(row.parent_id)
        if not parents <= _present(course, LEVELS[kind].parent if kind in LEVELS else None, parents):
            raise NotUndone(_("What it was in before is no longer there, so nothing was undone."))


def _present(course: Course, kind: str | None, keys: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the keys that are rows of that kind in the course, and not archived."""
    if kind is None or not keys:
        return {course.pk}
    found = LEVELS[kind].model.objects.filter(pk__in=keys, **LEVELS[kind].course_filter(course.pk))
    return set(found.values_list("pk", flat=True))
