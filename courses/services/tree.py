"""Changes to the tree of a course.

Each locks the tree of the course first, so that people who change one course at the same time take turns and no two
siblings get the same place.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, IntegerField, Value, When

from courses.models import Course, TreeNode
from courses.outline import LEVELS, Level, Node, Outline
from programs import archive as archiving

CONFLICT_SQLSTATES = {
    "23P01",  # exclusion constraint: two siblings in one place
    "23505",  # unique constraint: one id twice, as when one form token is sent to two courses
}
ORDER_CONSTRAINTS = ", ".join(
    f'"{level.model._meta.db_table}_order_unique_among_siblings"' for level in LEVELS.values()
)


class StaleTree(Exception):
    """The tree has changed since the request was made from it. Nothing was written."""


class Renamed(StaleTree):
    """Somebody else has renamed the node to `name`. Nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@contextmanager
def locked_tree(course_id: uuid.UUID) -> Iterator[Course]:
    """Change the tree of a course in a transaction that holds its lock.

    The deferred constraints on the order of siblings are checked at the end of the block instead of at commit, while
    a violation can still be answered.

    Raises StaleTree where the course is archived, or where the block breaks one of these constraints.
    """
    try:
        with transaction.atomic():
            # NO KEY UPDATE: rows that refer to the course can still be written meanwhile.
            course = Course.objects.select_for_update(no_key=True).filter(pk=course_id).first()
            if course is None:
                raise StaleTree
            yield course
            with connection.cursor() as cursor:
                cursor.execute(f"SET CONSTRAINTS {ORDER_CONSTRAINTS} IMMEDIATE")
                cursor.execute(f"SET CONSTRAINTS {ORDER_CONSTRAINTS} DEFERRED")
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) in CONFLICT_SQLSTATES:
            raise StaleTree from error
        raise


def add_node(*, course_id: uuid.UUID, level: Level, parent_id: uuid.UUID, **values: Any) -> TreeNode:
    """Add a node behind its siblings and return it. `values` are fields of the model.

    With an `id` among the values, a second call with the same id returns the existing row, so that a double click
    adds one. Raises StaleTree where the parent is archived or not in the course.
    """
    with locked_tree(course_id) as course:
        if "id" in values:
            existing = level.model.with_archived.filter(
                pk=values["id"], **level.course_filter(course_id)
            ).first()
            if existing is not None:
                return existing
        if level.parent is None:
            parent_exists = parent_id == course_id
        else:
            parents = LEVELS[level.parent]
            parent_exists = parents.model.objects.filter(
                pk=parent_id, **parents.course_filter(course_id)
            ).exists()
        if not parent_exists:
            raise StaleTree
        node = level.model(program_id=course.program_id, **level.parent_filter(parent_id), **values)
        node.sequence_order = node.next_place()
        node.save(force_insert=True)
        return node


def rename_node(
    *, course: Course, level: Level, node_id: uuid.UUID, was: str, name: str
) -> tuple[TreeNode, datetime]:
    """Rename a node from `was` to `name`. Return it with its `updated_at` from before.

    A node that already has the new name is left as it is. Raises Renamed where it has any other name than these two,
    and StaleTree where it is archived or not in the course.
    """
    with locked_tree(course.pk):
        rows = level.model.objects.select_for_update(of=("self",), no_key=True)
        node = rows.filter(pk=node_id, **level.course_filter(course.pk)).first()
        if node is None:
            raise StaleTree
        before = node.updated_at
        if node.name == name:
            return node, before
        if node.name != was:
            raise Renamed(node.name)
        node.name = name
        node.save(update_fields=["name"])
        node.refresh_from_db()
        return node, before


def step_node(*, course: Course, level: Level, node_id: uuid.UUID, step: int) -> bool:
    """Move a node one place up (`step` -1) or down (1). From the end of its list it moves to the adjacent parent.

    Return False where there is no further place. Raises StaleTree where the node is archived.
    """
    with locked_tree(course.pk):
        outline = Outline(course)
        node = present_node(outline, node_id)
        siblings = node.parent.children if node.parent else outline.curricula
        target = node.place - 1 + step
        if 0 <= target < len(siblings):
            ids = [sibling.id for sibling in siblings]
            ids.insert(target, ids.pop(node.place - 1))
            _write_order(level, node.parent.id if node.parent else course.pk, ids)
            return True
        return node.parent is not None and _move_to_adjacent_parent(outline, node, step)


def move_to_adjacent_parent(*, course: Course, level: Level, node_id: uuid.UUID, to_next: bool) -> bool:
    """Move a node to the next parent, as its first child, or to the previous one, as its last.

    Return False where there is no such parent. Raises StaleTree where the node is archived.
    """
    with locked_tree(course.pk):
        outline = Outline(course)
        node = present_node(outline, node_id)
        if node.parent is None:
            return False
        return _move_to_adjacent_parent(outline, node, 1 if to_next else -1)


def move_node(*, course: Course, level: Level, node_id: uuid.UUID, parent_id: uuid.UUID) -> None:
    """Move a node behind the children of another parent in the same course.

    Raises StaleTree where one of the two is archived or not in the course.
    """
    with locked_tree(course.pk):
        outline = Outline(course)
        node, parent = present_node(outline, node_id), present_node(outline, parent_id)
        if parent.kind != level.parent:
            raise StaleTree
        if node.parent is not parent:
            _write_order(level, parent.id, [*(child.id for child in parent.children), node.id])


def reorder_children(*, course: Course, level: Level, parent_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Order the children of a parent as in `ids`, which may include nodes that move here from other parents.

    Raises StaleTree unless `ids` holds all present children, and otherwise only nodes of this level that are present
    in the course: somebody else has added, moved or archived one.
    """
    with locked_tree(course.pk):
        outline = Outline(course)
        if level.parent is None:
            children = outline.curricula if parent_id == course.pk else None
        else:
            parent = outline.nodes.get(parent_id)
            children = parent.children if parent and parent.kind == level.parent else None
        present = {node.id for node in outline.of_kind(level.kind)}
        if children is None or not {child.id for child in children} <= set(ids) <= present:
            raise StaleTree
        if [child.id for child in children] != list(ids):
            _write_order(level, parent_id, ids)


def archive_node(*, course: Course, node: TreeNode) -> None:
    """Archive a node with everything below it. Raises StaleTree where the course is archived."""
    with locked_tree(course.pk):
        archiving.archive(node)


def restore_node(*, course: Course, node: TreeNode) -> None:
    """Restore a node with what was archived together with it.

    Raises programs.archive.ParentArchived where its parent is archived, and StaleTree where the course is.
    """
    with locked_tree(course.pk):
        archiving.restore(node)


def present_node(outline: Outline, node_id: uuid.UUID) -> Node:
    """The node of the outline. Raises StaleTree where it is archived or not in the course."""
    try:
        return outline.nodes[node_id]
    except KeyError:
        raise StaleTree from None


def _move_to_adjacent_parent(outline: Outline, node: Node, step: int) -> bool:
    """Move a node to the end of the previous parent (`step` -1) or the beginning of the next one (1)."""
    assert node.parent is not None
    parents = outline.of_kind(node.parent.kind)
    index = parents.index(node.parent) + step
    if not 0 <= index < len(parents):
        return False
    ids = [child.id for child in parents[index].children]
    ids.insert(len(ids) if step < 0 else 0, node.id)
    _write_order(node.level, parents[index].id, ids)
    return True


def _write_order(level: Level, parent_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Put exactly these rows under the parent, in this order, in one statement.

    The places in use are distributed anew, so only rows whose place changes are written, and the history shows no
    other moves.
    """
    rows = level.model.objects.filter(**level.parent_filter(parent_id))
    old_places = dict(rows.values_list("pk", "sequence_order"))
    places = sorted(old_places.values())
    last = places[-1] if places else 0
    places += range(last + 1, last + 1 + len(ids) - len(old_places))
    changed = {pk: place for pk, place in zip(ids, places, strict=True) if old_places.get(pk) != place}
    level.model.objects.filter(pk__in=changed).update(
        **level.parent_filter(parent_id),
        sequence_order=Case(
            *(When(pk=pk, then=Value(place)) for pk, place in changed.items()), output_field=IntegerField()
        ),
    )
