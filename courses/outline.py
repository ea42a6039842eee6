"""The levels of the tree of a course, and the tree as pages show it: curricula hold modules, modules lessons."""

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

from performance.prepared_queries import PreparedQuery, with_keys

from .models import Course, Curriculum, Lesson, Module, TreeNode


@dataclass(frozen=True, slots=True)
class LevelTexts:
    """The texts about one level of the tree.

    Whole sentences for each level, because other languages inflect "curriculum", "module" and "lesson" in them.
    """

    add: Any
    add_to: Any
    added: Any
    archive: Any
    children: Any
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
    """One level of the tree. `kind` is its name in URLs; `parent` and `child` are the kinds of the levels beside it."""

    kind: str
    model: type[TreeNode]
    parent: str | None
    child: str | None
    heading: str | None  # the HTML element of the title, None where it is no heading
    texts: LevelTexts

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def text_field(self) -> str:
        """The field of the model that holds formatted text."""
        return "content" if self.child is None else "description"

    @property
    def plural(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def permission(self, verb: str) -> str:
        return f"courses.{verb}_{self.model._meta.model_name}"

    def parent_filter(self, parent_id: uuid.UUID) -> dict[str, uuid.UUID]:
        """Keyword arguments that select, or set, the parent of a row."""
        return {f"{self.model.parent_field}_id": parent_id}

    def course_filter(self, course_id: uuid.UUID) -> dict[str, uuid.UUID]:
        """Keyword arguments that filter rows of this level by course."""
        return {COURSE_LOOKUPS[self.kind]: course_id}


CURRICULUM_TEXTS = LevelTexts(
    add=gettext_lazy("Add a curriculum"),
    add_to=gettext_lazy("Add a curriculum to %(parent)s"),
    added=gettext_lazy("Curriculum “%(name)s” added."),
    archive=gettext_lazy("Archive curriculum"),
    children=gettext_lazy("Modules of %(name)s"),
    changed=gettext_lazy("This curriculum changed while you were editing."),
    changed_by=gettext_lazy("%(who)s changed this curriculum while you were editing."),
    archived=gettext_lazy("This curriculum was archived while you were editing."),
    empty=gettext_lazy("No description yet."),
)
MODULE_TEXTS = LevelTexts(
    add=gettext_lazy("Add a module"),
    add_to=gettext_lazy("Add a module to %(parent)s"),
    added=gettext_lazy("Module “%(name)s” added."),
    archive=gettext_lazy("Archive module"),
    children=gettext_lazy("Lessons of %(name)s"),
    changed=gettext_lazy("This module changed while you were editing."),
    changed_by=gettext_lazy("%(who)s changed this module while you were editing."),
    archived=gettext_lazy("This module was archived while you were editing."),
    empty=gettext_lazy("No description yet."),
    move_to=gettext_lazy("Move to another curriculum"),
    to_previous=gettext_lazy("To the previous curriculum"),
    to_next=gettext_lazy("To the next curriculum"),
    parent_archived=gettext_lazy("The curriculum it belongs to is archived too: restore that one first."),
)
LESSON_TEXTS = LevelTexts(
    add=gettext_lazy("Add a lesson"),
    add_to=gettext_lazy("Add a lesson to %(parent)s"),
    added=gettext_lazy("Lesson “%(name)s” added."),
    archive=gettext_lazy("Archive lesson"),
    children="",
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
    "curricula": Level("curricula", Curriculum, None, "modules", "h3", CURRICULUM_TEXTS),
    "modules": Level("modules", Module, "curricula", "lessons", "h4", MODULE_TEXTS),
    "lessons": Level("lessons", Lesson, "modules", None, None, LESSON_TEXTS),
}
COURSE_LOOKUPS = {
    "curricula": "course_id",
    "modules": "curriculum__course_id",
    "lessons": "module__curriculum__course_id",
}


def duration(minutes: int) -> str:
    """Format minutes: "45 min", "2 h", "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [_("%(number)s h") % {"number": format_count(hours)}] if hours else []
    if rest or not hours:
        parts.append(_("%(number)s min") % {"number": rest})
    return " ".join(parts)


def format_count(number: int) -> str:
    """Format a whole number by the rules of the active language."""
    return number_format(number, force_grouping=True)


def counted(number: int, kind: str) -> str:
    """Format a number with the name of a level: "1 lesson", "3 lessons"."""
    texts = {
        "curricula": ngettext("%(number)s curriculum", "%(number)s curricula", number),
        "modules": ngettext("%(number)s module", "%(number)s modules", number),
        "lessons": ngettext("%(number)s lesson", "%(number)s lessons", number),
    }
    return texts[kind] % {"number": format_count(number)}


@dataclass(slots=True, eq=False)
class Node:
    """A node of the outline. `place` is its position among its siblings, from 1; `code` is like "1.2.3"."""

    level: Level
    id: uuid.UUID
    name: str
    code: str
    url: str
    parent: Node | None
    place: int
    minutes: int = 0
    lesson_count: int = 0  # below this node
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.level.kind

    @property
    def add_token(self) -> uuid.UUID:
        """A new token for the form that adds a child."""
        return uuid.uuid4()

    @property
    def child_level(self) -> Level | None:
        return LEVELS[self.level.child] if self.level.child else None

    @property
    def summary(self) -> str:
        """The counts and the teaching time at the end of the row."""
        time = duration(self.minutes) if self.minutes else ""
        if self.kind == "lessons":
            return time
        parts = [counted(self.lesson_count, "lessons"), time]
        if self.kind == "curricula":
            parts = [counted(len(self.children), "modules"), *parts]
        return " · ".join(part for part in parts if part)

    @property
    def contents(self) -> str:
        """The counts of the nodes below: "2 modules and 7 lessons"; "" where there are none."""
        modules = counted(len(self.children), "modules") if self.kind == "curricula" and self.children else ""
        lessons = counted(self.lesson_count, "lessons") if self.lesson_count else ""
        if modules and lessons:
            return _("%(modules)s and %(lessons)s") % {"modules": modules, "lessons": lessons}
        return modules or lessons

    @property
    def archive_warning(self) -> str:
        number = self.lesson_count + (len(self.children) if self.kind == "curricula" else 0)
        along = ngettext("%(below)s goes along.", "%(below)s go along.", number) % {"below": self.contents}
        again = _("You can restore it at any time.")
        return f"{along} {again}" if number else again

    @property
    def add_label(self) -> str:
        """The label of the field that adds a child."""
        return str(self.child_level.texts.add_to) % {"parent": self.name} if self.child_level else ""

    @property
    def children_label(self) -> str:
        """The label of the button that folds the children."""
        return str(self.level.texts.children) % {"name": self.name}


@dataclass(slots=True)
class ArchivedNode:
    """An archived node whose parent is present, so that it can be restored."""

    level: Level
    id: uuid.UUID
    name: str
    url: str
    parent_name: str


@cache
def _children_query(kind: str, *, archived: bool, texts: bool) -> PreparedQuery:
    """The rows of a level below given parents: (pk, name, parent id, deleted_at, minutes, text)."""
    level = LEVELS[kind]
    link = f"{level.model.parent_field}_id"
    minutes = "duration_minutes" if level.child is None else Value(None, IntegerField())
    text = level.text_field if texts else Value("")
    manager = level.model.with_archived if archived else level.model.objects
    columns = ("pk", "name", link, "deleted_at", minutes, text)
    rows = manager.order_by("sequence_order", "id").values_list(*columns)
    return PreparedQuery(lambda keys: with_keys(rows, level.model.parent_field, keys), keys="keys")


class Outline:
    """The whole tree of one course, read in three queries.

    `archived` are the kinds of which archived nodes are read too, as far as their parent is present. `texts` reads
    the formatted texts as well. `nodes` maps the id of each node that is present to it.
    """

    def __init__(self, course: Course, *, archived: Collection[str] = (), texts: bool = False) -> None:
        self.course = course
        self.add_token = uuid.uuid4()
        self.url = reverse("courses:course-detail", args=[course.pk])
        self.curricula: list[Node] = []
        self.archived: list[ArchivedNode] = []
        self.nodes: dict[uuid.UUID, Node] = {}
        self._read(archived, texts)

    def _read(self, archived: Collection[str], texts: bool) -> None:
        parents: dict[uuid.UUID, Node | None] = {self.course.pk: None}
        for level in LEVELS.values():
            # `parents` holds none that are archived, so what is archived below them can be restored.
            query = _children_query(level.kind, archived=level.kind in archived, texts=texts)
            below: dict[uuid.UUID, Node | None] = {}
            rows = query.rows(keys=list(parents)) if parents else ()
            for pk, name, parent_id, deleted_at, minutes, text in rows:
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
                    parent.lesson_count += 1
                    parent = parent.parent
            parents = below

    def __iter__(self) -> Iterator[Node]:
        return iter(self.curricula)

    @property
    def add_label(self) -> str:
        """The label of the field that adds a curriculum."""
        return str(LEVELS["curricula"].texts.add_to) % {"parent": self.course.name}

    def of_kind(self, kind: str) -> list[Node]:
        """The nodes of one level in the order of the tree."""
        return [node for node in self.walk() if node.kind == kind]

    def walk(self) -> Iterator[Node]:
        """All nodes in the order of the tree, parents before their children."""
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
        """(label, value) of the counts of the levels and of the teaching time."""
        count = dict.fromkeys(LEVELS, 0)
        for node in self.nodes.values():
            count[node.kind] += 1
        counts = [
            (ngettext("Curriculum", "Curricula", count["curricula"]), format_count(count["curricula"])),
            (ngettext("Module", "Modules", count["modules"]), format_count(count["modules"])),
            (ngettext("Lesson", "Lessons", count["lessons"]), format_count(count["lessons"])),
        ]
        return [*counts, (_("Teaching time"), duration(self.minutes))]
