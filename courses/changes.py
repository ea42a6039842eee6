"""What happened to a course and everything below it, as people tell it."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import MD5, Coalesce, JSONObject, NullIf
from django.utils.translation import gettext as _

from crud.history import WayBack, event_model

from .models import Course, CourseGrant, Curriculum, Lesson, Module
from .outline import counted

LINES = 12
GRANTS = "grants"
# The right to undo what was done to the tree is that to do it the other way round.
UNDONE_BY = {
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
    parts = [_events(kind, course)[:EVENTS] for kind in SOURCES] + ([_grants(course)] if editors else [])
    rows = list(parts[0].union(*parts[1:], all=True).order_by("-pgh_created_at", "-pgh_id")[:EVENTS])
    names = _names(rows)
    newest: dict[Any, Any] = {}  # what each row is like now: its history has every change of it
    for row in rows:
        newest.setdefault((row["kind"], row["pgh_obj_id"]), row["now"])
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
    """(what was done, all events of the course's tree that are in one line with this one), ("", []) for none."""
    named = _events(kind, course).filter(pgh_id=event).first()
    if named is None:
        return "", []
    made = _request(named)
    if isinstance(made, datetime.datetime):
        same = Q(pgh_context__request__isnull=True, pgh_created_at__gte=made)
        same &= Q(pgh_created_at__lt=made + datetime.timedelta(minutes=1))
    else:
        same = Q(pgh_context__request=made)
    rows = [row for source in SOURCES for row in _events(source, course).filter(same)]
    return _verb(named), [row for row in rows if _together(row) == _together(named)]


def left_by(row: dict[str, Any]) -> dict[str, Any]:
    """What must still be so of the row of an event for the event to be undone: what it changed, and where the row is."""
    now, then = row["now"], row["then"]
    named = {key for key in now if now[key] != then[key]}
    if _verb(row) in ("archived", "restored"):
        named = {"above"}
    elif "place" in named:  # which is one below that parent
        named.add("above")
    return {key: now[key] for key in now if key in {*named, "gone"}}


def _stands(rows: list[dict[str, Any]], newest: dict[Any, Any]) -> bool:
    """Whether the events of a line can be undone while the rows have the `newest` states. Of each row there is one."""
    states = {(row["kind"], row["pgh_obj_id"]): newest[row["kind"], row["pgh_obj_id"]] for row in rows}
    return (
        _verb(rows[0]) in UNDONE_BY
        and len(states) == len(rows)
        and all(left_by(row).items() <= states[row["kind"], row["pgh_obj_id"]].items() for row in rows)
    )


def _events(kind: str, course: Course) -> QuerySet[Any]:
    model, in_course, columns = SOURCES[kind]
    events: Any = event_model(model)
    state = JSONObject(name=F("name"), gone=F("deleted_at"), **columns)
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
    return (
        event_model(CourseGrant)
        .objects.filter(content_object_id=course.pk)  # type: ignore[union-attr]
        .order_by("-pgh_created_at", "-pgh_id")
        .annotate(kind=Value(GRANTS, CharField()), now=JSONObject(name=name), then=JSONObject())
        .values("pgh_created_at", "pgh_id", "pgh_label", "pgh_obj_id", "pgh_context", "kind", "now", "then")[
            :EVENTS
        ]
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
    context = rows[0]["pgh_context"] or {}
    if _verb(rows[0]) == "moved":  # what went elsewhere, and not the neighbours that made room
        rows = [row for row in rows if row["now"].get("above") != row["then"].get("above")] or rows
    who = names.get(str(context.get("user")), "") or str(context.get("username", ""))
    if rows[0]["kind"] == GRANTS:
        people = ", ".join(row["now"]["name"] or "–" for row in rows)
        said = {
            "let": _("let %(people)s edit this course"),
            "ended": _("ended the right of %(people)s to edit this course"),
        }
        return Line(rows[0]["pgh_created_at"], who, said[_verb(rows[0])] % {"people": people})
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
    said = {
        "added": _("added %(what)s"),
        "archived": _("archived %(what)s"),
        "restored": _("restored %(what)s"),
        "moved": _("moved %(what)s"),
        "renamed": _("renamed %(what)s"),
        "edited": _("edited %(what)s"),
    }
    return Line(rows[0]["pgh_created_at"], who, said[_verb(top)] % {"what": what})


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
