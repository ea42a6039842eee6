"""Roles are data: the database knows those of Python, and a new one is a line in each table and one migration."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from accounts import roles
from accounts.factories import UserFactory
from accounts.models import RolePolicy, User
from accounts.role_ranks import set_role_ranks
from accounts.roles import RANKS, RIGHTS, Role, ranks_at_least
from programs.factories import AssignmentFactory
from programs.models import Program
from programs.testing import rows
from staff.factories import InvitationFactory


def test_every_role_has_a_rank_of_its_own_and_rights() -> None:
    assert set(RANKS) == set(Role)
    assert len(set(RANKS.values())) == len(Role)
    assert max(RANKS, key=lambda role: RANKS[role]) == Role.SUPER_ADMIN
    assert set(RIGHTS) == set(Role) - {Role.SUPER_ADMIN}


def test_the_database_knows_the_same_ranks(db: None) -> None:
    """Fails where a role was added, or ranked anew, without a migration with `set_role_ranks`."""
    found = {role: rows("SELECT academy_role_rank(%s)", role)[0][0] for role in [*Role.values, "nobody", ""]}
    assert found == {**RANKS, "nobody": None, "": None}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.SUPER_ADMIN, True),
        (Role.PROGRAM_ADMIN, True),
        (Role.PROGRAM_COORDINATOR, False),
        (Role.TUTOR, False),
        ("nobody", False),
        ("", False),
        (None, False),
    ],
)
def test_a_rank_is_compared_by_its_number(role: str | None, expected: bool) -> None:
    assert ranks_at_least(role, Role.PROGRAM_ADMIN) is expected


def test_no_field_and_no_constraint_lists_the_roles() -> None:
    """A role that is added changes the state of no model: there is nothing for `makemigrations` to write."""
    fields = [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField) and set(dict(field.flatchoices)) & set(Role.values)
    ]
    assert {field.model.__name__ for field in fields} >= {
        "User",
        "RolePolicy",
        "UserProgramAssignment",
        "Invitation",
    }
    assert [str(field) for field in fields if not callable(field.deconstruct()[3]["choices"])] == []


def test_a_new_role_asks_for_no_migration_of_models(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    members = {role.name: (role.value, role.label) for role in Role}
    more = models.TextChoices("Role", {**members, "ASSISTANT": ("assistant", "Assistant")})
    monkeypatch.setattr(roles, "Role", more)
    assert ("assistant", "Assistant") in User._meta.get_field("role").flatchoices
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    assert detector.changes(graph=loader.graph) == {}


def test_one_migration_lets_every_table_hold_a_new_role(
    owner: psycopg.Connection[Any], program: Program
) -> None:
    operation = set_role_ranks({**RANKS, "assistant": 40}, before=RANKS)
    tables = (
        lambda: UserFactory(role="assistant"),
        lambda: RolePolicy.objects.create(role="assistant"),
        lambda: AssignmentFactory(program=program, role="assistant"),
        lambda: InvitationFactory(programs=[program], role="assistant"),
    )
    for store in tables:
        with pytest.raises(IntegrityError, match="role_known"), transaction.atomic():
            store()
    owner.execute(operation.sql)
    try:
        for store in tables:
            store()
    finally:
        owner.execute(operation.reverse_sql)
    for store in tables:
        with pytest.raises(IntegrityError, match="role_known"), transaction.atomic():
            store()
