"""The history of a course and its tree, as lines of text.

A request can write many rows, as a copy does; all it did with one verb is one line. `courses.undo` undoes a line as a
whole, for users who may do the opposite.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import MD5, Coalesce, JSONObject, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crud.history import ARCHIVED_AT, HistoryEntry, Operation, Verb, WayBack, event_rows, events, read
from programs.models import UserProgramAssignment

from .models import Course, CourseGrant, Curriculum, Lesson, Module
from .outline import counted

LINES = 12
EVENTS = 150
"""Events that are read for the lines."""
GRANTS = "grants"
# What a line says, by the verb.
SENTENCES = {
    "added": gettext_lazy("added %(what)s"),
    "archived": gettext_lazy("archived %(what)s"),
    "restored": gettext_lazy("restored %(what)s"),
    "moved": gettext_lazy("moved %(what)s"),
    "renamed": gettext_lazy("renamed %(what)s"),
    "edited": gettext_lazy("edited %(what)s"),
    "let": gettext_lazy("let %(people)s edit this course"),
    "ended": gettext_lazy("ended the right of %(people)s to edit this course"),
}
LET = "let"
# The right that undoing a verb needs: for the tree that to do the opposite, for grants the one to grant.
UNDONE_BY = {
    "added": "archive",
    "let": LET,
    "ended": LET,
    "renamed": "change",
    "edited": "change",
    "moved": "change",
    "archived": "archive",
    "restored": "archive",
}


Place = tuple[datetime.datetime, int]
"""Where a page of the history ends: the time and the key of its last event."""


@dataclass(frozen=True)
class Source:
    """Rows of the tree: their model, the path from them to the course, and the state of one as far as lines tell it."""

    model: Any
    course_path: str
    columns: Mapping[str, Any]

    @property
    def state(self) -> JSONObject:
        return JSONObject(name=F("name"), **{ARCHIVED_AT: F(ARCHIVED_AT)}, **self.columns)


SOURCES = {
    "courses": Source(
        Course, "pk", {"text": MD5("description"), "level": F("level"), "active": F("is_active")}
    ),
    "curricula": Source(
        Curriculum,
        "course",
        {"text": MD5("description"), "place": F("sequence_order"), "above": F("course_id")},
    ),
    "modules": Source(
        Module,
        "curriculum__course",
        {"text": MD5("description"), "place": F("sequence_order"), "above": F("curriculum_id")},
    ),
    "lessons": Source(
        Lesson,
        "module__curriculum__course",
        {
            "text": MD5("content"),
            "minutes": F("duration_minutes"),
            "place": F("sequence_order"),
            "above": F("module_id"),
        },
    ),
}
PLACE = {"place", "above"}


@dataclass(frozen=True)
class Line:
    """What somebody did in one request: `what` follows `actor`, who is empty for work without a user.

    `verb` is a key of SENTENCES, `kinds` are the kinds of the rows. `kind` and `event` name one event of the line, for
    the URL that undoes it. `is_current` while all its rows have what the line left. `ways_back` are added by the page.
    """

    at: datetime.datetime
    actor: str
    what: str
    verb: str
    kinds: frozenset[str]
    kind: str
    event: int
    is_current: bool = False
    ways_back: tuple[WayBack, ...] = ()

    @property
    def verb_label(self) -> str:
        """What the button to undo it is about, for screen readers."""
        return self.what


def lines_of(
    course: Course, *, grants: bool = False, before: Place | None = None
) -> tuple[list[Line], Place | None]:
    """(A page of the history of a course and its tree, newest first; `before` of the next page, None for the last).

    With `grants` also who may edit the course. Only lines of the first page are `is_current`. Two queries.
    """
    parts = [_events(kind, course) for kind in [*SOURCES, *([GRANTS] if grants else [])]]
    if before is not None:
        at, event = before
        older = Q(event_at__lt=at) | Q(event_at=at, event_id__lt=event)
        parts = [part.filter(older) for part in parts]
    parts = [part[: EVENTS + 1] for part in parts]
    rows = parts[0].union(*parts[1:], all=True).order_by("-event_at", "-event_id")[: EVENTS + 1]
    entries = read(rows, current_names=True)
    newest: dict[Any, Any] = {}  # the state of each row now: its history has every change of it
    for entry in entries if before is None else ():
        newest.setdefault(subject(entry), entry.after)
    groups = [list(group) for _key, group in groupby(entries[:EVENTS], key=_line_key)][:LINES]
    lines = [
        replace(_line(group), is_current=bool(newest) and _is_current(group, newest)) for group in groups
    ]
    more = len(entries) > sum(map(len, groups))
    return lines, (groups[-1][-1].at, groups[-1][-1].event) if more else None


def line_with(course: Course, kind: str, event: int) -> tuple[str, list[HistoryEntry]]:
    """(the verb, all entries) of the line that has the event of this kind; ("", []) where the course has no such."""
    named = read(_events(kind, course).filter(event_id=event)[:1])
    if not named:
        return "", []
    made_by = _request(named[0])
    if isinstance(made_by, datetime.datetime):
        same = Q(event_context__request__isnull=True, event_at__gte=made_by)
        same &= Q(event_at__lt=made_by + datetime.timedelta(minutes=1))
    else:
        same = Q(event_context__request=made_by)
    kinds = [GRANTS] if kind == GRANTS else SOURCES
    found = [entry for each in kinds for entry in read(_events(each, course).filter(same))]
    return verb_of(named[0]), [entry for entry in found if _line_key(entry) == _line_key(named[0])]


def subject(entry: HistoryEntry) -> tuple[str, Any]:
    """What an entry is about: its kind and the key of its row, or of the user who was let edit the course."""
    return entry.kind, entry.after["user"] if entry.kind == GRANTS else entry.row


def states_of(kind: str, keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """The states of rows of the tree now, by their keys, in the form of `HistoryEntry.after`."""
    source = SOURCES[kind]
    rows = source.model.with_archived.order_by().filter(pk__in=keys)
    return dict(rows.values_list("pk", source.state))


def last_actor(course: Course, kind: str, key: uuid.UUID) -> str:
    """The name of the user who changed a row of the tree last, empty where none is noted."""
    entries = read(_events(kind, course).filter(event_row=key)[:1], current_names=True)
    return entries[0].actor if entries else ""


def verb_of(entry: HistoryEntry) -> str:
    """What an entry did, as a key of SENTENCES."""
    if entry.kind == GRANTS:
        return "ended" if entry.verb is Verb.DELETED else "let"
    if entry.verb is Verb.ADDED or entry.before is None:
        return "added"
    if entry.verb in (Verb.ARCHIVED, Verb.RESTORED):
        return str(entry.verb)
    if entry.changed_names <= PLACE:
        return "moved"
    return "renamed" if entry.changed_names == {"name"} else "edited"


def state_left(entry: HistoryEntry) -> dict[str, Any]:
    """The part of a row's state that must be as the entry left it for the entry to be undone."""
    if entry.kind == GRANTS:
        return {"ended": entry.after["ended"]}
    verb = verb_of(entry)
    names = entry.changed_names
    if verb == "added":  # its place among its siblings changes with theirs
        names = set(entry.after) - {"place"}
    elif verb in ("archived", "restored"):
        names = {"above"}
    elif "place" in names:  # a place is one below its parent
        names.add("above")
    return {name: value for name, value in entry.after.items() if name in {*names, ARCHIVED_AT}}


def is_undoable(entries: list[HistoryEntry]) -> bool:
    """Whether the entries of a line have an opposite: one for each row, and added only where the insert is known."""
    verb = verb_of(entries[0])
    known = verb != "added" or all(entry.verb is Verb.ADDED for entry in entries)
    return verb in UNDONE_BY and known and len({subject(entry) for entry in entries}) == len(entries)


def names_in(entries: Iterable[HistoryEntry]) -> str:
    """The names of the users that entries of grants are about."""
    return ", ".join(entry.after["name"] or "–" for entry in entries)


def _is_current(entries: list[HistoryEntry], newest: dict[Any, Any]) -> bool:
    """Whether the entries of a line can be undone while the rows have the `newest` states."""
    verb = verb_of(entries[0])
    if not is_undoable(entries):
        return False
    if not all(state_left(entry).items() <= newest[subject(entry)].items() for entry in entries):
        return False
    if verb == "ended":  # nobody is let edit again who no longer works here
        return all(entry.after["works"] for entry in entries)
    return verb not in ("added", "restored") or not _has_newer_children(entries, newest)


def _has_newer_children(entries: list[HistoryEntry], newest: dict[Any, Any]) -> bool:
    """Whether rows that are not of the line stand below its rows now, and would be archived with them."""
    keys = {str(entry.row) for entry in entries}
    return any(
        state.get("above") in keys and not state[ARCHIVED_AT] and str(key) not in keys
        for (kind, key), state in newest.items()
        if kind != GRANTS
    )


def _events(kind: str, course: Course) -> QuerySet[Any]:
    """The events of one kind in the history of the course, newest first, for `read`."""
    if kind == GRANTS:
        return _grants(course)
    source = SOURCES[kind]
    of_course = source.model.with_archived.filter(**{source.course_path: course.pk}).values("pk")
    found = events(source.model).filter(event_row__in=of_course).order_by("-event_at", "-event_id")
    return event_rows(found, kind=kind, state=source.state, previous=True)


def _grants(course: Course) -> QuerySet[Any]:
    """The same of who was let edit the course, and whose right ended."""
    people = get_user_model()._default_manager.filter(pk=OuterRef("user_id"))
    name = Subquery(people.values(name=Coalesce(NullIf("full_name", Value("")), "username"))[:1])
    members = UserProgramAssignment.objects.filter(program=course.program_id, is_active=True)
    works = Exists(members.filter(user=OuterRef("user_id"), user__is_active=True))
    ended = Q(event_operation=Operation.DELETE)
    found = events(CourseGrant).filter(content_object_id=course.pk).order_by("-event_at", "-event_id")
    return event_rows(
        found, kind=GRANTS, state=JSONObject(name=name, user=F("user_id"), ended=ended, works=works)
    )


def _request(entry: HistoryEntry) -> Any:
    """What entries written together share: their request; work without one counts by the minute."""
    return entry.request_id or entry.at.replace(second=0, microsecond=0)


def _line_key(entry: HistoryEntry) -> tuple[Any, str]:
    return _request(entry), verb_of(entry)


def _line(entries: list[HistoryEntry]) -> Line:
    first, verb = entries[0], verb_of(entries[0])
    words = {"people": names_in(entries)} if first.kind == GRANTS else {"what": _rows_in_words(entries, verb)}
    return Line(
        at=first.at,
        actor=first.actor,
        what=SENTENCES[verb] % words,
        verb=verb,
        kinds=frozenset(entry.kind for entry in entries),
        kind=first.kind,
        event=first.event,
    )


def _rows_in_words(entries: list[HistoryEntry], verb: str) -> str:
    """The rows of a line: the topmost by its name, or how many there are."""
    if verb == "moved":  # those that have another parent, and not the siblings that made room for them
        entries = [entry for entry in entries if "above" in entry.changed_names] or entries
    top = min(entries, key=lambda entry: list(SOURCES).index(entry.kind))
    number = sum(entry.kind == top.kind for entry in entries)
    if number > 1:
        return counted(number, top.kind)
    lessons = sum(entry.kind == "lessons" and entry is not top for entry in entries)
    if lessons:
        return _("%(first)s with %(lessons)s") % {
            "first": _row_in_words(top, verb),
            "lessons": counted(lessons, "lessons"),
        }
    return _row_in_words(top, verb)


def _row_in_words(entry: HistoryEntry, verb: str) -> str:
    name = entry.after["name"]
    if verb == "renamed" and entry.before is not None:
        return _("“%(was)s” to “%(name)s”") % {"was": entry.before["name"], "name": name}
    patterns = {
        "courses": _("the course “%(name)s”"),
        "curricula": _("the curriculum “%(name)s”"),
        "modules": _("the module “%(name)s”"),
        "lessons": _("the lesson “%(name)s”"),
    }
    return patterns[entry.kind] % {"name": name}
