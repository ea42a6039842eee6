"""Changes to the tree of a course that touch several rows.

Each takes the lock of the course first, so two people who add, move or archive in one course take turns and no
two siblings ever get the same place.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, IntegerField, Max, Value, When
from django.utils.translation import gettext as _

from accounts.models import Role, User
from courses.models import Course, Curriculum, TreeNode
from courses.outline import LEVELS, Level, Node, Outline
from programs import archive as archiving
from programs.memberships import memberships_of, role_in
from programs.models import Program
from programs.scope import current_program_id, current_scope, use_program

# A place taken twice; an id used twice, as by one form token sent to two courses.
CONFLICTS = {"23P01", "23505"}
ORDER_CONSTRAINTS = ", ".join(
    f'"{level.model._meta.db_table}_order_unique_among_siblings"' for level in LEVELS.values()
)


ADMINISTRATORS = {Role.SUPER_ADMIN, Role.PROGRAM_ADMIN}


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
        return node.parent is not None and _into_neighbour(outline, node, step)


def shift_node(*, course: Course, level: Level, node_id: uuid.UUID, to_next: bool) -> bool:
    """Move a node behind the children of the parent before its own, or before those of the next one.

    Returns False where there is no such parent. Raises StaleTree where the node is archived.
    """
    with changing(course.pk):
        outline = Outline(course)
        node = _present(outline, node_id)
        if node.parent is None:
            return False
        return _into_neighbour(outline, node, 1 if to_next else -1)


def _into_neighbour(outline: Outline, node: Node, step: int) -> bool:
    """Move a node to the nearer end of the parent before (`step` -1) or behind (1) its own, if there is one."""
    assert node.parent is not None
    parents = outline.of_kind(node.parent.kind)
    index = parents.index(node.parent) + step
    if not 0 <= index < len(parents):
        return False
    ids = [child.id for child in parents[index].children]
    ids.insert(len(ids) if step < 0 else 0, node.id)
    _place(node.level, parents[index].id, ids)
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


class Renamed(StaleTree):
    """The node has been given another name meanwhile: `name`. Nothing was changed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def rename_node(
    *, course: Course, level: Level, node_id: uuid.UUID, was: str, name: str
) -> tuple[TreeNode, datetime]:
    """Give a node that was called `was` another name. Returns it, and its version before.

    Once renamed, the same again changes nothing.

    Raises Renamed where it is called neither, and StaleTree where it is not present in the course.
    """
    with changing(course.pk):
        rows = level.model.objects.select_for_update(of=("self",), no_key=True)
        node = rows.filter(pk=node_id, **level.in_course(course.pk)).first()
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


# --- copies ----------------------------------------------------------------------------------------------

COPIES = uuid.UUID("6b1f3f0e-52c7-4a5c-9b0a-3d1d6a6f7c11")
IN_ONE_INSERT = 500
NAME_LENGTH = 200


def copy_course(*, course: Course, key: str) -> Course:
    """Copy a course with everything present below it, and return the copy. The same `key` again copies once.

    Raises StaleTree where the course is archived.
    """
    copy_id = _once(f"course {key}")
    with changing(course.pk) as source:
        there = Course.with_archived.filter(pk=copy_id).first()
        if there is not None:
            return there
        values = {name: getattr(source, name) for name in ("description", "level", "is_active")}
        copy = Course(pk=copy_id, name=name_of_copy(source.name), **values)
        copy.save(force_insert=True)
        _write(copy, Outline(source, texts=True).curricula, copy_id)
        return copy


def copy_curriculum(*, course: Course, node_id: uuid.UUID, key: str) -> TreeNode:
    """Copy a curriculum behind its siblings, with everything present below it. The same `key` copies once.

    Raises StaleTree where it is not present in the course.
    """
    copy_id = _once(f"curriculum {key}")
    with changing(course.pk) as source:
        there = Curriculum.with_archived.filter(pk=copy_id).first()
        if there is None:
            node = _present_curriculum(Outline(source, texts=True), node_id)
            _write(source, [replace(node, name=name_of_copy(node.name))], copy_id)
        return there or Curriculum.objects.get(pk=copy_id)


def programs_to_copy_to(user: User) -> list[Program]:
    """The other programs that `user` may copy a curriculum of the active one to: those of an administrator.

    Empty unless the user is one here too.
    """
    here = current_program_id()
    if here is None or role_in(user, here) not in ADMINISTRATORS:
        return []
    return [m.program for m in memberships_of(user) if m.role in ADMINISTRATORS and m.program.pk != here]


def copy_curriculum_to_program(
    *,
    course: Course,
    node_id: uuid.UUID,
    program: Program,
    user: User,
    key: str,
    course_id: uuid.UUID | None = None,
    course_name: str = "",
) -> TreeNode:
    """Copy a curriculum of the active program into another one, where `user` is an administrator too.

    It goes to the end of the course `course_id`, else into a new course of that name. What is copied is read
    here; what is written is written inside the other program, as everything of that program is. The same
    `key` copies once.

    Raises PermissionDenied unless the user administers both, StaleTree where the curriculum is not present, and
    Course.DoesNotExist where that program has no such course.
    """
    if program not in programs_to_copy_to(user):
        raise PermissionDenied
    copy_id = _once(f"elsewhere {key}")
    outline = Outline(course, texts=True)
    node = _present_curriculum(outline, node_id)
    with use_program(program, user=user, history=current_scope().history):
        there = Curriculum.with_archived.filter(pk=copy_id).first()
        if there is not None:
            return there
        if course_id is None:
            target = Course(pk=uuid.uuid5(copy_id, "course"), name=course_name, level=course.level)
            target.save(force_insert=True)
        else:
            target = Course.objects.get(pk=course_id)
        try:
            with changing(target.pk) as locked:
                _write(locked, [node], copy_id)
        except StaleTree:  # archived between the two statements
            raise Course.DoesNotExist from None
        return Curriculum.objects.get(pk=copy_id)


def name_of_copy(name: str) -> str:
    ending = _(" (copy)")
    return name[: NAME_LENGTH - len(ending)].rstrip() + ending


def _once(key: str) -> uuid.UUID:
    """The id of what is copied under `key`. Whoever else copies under it waits until this transaction ends."""
    copy_id = uuid.uuid5(COPIES, key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"copy {copy_id}"])
    return copy_id


def _present_curriculum(outline: Outline, node_id: uuid.UUID) -> Node:
    node = _present(outline, node_id)
    if node.level.parent is not None:
        raise StaleTree
    return node


def _write(course: Course, curricula: Sequence[Node], key: uuid.UUID) -> None:
    """Insert copies of these nodes, with those below, at the end of a course: one statement for each level.

    A single one gets `key` as its id.
    """
    first = (course.curricula.aggregate(last=Max("sequence_order"))["last"] or 0) + 1
    alone = len(curricula) == 1 and key != course.pk
    above = [(course.pk, place, node) for place, node in enumerate(curricula, first)]
    for level in LEVELS.values():
        rows, below = [], []
        for parent_id, place, node in above:
            row_id = key if alone and level.parent is None else uuid.uuid5(key, str(node.id))
            values: dict[str, Any] = {level.text_field: node.text}
            if level.child is None:
                values["duration_minutes"] = node.minutes or None
            rows.append(
                level.model(
                    pk=row_id, name=node.name, sequence_order=place, **level.under(parent_id), **values
                )
            )
            below += [(row_id, number, child) for number, child in enumerate(node.children, 1)]
        level.model.objects.bulk_create(rows, batch_size=IN_ONE_INSERT)
        above = below


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
