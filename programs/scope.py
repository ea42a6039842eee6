"""The active program: the only module that sets and reads it.

A scope is always three things together: a transaction, the settings of that transaction that row-level
security reads, and the context variable that the managers read. All end with the `with` block.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.db import connections, transaction

from .constraints import ALL_PROGRAMS_ROLE

if TYPE_CHECKING:
    from accounts.models import User


View = TypeVar("View", bound=Callable[..., Any])


class HasKey(Protocol):
    """A program, without importing its model, whose manager imports this module."""

    pk: uuid.UUID


class NoActiveProgram(Exception):
    """A scoped row was asked for outside a program. Enter one with `use_program`."""

    def __init__(self) -> None:
        super().__init__("No program is active. Wrap the code in programs.scope.use_program(program).")


class WrongProgram(Exception):
    """A row of one program was about to be written inside another."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`program_id` is None in the all-programs mode of super admins."""

    program_id: uuid.UUID | None
    user_id: uuid.UUID | None = None
    history: dict[str, Any] = field(default_factory=dict)


_scope: ContextVar[Scope | None] = ContextVar("programs.scope", default=None)

SETTINGS = (
    "SELECT set_config('role', %s, true), set_config('app.program_id', %s, true), "
    "set_config('app.user_id', %s, true), set_config('pghistory.context_metadata', %s, true)"
)
READ_ONLY = ", set_config('transaction_read_only', 'on', true)"


def current_scope() -> Scope:
    """The active scope. Raises NoActiveProgram outside one."""
    scope = _scope.get()
    if scope is None:
        raise NoActiveProgram
    return scope


def current_program_id() -> uuid.UUID | None:
    """Id of the active program, None in the all-programs mode. Raises NoActiveProgram outside a scope."""
    return current_scope().program_id


def _apply(using: str, scope: Scope | None, read_only: bool = False) -> None:
    role = ALL_PROGRAMS_ROLE if scope is not None and scope.program_id is None else "none"
    values = (
        role,
        str(scope.program_id or "") if scope else "",
        str(scope.user_id or "") if scope else "",
        json.dumps(scope.history) if scope and scope.history else "",
    )
    with connections[using].cursor() as cursor:
        cursor.execute(SETTINGS + READ_ONLY if read_only else SETTINGS, values)


@contextmanager
def enter_scope(scope: Scope, *, read_only: bool, using: str) -> Iterator[Scope]:
    outer = _scope.get()
    with transaction.atomic(using=using):
        _apply(using, scope, read_only)
        token = _scope.set(scope)
        try:
            yield scope
        finally:
            _scope.reset(token)
    connection = connections[using]
    # SET LOCAL outlives a released savepoint, so a nested scope gives back what it found. A commit or a
    # rollback has done so already.
    if connection.in_atomic_block and not connection.needs_rollback:
        _apply(using, outer)


@contextmanager
def use_program(
    program: HasKey | uuid.UUID,
    *,
    user: User | None = None,
    read_only: bool = False,
    history: dict[str, Any] | None = None,
    using: str = "default",
) -> Iterator[Scope]:
    """Work inside one program for the length of the block, in a transaction.

    `history` is noted on each history row written inside, beside the user. Nested use switches the program
    and gives the outer one back. `read_only` makes the database refuse writes.
    """
    program_id = program if isinstance(program, uuid.UUID) else program.pk
    scope = Scope(program_id, user.pk if user else None, history_context(user, history))
    with enter_scope(scope, read_only=read_only, using=using):
        yield scope


@contextmanager
def read_only(using: str = "default") -> Iterator[None]:
    """Run the block in a read-only transaction, outside programs."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield


def history_context(user: User | None, extra: dict[str, Any] | None) -> dict[str, Any]:
    who = {"user": str(user.pk), "username": user.username, "name": str(user)} if user else {}
    return {**who, **(extra or {})}


def program_exempt(view: View) -> View:
    """Mark a view that works without a program, and whose forms name none."""
    view.program_exempt = True  # type: ignore[attr-defined]
    return view


def in_no_transaction(view: View) -> View:
    """Mark a `program_exempt` view that must not run in one transaction, so that its writes are visible at once."""
    view.in_no_transaction = True  # type: ignore[attr-defined]
    return view


def before_second_factor(view: View) -> View:
    """Mark a view as open to users who must still set up a second factor."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view
