"""Looks at the emergency details of students: noted before they are shown or printed."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crud.history import FieldChange, WayBack

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


@dataclass(frozen=True)
class LookLine:
    """A look as a line of a student's history, with the attributes that its template reads of a `HistoryEntry`."""

    at: datetime.datetime
    actor: str
    verb_label: str
    labels: tuple[str, ...] = ()
    value_changes: tuple[FieldChange, ...] = ()
    ways_back: tuple[WayBack, ...] = ()


def looks_of(student_key: uuid.UUID, limit: int) -> list[LookLine]:
    """The last looks at one student, newest first, as lines of the student's history."""
    rows = EmergencyLook.objects.filter(student_key=student_key).order_by("-created_at", "-id")[:limit]
    return [LookLine(row.created_at, row.user_name, str(LookKind(row.kind).label)) for row in rows]
