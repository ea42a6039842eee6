import datetime

import pytest
from django.utils import timezone

from programs.scope import use_program
from students.factories import StudentFactory


@pytest.fixture
def inside(program):
    """The test itself works inside the program; pages open their own scope."""
    with use_program(program):
        yield program


@pytest.fixture
def student(program):
    with use_program(program):
        return StudentFactory(first_name="Aisha", last_name="Hassan")


@pytest.fixture
def coordinator(client_for, program):
    return client_for("program_coordinator", program, full_name="Helen Marsh")


@pytest.fixture
def several(program):
    """Five students who differ in what lists sort and filter by."""
    today = timezone.localdate()
    rows = [
        ("Zoë", "Álvarez", 8, "active", datetime.date(2024, 9, 1), {}),
        ("Bilal", "Kowalski", 15, "active", datetime.date(2025, 1, 6), {"note": "Glasses"}),
        ("Stuart", "Ng", 11, "inactive", datetime.date(2023, 3, 1), {}),
        ("Ana María", "Ruiz", 19, "graduated", datetime.date(2020, 9, 1), {}),
        ("美咲", "田中", None, "withdrawn", datetime.date(2026, 2, 2), {}),
    ]
    with use_program(program):
        return [
            StudentFactory(
                first_name=first,
                last_name=last,
                date_of_birth=None if age is None else datetime.date(today.year - age, 1, 1),
                status=status,
                enrollment_date=enrolled,
                medical_info=medical,
            )
            for first, last, age, status, enrolled, medical in rows
        ]
