"""Querysets of students: the search by name, number and phone."""

from __future__ import annotations

import re
import unicodedata
from functools import reduce

from django.db.models import Q, Value

import database.lookups  # noqa: F401  registers `prefix` and `like`
from crud.names import search_words
from database.functions import FoldWord
from programs.managers import ScopedQuerySet


class StudentQuerySet(ScopedQuerySet):
    def search(self, text: str) -> StudentQuerySet:
        """Rows that match every word of `text`.

        A word that opens like a student number is looked up as a number. Words of one or two letters match
        the beginning of the first or the last name; longer ones match anywhere in name and number. Accents, case,
        hyphens and apostrophes don't count.
        """
        words = search_words(text)
        return (
            reduce(lambda rows, word: rows.filter(matches_word(word)), words, self)
            if words or not text.strip()
            else self.none()
        )

    def with_phone(self, digits: str, *, at_end: bool = False) -> StudentQuerySet:
        """Rows whose phone number has `digits` in this order, whatever stands between them.

        `at_end`: the number ends with them. Answered by reading the program's part of a narrow index, where
        LIKE leaves few rows to the slower regular expression.
        """
        pattern, regex = "%".join(digits), r"\D*".join(digits)
        if at_end:
            return self.filter(phone__like=f"%{pattern}", phone__regex=rf"{regex}\D*$")
        return self.filter(phone__like=f"%{pattern}%", phone__regex=regex)


def matches_word(word: str) -> Q:
    """Whether a name or a number has the word; see `StudentQuerySet.search`."""
    folded_word = FoldWord(Value(word))
    if re.fullmatch(r"stu-\d{0,4}(-\d*)?", word, re.IGNORECASE):
        return Q(student_id__prefix=word.upper())
    if len(unicodedata.normalize("NFC", word)) <= 2:
        return Q(search_name__prefix=folded_word) | Q(sort_name__prefix=folded_word)
    in_name = Q(sort_name__contains=folded_word)
    # What has a letter is in no number, and reads the narrower index.
    return in_name if any(map(str.isalpha, word)) else in_name | Q(student_id__contains=folded_word)
