"""Finds the few students that a search most likely means; the palette shows them."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator

from django.db.models import QuerySet, Value
from django.utils import timezone

from crud.names import search_words
from database.functions import FoldWord

from .models import Student
from .search import digits_of, is_phone, other_ways, phone_needle

COLUMNS = ("first_name", "last_name", "student_id", "phone", "date_of_birth")
"""What is read of each student."""
COMMON, RANKED = 5, 50
"""Up to COMMON digits are part of many phone numbers; more are part of few, of which RANKED are read and sorted."""
NUMBER = re.compile(r"(?:stu[\s-]*)?(?:([12]\d{3})[\s-]+)?(\d{1,9})", re.IGNORECASE | re.ASCII)
"""A student number: its year, where it is given, and its last part."""
NUMBER_YEARS = 40
"""For a number without its year, so many years back are tried."""


def find_students(text: str, limit: int, *, private: bool = False) -> list[Student]:
    """At most `limit` students of the active program: the likeliest first.

    `text` is a name in any order, a student number or its end, the digits of a phone number or part of an e-mail;
    for who may read them (`private`), also words of a contact or a condition. Each way to look stops at the limit
    and is tried only while there is room, and reads keys from an index alone.
    """
    keys: dict[uuid.UUID, None] = {}
    for way in _ways(text, limit, private=private):
        keys |= dict.fromkeys(way)
        if len(keys) >= limit:
            break
    found = Student.objects.only(*COLUMNS).in_bulk(list(keys)[:limit])
    return [found[key] for key in keys if key in found]


def _ways(text: str, limit: int, *, private: bool) -> Iterator[Iterable[uuid.UUID]]:
    """The keys that each way to look finds, the likeliest way first. Read where they are iterated over."""
    yield from _names_and_numbers(text, limit)
    for rows in other_ways(Student.objects.order_by(), text, private=private):
        yield rows.values_list("pk", flat=True)[: 2 * limit]


def _names_and_numbers(text: str, limit: int) -> Iterator[Iterable[uuid.UUID]]:

    def first(rows: QuerySet[Student], most: int = 2 * limit) -> Iterable[uuid.UUID]:
        # Twice as many as are wanted: the ways before may have found the same.
        return rows.values_list("pk", flat=True)[:most]

    students = Student.objects.order_by()
    numbered = students.none()
    if match := NUMBER.fullmatch(text):
        year, number = match.groups()
        numbered = students.filter(student_id__in=_student_numbers(year, number)).order_by("-student_id")
        if year:
            yield first(numbered)
            yield first(students.filter(student_id__prefix=f"STU-{year}-{number}").order_by("student_id"))
    if is_phone(text):
        # "0203" ends a student number of each year, and may end a phone number as well: room for both.
        yield first(numbered, limit // 2)
        yield from _by_phone(text, 2 * limit)
        yield first(numbered)
        return
    yield first(numbered)
    # In the order of their indexes, so that the first letters of a name cost as little as the whole.
    beginning = FoldWord(Value(" ".join(search_words(text))))
    yield first(students.filter(search_name__prefix=beginning).order_by("search_name", "pk"))
    yield first(students.filter(sort_name__prefix=beginning).order_by("sort_name", "pk"))
    if len(unicodedata.normalize("NFC", text)) > 2:  # shorter ones match only there
        yield first(Student.objects.search(text))


def _student_numbers(year: str | None, number: str) -> list[str]:
    """The numbers that "2026-12" and, of any recent year, "12" may mean."""
    this = timezone.localdate().year
    years = [int(year)] if year else range(this - NUMBER_YEARS, this + 2)
    return [f"STU-{each}-{int(number):04}" for each in years]


def _by_phone(text: str, most: int) -> Iterator[Iterable[uuid.UUID]]:
    """Those whose number ends with the digits, then those who have them anywhere."""
    needle, students = phone_needle(text), Student.objects.order_by()
    if len(needle) <= COMMON:  # so many numbers have them that those which end with them must be asked for
        yield students.with_phone(needle, at_end=True).values_list("pk", flat=True)[:most]
    found = students.with_phone(needle).values_list("pk", "phone")[:RANKED]
    yield [pk for pk, phone in sorted(found, key=lambda row: not digits_of(row[1]).endswith(needle))]
