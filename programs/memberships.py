"""Which user works in which program, read on every request: a revoked right ends with the next one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import models

from accounts.models import Role, User
from performance.prepared_queries import prepared_query

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
    assignments = _active_assignments.rows(user_id=user.pk)[:limit]
    return [Membership(assignment.program, assignment.role or user.role) for assignment in assignments]


@prepared_query(user_id=uuid.UUID(int=0))
def _active_assignments(user_id: uuid.UUID) -> models.QuerySet[UserProgramAssignment]:
    found = UserProgramAssignment.objects.filter(user_id=user_id, is_active=True, program__is_active=True)
    return found.select_related("program").order_by("program__name")


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
