"""Finding students by what people type: first by name and number, then by what else is known of them."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crud.names import search_words
from database.functions import FoldWord

from .models import Student
from .querysets import StudentQuerySet, matches_word
from .services import TELLING

FEW_NAMES = 200
"""More names than these are no answer yet: then nothing else is looked through."""
MOST_OTHERS = 5_000
"""Who has an e-mail or a contact like so many others is not being looked for by it."""
PHONE = re.compile(r"[\d\s()+./-]*", re.ASCII)
EVERYWHERE_FROM = 3
"""Shorter words are looked for at the beginning of words alone."""


def finds_names(students: Any, text: str) -> bool:
    """Whether every word of `text` is found in the name and number of one of `students`."""
    # In the order of the index that has what is asked, which the planner then reads instead of the table.
    index = "sort_name" if all(any(map(str.isalpha, word)) for word in search_words(text)) else "student_id"
    return bool(students.search(text).order_by(index, "pk").values_list("pk", flat=True)[:1])


def find_otherwise(students: Any, text: str, *, private: bool) -> tuple[list[uuid.UUID], bool]:
    """(keys of `students` found by what is no name, whether a way was left out because too many match).

    `text` is part of the phone number or the e-mail, or its words are those of a contact or a condition. `private`
    says that the reader may know these.
    """
    keys: list[uuid.UUID] = []
    left_out = False
    ways = other_ways(students.order_by(), text, private=private)
    if is_phone(text):
        ways.insert(0, students.order_by().with_phone(phone_needle(text)))
    for way in ways:
        more = list(way.values_list("pk", flat=True)[: MOST_OTHERS + 1])
        if len(more) > MOST_OTHERS:
            left_out = True
        else:
            keys += more
    return keys, left_out


def other_ways(students: StudentQuerySet, text: str, *, private: bool) -> list[QuerySet[Any]]:
    """Those found by their e-mail, or by what only some may read; each by an index of its own."""
    ways: list[QuerySet[Any]] = []
    words = search_words(text)
    needle = phone_needle(text) if is_phone(text) else ""
    if not needle and len(words) == 1 and len(words[0]) >= EVERYWHERE_FROM:
        ways.append(students.exclude(email="").filter(email__icontains=words[0]))
    if private and words:
        ways.append(_by_private_words(students, [needle] if needle else words))
    return ways


def _by_private_words(students: Any, words: list[str]) -> QuerySet[Any]:
    rows = students.exclude(private_words="")
    for word in words:
        # Every word stands behind a space.
        begins = word if len(word) >= EVERYWHERE_FROM else f" {word}"
        rows = rows.filter(private_words__contains=FoldWord(Value(begins)))
    return rows


def similar(students: Any, text: str) -> QuerySet[Any]:
    """Those whose name has each word of `text`, or one that differs from it by a letter; not who matches exactly."""
    words, rows = search_words(text), students
    for word in words:
        rows = rows.filter(matches_word(word) | Q(sort_name__one_letter_off=Value(word)))
    return rows if words else students.none()


def with_keys(students: Any, keys: list[uuid.UUID]) -> QuerySet[Any]:
    """Those of `students` with these keys, whose number changes nothing in the SQL."""
    condition = RawSQL(f"{Student._meta.db_table}.id = ANY(%s)", [keys], output_field=BooleanField())  # noqa: S611
    return students.filter(condition)


# --- phone numbers -----------------------------------------------------------------------------------------


def digits_of(text: str) -> str:
    return "".join(c for c in text if c in "0123456789")


def is_phone(text: str) -> bool:
    return len(digits_of(text)) >= 3 and PHONE.fullmatch(text) is not None


def phone_needle(text: str) -> str:
    """What to look for in phone numbers: of long ones the end alone, so "+44 7700…" finds "07700…" too.

    The zero that is dialled inside a country counts for nothing, unless little else was typed.
    """
    digits = digits_of(text)
    if len(digits) > TELLING:
        return digits[-TELLING:]
    bare = digits.lstrip("0")
    return bare if len(bare) > 3 else digits


# ---- why a search found those students whose names do not say it


LABELS = {
    "phone": _("Phone: %(what)s"),
    "email": _("E-mail: %(what)s"),
    "contact": _("Contact: %(what)s"),
    "condition": _("Condition: %(what)s"),
}
PUBLIC = """
SELECT 1 AS place, 'phone' AS kind, phone AS what, regexp_replace(phone, '[^0-9]', '', 'g') AS words
UNION ALL SELECT 2, 'email', email, academy_fold(email)"""
PRIVATE = """
UNION ALL SELECT 3, 'contact', one ->> 'name', academy_fold(concat_ws(' ', one ->> 'name',
    regexp_replace(one ->> 'phone', '[^0-9]', '', 'g'), one ->> 'email'))
    FROM jsonb_path_query(emergency_contact, '$.contacts[*]') AS one
UNION ALL SELECT 4, 'condition', one ->> 'name', academy_fold(one ->> 'name')
    FROM jsonb_path_query(medical_info, '$.conditions[*]') AS one"""


def found_by(keys: list[uuid.UUID], text: str, *, private: bool) -> dict[uuid.UUID, SafeString]:
    """A line such as "Contact: Maria Weber" for each of these students that has what `text` looks for; one query.

    What has the most of its words is told. `private` says that the reader may know contacts and conditions.
    """
    words = [phone_needle(text)] if is_phone(text) else search_words(text)
    # As the search does, which finds short words at the beginning of others alone.
    words = [word if len(word) >= EVERYWHERE_FROM else f" {word}" for word in words]
    if not keys or not words:
        return {}
    # Nothing a user sent is in the text of it.
    sql = f"""SELECT DISTINCT ON (id) id, kind, what FROM {Student._meta.db_table}
        CROSS JOIN LATERAL ({PUBLIC}{PRIVATE if private else ""}) AS known
        CROSS JOIN LATERAL (SELECT count(*) AS number FROM unnest(%s::text[]) AS word
            WHERE strpos(' ' || words, academy_fold_word(word)) > 0) AS hits
        WHERE id = ANY(%s) AND number > 0 ORDER BY id, number DESC, place"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [words, keys])
        return {
            key: format_html('<div class="sub truncate">{}</div>', LABELS[kind] % {"what": what})
            for key, kind, what in cursor.fetchall()
        }
