"""What takes more than one row of students."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db.models import QuerySet, Value

from programs.columns import Fold

from .models import Student

# So many digits tell a number from others, whether it was typed with the country or not.
TELLING = 8
MOST = 5


def likely_duplicates(
    *,
    first_name: str,
    last_name: str,
    date_of_birth: datetime.date | None,
    phone: str,
    besides: uuid.UUID | None = None,
) -> list[Student]:
    """Students who may be the same person, at most five, by name.

    The same name, accents and case aside, and date of birth; or the same phone number, however it is written.
    `besides` is left out.
    """
    ways: list[QuerySet[Any]] = []
    if date_of_birth is not None:
        name = Fold(Value(f"{last_name} {first_name}"))
        ways.append(Student.objects.filter(sort_name=name, date_of_birth=date_of_birth))
    if phone:
        ways.append(_with_same_phone(phone))
    # Each way by its own index.
    found = {
        student.pk: student
        for rows in ways
        for student in rows.exclude(pk=besides).defer(*Student.PRIVATE).order_by("sort_name")[:MOST]
    }
    return sorted(found.values(), key=lambda student: student.sort_name)[:MOST]


def _with_same_phone(phone: str) -> QuerySet[Any]:
    """Those who have this number. Of a long one the end tells, as the country may stand before it or not."""
    digits = "".join(character for character in phone if character in "0123456789")
    if not digits:
        return Student.objects.filter(phone=phone)
    rows = Student.objects.with_phone(digits[-TELLING:], at_end=True)
    whole = r"\D*".join(digits)
    return rows if len(digits) > TELLING else rows.filter(phone__regex=rf"^\D*{whole}\D*$")
