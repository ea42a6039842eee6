"""Copies of courses and curricula, each made once however often its form is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role, ranks_at_least
from courses.models import Course, Curriculum, TreeNode
from courses.outline import LEVELS, Node, Outline
from programs.memberships import memberships_of, role_in
from programs.models import Program
from programs.scope import current_program_id, current_scope, use_program

from .tree import StaleTree, locked_tree, present_node

COPY_NAMESPACE = uuid.UUID("6b1f3f0e-52c7-4a5c-9b0a-3d1d6a6f7c11")
BATCH_SIZE = 500
NAME_LENGTH = 200


def copy_course(*, course: Course, key: str) -> Course:
    """Copy a course with everything present below it, and return the copy. A second call with `key` returns it too.

    Raises StaleTree where the course is archived.
    """
    copy_id = _lock_copy(f"course {key}")
    with locked_tree(course.pk) as source:
        existing = Course.with_archived.filter(pk=copy_id).first()
        if existing is not None:
            return existing
        values = {name: getattr(source, name) for name in ("description", "level", "is_active")}
        copy = Course(pk=copy_id, name=name_of_copy(source.name), **values)
        copy.save(force_insert=True)
        _insert_copies(copy, Outline(source, texts=True).curricula, copy_id)
        return copy


def copy_curriculum(*, course: Course, node_id: uuid.UUID, key: str) -> TreeNode:
    """Copy a curriculum behind its siblings, with everything present below it.

    Return the copy; a second call with `key` returns it too. Raises StaleTree where the curriculum is not present in
    the course.
    """
    copy_id = _lock_copy(f"curriculum {key}")
    with locked_tree(course.pk) as source:
        existing = Curriculum.with_archived.filter(pk=copy_id).first()
        if existing is not None:
            return existing
        node = _present_curriculum(Outline(source, texts=True), node_id)
        _insert_copies(source, [replace(node, name=name_of_copy(node.name))], copy_id)
        return Curriculum.objects.get(pk=copy_id)


def programs_to_copy_to(user: User) -> list[Program]:
    """The other programs into which `user` may copy a curriculum: those that the user administers.

    Empty unless the user administers the active program too.
    """
    here = current_program_id()
    if here is None or not ranks_at_least(role_in(user, here), Role.PROGRAM_ADMIN):
        return []
    return [
        membership.program
        for membership in memberships_of(user)
        if membership.program.pk != here and ranks_at_least(membership.role, Role.PROGRAM_ADMIN)
    ]


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
    """Copy a curriculum of the active program into another `program`.

    The copy goes to the end of the course `course_id` there, or into a new course called `course_name`. The
    curriculum is read in the active program, and all rows are written in the scope of the other one. Return the copy;
    a second call with `key` returns it too.

    Raises PermissionDenied unless the user administers both programs, StaleTree where the curriculum is not present
    in `course`, and Course.DoesNotExist where the other program has no such course.
    """
    if program not in programs_to_copy_to(user):
        raise PermissionDenied
    copy_id = _lock_copy(f"elsewhere {key}")
    node = _present_curriculum(Outline(course, texts=True), node_id)
    with use_program(program, user=user, history=current_scope().history):
        existing = Curriculum.with_archived.filter(pk=copy_id).first()
        if existing is not None:
            return existing
        if course_id is None:
            target = Course(pk=uuid.uuid5(copy_id, "course"), name=course_name, level=course.level)
            target.save(force_insert=True)
        else:
            target = Course.objects.get(pk=course_id)
        try:
            with locked_tree(target.pk) as locked:
                _insert_copies(locked, [node], copy_id)
        except StaleTree:  # archived between the two statements
            raise Course.DoesNotExist from None
        return Curriculum.objects.get(pk=copy_id)


def name_of_copy(name: str) -> str:
    ending = _(" (copy)")
    return name[: NAME_LENGTH - len(ending)].rstrip() + ending


def _lock_copy(key: str) -> uuid.UUID:
    """The id of the copy that is made under `key`, locked against other copies under it until the transaction ends."""
    copy_id = uuid.uuid5(COPY_NAMESPACE, key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"copy {copy_id}"])
    return copy_id


def _present_curriculum(outline: Outline, node_id: uuid.UUID) -> Node:
    node = present_node(outline, node_id)
    if node.level.parent is not None:
        raise StaleTree
    return node


def _insert_copies(course: Course, curricula: Sequence[Node], copy_id: uuid.UUID) -> None:
    """Insert copies of these curricula, with everything below, at the end of a course: one statement for each level.

    Where a single curriculum is copied, `copy_id` is the id of its copy, else it is the id of the course.
    """
    first = (course.curricula.aggregate(last=Max("sequence_order"))["last"] or 0) + 1
    single = len(curricula) == 1 and copy_id != course.pk
    nodes = [(course.pk, place, node) for place, node in enumerate(curricula, first)]
    for level in LEVELS.values():
        rows, children = [], []
        for parent_id, place, node in nodes:
            row_id = copy_id if single and level.parent is None else uuid.uuid5(copy_id, str(node.id))
            values: dict[str, Any] = {level.text_field: node.text, **level.parent_filter(parent_id)}
            if level.child is None:
                values["duration_minutes"] = node.minutes or None
            rows.append(level.model(pk=row_id, name=node.name, sequence_order=place, **values))
            children += [(row_id, number, child) for number, child in enumerate(node.children, 1)]
        level.model.objects.bulk_create(rows, batch_size=BATCH_SIZE)
        nodes = children
