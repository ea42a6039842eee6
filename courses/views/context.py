"""The context of the course page: the tree, the panel beside it, and what is said about the last change."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from courses.forms import NODE_FORMS, NodeForm
from courses.models import Course, TreeNode
from courses.outline import LEVELS, Level, Node, Outline, duration
from crud.forms import Conflict, Problem

from .access import LevelRights, TreeAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentGroup:
    """Nodes that another one can be moved into, under the name of the curriculum they belong to."""

    label: str
    nodes: list[Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePanel:
    """One node in the panel, to read or, with a `form`, to edit. Template: courses/_panel.html."""

    row: TreeNode
    level: Level
    node: Node | None
    """Its place in the outline; None where the row is archived."""
    may: LevelRights
    url: str
    form: NodeForm | None = None
    problems: Sequence[Problem] = ()
    """The errors of the form, for the summary above it."""
    conflict: Conflict | None = None
    """What somebody else saved since the form was opened."""
    archived_meanwhile: bool = False
    """The row was archived since the form was opened."""
    preview: bool = False
    """Show the text as it will look in place of the fields."""
    parent_archived: str = ""
    """Why an archived row cannot be restored: its parent is archived too."""
    may_copy_to_other_programs: bool = False
    previous_parent: Node | None = None
    next_parent: Node | None = None
    other_parents: Sequence[ParentGroup] = ()

    @property
    def may_restore(self) -> bool:
        """Whether the panel offers to restore the archived row."""
        offered = self.row.is_archived and not self.archived_meanwhile
        return offered and self.may.archive and not self.parent_archived

    @property
    def text(self) -> str:
        return getattr(self.row, self.level.text_field)

    @property
    def duration(self) -> str:
        return _duration_of(self.row)

    @property
    def preview_text(self) -> str:
        return self.form.data.get(self.level.text_field, "") if self.form else ""

    @property
    def preview_duration(self) -> str:
        return _duration_of(self.form.instance) if self.form else ""

    @property
    def changed_by(self) -> str:
        """A sentence that says who saved the row since the form was opened."""
        if self.conflict is None:
            return ""
        last = self.conflict.last
        if last is None:
            return str(self.level.texts.changed)
        return str(self.level.texts.changed_by) % {"who": last.actor or _("Someone")}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedNode:
    """A new node that was refused: shown again in the line that adds below `parent_id`."""

    parent_id: uuid.UUID
    name: str
    errors: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """The form that renames the node `id` in the tree, shown again. `was` is the name it replaces."""

    id: uuid.UUID
    name: str
    was: str
    errors: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedNotice:
    """The node that was just archived, with the address to undo that. `contents` counts the nodes below it."""

    name: str
    url: str
    contents: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePage:
    """What courses/course_detail.html shows. For HTMX, courses/_parts.html shows the `parts` that have changed.

    The parts are "outline", "panel" and "place": of the panel only where its node stands.
    """

    access: TreeAccess
    outline: Outline
    parts: Sequence[str]
    panel: NodePanel | None = None
    """None where no node is open: the panel describes the course."""
    add_below: uuid.UUID | None = None
    """The node whose line for a new child has the focus."""
    problem: str = ""
    """Why nothing was changed."""
    archived: ArchivedNotice | None = None
    refused: RefusedNode | None = None
    renaming: Renaming | None = None
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    """Of the forms that copy the course or a curriculum."""

    @property
    def course(self) -> Course:
        return self.access.course

    @property
    def level_label(self) -> str:
        return level_label(self.course)

    @property
    def top_level(self) -> Level:
        return LEVELS["curricula"]

    @property
    def error(self) -> bool:
        """Whether the title of the page begins with "Error"."""
        refused = (
            self.refused or (self.renaming and self.renaming.errors) or (self.panel and self.panel.problems)
        )
        return bool(self.problem or refused)

    @property
    def unsaved(self) -> bool:
        """Whether the title of the page begins with "Not saved"."""
        return self.panel is not None and bool(self.panel.conflict or self.panel.archived_meanwhile)


def level_label(course: Course) -> str:
    return _("Level %(number)s") % {"number": course.level}


def node_panel(
    access: TreeAccess,
    outline: Outline,
    row: TreeNode,
    level: Level,
    *,
    form: NodeForm | None = None,
    **state: Any,
) -> NodePanel:
    """The panel of `row`, a node of `level`: with `form`, else with a new one where the user may edit the row.

    `state` are further fields of NodePanel.
    """
    node, may = outline.nodes.get(row.pk), access.rights.at(level)
    if form is None and may.change and not row.is_archived:
        form = NODE_FORMS[level.kind](instance=row, request=access.request)
    if node is not None:
        state |= _other_places(outline, node)
    return NodePanel(
        row=row,
        level=level,
        node=node,
        may=may,
        url=f"{outline.url}{level.kind}/{row.pk}/",
        form=form,
        parent_archived=_parent_archived(row, level) if row.is_archived else "",
        may_copy_to_other_programs=level.parent is None and access.may_copy_to_other_programs,
        **state,
    )


def _other_places(outline: Outline, node: Node) -> dict[str, Any]:
    """The fields of NodePanel that say where a node can be moved: beside its parent, or to any other one."""
    if node.parent is None:
        return {}
    parents = outline.of_kind(node.parent.kind)
    position = parents.index(node.parent)
    groups: dict[Node | None, list[Node]] = {}
    for parent in parents:
        if parent is not node.parent:
            groups.setdefault(parent.parent, []).append(parent)
    return {
        "previous_parent": parents[position - 1] if position else None,
        "next_parent": parents[position + 1] if position + 1 < len(parents) else None,
        "other_parents": [
            ParentGroup(label=above.name if above else "", nodes=nodes) for above, nodes in groups.items()
        ],
    }


def _parent_archived(row: TreeNode, level: Level) -> str:
    """A sentence that says that the parent is archived too; "" where it is not."""
    if level.parent is None:
        return ""
    present = LEVELS[level.parent].model.objects.filter(pk=row.parent_id).exists()
    return "" if present else str(level.texts.parent_archived)


def _duration_of(row: Any) -> str:
    minutes = getattr(row, "duration_minutes", None)
    return duration(minutes) if minutes else ""
