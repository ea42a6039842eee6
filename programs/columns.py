"""Column kinds that several domains share."""

from __future__ import annotations

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
    """Lower case without accents, for searching and sorting: `academy_fold(text)`, made by a migration."""

    function = "academy_fold"
    output_field = models.TextField()


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
