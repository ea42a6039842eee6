"""The second layer of isolation, by raw SQL: what the database itself does when the managers are passed by."""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction
from psycopg import errors

from accounts.models import Role
from programs.all_programs import use_all_programs
from programs.constraints import ALL_PROGRAMS_ROLE
from programs.factories import ProgramFactory
from programs.models import Program
from programs.registry import scoped_history_models, scoped_models
from programs.scope import use_program
from programs.testing import made_once, make_member, one_of_each, rows, written
from staff.factories import InvitationFactory

TABLES = [model._meta.db_table for model in scoped_models()]
CHANGED = [model._meta.db_table for model in scoped_models() if not model.append_only]
"""Tables whose rows the runtime role may change; the others refuse it before any policy is asked."""
HISTORIES = [model._meta.db_table for model in scoped_history_models()]
ADDED_TO = [*HISTORIES, *(model._meta.db_table for model in scoped_models() if model.append_only)]


Two = tuple[Program, Program, dict[str, tuple[uuid.UUID, uuid.UUID]]]


@made_once
def two() -> Two:
    """Two programs with a row of everything, and the ids."""
    program, other = ProgramFactory(name="Swimming"), ProgramFactory(name="Football")
    own, foreign = one_of_each(program), one_of_each(other)
    ids = {model._meta.db_table: (own[model].pk, foreign[model].pk) for model in scoped_models()}
    return program, other, ids


@pytest.fixture
def program(two: Two, db: None) -> Program:
    return two[0]


@pytest.fixture
def other_program(two: Two, db: None) -> Program:
    return two[1]


@pytest.fixture
def ids(two: Two, db: None) -> dict[str, tuple[uuid.UUID, uuid.UUID]]:
    """(id in the program, id in the other program) by table."""
    return two[2]


def refused(error: type[Exception], query: str, *values: Any) -> None:
    """Run the statement, which the database must refuse with `error`."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        rows(query, *values)
    assert isinstance(caught.value.__cause__, error), caught.value


def columns_of(table: str) -> list[str]:
    """The columns that can be written."""
    return [
        name
        for (name,) in rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = 'public' AND is_generated = 'NEVER' AND is_identity = 'NO'",
            table,
        )
    ]


def insert(table: str, row: dict[str, Any], more: str = "") -> None:
    """Insert a row as `a_row` gives it."""
    names = ", ".join(f'"{name}"' for name in columns_of(table))
    rows(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, %s::jsonb) {more}",
        json.dumps(row),
    )


def a_row(table: str, **changes: Any) -> dict[str, Any]:
    """The one visible row of the table with a new id and other `changes`."""
    ((text,),) = rows(f"SELECT to_jsonb(t)::text FROM {table} t")
    return {**json.loads(text), "id": str(uuid.uuid4()), **changes}


@pytest.mark.parametrize("table", TABLES + HISTORIES)
def test_without_a_program_there_are_no_rows(table: str, ids: dict[str, Any]) -> None:
    assert rows(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("table", TABLES + HISTORIES)
def test_a_malformed_program_setting_is_an_error_and_shows_nothing(table: str, ids: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        rows("SELECT set_config('app.program_id', 'x', true)")
        rows(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", CHANGED)
def test_without_a_program_nothing_is_written(table: str, program: Program, ids: dict[str, Any]) -> None:
    own, _ = ids[table]
    with use_program(program):
        row = a_row(table)
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        insert(table, row)
    assert written(f"UPDATE {table} SET created_at = now()") == 0
    assert written(f"DELETE FROM {table} WHERE id = %s", own) == 0
    with use_program(program):
        assert rows(f"SELECT id FROM {table}") == [(own,)]


@pytest.mark.parametrize("table", CHANGED)
def test_rows_of_another_program_are_invisible(
    table: str, program: Program, other_program: Program, ids: dict[str, Any]
) -> None:
    own, foreign = ids[table]
    long_ago = "2001-01-01 00:00Z"
    with use_program(program):
        assert rows(f"SELECT id, program_id FROM {table}") == [(own, program.pk)]
        assert rows(f"SELECT id FROM {table} WHERE id = %s", foreign) == []
        assert rows(f"SELECT id FROM {table} WHERE program_id = %s", other_program.pk) == []
        assert written(f"UPDATE {table} SET created_at = %s WHERE id = %s", long_ago, foreign) == 0
        assert written(f"DELETE FROM {table} WHERE id = %s", foreign) == 0
        assert written(f"UPDATE {table} SET created_at = %s", long_ago) == 1
    with use_program(other_program):
        assert rows(f"SELECT id, created_at > '2002-01-01' FROM {table}") == [(foreign, True)]


@pytest.mark.parametrize("table", TABLES)
def test_inserting_for_another_program_is_refused(
    table: str, program: Program, other_program: Program, ids: dict[str, Any]
) -> None:
    with use_program(program):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            insert(table, a_row(table, program_id=str(other_program.pk)))
    with use_program(other_program):
        foreign = a_row(table)
    with use_program(program):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            insert(table, foreign)
        assert rows(f"SELECT count(*) FROM {table}") == [(1,)]


@pytest.mark.parametrize("table", CHANGED)
def test_an_upsert_can_not_reach_another_program(table: str, program: Program, ids: dict[str, Any]) -> None:
    """ON CONFLICT neither updates, nor tells the content of, the row that is in the way."""
    _, foreign = ids[table]
    with use_program(program):
        taken = a_row(table, id=str(foreign))
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            insert(table, taken, "ON CONFLICT (id) DO UPDATE SET created_at = now() RETURNING *")


@pytest.mark.parametrize("table", TABLES + HISTORIES)
def test_truncate_is_refused(table: str, program: Program, ids: dict[str, Any]) -> None:
    with use_program(program):
        refused(errors.InsufficientPrivilege, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON {} USING (true)",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TABLE {} CASCADE",
        "CREATE INDEX ON {} (id)",
    ],
)
def test_the_runtime_role_can_not_change_the_isolation(table: str, statement: str, db: None) -> None:
    refused(errors.InsufficientPrivilege, statement.format(table))


def test_the_runtime_role_can_not_make_things(db: None) -> None:
    refused(errors.InsufficientPrivilege, "CREATE TABLE mine (id int)")
    refused(errors.InsufficientPrivilege, "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    refused(errors.InsufficientPrivilege, "SET session_replication_role = replica")


# ---- history


@pytest.mark.parametrize("table", HISTORIES)
def test_history_of_another_program_is_invisible(
    table: str, program: Program, other_program: Program, ids: dict[str, Any]
) -> None:
    for where in (program, other_program):
        with use_program(where):
            assert rows(f"SELECT DISTINCT program_id FROM {table}") == [(where.pk,)]
            assert rows(f"SELECT count(*) FROM {table}") == [(1,)]


@pytest.mark.parametrize("table", ADDED_TO)
def test_history_can_not_be_changed_by_grant(table: str, program: Program, ids: dict[str, Any]) -> None:
    with use_program(program):
        refused(errors.InsufficientPrivilege, f"UPDATE {table} SET program_id = program_id")
        refused(errors.InsufficientPrivilege, f"DELETE FROM {table}")
        assert rows(f"SELECT count(*) FROM {table}") == [(1,)]


@pytest.mark.parametrize("table", ADDED_TO)
def test_history_can_not_be_changed_by_its_owner(
    table: str, transactional_db: None, owner: psycopg.Connection[Any]
) -> None:
    one_of_each(Program.objects.create(name="Swimming"))
    for statement in (f"UPDATE {table} SET program_id = program_id", f"DELETE FROM {table}"):
        with pytest.raises(errors.RaiseException, match=f"Cannot update or delete rows from {table} table"):
            owner.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize("table", HISTORIES)
def test_history_for_another_program_is_refused(
    table: str, program: Program, other_program: Program, ids: dict[str, Any]
) -> None:
    with use_program(program):
        names = ", ".join(f'"{name}"' for name in columns_of(table) if name not in ("pgh_id", "program_id"))
        refused(
            errors.InsufficientPrivilege,
            f"INSERT INTO {table} ({names}, program_id) SELECT {names}, %s FROM {table}",
            other_program.pk,
        )


@pytest.mark.parametrize(
    "table",
    [
        "users_history",
        "programs_history",
        "user_program_assignments_history",
        "invitations_history",
        "invitation_programs_history",
    ],
)
def test_history_of_people_and_programs_is_only_added_to(table: str, program: Program) -> None:
    InvitationFactory(programs=[program], invited_by=make_member(Role.PROGRAM_ADMIN, program))
    assert rows(f"SELECT count(*) > 0 FROM {table}") == [(True,)]
    refused(errors.InsufficientPrivilege, f"UPDATE {table} SET pgh_label = 'x'")
    refused(errors.InsufficientPrivilege, f"DELETE FROM {table}")
    refused(errors.InsufficientPrivilege, f"TRUNCATE {table}")


def test_passwords_are_in_no_history(program: Program) -> None:
    user = make_member(Role.TUTOR, program)
    user.set_password("another one entirely")
    user.save()
    names = {
        name
        for (name,) in rows(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'users_history'"
        )
    }
    assert names.isdisjoint({"password", "password_hash", "last_login"})
    assert rows("SELECT count(*) FROM users_history WHERE pgh_obj_id = %s", user.pk) == [(1,)]


# ---- the role of all programs


@pytest.mark.parametrize("table", TABLES + HISTORIES)
def test_the_all_programs_role_sees_every_program(
    table: str, program: Program, other_program: Program, ids: dict[str, Any]
) -> None:
    with use_all_programs(user=make_member(Role.SUPER_ADMIN), reason="look"):
        assert set(rows(f"SELECT program_id FROM {table}")) == {(program.pk,), (other_program.pk,)}
    assert rows(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("table", HISTORIES)
def test_the_all_programs_role_can_not_change_history(table: str, ids: dict[str, Any]) -> None:
    with use_all_programs(user=make_member(Role.SUPER_ADMIN), reason="try"):
        assert rows("SELECT current_user") == [(ALL_PROGRAMS_ROLE,)]
        refused(errors.InsufficientPrivilege, f"UPDATE {table} SET pgh_label = 'x'")
        refused(errors.InsufficientPrivilege, f"DELETE FROM {table}")
        refused(errors.InsufficientPrivilege, f"TRUNCATE {table}")


@pytest.mark.parametrize("table", TABLES)
def test_the_all_programs_role_may_not_truncate(table: str, db: None) -> None:
    with use_all_programs(user=make_member(Role.SUPER_ADMIN), reason="try"):
        refused(errors.InsufficientPrivilege, f"TRUNCATE {table} CASCADE")


# ---- the policies declared


def test_every_table_with_a_program_has_its_policies(db: None) -> None:
    walled = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'")}
    named = {
        name
        for (name,) in rows(
            "SELECT table_name FROM information_schema.columns"
            " WHERE column_name = 'program_id' AND table_schema = 'public'"
        )
    }
    assert walled == set(TABLES + HISTORIES)
    # Read before a program is entered: who works, or is asked to work, where.
    unscoped = ("user_program_assignments", "invitation_programs")
    assert named - walled == {table + kind for table in unscoped for kind in ("", "_history")}


def test_the_policies_are_the_expected_ones(db: None) -> None:
    own = "(program_id = (NULLIF(current_setting('app.program_id'::text, true), ''::text))::uuid)"
    found = rows(
        "SELECT tablename, roles::text, permissive, cmd, qual, with_check FROM pg_policies"
        " WHERE schemaname = 'public' ORDER BY tablename, roles::text"
    )
    assert found == [
        policy
        for table in sorted(TABLES + HISTORIES)
        for policy in (
            (table, f"{{{ALL_PROGRAMS_ROLE}}}", "PERMISSIVE", "ALL", "true", "true"),
            (table, "{public}", "PERMISSIVE", "ALL", own, own),
        )
    ]


def test_the_owner_is_not_bound_so_that_data_migrations_see_rows(db: None) -> None:
    assert rows("SELECT relname FROM pg_class WHERE relforcerowsecurity") == []


def test_the_tests_run_as_the_restricted_role(db: None) -> None:
    """As the owner, every test of this file would pass without a policy."""
    assert rows(
        "SELECT rolsuper, rolbypassrls, rolinherit, rolcreatedb, rolcreaterole FROM pg_roles"
        " WHERE rolname = session_user"
    ) == [(False, False, False, False, False)]
    assert rows("SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = session_user") == [(0,)]
