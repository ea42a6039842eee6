"""What the database takes as a value and what it refuses, by raw SQL."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from psycopg import errors
from psycopg.types.json import Jsonb

from programs.factories import AssignmentFactory, ProgramFactory
from programs.models import Program, UserProgramAssignment
from programs.registry import scoped_models
from programs.scope import use_program
from programs.testing import made_once, one_of_each, rows, written

from .test_schema import PROMISED


@made_once
def filled_once() -> Program:
    program = ProgramFactory(name="Filled")
    one_of_each(program)
    AssignmentFactory(program=program)
    return program


@pytest.fixture
def filled(filled_once: Program, db: None) -> Program:
    """A program with a row in every table."""
    return filled_once


# ---- values that are refused


LATER = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=2)
REFUSED: list[tuple[str, str, Any]] = [
    ("users", "role", "owner"),
    ("users", "role", ""),
    ("users", "role", "Tutor"),
    ("programs", "name", ""),
    ("user_program_assignments", "role", "super_admin"),
    ("user_program_assignments", "role", "owner"),
    ("user_program_assignments", "role", ""),
    ("courses", "level", -1),
    ("courses", "name", ""),
    ("courses", "name", "x" * 201),
    ("curricula", "name", ""),
    ("curricula", "sequence_order", -1),
    ("modules", "name", ""),
    ("modules", "sequence_order", -1),
    ("lessons", "name", ""),
    ("lessons", "sequence_order", -1),
    ("lessons", "duration_minutes", 0),
    ("lessons", "duration_minutes", -5),
    ("students", "status", "expelled"),
    ("students", "status", ""),
    ("students", "date_of_birth", LATER),
    ("students", "date_of_birth", datetime.date(1899, 12, 31)),
    ("students", "date_of_birth", "infinity"),
    ("students", "date_of_birth", "10000-01-01"),
    ("students", "enrollment_date", datetime.date(1949, 12, 31)),
    ("students", "enrollment_date", datetime.date(2200, 1, 1)),
    ("students", "enrollment_date", "10000-01-01"),
    ("students", "enrollment_date", "infinity"),
    ("students", "enrollment_date", "-infinity"),
    *(
        ("students", column, Jsonb(value))
        for column in ("address", "emergency_contact", "medical_info")
        for value in ([], "text", 1, True, None)
    ),
    ("facilities", "facility_type", "garden"),
    ("facilities", "facility_type", ""),
    ("facilities", "status", "closed"),
    ("facilities", "capacity", 0),
    ("facilities", "capacity", -1),
    ("facilities", "name", ""),
    *(
        ("facilities", column, Jsonb(value))
        for column in ("equipment", "amenities")
        for value in ({}, "text", 1, True, None)
    ),
]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    REFUSED,
    ids=[f"{t}.{c}={getattr(v, 'obj', v)!s:.20}" for t, c, v in REFUSED],
)
def test_a_senseless_value_is_refused(table: str, column: str, value: Any, filled: Program) -> None:
    with use_program(filled):
        with pytest.raises((IntegrityError, DataError)) as caught, transaction.atomic():
            rows(f"UPDATE {table} SET {column} = %s", value)
        assert isinstance(caught.value.__cause__, errors.CheckViolation | errors.StringDataRightTruncation), (
            caught.value
        )


NOT_NULL = [
    (table, column)
    for table, columns in PROMISED.items()
    for column, (_, nullable) in columns.items()
    if not nullable
]


@pytest.mark.parametrize(("table", "column"), NOT_NULL)
def test_what_is_required_can_not_be_null(table: str, column: str, filled: Program) -> None:
    with use_program(filled), pytest.raises(IntegrityError), transaction.atomic():
        rows(f"UPDATE {table} SET {column} = NULL")
        if column == "updated_at":  # the trigger puts a moment in its place
            raise IntegrityError


ACCEPTED: list[tuple[str, str, list[Any]]] = [
    # Upwards: the last admin can't be taken away.
    ("users", "role", ["tutor", "program_coordinator", "program_admin", "super_admin"]),
    ("user_program_assignments", "role", [None, "tutor", "program_coordinator", "program_admin"]),
    ("students", "status", ["active", "inactive", "graduated", "withdrawn"]),
    ("students", "date_of_birth", [None, datetime.date(1900, 1, 1)]),
    ("facilities", "facility_type", ["pool", "court", "gym", "field", "classroom", "lab"]),
    ("facilities", "status", ["active", "maintenance", "inactive"]),
    ("facilities", "capacity", [None, 1, 2**31 - 1]),
    ("lessons", "duration_minutes", [None, 1]),
    ("courses", "level", [0, 1, 2**31 - 1]),
]


@pytest.mark.parametrize(("table", "column", "values"), ACCEPTED)
def test_every_promised_value_is_accepted(
    table: str, column: str, values: list[Any], filled: Program
) -> None:
    with use_program(filled):
        for value in values:
            assert written(f"UPDATE {table} SET {column} = %s", value) >= 1


# ---- times


@pytest.mark.parametrize("table", PROMISED)
def test_updated_at_is_moved_on_every_path(table: str, filled: Program) -> None:
    model = next(m for m in _models() if m._meta.db_table == table)
    manager = model._base_manager

    def moment() -> datetime.datetime:
        return manager.values_list("updated_at", flat=True).get(pk=row.pk)

    with use_program(filled):
        row = manager.first()
        seen = [moment()]
        written(f"UPDATE {table} SET updated_at = updated_at")
        seen.append(moment())
        written(f"UPDATE {table} SET updated_at = '1999-01-01'")
        seen.append(moment())
        manager.update(created_at="2001-01-01T00:00Z")
        seen.append(moment())
        row.save()
        seen.append(moment())
        manager.bulk_update([row], ["created_at"])
        seen.append(moment())
    assert seen == sorted(set(seen)), seen
    assert len(seen) == 6


def _models() -> list[Any]:
    from accounts.models import User

    return [User, Program, UserProgramAssignment, *scoped_models()]
