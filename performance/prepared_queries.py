"""Queries whose SQL is compiled once.

Django builds a queryset and compiles it to SQL anew each time, which takes several times as long as the database needs
for the small queries of a page. A prepared query does both once, with placeholders in place of the values, and then
runs the SQL with the values of each run. Its rows are made by Django, exactly as for an ordinary queryset.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from performance import is_enabled

OFFSET = 999_999_937
"""The placeholder of an offset, which Django writes into the SQL and not among the parameters."""

_preparing: ContextVar[bool] = ContextVar("preparing", default=False)


def is_preparing() -> bool:
    """Whether SQL is compiled to be run later.

    An expression may then give a function in place of a parameter, which is called at each run: that is how the
    active program gets into a prepared query.
    """
    return _preparing.get()


class PreparedQuery:
    """The query that `build` returns for keyword arguments, to be run any number of times.

    `placeholders` has a value for each argument, of the type of its real values. It must stand nowhere else in the
    query, and the SQL may not depend on the values in any other way; so give lists to `with_keys`, not to `__in`. The
    placeholder of an offset is `OFFSET`.

    Queries with the same `key` are compiled once for all of them: for queries that are built in a request.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any]], *, key: Hashable = None, **placeholders: Any
    ) -> None:
        self.build, self.key, self.placeholders = build, key or self, placeholders

    def rows(self, **values: Any) -> list[Any]:
        """The rows as the queryset gives them: instances, or the tuples of `values_list`."""
        if is_enabled():
            return self._compile().rows(values)
        # A copy: a queryset that `build` keeps would hold the rows of the program that asked first.
        return list(self.build(**values).all())

    def first(self, **values: Any) -> Any:
        """The first row, or None."""
        return next(iter(self.rows(**values)), None)

    def sql(self, **values: Any) -> tuple[str, list[Any]]:
        """The SQL and its parameters, to be part of a larger statement."""
        if is_enabled():
            compiled = self._compile()
            return compiled.sql, compiled.bind(values)
        sql, params = self.build(**values).query.sql_with_params()
        return sql, list(params)

    def count_sql(self, **values: Any) -> tuple[str, list[Any]]:
        """SQL for the number of rows, and its parameters. The query should give keys, without an order."""
        sql, params = self.sql(**values)
        return f"SELECT COUNT(*) FROM ({sql}) AS counted", params  # noqa: S608 - compiled by Django

    def count(self, **values: Any) -> int:
        """The number of rows."""
        with connection.cursor() as cursor:
            cursor.execute(*self.count_sql(**values))
            return int(cursor.fetchone()[0])

    def _compile(self) -> _Compiled:
        found = _compiled.get(self.key)
        if found is None:
            queryset = self.build(**self.placeholders)
            found = _compiled[self.key] = _Compiled.of(queryset, self.placeholders)
        return found


def prepared_query(**placeholders: Any) -> Callable[[Callable[..., QuerySet[Any]]], PreparedQuery]:
    """Decorator: makes a PreparedQuery of a function that returns a queryset."""
    return lambda build: PreparedQuery(build, **placeholders)


def with_keys(queryset: QuerySet[Any], name: str, keys: Any) -> QuerySet[Any]:
    """The rows of `queryset` whose column `name` is one of `keys`, by SQL that is the same for any number of keys."""
    meta = queryset.model._meta
    table, column = (connection.ops.quote_name(one) for one in (meta.db_table, meta.get_field(name).column))  # type: ignore[union-attr]
    return queryset.filter(RawSQL(f"{table}.{column} = ANY(%s)", [keys], output_field=BooleanField()))  # noqa: S611


@dataclass(slots=True)
class _Compiled:
    """A queryset with its SQL.

    Relies on Django's SQLCompiler: on `as_sql`, and on what that leaves on the compiler for the iterators of querysets.
    """

    queryset: QuerySet[Any]
    compiler: Any
    sql: str
    params: list[Callable[[dict[str, Any]], Any]]

    @classmethod
    def of(cls, queryset: QuerySet[Any], placeholders: dict[str, Any]) -> _Compiled:
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        token = _preparing.set(True)
        try:
            sql, found = compiler.as_sql()
        finally:
            _preparing.reset(token)
        params = [_parameter(value, placeholders) for value in found]
        before, offset, after = sql.partition(f"OFFSET {OFFSET}")
        if offset:
            sql = f"{before}OFFSET %s{after}"
            params.insert(before.count("%s"), _parameter(OFFSET, placeholders))
        return cls(queryset, compiler, sql, params)

    def bind(self, values: dict[str, Any]) -> list[Any]:
        return [param(values) for param in self.params]

    def rows(self, values: dict[str, Any]) -> list[Any]:
        """Lets the queryset run with a compiler that has compiled already."""
        compiler, params = copy.copy(self.compiler), self.bind(values)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # of this thread
        compiler.as_sql = lambda *args, **kwargs: (self.sql, params)
        queryset = self.queryset.all()
        queryset.query.get_compiler = lambda *args, **kwargs: compiler  # type: ignore[method-assign]
        return list(queryset)


_compiled: dict[Hashable, _Compiled] = {}


def _parameter(value: Any, placeholders: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """A function from the values of a run to the parameter that takes the place of `value`."""
    if callable(value):
        return lambda values: value()
    for name, placeholder in placeholders.items():
        if type(placeholder) is type(value) and placeholder == value:
            return lambda values: values[name]
    return lambda values: value
