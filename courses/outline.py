"""The tree of a course as it is shown: curricula hold modules, modules hold lessons."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from django.db.models import IntegerField, Value
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from performance.prepared_queries import KEYS, Composed, with_keys

from .models import Course, Curriculum, Lesson, Module, TreeNode


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one level. Whole sentences: other languages bend the words of a level by their own rules."""

    add: Any
    add_to: Any
    added: Any
    archive: Any
    below: Any
    changed: Any
    changed_by: Any
    archived: Any
    empty: Any
    move_to: Any = ""
    to_previous: Any = ""
    to_next: Any = ""
    parent_archived: Any = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the tree. `kind` is its name in addresses, `child` and `parent` those of its neighbours."""

    kind: str
    model: type[TreeNode]
    parent_model: type[Any]
    parent: str | None
    child: str | None
    heading: str | None  # the element that holds the title: curricula and modules are headings
    words: Words

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def text_field(self) -> str:
        """The column of the formatted text."""
        return "content" if self.child is None else "description"

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


CURRICULUM_WORDS = Words(
    add=gettext_lazy("Add a curriculum"),
    add_to=gettext_lazy("Add a curriculum to %(parent)s"),
    added=gettext_lazy("Curriculum “%(name)s” added."),
    archive=gettext_lazy("Archive curriculum"),
    below=gettext_lazy("Modules of %(name)s"),
    changed=gettext_lazy("This curriculum changed while you were editing."),
    changed_by=gettext_lazy("%(who)s changed this curriculum while you were editing."),
    archived=gettext_lazy("This curriculum was archived while you were editing."),
    empty=gettext_lazy("No description yet."),
)
MODULE_WORDS = Words(
    add=gettext_lazy("Add a module"),
    add_to=gettext_lazy("Add a module to %(parent)s"),
    added=gettext_lazy("Module “%(name)s” added."),
    archive=gettext_lazy("Archive module"),
    below=gettext_lazy("Lessons of %(name)s"),
    changed=gettext_lazy("This module changed while you were editing."),
    changed_by=gettext_lazy("%(who)s changed this module while you were editing."),
    archived=gettext_lazy("This module was archived while you were editing."),
    empty=gettext_lazy("No description yet."),
    move_to=gettext_lazy("Move to another curriculum"),
    to_previous=gettext_lazy("To the previous curriculum"),
    to_next=gettext_lazy("To the next curriculum"),
    parent_archived=gettext_lazy("The curriculum it belongs to is archived too: restore that one first."),
)
LESSON_WORDS = Words(
    add=gettext_lazy("Add a lesson"),
    add_to=gettext_lazy("Add a lesson to %(parent)s"),
    added=gettext_lazy("Lesson “%(name)s” added."),
    archive=gettext_lazy("Archive lesson"),
    below="",
    changed=gettext_lazy("This lesson changed while you were editing."),
    changed_by=gettext_lazy("%(who)s changed this lesson while you were editing."),
    archived=gettext_lazy("This lesson was archived while you were editing."),
    empty=gettext_lazy("No content yet."),
    move_to=gettext_lazy("Move to another module"),
    to_previous=gettext_lazy("To the previous module"),
    to_next=gettext_lazy("To the next module"),
    parent_archived=gettext_lazy("The module it belongs to is archived too: restore that one first."),
)
LEVELS = {
    "curricula": Level("curricula", Curriculum, Course, None, "modules", "h3", CURRICULUM_WORDS),
    "modules": Level("modules", Module, Curriculum, "curricula", "lessons", "h4", MODULE_WORDS),
    "lessons": Level("lessons", Lesson, Module, "modules", None, None, LESSON_WORDS),
}
IN_COURSE = {
    "curricula": "course_id",
    "modules": "curriculum__course_id",
    "lessons": "module__curriculum__course_id",
}


def duration(minutes: int) -> str:
    """Minutes as people say them: "45 min", "2 h", "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    said = [_("%(number)s h") % {"number": figure(hours)}] if hours else []
    if rest or not hours:
        said.append(_("%(number)s min") % {"number": rest})
    return " ".join(said)


def figure(number: int) -> str:
    """A whole number as the reader's language writes it."""
    return number_format(number, force_grouping=True)


def counted(number: int, kind: str) -> str:
    """A number and what it counts: "1 lesson", "3 lessons"."""
    said = {
        "curricula": ngettext("%(number)s curriculum", "%(number)s curricula", number),
        "modules": ngettext("%(number)s module", "%(number)s modules", number),
        "lessons": ngettext("%(number)s lesson", "%(number)s lessons", number),
    }
    return said[kind] % {"number": figure(number)}


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
    text: str = ""
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
        parts = [counted(self.lessons, "lessons"), time]
        if self.kind == "curricula":
            parts = [counted(len(self.children), "modules"), *parts]
        return " · ".join(part for part in parts if part)

    @property
    def below(self) -> str:
        """What hangs on this node, in words: "2 modules and 7 lessons"."""
        modules = counted(len(self.children), "modules") if self.kind == "curricula" and self.children else ""
        lessons = counted(self.lessons, "lessons") if self.lessons else ""
        if modules and lessons:
            return _("%(modules)s and %(lessons)s") % {"modules": modules, "lessons": lessons}
        return modules or lessons

    @property
    def archive_warning(self) -> str:
        """What to know before archiving."""
        number = self.lessons + (len(self.children) if self.kind == "curricula" else 0)
        along = ngettext("%(below)s goes along.", "%(below)s go along.", number) % {"below": self.below}
        again = _("You can restore it at any time.")
        return f"{along} {again}" if number else again

    @property
    def adds_to(self) -> str:
        return str(self.adds.words.add_to) % {"parent": self.name} if self.adds else ""

    @property
    def fold_label(self) -> str:
        return str(self.level.words.below) % {"name": self.name}


@dataclass(slots=True)
class ArchivedNode:
    """An archived row whose parent is present, so that it can be restored where it was."""

    level: Level
    id: uuid.UUID
    name: str
    url: str
    parent_name: str


@cache
def _children(kind: str, *, archived: bool, texts: bool) -> Composed:
    """The rows of a level below any parents: (pk, name, parent, archived at, minutes, text)."""
    level = LEVELS[kind]
    link = f"{level.model.parent_field}_id"
    minutes = "duration_minutes" if level.child is None else Value(None, IntegerField())
    text = level.text_field if texts else Value("")
    manager = level.model.with_archived if archived else level.model.objects
    rows = with_keys(manager.order_by("sequence_order", "id"), level.model.parent_field)
    return Composed(rows.values_list("pk", "name", link, "deleted_at", minutes, text), keys=KEYS)


class Outline:
    """The whole tree of one course. Three queries, however large; texts are read only where `texts` asks.

    `archived` names the kinds whose archived rows are listed too: those with a parent that is present.
    """

    def __init__(self, course: Course, *, archived: Collection[str] = (), texts: bool = False) -> None:
        self.course = course
        self.token = uuid.uuid4()
        self.url = reverse("courses:course-detail", args=[course.pk])
        self.curricula: list[Node] = []
        self.archived: list[ArchivedNode] = []
        self.nodes: dict[uuid.UUID, Node] = {}
        self._read(archived, texts)

    def _read(self, archived: Collection[str], texts: bool) -> None:
        parents: dict[uuid.UUID, Node | None] = {self.course.pk: None}
        for level in LEVELS.values():
            # Archived parents are not among `parents`: what is archived here can be restored.
            children = _children(level.kind, archived=level.kind in archived, texts=texts)
            below: dict[uuid.UUID, Node | None] = {}
            found = children.rows(keys=list(parents)) if parents else ()
            for pk, name, parent_id, deleted_at, minutes, text in found:
                parent = parents[parent_id]
                url = f"{self.url}{level.kind}/{pk}/"
                if deleted_at is not None:
                    above = parent.name if parent else self.course.name
                    self.archived.append(ArchivedNode(level, pk, name, url, above))
                    continue
                siblings = parent.children if parent else self.curricula
                place = len(siblings) + 1
                code = f"{parent.code}.{place}" if parent else str(place)
                node = Node(level, pk, name, code, url, parent, place, minutes or 0, text=text)
                siblings.append(node)
                self.nodes[pk] = below[pk] = node
                while level.child is None and parent:
                    parent.minutes += node.minutes
                    parent.lessons += 1
                    parent = parent.parent
            parents = below

    def __iter__(self) -> Iterator[Node]:
        return iter(self.curricula)

    @property
    def adds_to(self) -> str:
        return str(LEVELS["curricula"].words.add_to) % {"parent": self.course.name}

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
        said = [
            (ngettext("Curriculum", "Curricula", count["curricula"]), figure(count["curricula"])),
            (ngettext("Module", "Modules", count["modules"]), figure(count["modules"])),
            (ngettext("Lesson", "Lessons", count["lessons"]), figure(count["lessons"])),
        ]
        return [*said, (_("Teaching time"), duration(self.minutes))]
