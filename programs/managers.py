"""The first layer of isolation: every query of a scoped model is narrowed to the active program."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models.expressions import Expression, F

from performance.prepared_queries import is_preparing

from .scope import WrongProgram, current_scope


class InActiveProgram(Expression):
    """`program_id = <active program>`, decided when the SQL is built.

    A queryset made at import time is therefore neither frozen to a program nor a crash, and one that is run
    outside a program raises NoActiveProgram, whatever the method.
    """

    conditional = True
    output_field = models.BooleanField()

    def __init__(self, column: str = "program_id") -> None:
        super().__init__(output_field=models.BooleanField())
        self.column: Any = F(column)

    def get_source_expressions(self) -> list[Any]:
        return [self.column]

    def set_source_expressions(self, exprs: Any) -> None:
        (self.column,) = exprs

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        if is_preparing():
            sql, params = compiler.compile(self.column)
            return f"{sql} = %s", [*params, the_program_id]
        scope = current_scope()
        if scope.program_id is None:
            return "TRUE", []
        sql, params = compiler.compile(self.column)
        return f"{sql} = %s", [*params, scope.program_id]


def the_program_id() -> uuid.UUID:
    """Id of the one active program, at a run of a prepared query. Raises WrongProgram in all programs."""
    program_id = current_scope().program_id
    if program_id is None:
        raise WrongProgram("This query is prepared for one program, and all programs are active.")
    return program_id


def stamp_program(obj: Any) -> None:
    """Put the active program on a row about to be written. Raises WrongProgram where it has another."""
    scope = current_scope()
    if scope.program_id is None:
        if obj.program_id is None:
            raise WrongProgram("Enter one program to add a row: in all programs it would belong to none.")
    elif obj.program_id is None:
        obj.program_id = scope.program_id
    elif obj.program_id != scope.program_id:
        raise WrongProgram(f"This {obj._meta.verbose_name} belongs to another program.")


class ScopedQuerySet(models.QuerySet):
    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        objs = list(objs)
        for obj in objs:
            stamp_program(obj)
        return super().bulk_create(objs, *args, **kwargs)

    def present(self) -> ScopedQuerySet:
        return self.filter(deleted_at__isnull=True)

    def archived(self) -> ScopedQuerySet:
        return self.filter(deleted_at__isnull=False)


class ProgramManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> ScopedQuerySet:
        return super().get_queryset().filter(InActiveProgram())


class PresentManager(ProgramManager):
    """Rows of the active program that are not archived."""

    def get_queryset(self) -> ScopedQuerySet:
        return super().get_queryset().present()
