"""Undo a line of the history of a course, which can concern many rows of its tree."""

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
    """The line was not undone; `reason` tells the user why. Nothing was written."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = str(reason)


def undo_line(*, course: Course, kind: str, event: int, may: Callable[[str, str], bool]) -> str:
    """Undo the line of the history of a course that has the `event` of this `kind`, all of it or nothing.

    `may(verb, kind)` tells whether the user may undo a verb of changes.UNDONE_BY on rows of a kind. Return a sentence
    that says what was done. Raises PermissionDenied where the user may not, and NotUndone where the rows have changed
    since.
    """
    verb, line = line_with(course, kind, event)
    if not line or not is_undoable(line):
        raise NotUndone(CHANGED_SINCE)
    if not all(may(verb, entry.kind) for entry in line):
        raise PermissionDenied
    if kind == GRANTS:
        return _remove_editors(course, line) if verb == "let" else _add_editors(course, line)
    entries = {(entry.kind, entry.row): entry for entry in line}
    try:
        with locked_tree(course.pk):
            rows = _lock_rows(entries)
            _refuse_changed(course, entries)
            if verb == "archived":
                _restore(rows)
            elif verb in ("added", "restored"):
                _archive(rows, entries)
            else:
                _undo_changes(course, rows, entries)
    except StaleTree as error:
        raise NotUndone(_("Something else stands in its place now, so nothing was undone.")) from error
    except archiving.ParentArchived as error:
        raise NotUndone(error) from error
    tops = [row for kind, group in rows.items() for row in group if _parent_of(kind, row) not in entries]
    name = str(tops[0] if len(tops) == 1 else course)
    message = _("“%(name)s” archived.") if verb == "added" else _("“%(name)s” is as it was before.")
    return message % {"name": name}


def _remove_editors(course: Course, entries: list[HistoryEntry]) -> str:
    with transaction.atomic():
        for entry in entries:
            try:
                _user, done = editors.remove_editor(course=course, user_id=uuid.UUID(entry.after["user"]))
            except editors.NotAMember:  # the grant was deleted with the assignment
                done = False
            if not done:
                raise NotUndone(
                    _("%(name)s may no longer edit “%(course)s”.") % _name_and_course([entry], course)
                )
    return _("%(name)s may no longer edit “%(course)s”.") % _name_and_course(entries, course)


def _add_editors(course: Course, entries: list[HistoryEntry]) -> str:
    with transaction.atomic():
        for entry in entries:
            try:
                _user, done = editors.add_editor(course=course, user_id=uuid.UUID(entry.after["user"]))
            except editors.NotAMember as error:
                message = _("%(name)s no longer works in this program, so nothing was undone.")
                raise NotUndone(message % _name_and_course([entry], course)) from error
            except editors.MayEditAlready as error:
                message = _("%(name)s may edit every course already.")
                raise NotUndone(message % {"name": error.user}) from error
            if not done:
                message = _("%(name)s may edit “%(course)s” already.")
                raise NotUndone(message % _name_and_course([entry], course))
    return _("%(name)s may edit “%(course)s” now.") % _name_and_course(entries, course)


def _name_and_course(entries: list[HistoryEntry], course: Course) -> dict[str, Any]:
    return {"name": names_in(entries), "course": course}


def _lock_rows(entries: Entries) -> Rows:
    """Lock the rows of the entries until the transaction ends. Return them by kind, parents first."""
    rows = {}
    for kind, source in SOURCES.items():
        keys = [key for entry_kind, key in entries if entry_kind == kind]
        locked = source.model.with_archived.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
        rows[kind] = list(locked.order_by("pk")) if keys else []
    return rows


def _parent_of(kind: str, row: Any) -> tuple[str, uuid.UUID] | None:
    """The kind and the key of the parent of a row; None for a course."""
    return (LEVELS[kind].parent or "courses", row.parent_id) if kind in LEVELS else None


def _refuse_changed(course: Course, entries: Entries) -> None:
    """Raise NotUndone where a row has changed since its entry, naming the user who changed it last."""
    for kind in SOURCES:
        states = states_of(kind, [key for entry_kind, key in entries if entry_kind == kind])
        for key, state in states.items():
            if not state_left(entries[kind, key]).items() <= state.items():
                raise NotUndone(_changed_since(state["name"], last_actor(course, kind, key)))


def _changed_since(name: str, who: str) -> str:
    if not who:
        return str(CHANGED_SINCE)
    last = _("%(who)s was the last to change “%(name)s”.") % {"who": who, "name": name}
    return f"{CHANGED_SINCE} {last}"


def _restore(rows: Rows) -> None:
    for kind, group in rows.items():
        # Those archived together with their parent have been restored with it.
        archived = SOURCES[kind].model.with_archived.filter(
            pk__in=[row.pk for row in group], deleted_at__isnull=False
        )
        for row in archived if group else ():
            archiving.restore(row)


def _archive(rows: Rows, entries: Entries) -> None:
    """Archive the rows. Raises NotUndone where others would be archived with them."""
    moments = set()
    for kind, group in rows.items():
        # Children have been archived with their parents.
        present = SOURCES[kind].model.objects.filter(pk__in=[row.pk for row in group])
        for row in present if group else ():
            archiving.archive(row)
            moments.add(row.deleted_at)
    number = sum(
        source.model.with_archived.filter(deleted_at__in=moments).count() for source in SOURCES.values()
    )
    if number > len(entries):
        raise NotUndone(_("Something was added to it since, so nothing was undone."))


def _undo_changes(course: Course, rows: Rows, entries: Entries) -> None:
    """Restore the values that the entries changed.

    Raises NotUndone where a row is archived, or would move to a parent that is no longer present in the course.
    """
    for kind, group in rows.items():
        parents = set()
        for row in group:
            event, parent = entries[kind, row.pk].event, _parent_of(kind, row)
            if row.deleted_at is not None or not undo_event(row, event):
                raise NotUndone(CHANGED_SINCE)
            if _parent_of(kind, row) != parent:
                parents.add(row.parent_id)
        if not parents <= _present_keys(course, LEVELS[kind].parent if kind in LEVELS else None, parents):
            raise NotUndone(_("What it was in before is no longer there, so nothing was undone."))


def _present_keys(course: Course, kind: str | None, keys: set[uuid.UUID]) -> set[uuid.UUID]:
    """The keys that belong to rows of this kind in the course that are not archived; for courses, the course."""
    if kind is None or not keys:
        return {course.pk}
    rows = LEVELS[kind].model.objects.filter(pk__in=keys, **LEVELS[kind].course_filter(course.pk))
    return set(rows.values_list("pk", flat=True))
