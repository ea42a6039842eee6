"""Which user works in which program, read on every request: a revoked right ends with the next one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from accounts.models import Role, User

from .models import Program, UserProgramAssignment
from .roles import may_act


@dataclass(frozen=True, slots=True)
class Membership:
    program: Program
    role: str

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label)

    def may(self, permission: str) -> bool:
        """Whether the user has the right "app_label.verb_model" in the program."""
        return may_act(self.role, permission)


def memberships_of(user: User, limit: int | None = None) -> list[Membership]:
    """The active programs `user` may work in, by name, at most `limit`. One query. Super admins have all."""
    if not user.is_active:
        return []
    if user.is_superuser:
        return [Membership(program, user.role) for program in Program.objects.filter(is_active=True)[:limit]]
    with connection.cursor() as cursor:
        cursor.execute(MEMBERSHIPS, [user.pk, limit])
        return read_memberships(user, cursor)


def read_memberships(user: User, cursor: Any) -> list[Membership]:
    """The memberships of a cursor that has run MEMBERSHIPS with the user's key and a limit."""
    return [
        Membership(Program.from_db("default", _PROGRAM, row[1:]), row[0] or user.role)
        for row in cursor.fetchall()
    ]


_PROGRAM = tuple(field.attname for field in Program._meta.concrete_fields)


# The query of every page, written out: composing it anew takes longer than the database needs for it.
MEMBERSHIPS = (
    f"SELECT a.role, {', '.join(f'p.{field.column}' for field in Program._meta.concrete_fields)} "  # noqa: S608 - names of ours
    f"FROM {UserProgramAssignment._meta.db_table} a JOIN {Program._meta.db_table} p ON p.id = a.program_id "
    "WHERE a.user_id = %s AND a.is_active AND p.is_active ORDER BY p.name LIMIT %s"
)


def role_in(user: User, program_id: uuid.UUID | None) -> str | None:
    """The role of `user` in the program, None without one. Asked once for each user object and program."""
    if not user.is_active:
        return None
    if user.is_superuser:
        return user.role
    if program_id is None:
        return None
    # Attributes, not the instance's __dict__: the user of a request is a lazy object that hands attributes on.
    if getattr(user, "roles_by_program", None) is None:
        remember_roles(user, memberships_of(user))
    return user.roles_by_program.get(program_id)  # type: ignore[attr-defined]


def remember_roles(user: User, memberships: list[Membership]) -> None:
    """Store the roles of memberships on the user object, where `role_in` finds them."""
    user.roles_by_program = {m.program.pk: m.role for m in memberships}  # type: ignore[attr-defined]


def assignments_without_access(program: Program) -> models.QuerySet[UserProgramAssignment]:
    """Active assignments to `program` of users who are deactivated or have never signed in."""
    unused = models.Q(user__is_active=False) | models.Q(user__last_login__isnull=True)
    return UserProgramAssignment.objects.filter(unused, program=program, is_active=True)
