"""The application refuses to work on a database with isolation violations."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from programs import catalogue, isolation_checks
from programs.constraints import ALL_PROGRAMS_ROLE
from programs.isolation_checks import UnsafeDatabase, isolation_violations, refuse_unsafe_database
from programs.models import Program
from programs.testing import (
    ClientFor,
    administrator_url,
    connected_to,
    owner_url,
    runtime_url,
    scratch_database,
)

ROOT = Path(__file__).resolve().parent.parent.parent
RUNTIME = str(conninfo_to_dict(runtime_url("x"))["user"])


@pytest.fixture(scope="module")
def playground(django_db_setup: None) -> Iterator[str]:
    """The name of a database whose isolation may be broken."""
    with scratch_database() as name:
        yield name


@pytest.fixture
def owner_runs(playground: str) -> Iterator[Callable[[str, str], None]]:
    """`owner_runs(sql, undo)`: run SQL as the owner, and its undo after the test."""
    undone: list[str] = []
    with psycopg.connect(owner_url(playground), autocommit=True) as connected:

        def run(statement: str, undo: str) -> None:
            connected.execute(statement)  # type: ignore[arg-type]
            undone.append(undo)

        yield run
        for statement in reversed(undone):
            connected.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def violations(playground: str, django_db_blocker: Any) -> Callable[..., list[str]]:
    """`violations()`: what speaks against the database, asked as the role that serves or as that of `url`."""

    def ask(url: str = "") -> list[str]:
        with django_db_blocker.unblock(), connected_to(url or runtime_url(playground)) as alias:
            return isolation_violations(alias)

    return ask


def test_a_sound_database_has_no_violations(violations: Any) -> None:
    assert violations() == []


OWN = "program_id = nullif(current_setting('app.program_id', true), '')::uuid"


RESTORED = f"""
DROP POLICY IF EXISTS student_isolation ON students;
DROP POLICY IF EXISTS student_isolation_all ON students;
DROP POLICY IF EXISTS door ON students;
CREATE POLICY student_isolation ON students USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY student_isolation_all ON students TO {ALL_PROGRAMS_ROLE} USING (true) WITH CHECK (true)
"""
COMPOSITE = (
    "ALTER TABLE modules ADD CONSTRAINT modules_curriculum_same_program FOREIGN KEY (program_id, curriculum_id)"
    " REFERENCES curricula (program_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE"
)
NUMBER = "pgtrigger_number_from_database_de204"

# What is done to the database, how it is undone, and how the one difference begins. `{}` is the runtime role.
BROKEN = {
    "truncating": (
        "GRANT TRUNCATE ON students TO {}",
        "REVOKE TRUNCATE ON students FROM {}",
        "rights on students for the runtime role is DELETE, INSERT, SELECT, TRUNCATE, UPDATE; the migrations made it",
    ),
    "truncating everything": (
        f"GRANT TRUNCATE ON students TO {ALL_PROGRAMS_ROLE}",
        f"REVOKE TRUNCATE ON students FROM {ALL_PROGRAMS_ROLE}",
        "rights on students for the role of all programs is",
    ),
    "truncating by everybody": (
        "GRANT TRUNCATE ON lessons_history TO PUBLIC",
        "REVOKE TRUNCATE ON lessons_history FROM PUBLIC",
        "rights on lessons_history for everybody was not made by the migrations: TRUNCATE.",
    ),
    "history that can be changed": (
        "GRANT UPDATE ON students_history TO {}",
        "REVOKE UPDATE ON students_history FROM {}",
        "rights on students_history for the runtime role is INSERT, SELECT, UPDATE; the migrations made it INSERT, SELECT.",
    ),
    "a column of history that can be changed": (
        "GRANT UPDATE (pgh_label) ON students_history TO {}",
        "REVOKE UPDATE (pgh_label) ON students_history FROM {}",
        "rights on students_history.pgh_label for the runtime role was not made by the migrations: UPDATE.",
    ),
    "guardian's table that can be written": (
        "GRANT INSERT ON guardian_userobjectpermission TO {}",
        "REVOKE INSERT ON guardian_userobjectpermission FROM {}",
        "rights on guardian_userobjectpermission for the runtime role is DELETE, INSERT, SELECT;",
    ),
    "a right that is missing": (
        "REVOKE DELETE ON drafts FROM {}",
        "GRANT DELETE ON drafts TO {}",
        "rights on drafts for the runtime role is INSERT, SELECT, UPDATE;",
    ),
    "a counter that can be turned": (
        "GRANT UPDATE ON SEQUENCE student_numbers_2025 TO {}",
        "REVOKE UPDATE ON SEQUENCE student_numbers_2025 FROM {}",
        "rights on sequence student_numbers_2025 for the runtime role was not made by the migrations: UPDATE.",
    ),
    "rights on what comes later": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT TRUNCATE ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE TRUNCATE ON TABLES FROM {}",
        "right on what is made later",
    ),
    "making things": (
        "GRANT CREATE ON SCHEMA public TO {}",
        "REVOKE CREATE ON SCHEMA public FROM {}",
        "right on schema public for the runtime role was not made by the migrations: CREATE.",
    ),
    "making temporary things": (
        "GRANT TEMPORARY ON DATABASE [] TO PUBLIC",
        "REVOKE TEMPORARY ON DATABASE [] FROM PUBLIC",
        "right on the database for everybody was not made by the migrations: TEMPORARY.",
    ),
    "no row-level security": (
        "ALTER TABLE students DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE students ENABLE ROW LEVEL SECURITY",
        "table students is row-level security off; the migrations made it row-level security on.",
    ),
    "no row-level security of a history": (
        "ALTER TABLE students_history DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE students_history ENABLE ROW LEVEL SECURITY",
        "table students_history is row-level security off;",
    ),
    "no policy": (
        "DROP POLICY student_isolation ON students",
        RESTORED,
        "policy students.student_isolation is missing.",
    ),
    "no policy of all programs": (
        "DROP POLICY student_isolation_all ON students",
        RESTORED,
        "policy students.student_isolation_all is missing.",
    ),
    "one policy more": (
        "CREATE POLICY door ON students USING (true)",
        RESTORED,
        "policy students.door was not made by the migrations: for * to everybody using true check.",
    ),
    "a policy that restricts": (
        "CREATE POLICY door ON students AS RESTRICTIVE USING (false)",
        RESTORED,
        "policy students.door was not made by the migrations: restrictive for *",
    ),
    "a policy that shows everything": (
        "ALTER POLICY student_isolation ON students USING (true)",
        RESTORED,
        "policy students.student_isolation is for * to everybody using true check (program_id",
    ),
    "a policy that lets everything be written": (
        "ALTER POLICY student_isolation ON students WITH CHECK (true)",
        RESTORED,
        "policy students.student_isolation is for * to everybody using (program_id",
    ),
    "a policy with a back door": (
        f"ALTER POLICY student_isolation ON students USING ({OWN} OR status = 'active')",
        RESTORED,
        "policy students.student_isolation is for * to everybody using ((program_id",
    ),
    "a policy for others": (
        "ALTER POLICY student_isolation_all ON students TO PUBLIC",
        RESTORED,
        "policy students.student_isolation_all is for * to everybody using true check true;",
    ),
    "no composite key": (
        "ALTER TABLE modules DROP CONSTRAINT modules_curriculum_same_program",
        COMPOSITE,
        "foreign key modules.modules_curriculum_same_program is missing.",
    ),
    "a composite key that is not validated": (
        f"ALTER TABLE modules DROP CONSTRAINT modules_curriculum_same_program; {COMPOSITE} NOT VALID",
        "ALTER TABLE modules VALIDATE CONSTRAINT modules_curriculum_same_program",
        "foreign key modules.modules_curriculum_same_program is FOREIGN KEY",
    ),
    "a check of somebody else": (
        "ALTER TABLE facilities ADD CONSTRAINT more CHECK (true)",
        "ALTER TABLE facilities DROP CONSTRAINT more",
        "check facilities.more was not made by the migrations: CHECK (true).",
    ),
    "no unique key": (
        "ALTER TABLE drafts DROP CONSTRAINT draft_key_in_program",
        "ALTER TABLE drafts ADD CONSTRAINT draft_key_in_program UNIQUE (program_id, id)",
        "key drafts.draft_key_in_program is missing.",
    ),
    "a default": (
        "ALTER TABLE students ALTER status SET DEFAULT 'inactive'",
        "ALTER TABLE students ALTER status SET DEFAULT 'active'",
        "column students.status is character varying(20) not null default 'inactive'",
    ),
    "a value that may be missing": (
        "ALTER TABLE lessons ALTER program_id DROP NOT NULL",
        "ALTER TABLE lessons ALTER program_id SET NOT NULL",
        "column lessons.program_id is uuid; the migrations made it uuid not null.",
    ),
    "a trigger that does not fire": (
        f"ALTER TABLE students DISABLE TRIGGER {NUMBER}",
        f"ALTER TABLE students ENABLE TRIGGER {NUMBER}",
        f"trigger students.{NUMBER} is CREATE TRIGGER {NUMBER}",
    ),
    "a trigger that fires elsewhere": (
        f"ALTER TABLE students ENABLE REPLICA TRIGGER {NUMBER}",
        f"ALTER TABLE students ENABLE TRIGGER {NUMBER}",
        f"trigger students.{NUMBER} is CREATE TRIGGER {NUMBER}",
    ),
    "a rule": (
        "CREATE RULE quiet AS ON DELETE TO students DO INSTEAD NOTHING",
        "DROP RULE quiet ON students",
        "rule students.quiet was not made by the migrations: CREATE RULE quiet",
    ),
    "a table that inherits": (
        "CREATE TABLE more () INHERITS (shared_cache)",
        "DROP TABLE more",
        "child of shared_cache was not made by the migrations: more.",
    ),
    "a function that leaks": (
        (
            "CREATE OR REPLACE FUNCTION is_admin_role(role text) RETURNS boolean LANGUAGE sql IMMUTABLE"
            " SET search_path = public, pg_temp AS 'SELECT true'"
        ),
        (
            "CREATE OR REPLACE FUNCTION is_admin_role(role text) RETURNS boolean LANGUAGE sql IMMUTABLE"
            " SET search_path = public, pg_temp AS $fn$ SELECT role IN ('program_admin', 'super_admin') $fn$"
        ),
        "function is_admin_role(role text) is text ",
    ),
    "a function without a search path": (
        "ALTER FUNCTION refuse_without_admin(uuid) RESET search_path",
        "ALTER FUNCTION refuse_without_admin(uuid) SET search_path = public, pg_temp",
        "function refuse_without_admin(wanted uuid) is text ",
    ),
    "a function with the rights of its owner": (
        "ALTER FUNCTION refuse_without_admin(uuid) SECURITY DEFINER",
        "ALTER FUNCTION refuse_without_admin(uuid) SECURITY INVOKER",
        "function refuse_without_admin(wanted uuid) is with the rights of its owner, text ",
    ),
    "a function everybody calls": (
        "GRANT EXECUTE ON FUNCTION next_student_number(int) TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION next_student_number(int) FROM PUBLIC",
        "right to call next_student_number(year integer) for everybody was not made by the migrations: yes.",
    ),
}
# What opens a door beside the tables. Each is named with who can use it.
DOORS = {
    "a table": ("CREATE TABLE leak (id int); GRANT SELECT ON leak TO {}", "DROP TABLE leak", "table leak"),
    "a view": (
        "CREATE VIEW leak AS SELECT * FROM students; GRANT SELECT ON leak TO {}",
        "DROP VIEW leak",
        "view leak",
    ),
    "a view for all programs": (
        f"CREATE VIEW leak AS SELECT * FROM students; GRANT SELECT ON leak TO {ALL_PROGRAMS_ROLE}",
        "DROP VIEW leak",
        "view leak",
    ),
    "a view in another schema": (
        (
            "CREATE SCHEMA aside; CREATE VIEW aside.leak AS SELECT * FROM students;"
            " GRANT USAGE ON SCHEMA aside TO PUBLIC; GRANT SELECT ON aside.leak TO PUBLIC"
        ),
        "DROP SCHEMA aside CASCADE",
        "view aside.leak",
    ),
    "a materialised view": (
        "CREATE MATERIALIZED VIEW leak AS SELECT * FROM students; GRANT SELECT ON leak TO {}",
        "DROP MATERIALIZED VIEW leak",
        "materialised view leak",
    ),
    "a partition": (
        (
            "CREATE TABLE visits (id int) PARTITION BY RANGE (id);"
            " CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (2); GRANT SELECT ON visits_1 TO {}"
        ),
        "DROP TABLE visits",
        "table visits_1",
    ),
    "a function": (
        "CREATE FUNCTION leak() RETURNS SETOF students LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM students'",
        "DROP FUNCTION leak()",
        "function leak()",
    ),
    "a function in another schema": (
        (
            "CREATE SCHEMA aside; CREATE FUNCTION aside.leak() RETURNS SETOF students LANGUAGE sql SECURITY DEFINER"
            " AS 'SELECT * FROM students'"
        ),
        "DROP SCHEMA aside CASCADE",
        "function aside.leak()",
    ),
    "a function that stands before PostgreSQL's": (
        "CREATE FUNCTION public.lower(character varying) RETURNS text LANGUAGE sql AS 'SELECT $1::text'",
        "DROP FUNCTION public.lower(character varying)",
        "function lower(character varying)",
    ),
}


@pytest.fixture
def changed(owner_runs: Any, playground: str) -> Callable[[str, str], None]:
    """`changed(statement, undo)`: run as the owner, with the names of the runtime role and the database."""

    def run(*statements: str) -> None:
        owner_runs(*(text.replace("{}", RUNTIME).replace("[]", playground) for text in statements))

    return run


@pytest.mark.parametrize(("statement", "undo", "expected"), BROKEN.values(), ids=BROKEN)
def test_each_missing_protection_is_a_violation(
    changed: Any, violations: Any, statement: str, undo: str, expected: str
) -> None:
    changed(statement, undo)
    (violation,) = violations()
    assert violation.startswith(expected)


@pytest.mark.parametrize(("statement", "undo", "name"), DOORS.values(), ids=DOORS)
def test_each_further_right_is_a_violation(
    changed: Any, violations: Any, statement: str, undo: str, name: str
) -> None:
    changed(statement, undo)
    found = violations()
    assert [
        violation for violation in found if violation.startswith(f"{name} was not made by the migrations: ")
    ]
    assert all("leak" in violation or name.rsplit(maxsplit=1)[-1] in violation for violation in found)


def test_triggers_of_keys_that_do_not_fire_are_a_violation(playground: str, violations: Any) -> None:
    """Which a superuser alone can do: then no key is kept."""
    with psycopg.connect(administrator_url(playground), autocommit=True) as superuser:
        superuser.execute("ALTER TABLE lessons DISABLE TRIGGER ALL")
        found = violations()
        superuser.execute("ALTER TABLE lessons ENABLE TRIGGER ALL")
    assert [
        violation
        for violation in found
        if violation.startswith("foreign key lessons.lessons_module_same_program trigger")
    ]
    assert [
        violation
        for violation in found
        if violation.startswith("trigger lessons.pgtrigger_") and " disabled;" in violation
    ]
    assert violations() == []


@pytest.mark.parametrize(
    ("statement", "undo"),
    [
        ("CREATE VIEW hidden AS SELECT * FROM students", "DROP VIEW hidden"),
        ("CREATE MATERIALIZED VIEW hidden AS SELECT * FROM students", "DROP MATERIALIZED VIEW hidden"),
        ("CREATE TABLE colours (id int)", "DROP TABLE colours"),
        ("CREATE INDEX quicker ON students (first_name)", "DROP INDEX quicker"),
        ("CREATE SCHEMA reports; CREATE TABLE reports.sums (id int)", "DROP SCHEMA reports CASCADE"),
        (
            "CREATE FUNCTION fine() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION fine() FROM PUBLIC",
            "DROP FUNCTION fine()",
        ),
        ("CREATE EXTENSION hstore", "DROP EXTENSION hstore"),
        ("ALTER TABLE students SET (fillfactor = 80)", "ALTER TABLE students RESET (fillfactor)"),
        ("COMMENT ON TABLE students IS 'x'", "COMMENT ON TABLE students IS NULL"),
        ("CREATE STATISTICS more ON first_name, last_name FROM students", "DROP STATISTICS more"),
    ],
)
def test_what_gives_no_right_is_no_violation(
    owner_runs: Any, violations: Any, statement: str, undo: str
) -> None:
    owner_runs(statement, undo)
    assert violations() == []


def test_rights_of_an_operators_roles_are_no_violation(playground: str, violations: Any) -> None:
    role = f"scratch_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(administrator_url(playground), autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")  # type: ignore[arg-type]
        found = violations()
        superuser.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")  # type: ignore[arg-type]
    assert found == []


def test_an_extension_of_an_operator_is_no_violation(playground: str, violations: Any) -> None:
    with psycopg.connect(administrator_url(playground), autocommit=True) as superuser:
        superuser.execute(
            "CREATE EXTENSION pg_stat_statements; CREATE SCHEMA tools; CREATE EXTENSION citext SCHEMA tools"
        )
        found = violations()
        superuser.execute("DROP EXTENSION pg_stat_statements; DROP SCHEMA tools CASCADE")
    assert found == []


def test_missing_migrations_are_said_in_one_sentence(changed: Any, violations: Any) -> None:
    """Not as the hundreds of differences they make."""
    changed(
        "DELETE FROM django_migrations WHERE app = 'students' AND name ~ '^0006'; DROP POLICY student_isolation ON students",
        f"INSERT INTO django_migrations (app, name, applied) VALUES ('students', '0006_numbers_by_insert_alone', now()); {RESTORED}",
    )
    assert violations() == [
        "Migrations are missing (students.0006_numbers_by_insert_alone); run manage.py migrate."
    ]


def test_an_older_version_serves_what_a_newer_one_migrated_while_what_it_knows_is_sound(
    changed: Any, violations: Any
) -> None:
    changed(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('students', '9999_newer', now());"
        " ALTER TABLE students ADD nickname text; CREATE TABLE lockers (id int); GRANT SELECT ON lockers TO {};"
        " CREATE FUNCTION newer() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DELETE FROM django_migrations WHERE name = '9999_newer'; ALTER TABLE students DROP nickname;"
        " DROP TABLE lockers; DROP FUNCTION newer()",
    )
    assert violations() == []
    changed("DROP POLICY student_isolation ON students", RESTORED)
    assert violations() == ["policy students.student_isolation is missing."]


def test_one_fingerprint_answers_for_a_sound_database(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert catalogue.differences("default") == []


def test_the_catalogue_is_what_the_migrations_make(db: None) -> None:
    """Written by the tests after a new migration; commit it with that."""
    assert catalogue.expected_lines() == tuple(catalogue._ask("default", catalogue.LISTED, everything=True))


@pytest.fixture
def two_violations(owner_runs: Any) -> None:
    for table in ("students", "courses"):
        owner_runs(
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        )


BOTH = [
    f"table {table} is row-level security off; the migrations made it row-level security on."
    for table in ("courses", "students")
]


def test_several_violations_are_all_named(two_violations: None, violations: Any) -> None:
    assert violations() == BOTH


def test_a_server_that_leaks_rows_is_refused(
    violations: Any, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    major = connection.pg_version // 10000
    monkeypatch.setattr(isolation_checks, "OLDEST_SAFE_VERSIONS", {major: major * 10000 + 9999})
    (violation,) = violations()
    assert violation.startswith(f"PostgreSQL {major}.") and violation.endswith(
        "leaks rows; update the server."
    )


def test_the_versions_known_to_leak_are_named() -> None:
    assert isolation_checks.OLDEST_SAFE_VERSIONS == {15: 150014, 16: 160010, 17: 170006}


# ---- the role itself

# Gives `{1}` what `{0}` may do.
RIGHTS_COPIED = """
DO $$ DECLARE found record; BEGIN
    FOR found IN
        SELECT x.privilege_type AS may, format('TABLE %I', relname) AS what FROM pg_class, aclexplode(relacl) x
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND x.grantee = '{0}'::regrole
        UNION ALL SELECT x.privilege_type, 'FUNCTION ' || p.oid::regprocedure FROM pg_proc p, aclexplode(proacl) x
        WHERE pronamespace = 'public'::regnamespace AND x.grantee = '{0}'::regrole
    LOOP EXECUTE format('GRANT %s ON %s TO {1}', found.may, found.what); END LOOP;
END $$
"""


@pytest.fixture
def role(playground: str, violations: Any) -> Iterator[Callable[..., list[str]]]:
    """`role(attributes, *statements)`: the violations against serving as a new role with these attributes."""
    admin = administrator_url(playground)
    made: list[str] = []

    def ask(attributes: str, *statements: str) -> list[str]:
        name = f"scratch_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(admin, autocommit=True) as connected:
            connected.execute(f"CREATE ROLE {name} LOGIN {attributes}")  # type: ignore[arg-type]
            made.append(name)
            connected.execute(RIGHTS_COPIED.format(RUNTIME, name))  # type: ignore[arg-type]
            for statement in statements:
                connected.execute(statement.format(role=name))  # type: ignore[arg-type]
        return violations(make_conninfo(runtime_url(playground), user=name, password="scratch"))

    yield ask
    for name in made:
        with psycopg.connect(admin, autocommit=True) as connected:
            connected.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")  # type: ignore[arg-type]
            connected.execute(f"DROP ROLE IF EXISTS {name}_between")  # type: ignore[arg-type]


SAFE = "NOINHERIT NOSUPERUSER NOBYPASSRLS PASSWORD 'scratch'"
JOIN = f"GRANT {ALL_PROGRAMS_ROLE} TO {{role}}"


def test_a_role_like_the_runtime_role_has_no_violations(role: Any) -> None:
    assert role(SAFE, JOIN) == []


def test_a_superuser_is_refused(role: Any) -> None:
    violations = role("SUPERUSER NOINHERIT PASSWORD 'scratch'", JOIN)
    assert "The runtime role is a superuser." in violations


def test_a_role_that_bypasses_the_policies_is_refused(role: Any) -> None:
    violations = role("BYPASSRLS NOINHERIT PASSWORD 'scratch'", JOIN)
    assert violations == ["The runtime role bypasses row-level security."]


INHERITS = f"The runtime role inherits {ALL_PROGRAMS_ROLE}; make it NOINHERIT."


def test_a_role_that_inherits_the_all_programs_role_is_refused(role: Any) -> None:
    """Its policies would apply silently."""
    assert role("INHERIT PASSWORD 'scratch'", JOIN) == [INHERITS]


def test_a_membership_that_inherits_is_refused_whatever_the_role_says(role: Any, db: None) -> None:
    if connection.pg_version < 160000:
        pytest.skip("before PostgreSQL 16 the role decides, not the membership")
    violations = role(SAFE, f"{JOIN} WITH INHERIT TRUE")
    assert violations == [INHERITS]


def test_inheriting_through_another_role_is_refused(role: Any) -> None:
    violations = role(
        "INHERIT PASSWORD 'scratch'",
        "CREATE ROLE {role}_between",
        f"GRANT {ALL_PROGRAMS_ROLE} TO {{role}}_between",
        "GRANT {role}_between TO {role}",
    )
    assert violations == [INHERITS]


def test_a_role_that_is_no_member_of_the_all_programs_role_is_refused(role: Any) -> None:
    assert role(SAFE) == [f"The runtime role is not a member of {ALL_PROGRAMS_ROLE}."]


def test_a_role_that_owns_a_relation_is_refused(role: Any) -> None:
    violations = role(SAFE, JOIN, "CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO {role}")
    assert violations == ["The runtime role owns a relation; only the owner role may."]


def test_the_owner_is_refused(playground: str, violations: Any) -> None:
    assert "The runtime role owns a relation; only the owner role may." in violations(owner_url(playground))


def test_a_role_that_may_become_the_owner_is_refused(role: Any) -> None:
    owner = connections["owner"].settings_dict["USER"]
    assert role(SAFE, JOIN, f"GRANT {owner} TO {{role}}") == [
        f"The runtime role may become {owner}, which no policy binds."
    ]


# ---- refusing


def test_an_unsafe_database_is_refused_each_time_it_is_asked(
    playground: str, two_violations: None, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock(), connected_to(runtime_url(playground)) as alias:
        for _ in range(2):
            with pytest.raises(UnsafeDatabase) as caught:
                refuse_unsafe_database(alias)
            assert str(caught.value) == "\n- ".join(["Academy refuses to run on this database:", *BOTH])


def test_no_page_is_served_on_an_unsafe_database(
    client_for: ClientFor, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation_checks, "_verified", set())
    monkeypatch.setattr(isolation_checks, "differences", lambda using: ["policy students.door was not made."])
    client = client_for("program_admin", program)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert b"Academy refuses" not in response.content  # the reasons are for the log
    monkeypatch.undo()
    assert client.get("/accounts/login/").status_code == 302


def test_a_sound_answer_is_remembered(
    program: Program, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation_checks, "_verified", set())
    refuse_unsafe_database()
    with django_assert_num_queries(0):
        refuse_unsafe_database()


def run(url: str, *arguments: str) -> Any:
    """Run Python with this database in the environment, as a deployment does."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": "",
        "DATABASE_POOL_SIZE": "0",
        "DEBUG": "0",
    }
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.mark.slow
def test_the_server_refuses_to_start_on_an_unsafe_database(playground: str, owner_runs: Any) -> None:
    start = ("-c", "import academy.wsgi; print('started')")
    sound = run(runtime_url(playground), *start)
    assert (sound.returncode, sound.stdout) == (0, "started\n"), sound.stderr
    owner_runs("CREATE POLICY door ON students USING (true)", RESTORED)
    unsafe = run(runtime_url(playground), *start)
    assert (unsafe.returncode, unsafe.stdout) == (1, "")
    refusal = (
        "Academy refuses to run on this database:\n- policy students.door was not made by the migrations"
    )
    assert refusal in unsafe.stderr


@pytest.mark.slow
def test_the_check_command_tells_each_violation(playground: str, two_violations: None) -> None:
    told = run(runtime_url(playground), "manage.py", "check", "--database", "default")
    assert told.returncode == 1
    for violation in BOTH:
        assert f"?: (programs.E009) {violation}\n" in told.stderr


def test_large_objects_are_warned_about(playground: str, administrator: psycopg.Connection[Any]) -> None:
    with psycopg.connect(administrator_url(playground), autocommit=True) as superuser:
        superuser.execute("GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC")
        told = run(runtime_url(playground), "manage.py", "check", "--database", "default")
        superuser.execute("REVOKE EXECUTE ON FUNCTION lo_create(oid) FROM PUBLIC")
    assert told.returncode == 0
    assert "(programs.W001) The runtime role may make large objects" in told.stderr
    assert "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC" in told.stderr
