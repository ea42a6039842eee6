"""The schema, read from the live database and compared with what was promised.

Columns may be added; none of these may be missing, renamed or weaker.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg import errors

from accounts.factories import UserFactory
from accounts.models import Role
from courses.factories import CourseFactory, LessonFactory, ModuleFactory
from courses.models import Lesson
from programs.archive import archive, restore
from programs.factories import AssignmentFactory, ProgramFactory
from programs.models import ArchivableModel, Program
from programs.scope import use_program
from programs.testing import factory_of, one_of_each, rows, written
from students.factories import StudentFactory

WHEN, TEXT, NUMBER, YES_NO, KEY, JSON, DAY = (
    "timestamp with time zone",
    "text",
    "integer",
    "boolean",
    "uuid",
    "jsonb",
    "date",
)


def words(length: int) -> str:
    return f"character varying({length})"


# table → column → (type, may be null)
BASE = {"id": (KEY, False), "created_at": (WHEN, False), "updated_at": (WHEN, False)}
SCOPED = {**BASE, "program_id": (KEY, False), "deleted_at": (WHEN, True)}
PROMISED: dict[str, dict[str, tuple[str, bool]]] = {
    "users": {
        **BASE,
        "username": (words(150), False),
        "email": (words(254), False),
        "password_hash": (words(128), False),
        "role": (words(32), False),
        "is_active": (YES_NO, False),
    },
    "programs": {
        **BASE,
        "name": (words(120), False),
        "description": (TEXT, False),
        "is_active": (YES_NO, False),
    },
    "user_program_assignments": {
        **BASE,
        "user_id": (KEY, False),
        "program_id": (KEY, False),
        "role": (words(32), True),
        "assigned_at": (WHEN, False),
        "assigned_by": (KEY, True),
    },
    "courses": {
        **SCOPED,
        "name": (words(200), False),
        "description": (TEXT, False),
        "level": (NUMBER, False),
        "is_active": (YES_NO, False),
    },
    "curricula": {
        **SCOPED,
        "course_id": (KEY, False),
        "name": (words(200), False),
        "description": (TEXT, False),
        "sequence_order": (NUMBER, False),
    },
    "modules": {
        **SCOPED,
        "curriculum_id": (KEY, False),
        "name": (words(200), False),
        "description": (TEXT, False),
        "sequence_order": (NUMBER, False),
    },
    "lessons": {
        **SCOPED,
        "module_id": (KEY, False),
        "name": (words(200), False),
        "content": (TEXT, False),
        "duration_minutes": (NUMBER, True),
        "sequence_order": (NUMBER, False),
    },
    "students": {
        **SCOPED,
        "student_id": (words(20), False),
        "first_name": (words(200), False),
        "last_name": (words(200), False),
        "email": (words(254), False),
        "phone": (words(40), False),
        "date_of_birth": (DAY, True),
        "enrollment_date": (DAY, False),
        "status": (words(20), False),
        "address": (JSON, False),
        "emergency_contact": (JSON, False),
        "medical_info": (JSON, False),
    },
    "facilities": {
        **SCOPED,
        "name": (words(200), False),
        "facility_type": (words(20), False),
        "capacity": (NUMBER, True),
        "equipment": (JSON, False),
        "amenities": (JSON, False),
        "status": (words(20), False),
    },
}
SCOPED_TABLES = [table for table, columns in PROMISED.items() if "deleted_at" in columns]


@pytest.mark.parametrize("table", PROMISED)
def test_a_table_has_the_promised_columns(table: str, db: None) -> None:
    found = {
        name: (kind, not required)
        for name, kind, required in rows(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            table,
        )
    }
    assert {name: found.get(name) for name in PROMISED[table]} == PROMISED[table]


@pytest.mark.parametrize("table", PROMISED)
def test_the_key_is_a_uuid_that_the_server_gives(table: str, db: None) -> None:
    assert rows(
        "SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
        " JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
        " WHERE i.indrelid = %s::regclass AND i.indisprimary",
        table,
    ) in ([("id", "gen_random_uuid()")], [("id", "uuidv7()")])


MINIMAL = {
    "users": "INSERT INTO users (username, email, password_hash) VALUES ('a', 'a@b.c', 'x')",
    "programs": "INSERT INTO programs (name) VALUES ('New')",
    "user_program_assignments": "INSERT INTO user_program_assignments (user_id, program_id)"
    " VALUES ('{user}', '{program}')",
    "courses": "INSERT INTO courses (program_id, name) VALUES ('{program}', 'New')",
    "curricula": "INSERT INTO curricula (program_id, course_id, name, sequence_order)"
    " VALUES ('{program}', '{parent}', 'New', 7)",
    "modules": "INSERT INTO modules (program_id, curriculum_id, name, sequence_order)"
    " VALUES ('{program}', '{parent}', 'New', 7)",
    "lessons": "INSERT INTO lessons (program_id, module_id, name, sequence_order)"
    " VALUES ('{program}', '{parent}', 'New', 7)",
    "students": "INSERT INTO students (program_id, first_name, last_name) VALUES ('{program}', 'New', 'Row')",
    "facilities": "INSERT INTO facilities (program_id, name, facility_type) VALUES ('{program}', 'New', 'lab')",
}
PARENTS = {"curricula": "courses", "modules": "curricula", "lessons": "modules"}


@pytest.mark.parametrize("table", PROMISED)
def test_what_raw_sql_leaves_out_gets_its_default(table: str, program: Program) -> None:
    made = {model._meta.db_table: row.pk for model, row in one_of_each(program).items()}
    values = {"program": program.pk, "user": UserFactory().pk, "parent": made.get(PARENTS.get(table, ""))}
    with use_program(program):
        ((key, created, updated),) = rows(
            MINIMAL[table].format(**values) + " RETURNING id, created_at, updated_at"
        )
    assert isinstance(key, uuid.UUID)
    now = datetime.datetime.now(datetime.UTC)
    for moment in (created, updated):
        assert now - datetime.timedelta(minutes=5) < moment <= now


def test_the_defaults_of_values(program: Program) -> None:
    with use_program(program):
        student = MINIMAL["students"].format(program=program.pk)
        assert rows(
            f"{student} RETURNING email, phone, date_of_birth, enrollment_date = CURRENT_DATE, status,"
            " address::text, emergency_contact::text, medical_info::text, deleted_at"
        ) == [("", "", None, True, "active", "{}", "{}", "{}", None)]
        facility = MINIMAL["facilities"].format(program=program.pk)
        assert rows(
            f"{facility} RETURNING capacity, equipment::text, amenities::text, status, deleted_at"
        ) == [(None, "[]", "[]", "active", None)]
        course = MINIMAL["courses"].format(program=program.pk)
        assert rows(f"{course} RETURNING description, level, is_active, deleted_at") == [("", 0, True, None)]
    assert rows(f"{MINIMAL['users']} RETURNING role, is_active") == [("tutor", True)]
    assert rows(f"{MINIMAL['programs']} RETURNING description, is_active") == [("", True)]


# ---- what is unique


def test_user_names_and_emails_are_unique_whatever_the_case_of_the_email(db: None) -> None:
    UserFactory(username="grace", email="grace@example.org")
    for username, email in (("grace", "other@example.org"), ("other", "GRACE@Example.org")):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows("INSERT INTO users (username, email, password_hash) VALUES (%s, %s, 'x')", username, email)


def test_a_user_is_assigned_once_to_a_program(program: Program) -> None:
    user = UserFactory()
    AssignmentFactory(user=user, program=program)
    with pytest.raises(IntegrityError), transaction.atomic():
        AssignmentFactory(user=user, program=program, is_active=False)
    AssignmentFactory(user=user, program=ProgramFactory())


def test_an_assignment_notes_when_and_by_whom(program: Program) -> None:
    super_admin = UserFactory(role=Role.SUPER_ADMIN)
    AssignmentFactory(program=program, assigned_by=super_admin)
    ((moment, by),) = rows("SELECT assigned_at, assigned_by FROM user_program_assignments")
    assert datetime.datetime.now(datetime.UTC) - moment < datetime.timedelta(minutes=5)
    assert by == super_admin.pk


# ---- links


def test_every_link_is_kept_by_the_database(db: None) -> None:
    found = {
        (str(table), str(columns), str(target), str(to_columns), action)
        for table, columns, target, to_columns, action in rows(
            """
            SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, c.confdeltype,
                   (SELECT string_agg(attname, ',' ORDER BY place) FROM pg_attribute a
                    JOIN unnest(c.conkey) WITH ORDINALITY k(number, place) ON a.attnum = k.number
                    WHERE a.attrelid = c.conrelid),
                   (SELECT string_agg(attname, ',' ORDER BY place) FROM pg_attribute a
                    JOIN unnest(c.confkey) WITH ORDINALITY k(number, place) ON a.attnum = k.number
                    WHERE a.attrelid = c.confrelid)
            FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid::regclass::text = ANY(%s)
            """,
            list(PROMISED),
        )
        for table, target, action, columns, to_columns in [(table, columns, target, to_columns, action)]
    }
    assert found == {
        ("user_program_assignments", "user_id", "users", "id", "a"),
        ("user_program_assignments", "program_id", "programs", "id", "a"),
        ("user_program_assignments", "assigned_by", "users", "id", "a"),
        *((table, "program_id", "programs", "id", "r") for table in SCOPED_TABLES),
        ("curricula", "program_id,course_id", "courses", "program_id,id", "c"),
        ("modules", "program_id,curriculum_id", "curricula", "program_id,id", "c"),
        ("lessons", "program_id,module_id", "modules", "program_id,id", "c"),
    }


# ---- order of siblings


@pytest.fixture
def lessons(program: Program) -> Any:
    with use_program(program):
        module = ModuleFactory()
        yield [LessonFactory(module=module, name=name) for name in "abc"]


def order() -> list[str]:
    return list(Lesson.objects.order_by("sequence_order").values_list("name", flat=True))


def test_two_siblings_swap_places_in_one_statement(lessons: list[Lesson]) -> None:
    first, second, _ = lessons
    assert (
        written(
            "UPDATE lessons SET sequence_order = CASE id WHEN %s THEN 2 ELSE 1 END WHERE id IN (%s, %s)",
            first.pk,
            first.pk,
            second.pk,
        )
        == 2
    )
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    assert order() == ["b", "a", "c"]


def test_two_siblings_swap_places_in_two_statements(lessons: list[Lesson]) -> None:
    first, second, _ = lessons
    rows("UPDATE lessons SET sequence_order = 2 WHERE id = %s", first.pk)
    rows("UPDATE lessons SET sequence_order = 1 WHERE id = %s", second.pk)
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    assert order() == ["b", "a", "c"]


def test_all_siblings_move_on_in_one_statement(lessons: list[Lesson]) -> None:
    assert written("UPDATE lessons SET sequence_order = sequence_order + 1") == 3
    assert written("UPDATE lessons SET sequence_order = sequence_order - 1") == 3
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    assert order() == ["a", "b", "c"]


@pytest.mark.parametrize("table", PARENTS)
def test_two_siblings_in_one_place_are_refused_at_commit(table: str, transactional_db: None) -> None:
    program = Program.objects.create(name="Swimming")
    made = one_of_each(program)
    model = next(model for model in made if model._meta.db_table == table)
    with use_program(program):
        factory_of(model)(**{model.parent_field: getattr(made[model], model.parent_field)})
        before = rows(f"SELECT id, sequence_order FROM {table} ORDER BY id")
    with pytest.raises(IntegrityError) as caught, use_program(program):
        assert written(f"UPDATE {table} SET sequence_order = 1") == 2
    assert isinstance(caught.value.__cause__, errors.ExclusionViolation)
    assert caught.value.__cause__.diag.constraint_name == f"{table}_order_unique_among_siblings"
    with use_program(program):
        assert rows(f"SELECT id, sequence_order FROM {table} ORDER BY id") == before


def test_places_are_taken_among_siblings_alone(lessons: list[Lesson]) -> None:
    elsewhere = LessonFactory()
    assert elsewhere.sequence_order == lessons[0].sequence_order == 1
    rows("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_archived_sibling_takes_no_place(lessons: list[Lesson]) -> None:
    first, *_ = lessons
    archive(first)
    LessonFactory(module=first.module, name="d", sequence_order=first.sequence_order)
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows("UPDATE lessons SET deleted_at = NULL")
        rows("SET CONSTRAINTS ALL IMMEDIATE")
    restore(first)
    assert order() == ["d", "b", "c", "a"]


def test_archived_rows_leave_every_list_and_come_back(program: Program) -> None:
    for model, row in one_of_each(program).items():
        if not issubclass(model, ArchivableModel):
            continue
        with use_program(program):
            archive(row)
            assert not model.objects.exists()
            assert model.with_archived.get() == row
            restore(row)
            assert model.objects.get() == row


# ---- indexes


def indexes(table: str) -> dict[str, list[str]]:
    """First columns of each index by its name."""
    return dict(
        rows(
            """
            SELECT i.indexrelid::regclass::text,
                   ARRAY (SELECT coalesce(a.attname::text, '(expression)') FROM unnest(i.indkey) WITH ORDINALITY k(number, place)
                          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number > 0
                          ORDER BY place)
            FROM pg_index i WHERE i.indrelid = %s::regclass
            """,
            table,
        )
    )


# Indexes that serve no program: the keys themselves, what is unique everywhere, the all-programs role.
LED_BY_OTHERS = {
    "students_pkey",
    "students_number_unique",
    "students_search_everywhere",
    "courses_pkey",
    "curricula_pkey",
    "modules_pkey",
    "lessons_pkey",
    "facilities_pkey",
    "curricula_order_unique_among_siblings",
    "modules_order_unique_among_siblings",
    "lessons_order_unique_among_siblings",
}


@pytest.mark.parametrize("table", SCOPED_TABLES)
def test_the_program_leads_the_indexes(table: str, db: None) -> None:
    others = {name for name, columns in indexes(table).items() if columns[0] != "program_id"}
    assert others <= LED_BY_OTHERS
    assert len(indexes(table)) > len(others)


def test_every_exception_is_still_there(db: None) -> None:
    assert {name for table in SCOPED_TABLES for name in indexes(table)} >= LED_BY_OTHERS


@pytest.mark.parametrize("table", SCOPED_TABLES)
def test_history_is_found_by_row_and_by_time(table: str, db: None) -> None:
    led = list(indexes(f"{table}_history").values())
    assert ["program_id", "pgh_obj_id", "pgh_created_at"] in led
    assert ["program_id", "pgh_created_at"] in led


# ---- the rest


def test_nothing_needs_an_extension_that_the_server_may_lack(db: None) -> None:
    used = {name for (name,) in rows("SELECT extname FROM pg_extension")}
    assert used <= {"plpgsql", "btree_gist", "pg_trgm", "unaccent", "uuid-ossp", "citext"}
    available = {name for (name,) in rows("SELECT name FROM pg_available_extensions")}
    assert ("uuid-ossp" in used) is ("uuid-ossp" in available)


def test_every_timestamp_knows_its_zone(db: None) -> None:
    assert (
        rows(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"
        )
        == []
    )


def test_constraints_and_indexes_fit_their_names(db: None) -> None:
    """PostgreSQL cuts names at 63 characters; none of ours comes near."""
    found = rows("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class")
    # Guardian's are made by Django, which cuts them itself and knows how.
    names = [name for (name,) in found if not name.startswith("guardian_")]
    assert max(map(len, names)) < 63


def test_the_session_is_bounded(db: None) -> None:
    """A query, a lock or an idle transaction that lasts too long ends."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        ((value,),) = rows(f"SHOW {name}")
        assert value not in ("0", "")
    assert connection.settings_dict["OPTIONS"].get("prepare_threshold") is None


def test_a_course_found_in_search_is_found_by_its_folded_name(program: Program) -> None:
    with use_program(program):
        CourseFactory(name="Ärgerlich Größe ÇA")
        StudentFactory(first_name="Zoë", last_name="Łukasiewicz")
        assert rows("SELECT search_name FROM courses") == [("argerlich grosse ca  aergerlich groesse ca",)]
        ((name, number),) = rows("SELECT search_name, student_id FROM students")
    assert name.startswith("zoe lukasiewicz ")
    assert name.endswith(number[-4:])


def test_the_indexes_of_students_stay_clean(db: None) -> None:
    """Counting and searching a program reads an index alone as long as vacuum keeps up."""
    ((options,),) = rows("SELECT reloptions FROM pg_class WHERE oid = 'students'::regclass")
    assert sorted(options) == [
        "autovacuum_vacuum_insert_scale_factor=0.02",
        "autovacuum_vacuum_scale_factor=0.02",
        "vacuum_index_cleanup=on",
    ]
