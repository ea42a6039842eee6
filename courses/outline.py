"""The tree of a course as it is shown: curricula hold modules, modules hold lessons."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.urls import reverse

from .models import Course, Curriculum, Lesson, Module, TreeNode


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the tree. `kind` is its name in addresses, `child` and `parent` those of its neighbours."""

    kind: str
    model: type[TreeNode]
    parent_model: type[Any]
    parent: str | None
    child: str | None
    heading: str | None  # the element that holds the title: curricula and modules are headings

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def plural(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def permission(self, verb: str) -> str:
        return f"courses.{verb}_{self.model._meta.model_name}"

    def under(self, parent_id: uuid.UUID) -> dict[str, uuid.UUID]:
        """The filter, or the value, that names the parent."""
        return {f"{self.model.parent_field}_id": parent_id}

    def in_course(self, course_id: uuid.UUID) -> dict[str, uuid.UUID]:
        """The filter that keeps rows of this level to one course."""
        return {IN_COURSE[self.kind]: course_id}


LEVELS = {
    "curricula": Level("curricula", Curriculum, Course, None, "modules", "h3"),
    "modules": Level("modules", Module, Curriculum, "curricula", "lessons", "h4"),
    "lessons": Level("lessons", Lesson, Module, "modules", None, None),
}
IN_COURSE = {
    "curricula": "course_id",
    "modules": "curriculum__course_id",
    "lessons": "module__curriculum__course_id",
}


def duration(minutes: int) -> str:
    """Minutes as people say them: "45 min", "2 h", "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join([*([f"{hours:,} h"] if hours else []), *([f"{rest} min"] if rest or not hours else [])])


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and what it counts: "1 lesson", "3 lessons"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


@dataclass(slots=True, eq=False)
class Node:
    """One row of the outline."""

    level: Level
    id: uuid.UUID
    name: str
    code: str
    url: str
    parent: Node | None
    place: int
    minutes: int = 0
    lessons: int = 0  # below this node
    children: list[Node] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.level.kind

    @property
    def token(self) -> uuid.UUID:
        """A new one for the form that adds below this node."""
        return uuid.uuid4()

    @property
    def adds(self) -> Level | None:
        """The level that is added below this node."""
        return LEVELS[self.level.child] if self.level.child else None

    @property
    def summary(self) -> str:
        """What stands at the end of the row: how many, how long."""
        time = duration(self.minutes) if self.minutes else ""
        if self.kind == "lessons":
            return time
        parts = [counted(self.lessons, "lesson"), time]
        if self.kind == "curricula":
            parts = [counted(len(self.children), "module"), *parts]
        return " · ".join(part for part in parts if part)

    @property
    def below(self) -> str:
        """What hangs on this node, in words: "2 modules and 7 lessons"."""
        parts = [counted(len(self.children), "module")] if self.kind == "curricula" and self.children else []
        if self.lessons:
            parts.append(counted(self.lessons, "lesson"))
        return " and ".join(parts)

    @property
    def archive_warning(self) -> str:
        """What to know before archiving."""
        verb = "goes" if self.below in {"1 lesson", "1 module"} else "go"
        along = f"{self.below} {verb} along. " if self.below else ""
        return f"{along}You can restore it at any time."


@dataclass(slots=True)
class ArchivedNode:
    """An archived row whose parent is present, so that it can be restored where it was."""

    level: Level
    id: uuid.UUID
    name: str
    url: str
    parent_name: str


class Outline:
    """The whole tree of one course. Three queries, however large; the text of the lessons is not read.

    `archived` names the kinds whose archived rows are listed too: those with a parent that is present.
    """

    def __init__(self, course: Course, *, archived: Collection[str] = ()) -> None:
        self.course = course
        self.token = uuid.uuid4()
        self.url = reverse("courses:course-detail", args=[course.pk])
        self.curricula: list[Node] = []
        self.archived: list[ArchivedNode] = []
        self.nodes: dict[uuid.UUID, Node] = {}
        self._read(archived)

    def _read(self, archived: Collection[str]) -> None:
        parents: dict[uuid.UUID, Node | None] = {self.course.pk: None}
        for level in LEVELS.values():
            link = f"{level.model.parent_field}_id"
            columns = ["pk", "name", link, "deleted_at"]
            if level.kind == "lessons":
                columns.append("duration_minutes")
            # Archived parents are not among `parents`: what is archived here can be restored.
            manager = level.model.with_archived if level.kind in archived else level.model.objects
            rows = manager.filter(**{f"{link}__in": list(parents)}).order_by("sequence_order", "id")
            below: dict[uuid.UUID, Node | None] = {}
            for pk, name, parent_id, deleted_at, *minutes in rows.values_list(*columns) if parents else ():
                parent = parents[parent_id]
                url = f"{self.url}{level.kind}/{pk}/"
                if deleted_at is not None:
                    above = parent.name if parent else self.course.name
                    self.archived.append(ArchivedNode(level, pk, name, url, above))
                    continue
                siblings = parent.children if parent else self.curricula
                place = len(siblings) + 1
                code = f"{parent.code}.{place}" if parent else str(place)
                node = Node(level, pk, name, code, url, parent, place, (minutes or [0])[0] or 0)
                siblings.append(node)
                self.nodes[pk] = below[pk] = node
                while minutes and parent:
                    parent.minutes += node.minutes
                    parent.lessons += 1
                    parent = parent.parent
            parents = below

    def __iter__(self) -> Iterator[Node]:
        return iter(self.curricula)

    def of_kind(self, kind: str) -> list[Node]:
        """The nodes of one level in the order of the page."""
        return [node for node in self.walk() if node.kind == kind]

    def walk(self) -> Iterator[Node]:
        for curriculum in self.curricula:
            yield curriculum
            for module in curriculum.children:
                yield module
                yield from module.children

    @cached_property
    def minutes(self) -> int:
        return sum(node.minutes for node in self.curricula)

    @cached_property
    def totals(self) -> list[tuple[str, str]]:
        """Label and figure of the whole course: curricula, modules, lessons, time."""
        count = dict.fromkeys(LEVELS, 0)
        for node in self.nodes.values():
            count[node.kind] += 1
        return [
            ("Curricula" if count["curricula"] != 1 else "Curriculum", f"{count['curricula']:,}"),
            ("Modules" if count["modules"] != 1 else "Module", f"{count['modules']:,}"),
            ("Lessons" if count["lessons"] != 1 else "Lesson", f"{count['lessons']:,}"),
            ("Teaching time", duration(self.minutes)),
        ]
