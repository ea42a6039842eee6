"""Changes to the tree of a course that touch several rows.

Each takes the lock of the course first, so two people who add, move or archive in one course take turns and no
two siblings ever get the same place.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, IntegerField, Value, When

from programs import archive as archiving

from .models import Course, TreeNode
from .outline import LEVELS, Level, Node, Outline

# A place taken twice; an id used twice, as by one form token sent to two courses.
CONFLICTS = {"23P01", "23505"}
ORDER_CONSTRAINTS = ", ".join(
    f'"{level.model._meta.db_table}_order_unique_among_siblings"' for level in LEVELS.values()
)


class StaleTree(Exception):
    """The tree is no longer the one the request was made from. Nothing was changed."""


@contextmanager
def changing(course_id: uuid.UUID) -> Iterator[Course]:
    """Change the tree of a course, one change at a time. Raises StaleTree where the course is archived.

    The order promise is checked at the end of the block, not at commit, so that a violation can still be
    answered: it raises StaleTree.
    """
    try:
        with transaction.atomic():
            # NO KEY UPDATE: rows that point at the course can still be written meanwhile.
            course = Course.objects.select_for_update(no_key=True).filter(pk=course_id).first()
            if course is None:
                raise StaleTree
            yield course
            with connection.cursor() as cursor:
                cursor.execute(f"SET CONSTRAINTS {ORDER_CONSTRAINTS} IMMEDIATE")
                cursor.execute(f"SET CONSTRAINTS {ORDER_CONSTRAINTS} DEFERRED")
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) in CONFLICTS:
            raise StaleTree from error
        raise


def add_node(*, course_id: uuid.UUID, level: Level, parent_id: uuid.UUID, **values: Any) -> TreeNode:
    """Add a node behind its siblings and return it.

    With `id` among the values, adding the same id again returns the row that is there: a double click adds
    once. Raises StaleTree where the parent is not in the course or is archived.
    """
    with changing(course_id) as course:
        if "id" in values:
            there = level.model.with_archived.filter(pk=values["id"], **level.in_course(course_id)).first()
            if there is not None:
                return there
        if level.parent is None:
            found = parent_id == course_id
        else:
            above = LEVELS[level.parent]
            found = above.model.objects.filter(pk=parent_id, **above.in_course(course_id)).exists()
        if not found:
            raise StaleTree
        node = level.model(program_id=course.program_id, **level.under(parent_id), **values)
        node.sequence_order = node.next_place()
        node.save(force_insert=True)
        return node


def step_node(*, course: Course, level: Level, node_id: uuid.UUID, step: int) -> bool:
    """Move a node one place up (`step` -1) or down (1); at the end of its list, into the next parent.

    Returns False where there is no further place. Raises StaleTree where the node is archived.
    """
    with changing(course.pk):
        outline = Outline(course)
        node = _present(outline, node_id)
        siblings = node.parent.children if node.parent else outline.curricula
        target = node.place - 1 + step
        if 0 <= target < len(siblings):
            ids = [sibling.id for sibling in siblings]
            ids.insert(target, ids.pop(node.place - 1))
            _place(level, _parent_id(node, course), ids)
            return True
        if node.parent is None:
            return False
        parents = outline.of_kind(node.parent.kind)
        index = parents.index(node.parent) + step
        if not 0 <= index < len(parents):
            return False
        ids = [child.id for child in parents[index].children]
        ids.insert(len(ids) if step < 0 else 0, node.id)
        _place(level, parents[index].id, ids)
        return True


def move_node(*, course: Course, level: Level, node_id: uuid.UUID, parent_id: uuid.UUID) -> None:
    """Move a node behind the children of another parent in the same course.

    Raises StaleTree where one of the two is not present in the course.
    """
    with changing(course.pk):
        outline = Outline(course)
        node, parent = _present(outline, node_id), _present(outline, parent_id)
        if parent.kind != level.parent:
            raise StaleTree
        if node.parent is not parent:
            _place(level, parent.id, [*(child.id for child in parent.children), node.id])


def reorder_children(*, course: Course, level: Level, parent_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Give the children of a parent the order of `ids`, which may bring nodes of other parents along.

    Raises StaleTree unless `ids` names every child present and beside them only nodes of this level that are
    present in the course: someone else added, moved or archived meanwhile.
    """
    with changing(course.pk):
        outline = Outline(course)
        if level.parent is None:
            children = outline.curricula if parent_id == course.pk else None
        else:
            parent = outline.nodes.get(parent_id)
            children = parent.children if parent and parent.kind == level.parent else None
        known = {node.id for node in outline.of_kind(level.kind)}
        if children is None or not {child.id for child in children} <= set(ids) <= known:
            raise StaleTree
        if [child.id for child in children] != list(ids):
            _place(level, parent_id, ids)


def archive_node(*, course: Course, node: TreeNode) -> None:
    """Archive a node with everything below it."""
    with changing(course.pk):
        archiving.archive(node)


def restore_node(*, course: Course, node: TreeNode) -> None:
    """Bring a node back with what was archived together with it. Raises programs.archive.ParentArchived."""
    with changing(course.pk):
        archiving.restore(node)


def _present(outline: Outline, node_id: uuid.UUID) -> Node:
    try:
        return outline.nodes[node_id]
    except KeyError:
        raise StaleTree from None


def _parent_id(node: Node, course: Course) -> uuid.UUID:
    return node.parent.id if node.parent else course.pk


def _place(level: Level, parent_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Put exactly these rows under the parent in this order, in one statement.

    The places already in use are dealt out anew, so only rows whose place changes are written: their history
    shows moves that happened and no others.
    """
    rows = dict(level.model.objects.filter(**level.under(parent_id)).values_list("pk", "sequence_order"))
    places = sorted(rows.values())
    last = places[-1] if places else 0
    places += range(last + 1, last + 1 + len(ids) - len(rows))
    changed = {pk: place for pk, place in zip(ids, places, strict=True) if rows.get(pk) != place}
    level.model.objects.filter(pk__in=changed).update(
        **level.under(parent_id),
        sequence_order=Case(
            *(When(pk=pk, then=Value(place)) for pk, place in changed.items()), output_field=IntegerField()
        ),
    )
