"""The roles, as data: what each is called, how it ranks, and what it may do inside a program.

A right is a verb on a model. Verbs: view, add, change, archive (and restore), and view_private, which covers
the address, the contacts' details and the medical text of a student. view_emergency opens the contacts and the
medical text of one student, and each look is noted; view_looks shows who looked. `"*"` stands for every scoped model.
`programs.roles` answers by these tables.

A new role is a line in `Role`, `RANKS` and `RIGHTS`, and a migration in `accounts/migrations` with `set_role_ranks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    SUPER_ADMIN = "super_admin", _("Super admin")
    PROGRAM_ADMIN = "program_admin", _("Program admin")
    PROGRAM_COORDINATOR = "program_coordinator", _("Coordinator")
    TUTOR = "tutor", _("Tutor")

    @property
    def rank(self) -> int:
        return RANKS[self]


RANKS: Mapping[str, int] = {
    Role.SUPER_ADMIN: 100,
    Role.PROGRAM_ADMIN: 80,
    Role.PROGRAM_COORDINATOR: 60,
    Role.TUTOR: 20,
}
"""The higher number ranks higher. Nobody gives a role above the own one; the database knows the same numbers."""

EVERYTHING = frozenset({"view", "view_private", "view_emergency", "add", "change", "archive"})
VIEW = frozenset({"view"})
ADMINISTER = EVERYTHING | {"view_looks"}

RIGHTS: dict[str, dict[str, frozenset[str]]] = {
    Role.PROGRAM_ADMIN: {
        "*": ADMINISTER,
        # Adding staff is inviting them; changing covers their role, the end and the way back.
        "programs.userprogramassignment": frozenset({"view", "add", "change"}),
        "programs.program": frozenset({"change"}),
    },
    Role.PROGRAM_COORDINATOR: {
        "students.student": EVERYTHING,
        "facilities.facility": frozenset({"view", "change"}),
        "courses.course": frozenset({"view", "change"}),
        # Changing a course or a curriculum includes adding to its tree.
        "courses.curriculum": frozenset({"view", "add", "change"}),
        "courses.module": frozenset({"view", "add", "change"}),
        "courses.lesson": frozenset({"view", "add", "change"}),
    },
    Role.TUTOR: {
        "students.student": VIEW | {"view_emergency"},
        "facilities.facility": VIEW,
        "courses.course": VIEW,
        "courses.curriculum": VIEW,
        "courses.module": VIEW,
        "courses.lesson": VIEW,
    },
}
"""What each role may do inside a program. Super admins may do everything and are not listed."""


def role_choices() -> list[tuple[str, Any]]:
    """Every role, for the `choices` of a field: as a function, so that migrations don't repeat them."""
    return Role.choices


def assignable_roles() -> list[Role]:
    """The roles that somebody can hold in a program; super admins work in every program by their own role."""
    return [role for role in Role if role != Role.SUPER_ADMIN]


def assignable_role_choices() -> list[tuple[str, Any]]:
    """The roles that somebody can hold in a program, for the `choices` of a field."""
    return [(role.value, role.label) for role in assignable_roles()]


def ranks_at_least(role: str | None, lowest: Role) -> bool:
    """Whether `role` is as high as `lowest` or higher. No role is."""
    return RANKS.get(role or "", -1) >= lowest.rank
