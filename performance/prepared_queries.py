"""Queries of every page, whose SQL is composed once: composing takes longer than the database needs for them."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BooleanField, Count, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.query import ModelIterable, get_related_populators

OFFSET = 999_999_937
"""The mark of an offset: a queryset is sliced from here on, and each run says from where."""
KEYS = "the keys of a run"
"""The mark of `with_keys`."""

_composing: ContextVar[bool] = ContextVar("composing", default=False)


def is_composing() -> bool:
    """Whether SQL is composed to be run later: an expression then gives a function in place of what changes."""
    return _composing.get()


class Composed:
    """`queryset`, to be run any number of times with other values.

    `marks` are the values it was made with and that each run replaces, by name; each must stand nowhere else.
    Sliced from OFFSET on, each run takes an `offset` as well.
    """

    def __init__(self, queryset: QuerySet[Any], **marks: Any) -> None:
        self.queryset, self.marks = queryset, marks
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        token = _composing.set(True)
        try:
            self.sql, params = compiler.as_sql()
        finally:
            _composing.reset(token)
        self.params = [_param(value, marks) for value in params]
        before, offset, after = self.sql.partition(f"OFFSET {OFFSET}")
        if offset:
            self.sql = f"{before}OFFSET %s{after}"
            self.params.insert(before.count("%s"), _param(OFFSET, {"offset": OFFSET}))
        self.make = _maker(compiler) if queryset._iterable_class is ModelIterable else tuple  # noqa: SLF001
        self.converters = compiler.get_converters([column[0] for column in compiler.select])
        self.convert = compiler.apply_converters

    def bound(self, **values: Any) -> tuple[str, list[Any]]:
        """The SQL and its parameters, for a larger statement to hold them."""
        return self.sql, [param(values) for param in self.params]

    def rows(self, **values: Any) -> list[Any]:
        """The rows: instances with what was annotated and related, or the tuples of a `values_list`."""
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(*self.bound(**values))
            return self.read(cursor)

    def read(self, cursor: Any) -> list[Any]:
        """The rows of a cursor that has run what `bound` gave."""
        found = cursor.fetchall()
        return [
            self.make(row) for row in (self.convert(found, self.converters) if self.converters else found)
        ]

    def first(self, **values: Any) -> Any:
        return next(iter(self.rows(**values)), None)

    def count(self, **values: Any) -> int:
        """The one number of what `counted` made."""
        ((number,),) = self.rows(**values)
        return int(number)


def counted(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """A query for how many rows `queryset` has, to be composed."""
    found = queryset.order_by().values_list()
    found.query.add_annotation(Count("*"), alias="counted")
    found.query.clear_select_fields()
    found.query.default_cols, found.query.group_by = False, None
    return found


def with_keys(queryset: QuerySet[Any], name: str) -> QuerySet[Any]:
    """Those of `queryset` whose column `name` is one of the `keys` of a run: compose it with `keys=KEYS`."""
    meta = queryset.model._meta
    table, column = (connection.ops.quote_name(one) for one in (meta.db_table, meta.get_field(name).column))  # type: ignore[union-attr]
    return queryset.filter(RawSQL(f"{table}.{column} = ANY(%s)", [KEYS], output_field=BooleanField()))  # noqa: S611


def _param(value: Any, marks: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """What gives the parameter for the values of a run."""
    if callable(value):
        return lambda values: value()
    name = next((name for name, mark in marks.items() if type(mark) is type(value) and mark == value), None)
    return (lambda values: value) if name is None else (lambda values: values[name])


def _maker(compiler: Any) -> Callable[[Any], Any]:
    """What makes an instance of a row, as Django's own ModelIterable does."""
    info, select = compiler.klass_info, compiler.select
    fields = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
    from_db = partial(
        info["model"].from_db, DEFAULT_DB_ALIAS, [column[0].target.attname for column in select[fields]]
    )
    related = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of Django 6
    annotated = compiler.annotation_col_map or {}

    def make(row: Any) -> Any:
        obj = from_db(row[fields])
        for populator in related:
            populator.populate(row, obj)
        for name, place in annotated.items():
            setattr(obj, name, row[place])
        return obj

    return make
