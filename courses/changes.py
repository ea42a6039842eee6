"""What happened to a course and everything below it, as people tell it."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import MD5, Coalesce, JSONObject, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crud.history import WayBack, event_model
from programs.models import UserProgramAssignment

from .models import Course, CourseGrant, Curriculum, Lesson, Module
from .outline import counted

LINES = 12
GRANTS = "grants"
# What a line says that was done.
SAID = {
    "added": gettext_lazy("added %(what)s"),
    "archived": gettext_lazy("archived %(what)s"),
    "restored": gettext_lazy("restored %(what)s"),
    "moved": gettext_lazy("moved %(what)s"),
    "renamed": gettext_lazy("renamed %(what)s"),
    "edited": gettext_lazy("edited %(what)s"),
    "let": gettext_lazy("let %(people)s edit this course"),
    "ended": gettext_lazy("ended the right of %(people)s to edit this course"),
}
# The right to undo what was done to the tree is that to do it the other way round; who may let others edit the course
# is asked about the whole of it.
LET = "let"
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
# One request can write many rows, as a copy does; together they are one line.
EVENTS = 150

SOURCES: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "courses": (
        Course,
        "pk",
        {"text": MD5("description"), "level": F("level"), "active": F("is_active")},
    ),
    "curricula": (
        Curriculum,
        "course",
        {"text": MD5("description"), "place": F("sequence_order"), "above": F("course_id")},
    ),
    "modules": (
        Module,
        "curriculum__course",
        {"text": MD5("description"), "place": F("sequence_order"), "above": F("curriculum_id")},
    ),
    "lessons": (
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


@dataclass(frozen=True)
class Line:
    """One thing that somebody did: `what` goes on after `who`, who is empty for work without a user.

    `verb` is what was done to the rows of the `kinds`. `kind` and `event` name one event of it, in the history of that
    kind. It `stands` where all its rows still have what it left. `ways_back` are there where a page adds them.
    """

    when: datetime.datetime
    who: str
    what: str
    verb: str = ""
    kinds: frozenset[str] = frozenset()
    kind: str = ""
    event: int = 0
    stands: bool = False
    ways_back: tuple[WayBack, ...] = ()

    @property
    def verb_label(self) -> str:
        """What the button to undo it is about, for screen readers."""
        return self.what


def changes_of(course: Course, *, editors: bool = False) -> list[Line]:
    """The last things done to the course and its tree, with `editors` who was let edit it, newest first.

    Two queries.
    """
    parts = [_events(kind, course)[:EVENTS] for kind in [*SOURCES, *([GRANTS] if editors else [])]]
    rows = list(parts[0].union(*parts[1:], all=True).order_by("-pgh_created_at", "-pgh_id")[:EVENTS])
    names = _names(rows)
    newest: dict[Any, Any] = {}  # what each row is like now: its history has every change of it
    for row in rows:
        newest.setdefault(about(row), row["now"])
    lines = []
    for _together_by, found in groupby(rows, key=_together):
        group = list(found)
        lines.append(
            replace(
                _line(group, names),
                verb=_verb(group[0]),
                kinds=frozenset(row["kind"] for row in group),
                kind=group[0]["kind"],
                event=group[0]["pgh_id"],
                stands=_stands(group, newest),
            )
        )
        if len(lines) == LINES:
            break
    return lines


def together_with(course: Course, kind: str, event: int) -> tuple[str, list[dict[str, Any]]]:
    """(what was done, all events of the course that are in one line with this one), ("", []) for none."""
    named = _events(kind, course).filter(pgh_id=event).first()
    if named is None:
        return "", []
    made = _request(named)
    if isinstance(made, datetime.datetime):
        same = Q(pgh_context__request__isnull=True, pgh_created_at__gte=made)
        same &= Q(pgh_created_at__lt=made + datetime.timedelta(minutes=1))
    else:
        same = Q(pgh_context__request=made)
    sources = [GRANTS] if kind == GRANTS else SOURCES
    rows = [row for source in sources for row in _events(source, course).filter(same)]
    return _verb(named), [row for row in rows if _together(row) == _together(named)]


def about(row: dict[str, Any]) -> tuple[str, Any]:
    """What an event is about: its kind and its row, or whom it let edit the course."""
    return row["kind"], row["now"]["user"] if row["kind"] == GRANTS else row["pgh_obj_id"]


def states_of(kind: str, keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """What rows of the tree are like now, as the `now` of an event tells it, by their keys."""
    model, _in_course, columns = SOURCES[kind]
    rows = model.with_archived.order_by().filter(pk__in=keys)
    return dict(rows.values_list("pk", _state(columns)))


def last_by(course: Course, kind: str, key: uuid.UUID) -> str:
    """The name of who changed a row of the tree last, empty where nobody is noted."""
    rows = list(_events(kind, course).filter(pgh_obj_id=key)[:1])
    return _who(rows[0], _names(rows)) if rows else ""


def left_by(row: dict[str, Any]) -> dict[str, Any]:
    """What must still be so of the row of an event for the event to be undone: what it changed, and where the row is."""
    now, then = row["now"], row["then"]
    if row["kind"] == GRANTS:
        return {"gone": now["gone"]}
    named = {key for key in now if then is None or now[key] != then[key]}
    if _verb(row) == "added":  # where it stands among its neighbours is theirs as well
        named.discard("place")
    elif _verb(row) in ("archived", "restored"):
        named = {"above"}
    elif "place" in named:  # which is one below that parent
        named.add("above")
    return {key: now[key] for key in now if key in {*named, "gone"}}


def _stands(rows: list[dict[str, Any]], newest: dict[Any, Any]) -> bool:
    """Whether the events of a line can be undone while the rows have the `newest` states. Of each row there is one."""
    verb, states = _verb(rows[0]), {about(row): newest[about(row)] for row in rows}
    if not undoable(rows) or not all(left_by(row).items() <= states[about(row)].items() for row in rows):
        return False
    if verb == "ended":  # and nobody is let edit who no longer works here
        return all(row["now"]["works"] for row in rows)
    return verb not in ("added", "restored") or not _come_since(rows, newest)


def undoable(rows: list[dict[str, Any]]) -> bool:
    """Whether the events of a line have an opposite: of each row one, and added is what the history saw being added."""
    verb = _verb(rows[0])
    seen = verb != "added" or all(row["pgh_label"] == "insert" for row in rows)
    return verb in UNDONE_BY and seen and len({about(row) for row in rows}) == len(rows)


def _come_since(rows: list[dict[str, Any]], newest: dict[Any, Any]) -> bool:
    """Whether something stands below the rows of a line now that is not among them, and would be archived along."""
    keys = {str(row["pgh_obj_id"]) for row in rows}
    return any(
        state.get("above") in keys and not state["gone"] and str(key) not in keys
        for (kind, key), state in newest.items()
        if kind != GRANTS
    )


def _state(columns: dict[str, Any]) -> JSONObject:
    return JSONObject(name=F("name"), gone=F("deleted_at"), **columns)


def _events(kind: str, course: Course) -> QuerySet[Any]:
    """The events of one kind in the history of the course, the newest first."""
    if kind == GRANTS:
        return _grants(course)
    model, in_course, columns = SOURCES[kind]
    events: Any = event_model(model)
    state = _state(columns)
    before = events.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    of_course = model.with_archived.filter(**{in_course: course.pk}).values("pk")
    return (
        events.objects.filter(pgh_obj_id__in=of_course)
        .order_by("-pgh_created_at", "-pgh_id")
        .annotate(
            kind=Value(kind, CharField()),
            now=state,
            then=Subquery(before.order_by("-pgh_id").values(state=state)[:1]),
        )
        .values("pgh_created_at", "pgh_id", "pgh_label", "pgh_obj_id", "pgh_context", "kind", "now", "then")
    )


def _grants(course: Course) -> QuerySet[Any]:
    """Who was let edit the course, and whose right ended, as the events of the tree."""
    people = get_user_model()._default_manager.filter(pk=OuterRef("user_id"))
    name = Subquery(people.values(name=Coalesce(NullIf("full_name", Value("")), "username"))[:1])
    members = UserProgramAssignment.objects.filter(program=course.program_id, is_active=True)
    works = Exists(members.filter(user=OuterRef("user_id"), user__is_active=True))
    state = JSONObject(name=name, user=F("user_id"), gone=Q(pgh_label="delete"), works=works)
    return (
        event_model(CourseGrant)
        .objects.filter(content_object_id=course.pk)  # type: ignore[union-attr]
        .order_by("-pgh_created_at", "-pgh_id")
        .annotate(kind=Value(GRANTS, CharField()), now=state, then=JSONObject())
        .values("pgh_created_at", "pgh_id", "pgh_label", "pgh_obj_id", "pgh_context", "kind", "now", "then")
    )


def _verb(row: dict[str, Any]) -> str:
    now, then = row["now"], row["then"]
    if row["kind"] == GRANTS:
        return "ended" if row["pgh_label"] == "delete" else "let"
    if row["pgh_label"] == "insert" or then is None:
        return "added"
    if now["gone"] != then["gone"]:
        return "archived" if now["gone"] else "restored"
    changed = {key for key in now if now[key] != then[key]}
    if changed <= {"place", "above"}:
        return "moved"
    return "renamed" if changed == {"name"} else "edited"


def _request(row: dict[str, Any]) -> Any:
    """What rows written together share: their request; work without one counts by the minute."""
    minute = row["pgh_created_at"].replace(second=0, microsecond=0)
    return (row["pgh_context"] or {}).get("request") or minute


def _together(row: dict[str, Any]) -> tuple[Any, str]:
    return _request(row), _verb(row)


def _line(rows: list[dict[str, Any]], names: dict[str, str]) -> Line:
    who = _who(rows[0], names)
    if _verb(rows[0]) == "moved":  # what went elsewhere, and not the neighbours that made room
        rows = [row for row in rows if row["now"].get("above") != row["then"].get("above")] or rows
    said = SAID[_verb(rows[0])]
    if rows[0]["kind"] == GRANTS:
        return Line(rows[0]["pgh_created_at"], who, said % {"people": people_of(rows)})
    top = min(rows, key=lambda row: list(SOURCES).index(row["kind"]))
    below = [row for row in rows if row["kind"] == "lessons" and row is not top]
    if [row["kind"] for row in rows].count(top["kind"]) > 1:
        what = _many(top["kind"], rows)
    elif below:
        what = _("%(first)s with %(lessons)s") % {
            "first": _one(top),
            "lessons": counted(len(below), "lessons"),
        }
    else:
        what = _one(top)
    return Line(rows[0]["pgh_created_at"], who, said % {"what": what})


def people_of(rows: Iterable[dict[str, Any]]) -> str:
    """The names of whom events of the grants are about."""
    return ", ".join(row["now"]["name"] or "–" for row in rows)


def _who(row: dict[str, Any], names: dict[str, str]) -> str:
    context = row["pgh_context"] or {}
    return names.get(str(context.get("user")), "") or str(context.get("username", ""))


def _one(row: dict[str, Any]) -> str:
    now, then = row["now"], row["then"]
    if _verb(row) == "renamed":
        return _("“%(was)s” to “%(name)s”") % {"was": then["name"], "name": now["name"]}
    said = {
        "courses": _("the course “%(name)s”"),
        "curricula": _("the curriculum “%(name)s”"),
        "modules": _("the module “%(name)s”"),
        "lessons": _("the lesson “%(name)s”"),
    }
    return said[row["kind"]] % {"name": now["name"]}


def _many(kind: str, rows: list[dict[str, Any]]) -> str:
    return counted(sum(row["kind"] == kind for row in rows), kind)


def _names(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Names of the users behind the rows, in one query."""
    ids = set()
    for row in rows:
        try:
            ids.add(uuid.UUID(str((row["pgh_context"] or {}).get("user"))))
        except ValueError:
            continue
    users = get_user_model()._default_manager.filter(pk__in=ids) if ids else ()
    return {str(user.pk): str(user) for user in users}
