"""Student numbers come from the database on every path, and never twice."""

from __future__ import annotations

import datetime
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from psycopg import errors

from accounts.models import Role
from programs.models import Program
from programs.scope import use_program
from programs.testing import ClientFor, rows
from students.factories import StudentFactory
from students.models import Student

FORM = re.compile(r"STU-(\d{4})-(\d{4,})")


def numbers() -> list[str]:
    return list(
        Student.with_archived.order_by("created_at", "student_id").values_list("student_id", flat=True)
    )


@pytest.fixture
def inside(program: Program) -> Any:
    with use_program(program):
        yield program


def day(year: int) -> datetime.date:
    return datetime.date(year, 9, 1)


def test_the_number_has_the_year_of_enrolment_and_counts_on(inside: Program) -> None:
    made = [StudentFactory(enrollment_date=day(year)) for year in (2031, 2031, 2019, 2031)]
    found = [FORM.fullmatch(student.student_id).groups() for student in made]
    assert [year for year, _ in found] == ["2031", "2031", "2019", "2031"]
    first, second, _, third = (int(number) for _, number in found)
    assert (second, third) == (first + 1, first + 2)


def test_every_path_gets_a_number(inside: Program, client_for: ClientFor) -> None:
    Student(first_name="Saved", last_name="One").save()
    Student.objects.create(first_name="Created", last_name="One")
    Student.objects.bulk_create([Student(first_name="Bulk", last_name=str(n)) for n in range(3)])
    Student.objects.get_or_create(first_name="Got", last_name="One")
    rows("INSERT INTO students (program_id, first_name, last_name) VALUES (%s, 'Raw', 'One')", inside.pk)
    client = client_for(Role.PROGRAM_ADMIN, inside)
    data = {
        "first_name": "Form",
        "last_name": "One",
        "enrollment_date": "2031-01-01",
        "status": "active",
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        "conditions-TOTAL_FORMS": "0",
        "conditions-INITIAL_FORMS": "0",
    }
    assert client.post("/students/new/", data).status_code == 302
    found = numbers()
    assert len(found) == len(set(found)) == 8
    assert all(FORM.fullmatch(number) for number in found)


def test_rows_that_the_owner_copies_in_get_numbers_too(
    transactional_db: None, owner: psycopg.Connection[Any]
) -> None:
    program = Program.objects.create(name="Swimming")
    with owner.cursor().copy(
        "COPY students (program_id, first_name, last_name, student_id, enrollment_date) FROM STDIN"
    ) as copy:
        for n in range(3):
            copy.write_row((program.pk, "Copied", str(n), "STU-2020-0001", day(2027)))
    with use_program(program):
        found = numbers()
    assert len(set(found)) == 3
    assert all(number.startswith("STU-2027-") for number in found)


def test_the_number_is_on_the_object_at_once(inside: Program) -> None:
    saved = Student(first_name="Saved", last_name="One")
    saved.save()
    (bulk,) = Student.objects.bulk_create([Student(first_name="Bulk", last_name="One")])
    for student in (saved, bulk):
        student.refresh_from_db()
        assert FORM.fullmatch(student.student_id)


@pytest.mark.parametrize("given", ["STU-2025-0001", "STU-1999-9999", "x", ""])
def test_a_number_that_is_given_is_ignored(inside: Program, given: str) -> None:
    made = Student.objects.create(first_name="A", last_name="B", student_id=given, enrollment_date=day(2027))
    made.refresh_from_db()
    assert made.student_id.startswith("STU-2027-")
    ((raw,),) = rows(
        "INSERT INTO students (program_id, first_name, last_name, student_id, enrollment_date)"
        " VALUES (%s, 'A', 'B', %s, '2027-01-01') RETURNING student_id",
        inside.pk,
        given,
    )
    assert raw.startswith("STU-2027-") and raw != given


def test_a_number_is_never_used_again(inside: Program) -> None:
    first = StudentFactory(enrollment_date=day(2027))
    taken = first.student_id
    first.delete()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        taken_by_failure = StudentFactory(enrollment_date=day(2027)).student_id
        1 / 0
    later = [StudentFactory(enrollment_date=day(2027)).student_id for _ in range(3)]
    assert taken not in later and taken_by_failure not in later
    assert later == sorted(later) and min(later) > taken_by_failure > taken


def test_a_number_never_changes(inside: Program) -> None:
    student = StudentFactory(enrollment_date=day(2027))
    number = student.student_id
    for write in (
        lambda: rows("UPDATE students SET student_id = 'STU-2027-9999'"),
        lambda: Student.objects.update(student_id="STU-2027-9999"),
        lambda: rows("UPDATE students SET student_id = NULL"),
        lambda: _save_with(student, "STU-2027-9999"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    # Nor does it follow the date, nor a change of anything else.
    Student.objects.update(enrollment_date=day(2030), status="graduated", first_name="Renamed")
    assert numbers() == [number]


def _save_with(student: Student, number: str) -> None:
    fresh = Student.objects.get(pk=student.pk)
    fresh.student_id = number
    fresh.save()


def test_numbers_are_unique_across_programs(program: Program, other_program: Program) -> None:
    found = []
    for where in (program, other_program, program):
        with use_program(where):
            found.append(StudentFactory(enrollment_date=day(2027)).student_id)
    assert len(set(found)) == 3


def test_numbers_have_five_digits_after_9999(inside: Program, owner: psycopg.Connection[Any]) -> None:
    owner.execute("SELECT setval('student_numbers_2034', 9998)")
    found = [StudentFactory(enrollment_date=day(2034)).student_id for _ in range(3)]
    assert found == ["STU-2034-9999", "STU-2034-10000", "STU-2034-10001"]
    owner.execute("SELECT setval('student_numbers_2034', 99999)")
    assert StudentFactory(enrollment_date=day(2034)).student_id == "STU-2034-100000"


@pytest.mark.parametrize("year", [1950, 1987, 2015, 2035, 2036, 2199])
def test_any_year_of_enrolment_has_numbers(inside: Program, year: int) -> None:
    assert FORM.fullmatch(StudentFactory(enrollment_date=day(year)).student_id).group(1) == str(year)


def test_the_runtime_role_can_not_turn_the_counter_back(db: None) -> None:
    for statement in (
        "SELECT setval('student_numbers_2025', 1)",
        "ALTER SEQUENCE student_numbers_2025 RESTART",
        "DROP SEQUENCE student_numbers_2025",
    ):
        with pytest.raises(Exception, match=r"permission denied|must be owner"), transaction.atomic():
            rows(statement)


def test_a_number_is_drawn_by_inserting_a_student_alone(db: None) -> None:
    for year in ("2025", "1899", "3000", "-5", "2147483647", "NULL"):
        with (
            pytest.raises(ProgrammingError, match="A student number is given by inserting a student"),
            transaction.atomic(),
        ):
            rows(f"SELECT next_student_number({year})")


@pytest.mark.parametrize("year", ["1899", "3000", "NULL"])
def test_there_are_numbers_for_real_years_alone(owner: psycopg.Connection[Any], year: str) -> None:
    """Asked by a trigger of the owner's, as the table of the students refuses such dates itself."""
    with pytest.raises(errors.CheckViolation, match="no student numbers for the year"), owner.transaction():
        owner.execute("CREATE TABLE asked (year int)")
        owner.execute(
            "CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM public.next_student_number(NEW.year); RETURN NEW; END'"
        )
        owner.execute("CREATE TRIGGER ask BEFORE INSERT ON asked FOR EACH ROW EXECUTE FUNCTION ask()")
        owner.execute(f"INSERT INTO asked VALUES ({year})")  # type: ignore[arg-type]


@pytest.mark.parametrize("year", [2025, 2088], ids=["a year with a counter", "the first students of a year"])
def test_eight_threads_creating_200_students_get_200_numbers(transactional_db: None, year: int) -> None:
    programs = [Program.objects.create(name=f"Program {n}") for n in range(2)]
    start = threading.Barrier(8)

    def create(worker: int) -> list[str]:
        try:
            start.wait(timeout=30)
            made = []
            for n in range(25):
                with use_program(programs[worker % 2]):
                    made.append(
                        StudentFactory(last_name=f"{worker}-{n}", enrollment_date=day(year)).student_id
                    )
            return made
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        returned = [number for made in pool.map(create, range(8)) for number in made]
    assert len(returned) == 200
    stored: list[str] = []
    for program in programs:
        with use_program(program):
            assert Student.objects.count() == 100
            stored += numbers()
    assert [n for n, times in Counter(stored).items() if times > 1] == []
    assert len(stored) == 200
    assert all(FORM.fullmatch(number).group(1) == str(year) for number in stored)
    assert set(returned) == set(stored)
