"""The application refuses to work on a database where a wall is missing."""

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

from programs import database
from programs.constraints import ALL_PROGRAMS_ROLE
from programs.database import UnsafeDatabase, refuse_unsafe_database, unsafe_reasons
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
    """The name of a database whose walls may be torn down."""
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
def reasons(playground: str, django_db_blocker: Any) -> Callable[..., list[str]]:
    """`reasons()`: what speaks against the database, asked as the role that serves or as that of `url`."""

    def ask(url: str = "") -> list[str]:
        with django_db_blocker.unblock(), connected_to(url or runtime_url(playground)) as alias:
            return unsafe_reasons(alias)

    return ask


def test_a_sound_database_has_no_reasons(reasons: Any) -> None:
    assert reasons() == []


OWN = "program_id = nullif(current_setting('app.program_id', true), '')::uuid"


RESTORED = f"""
DROP POLICY IF EXISTS student_isolation ON students;
DROP POLICY IF EXISTS student_isolation_all ON students;
DROP POLICY IF EXISTS door ON students;
CREATE POLICY student_isolation ON students USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY student_isolation_all ON students TO {ALL_PROGRAMS_ROLE} USING (true) WITH CHECK (true)
"""
POLICIES = "The policies of students are not the expected ones: "
LEAKING_VIEW = "The view leak lacks security_invoker."


@pytest.mark.parametrize(
    ("statement", "undo", "expected"),
    [
        (
            f"GRANT TRUNCATE ON students TO {RUNTIME}",
            f"REVOKE TRUNCATE ON students FROM {RUNTIME}",
            "The runtime role may truncate students.",
        ),
        (
            f"GRANT TRUNCATE ON students TO {ALL_PROGRAMS_ROLE}",
            f"REVOKE TRUNCATE ON students FROM {ALL_PROGRAMS_ROLE}",
            "The runtime role may truncate students.",
        ),
        (
            "GRANT TRUNCATE ON lessons_history TO PUBLIC",
            "REVOKE TRUNCATE ON lessons_history FROM PUBLIC",
            "The runtime role may truncate lessons_history.",
        ),
        (
            "ALTER TABLE students DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE students ENABLE ROW LEVEL SECURITY",
            "students has no row-level security.",
        ),
        (
            "ALTER TABLE students_history DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE students_history ENABLE ROW LEVEL SECURITY",
            "students_history has no row-level security.",
        ),
        (
            "CREATE TABLE boxes (id uuid, program_id uuid)",
            "DROP TABLE boxes",
            "boxes has no row-level security.",
        ),
        (
            "CREATE TABLE crates (id int, program_id uuid) PARTITION BY RANGE (id)",
            "DROP TABLE crates",
            "crates has no row-level security.",
        ),
        ("DROP POLICY student_isolation ON students", RESTORED, POLICIES),
        ("DROP POLICY student_isolation_all ON students", RESTORED, POLICIES),
        ("CREATE POLICY door ON students USING (true)", RESTORED, POLICIES),
        ("CREATE POLICY door ON students AS RESTRICTIVE USING (false)", RESTORED, POLICIES),
        ("ALTER POLICY student_isolation ON students USING (true)", RESTORED, POLICIES),
        ("ALTER POLICY student_isolation ON students WITH CHECK (true)", RESTORED, POLICIES),
        (
            f"ALTER POLICY student_isolation ON students USING ({OWN} OR status = 'active')",
            RESTORED,
            POLICIES,
        ),
        ("ALTER POLICY student_isolation_all ON students TO PUBLIC", RESTORED, POLICIES),
        (
            f"CREATE VIEW leak AS SELECT * FROM students; GRANT SELECT ON leak TO {RUNTIME}",
            "DROP VIEW leak",
            LEAKING_VIEW,
        ),
        (
            (
                "CREATE VIEW leak WITH (security_invoker = false) AS SELECT * FROM students;"
                f" GRANT SELECT ON leak TO {RUNTIME}"
            ),
            "DROP VIEW leak",
            LEAKING_VIEW,
        ),
        (
            f"CREATE VIEW leak AS SELECT * FROM students; GRANT SELECT ON leak TO {ALL_PROGRAMS_ROLE}",
            "DROP VIEW leak",
            LEAKING_VIEW,
        ),
        (
            f"CREATE MATERIALIZED VIEW leak AS SELECT * FROM students; GRANT SELECT ON leak TO {RUNTIME}",
            "DROP MATERIALIZED VIEW leak",
            "The materialised view leak can be read without a policy.",
        ),
        (
            (
                "CREATE TABLE visits (id int) PARTITION BY RANGE (id);"
                " CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (2);"
                f" GRANT SELECT ON visits_1 TO {RUNTIME}"
            ),
            "DROP TABLE visits",
            "The partition visits_1 can be read past its parent.",
        ),
        (
            (
                "CREATE FUNCTION leak() RETURNS SETOF students LANGUAGE sql SECURITY DEFINER"
                " AS 'SELECT * FROM students'"
            ),
            "DROP FUNCTION leak()",
            "The function leak runs with the rights of its owner.",
        ),
    ],
)
def test_each_missing_wall_is_a_reason(
    owner_runs: Any, reasons: Any, statement: str, undo: str, expected: str
) -> None:
    owner_runs(statement, undo)
    (reason,) = reasons()
    assert reason.startswith(expected)


@pytest.mark.parametrize(
    ("statement", "undo"),
    [
        (
            (
                "CREATE VIEW fine WITH (security_invoker = true) AS SELECT * FROM students;"
                f" GRANT SELECT ON fine TO {RUNTIME}"
            ),
            "DROP VIEW fine",
        ),
        (
            (
                "CREATE VIEW fine WITH (security_invoker) AS SELECT * FROM students;"
                f" GRANT SELECT ON fine TO {RUNTIME}"
            ),
            "DROP VIEW fine",
        ),
        ("CREATE VIEW hidden AS SELECT * FROM students", "DROP VIEW hidden"),
        ("CREATE MATERIALIZED VIEW hidden AS SELECT * FROM students", "DROP MATERIALIZED VIEW hidden"),
        ("CREATE FUNCTION fine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION fine()"),
        ("CREATE TABLE colours (id int)", "DROP TABLE colours"),
    ],
)
def test_what_opens_no_door_is_no_reason(owner_runs: Any, reasons: Any, statement: str, undo: str) -> None:
    owner_runs(statement, undo)
    assert reasons() == []


@pytest.fixture
def two_walls_down(owner_runs: Any) -> None:
    for table in ("students", "courses"):
        owner_runs(
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        )


BOTH = ["courses has no row-level security.", "students has no row-level security."]


def test_several_missing_walls_are_all_named(two_walls_down: None, reasons: Any) -> None:
    assert reasons() == BOTH


def test_a_server_that_leaks_rows_is_refused(reasons: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    major = connection.pg_version // 10000
    monkeypatch.setattr(database, "OLDEST_SAFE_VERSIONS", {major: major * 10000 + 9999})
    (reason,) = reasons()
    assert reason.startswith(f"PostgreSQL {major}.") and reason.endswith("leaks rows; update the server.")


def test_the_versions_known_to_leak_are_named() -> None:
    assert database.OLDEST_SAFE_VERSIONS == {15: 150014, 16: 160010, 17: 170006}


# ---- the role itself


@pytest.fixture
def role(playground: str, reasons: Any) -> Iterator[Callable[..., list[str]]]:
    """`role(attributes, *statements)`: the reasons against serving as a new role with these attributes."""
    admin = administrator_url(playground)
    made: list[str] = []

    def ask(attributes: str, *statements: str) -> list[str]:
        name = f"scratch_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(admin, autocommit=True) as connected:
            connected.execute(f"CREATE ROLE {name} LOGIN {attributes}")  # type: ignore[arg-type]
            made.append(name)
            connected.execute(
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"  # type: ignore[arg-type]
            )
            for statement in statements:
                connected.execute(statement.format(role=name))  # type: ignore[arg-type]
        return reasons(make_conninfo(runtime_url(playground), user=name, password="scratch"))

    yield ask
    for name in made:
        with psycopg.connect(admin, autocommit=True) as connected:
            connected.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")  # type: ignore[arg-type]
            connected.execute(f"DROP ROLE IF EXISTS {name}_between")  # type: ignore[arg-type]


SAFE = "NOINHERIT NOSUPERUSER NOBYPASSRLS PASSWORD 'scratch'"
JOIN = f"GRANT {ALL_PROGRAMS_ROLE} TO {{role}}"


def test_a_role_like_the_runtime_role_has_no_reasons(role: Any) -> None:
    assert role(SAFE, JOIN) == []


def test_a_superuser_is_refused(role: Any) -> None:
    reasons = role("SUPERUSER NOINHERIT PASSWORD 'scratch'", JOIN)
    assert "The runtime role is a superuser." in reasons


def test_a_role_that_bypasses_the_policies_is_refused(role: Any) -> None:
    reasons = role("BYPASSRLS NOINHERIT PASSWORD 'scratch'", JOIN)
    assert reasons == ["The runtime role bypasses row-level security."]


INHERITS = f"The runtime role inherits {ALL_PROGRAMS_ROLE}; make it NOINHERIT."


def test_a_role_that_inherits_the_all_programs_role_is_refused(role: Any) -> None:
    """Its policies would apply silently."""
    assert role("INHERIT PASSWORD 'scratch'", JOIN) == [INHERITS]


def test_a_membership_that_inherits_is_refused_whatever_the_role_says(role: Any, db: None) -> None:
    if connection.pg_version < 160000:
        pytest.skip("before PostgreSQL 16 the role decides, not the membership")
    reasons = role(SAFE, f"{JOIN} WITH INHERIT TRUE")
    assert reasons == [INHERITS]


def test_inheriting_through_another_role_is_refused(role: Any) -> None:
    reasons = role(
        "INHERIT PASSWORD 'scratch'",
        "CREATE ROLE {role}_between",
        f"GRANT {ALL_PROGRAMS_ROLE} TO {{role}}_between",
        "GRANT {role}_between TO {role}",
    )
    assert reasons == [INHERITS]


def test_a_role_that_is_no_member_of_the_all_programs_role_is_refused(role: Any) -> None:
    assert role(SAFE) == [f"The runtime role is not a member of {ALL_PROGRAMS_ROLE}."]


def test_a_role_that_owns_a_relation_is_refused(role: Any) -> None:
    reasons = role(SAFE, JOIN, "CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO {role}")
    assert reasons == ["The runtime role owns a relation; only the owner role may."]


def test_the_owner_is_refused(playground: str, reasons: Any) -> None:
    assert "The runtime role owns a relation; only the owner role may." in reasons(owner_url(playground))


def test_a_role_that_may_become_the_owner_is_refused(role: Any) -> None:
    owner = connections["owner"].settings_dict["USER"]
    assert role(SAFE, JOIN, f"GRANT {owner} TO {{role}}") == [
        f"The runtime role may become {owner}, which no policy binds."
    ]


# ---- refusing


def test_an_unsafe_database_is_refused_each_time_it_is_asked(
    playground: str, two_walls_down: None, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock(), connected_to(runtime_url(playground)) as alias:
        for _ in range(2):
            with pytest.raises(UnsafeDatabase) as caught:
                refuse_unsafe_database(alias)
            assert str(caught.value) == "\n- ".join(["Academy refuses to run on this database:", *BOTH])


def test_no_page_is_served_on_an_unsafe_database(
    client_for: ClientFor, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_verified", set())
    monkeypatch.setattr(database, "UNSCOPED_TABLES", set())  # now the assignments count as unprotected
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
    monkeypatch.setattr(database, "_verified", set())
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
    assert f"Academy refuses to run on this database:\n- {POLICIES}" in unsafe.stderr


@pytest.mark.slow
def test_the_check_command_tells_each_reason(playground: str, two_walls_down: None) -> None:
    told = run(runtime_url(playground), "manage.py", "check", "--database", "default")
    assert told.returncode == 1
    for reason in BOTH:
        assert f"?: (programs.E009) {reason}\n" in told.stderr


def test_large_objects_are_warned_about(playground: str, administrator: psycopg.Connection[Any]) -> None:
    with psycopg.connect(administrator_url(playground), autocommit=True) as superuser:
        superuser.execute("GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC")
        told = run(runtime_url(playground), "manage.py", "check", "--database", "default")
        superuser.execute("REVOKE EXECUTE ON FUNCTION lo_create(oid) FROM PUBLIC")
    assert told.returncode == 0
    assert "(programs.W001) The runtime role may make large objects" in told.stderr
    assert "REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC" in told.stderr
