"""Looks at the emergency details of students: noted before they are shown or printed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import crud

from .models import EmergencyLook, LookKind, Student


def may_look(user: Any, program: Any) -> bool:
    """Whether this user may open emergency details here.

    A program can switch it off for those who may not read private details otherwise.
    """
    if not user.has_perm("students.view_emergency_student"):
        return False
    return program.emergency_details_for_tutors or user.has_perm("students.view_private_student")


def note_looks(*, user: Any, students: Iterable[Student], kind: LookKind) -> list[EmergencyLook]:
    """Note that `user` opens or prints the emergency details of these students. Called before they are shown."""
    return EmergencyLook.objects.bulk_create(
        EmergencyLook(
            student_key=student.pk,
            student_name=student.full_name,
            user_key=user.pk,
            user_name=str(user),
            kind=kind,
        )
        for student in students
    )


def looks_of(student_key: uuid.UUID, limit: int) -> list[crud.Change]:
    """The last looks at one student, newest first, as lines of the student's history."""
    rows = EmergencyLook.objects.filter(student_key=student_key).order_by("-created_at", "-id")[:limit]
    return [crud.Change(row.created_at, row.user_name, str(LookKind(row.kind).label), ()) for row in rows]
