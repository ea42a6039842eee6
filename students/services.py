"""What takes more than one row of students."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, QuerySet, Value
from django.db.models.lookups import Exact

from database.functions import BeforeSpellings, FoldWord

from .models import Student

# So many digits tell a number from others, whether it was typed with the country or not.
TELLING = 8
MOST = 5
# More than are born on one day in the largest program.
MOST_BORN = 500


def likely_duplicates(
    *,
    first_name: str,
    last_name: str,
    date_of_birth: datetime.date | None,
    phone: str,
    besides: uuid.UUID | None = None,
) -> list[Student]:
    """Students who may be the same person, at most five, by name.

    The same date of birth and the same name, accents and case aside, or at most one letter off in each name; or the
    same phone number, however it is written. `besides` is left out.
    """
    found: dict[Any, Student] = {}
    if date_of_birth is not None:
        found |= _born_then(date_of_birth, first_name, last_name, besides)
    if phone:
        same = _with_same_phone(phone).exclude(pk=besides).defer(*Student.PRIVATE).order_by("sort_name")
        found |= {student.pk: student for student in same[:MOST]}
    return sorted(found.values(), key=lambda student: student.sort_name)[:MOST]


def _born_then(
    day: datetime.date, first_name: str, last_name: str, besides: uuid.UUID | None
) -> dict[Any, Student]:
    """Those born on that day whose names are at most one letter off.

    Names are folded by the database, in the same query: what counts as the same letter is decided there alone.
    """
    folded = {
        "first_there": FoldWord(F("first_name")),
        "last_there": FoldWord(F("last_name")),
        "first_typed": FoldWord(Value(first_name)),
        "last_typed": FoldWord(Value(last_name)),
        "exact": ExpressionWrapper(
            Exact(BeforeSpellings("sort_name"), FoldWord(Value(f"{last_name} {first_name}".strip()))),
            output_field=BooleanField(),
        ),
    }
    born: QuerySet[Any] = Student.objects.filter(date_of_birth=day).exclude(pk=besides).annotate(**folded)
    return {
        student.pk: student
        for student in born.defer(*Student.PRIVATE).order_by("-exact", "sort_name", "pk")[:MOST_BORN]
        if student.exact
        or (
            one_letter_off(student.first_there, student.first_typed)
            and one_letter_off(student.last_there, student.last_typed)
        )
    }


def one_letter_off(one: str, other: str) -> bool:
    """Whether two words are the same but for one letter: another one, one more or less, or two changed places."""
    if len(one) > len(other):
        one, other = other, one
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    rest, other_rest = one[start:], other[start:]
    if len(one) < len(other):
        return rest == other_rest[1:]
    return rest[1:] == other_rest[1:] or (
        rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:] and len(rest) > 1
    )


def _with_same_phone(phone: str) -> QuerySet[Any]:
    """Those who have this number. Of a long one the end tells, as the country may stand before it or not."""
    digits = "".join(character for character in phone if character in "0123456789")
    if not digits:
        return Student.objects.filter(phone=phone)
    rows = Student.objects.with_phone(digits[-TELLING:], at_end=True)
    whole = r"\D*".join(digits)
    return rows if len(digits) > TELLING else rows.filter(phone__regex=rf"^\D*{whole}\D*$")
