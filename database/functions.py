"""Database functions, lookups and column types that several domains share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Concat


def json_shape(field: str, shape: str, *, name: str) -> models.CheckConstraint:
    """The column holds a JSON `shape`, "object" or "array", at the top level."""
    return models.CheckConstraint(condition=models.Q(JSONTypeIs(field, shape)), name=name)


class JSONTypeIs(Func):
    template = "jsonb_typeof(%(expressions)s) = '%(shape)s'"
    conditional = True
    output_field = models.BooleanField()

    def __init__(self, field: str, shape: str, **extra: Any) -> None:
        super().__init__(field, shape=shape, **extra)


class Fold(Func):
    """The folded form of a text: lower case, without accents and apostrophes, followed by other spellings.

    "Jörg-Uwe" is "jorg-uwe  joerg-uwe jorguwe joerguwe". The function of the database is made by a migration.
    """

    function = "academy_fold"
    output_field = models.TextField()

    @staticmethod
    def word(text: str) -> FoldWord:
        """The search word for a folded column, of the typed `text`."""
        return FoldWord(Value(text))


def with_words(rows: models.QuerySet[Any], column: str, words: Iterable[str]) -> models.QuerySet[Any]:
    """The rows whose folded column has every one of the words, spelled as people type them."""
    for word in words:
        rows = rows.filter(**{f"{column}__contains": FoldWord(Value(word))})
    return rows


class BeforeSpellings(Func):
    """The text of a folded column without its other spellings, which follow after two spaces."""

    template = "split_part(%(expressions)s, '  ', 1)"
    output_field = models.TextField()


class FoldWord(Func):
    function = "academy_fold_word"
    output_field = models.TextField()


@models.CharField.register_lookup
@models.TextField.register_lookup
class OneLetterOff(models.Lookup):
    """`column__one_letter_off=word`: a word of the folded column is the given one but for a letter.

    One letter is another, is missing, is one too many, or stands before its neighbour. Words of less than three
    letters, and those with digits, are like no other.
    """

    lookup_name = "one_letter_off"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        ways, params = f"(academy_one_letter_off({right}))", [*left_params, *right_params]
        sql = f"(({left} LIKE {ways}[2] OR {left} LIKE {ways}[3]) AND {left} ~ {ways}[1])"
        return sql, [*params, *params, *params]


def folded(*parts: str | models.expressions.Combinable) -> models.GeneratedField:
    """A stored column of the parts, folded, in collation "C" so that prefixes use its index."""
    words: list[Any] = []
    for part in parts:
        column = models.F(part) if isinstance(part, str) else part
        words += [Value(" "), column] if words else [column]
    return models.GeneratedField(
        expression=Fold(Concat(*words) if len(words) > 1 else words[0]),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )
