"""What the role that serves can not do, by raw SQL: an injected statement finds every door closed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from psycopg import errors

from accounts.models import Role
from programs.constraints import ALL_PROGRAMS_ROLE
from programs.models import Program
from programs.privileges import OUR_FUNCTIONS
from programs.scope import use_program
from programs.testing import make_member, rows, runtime_url
from students.factories import StudentFactory

ROLES = ("", f"SET LOCAL ROLE {ALL_PROGRAMS_ROLE}")

REFUSED = {
    "temporary table": "CREATE TEMP TABLE users (id uuid)",
    "temporary table as": "CREATE TEMP TABLE programs AS SELECT 1 AS id",
    "temporary table into": "SELECT 1 AS id INTO TEMP students",
    "temporary view": "CREATE TEMP VIEW users AS SELECT 1 AS id",
    "temporary sequence": "CREATE TEMP SEQUENCE numbers",
    "temporary function": "CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
    "table": "CREATE TABLE mine (id int)",
    "function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "type": "CREATE TYPE mine AS (id int)",
    "schema": "CREATE SCHEMA mine",
    "extension": "CREATE EXTENSION pg_stat_statements",
    "large object": "SELECT lo_create(0)",
    "large object, old": "SELECT lo_creat(-1)",
    "large object of bytes": "SELECT lo_from_bytea(0, 'x')",
    "large object of a file": "SELECT lo_import('/etc/hostname')",
    "file": "SELECT pg_read_file('/etc/hostname')",
    "copy from a file": "COPY shared_cache FROM '/etc/hostname'",
    "copy to a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "triggers off": "SET session_replication_role = replica",
    "disabled triggers": "ALTER TABLE students DISABLE TRIGGER ALL",
    "other owner": "ALTER TABLE students OWNER TO CURRENT_USER",
    "the owner": "SET ROLE academy_owner",
    "superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "function replaced": (
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean"
        " LANGUAGE sql AS 'SELECT true'"
    ),
    "number": "SELECT next_student_number(2026)",
    "number of no year": "SELECT next_student_number(NULL)",
    "number drawn": "SELECT nextval('student_numbers_2025')",
    "number read": "SELECT last_value FROM student_numbers_2025",
    "number set": "SELECT setval('student_numbers_2025', 1)",
    "history number": "SELECT setval('students_history_pgh_id_seq', 1)",
    "trigger function": "SELECT end_course_grants()",
}


@pytest.mark.parametrize("role", ROLES, ids=["runtime", "all programs"])
@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_serving_roles_can_not(statement: str, role: str, db: None) -> None:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        if role:
            rows(role)
        rows(statement.replace("academy_owner", owner_role()))
    assert isinstance(caught.value.__cause__, errors.InsufficientPrivilege), caught.value


def owner_role() -> str:
    return str(connections["owner"].settings_dict["USER"])


def runtime_role() -> str:
    return str(connections["default"].settings_dict["USER"])


@pytest.fixture
def every_trigger(db: None) -> str:
    """The setting that names every trigger of ours."""
    ((names,),) = rows("SELECT array_agg(tgname)::text FROM pg_trigger WHERE NOT tgisinternal")
    return str(names)


@pytest.mark.parametrize("local", [True, False], ids=["transaction", "session"])
def test_no_setting_switches_history_off(program: Program, every_trigger: str, local: bool) -> None:
    with use_program(program):
        student = StudentFactory(first_name="Ada")
        rows("SELECT set_config('pgtrigger.ignore', %s, %s)", every_trigger, local)
        rows("UPDATE students SET first_name = 'Eda', student_id = student_id WHERE id = %s", student.pk)
        rows("DELETE FROM students WHERE id = %s", student.pk)
        assert rows(
            "SELECT pgh_label FROM students_history WHERE pgh_obj_id = %s ORDER BY pgh_id", student.pk
        ) == [("insert",), ("update",), ("delete",)]
        rows("SELECT set_config('pgtrigger.ignore', NULL, false)")


@pytest.mark.parametrize("value", ["{", "x", "{a}", "{NULL}"])
def test_a_senseless_setting_harms_nothing(program: Program, value: str) -> None:
    with use_program(program):
        rows("SELECT set_config('pgtrigger.ignore', %s, true)", value)
        student = StudentFactory()
        assert rows("SELECT count(*) FROM students_history WHERE pgh_obj_id = %s", student.pk) == [(1,)]


def test_no_setting_switches_guards_off(program: Program, other_program: Program, every_trigger: str) -> None:
    super_admin = make_member(Role.SUPER_ADMIN)
    with use_program(program):
        student = StudentFactory()
    for statement, value in (
        ("UPDATE users SET role = 'tutor' WHERE id = %s", super_admin.pk),
        ("UPDATE students SET student_id = 'STU-2026-0001' WHERE id = %s", student.pk),
        (f"UPDATE students SET program_id = '{other_program.pk}' WHERE id = %s", student.pk),
    ):
        with pytest.raises(DatabaseError) as caught, use_program(program):
            rows("SELECT set_config('pgtrigger.ignore', %s, true)", every_trigger)
            rows(statement, value)
        assert isinstance(
            caught.value.__cause__,
            errors.CheckViolation | errors.InsufficientPrivilege | errors.RaiseException,
        )


def test_the_owner_may_silence_triggers(
    transactional_db: None, program: Program, owner: psycopg.Connection[Any]
) -> None:
    """`seed_scale` loads and removes a million rows without their history."""
    with use_program(program):
        StudentFactory()
    with pytest.raises(errors.RaiseException, match="Cannot update or delete rows"), owner.transaction():
        owner.execute("DELETE FROM students_history")
    with owner.transaction():
        owner.execute(
            "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true) FROM pg_trigger"
            " WHERE tgrelid = 'students_history'::regclass AND NOT tgisinternal"
        )
        assert owner.execute("DELETE FROM students_history").rowcount == 1


# ---- what makes it so


def test_every_function_has_a_search_path_of_its_own(db: None) -> None:
    """Or a body whose names were bound when it was made."""
    assert (
        rows(
            f"SELECT p.oid::regprocedure::text FROM pg_proc p WHERE {OUR_FUNCTIONS} AND p.prosqlbody IS NULL"
            " AND NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=public, pg_temp',"
            " 'search_path=pg_catalog, pg_temp']"
        )
        == []
    )


def test_nobody_but_who_serves_calls_a_function(db: None) -> None:
    called = rows(
        "SELECT p.proname, string_agg(CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END,"
        f" ', ' ORDER BY a.grantee = 0, a.grantee::regrole::text) FROM (SELECT p.* FROM pg_proc p WHERE {OUR_FUNCTIONS}) p,"
        " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee <> p.proowner"
        " GROUP BY p.oid, p.proname ORDER BY p.proname"
    )
    assert {granted for _, granted in called} == {f"{ALL_PROGRAMS_ROLE}, {runtime_role()}"}
    assert {"academy_fold", "academy_lacks_second_factor", "next_student_number"} <= {
        name for name, _ in called
    }
    assert not [name for name, _ in called if name.startswith("pgtrigger_")]


def test_the_serving_role_has_a_search_path(db: None) -> None:
    with psycopg.connect(runtime_url()) as connected:
        assert connected.execute("SHOW search_path").fetchone() == ("public, pg_temp",)


def test_no_sequence_is_open(db: None) -> None:
    assert (
        rows(
            "SELECT relname, relacl::text FROM pg_class WHERE relkind = 'S' AND relacl::text ~ %s",
            f"{runtime_role()}=|{ALL_PROGRAMS_ROLE}=",
        )
        == []
    )
