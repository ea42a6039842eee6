"""Taking back what one request wrote, and only that."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Role, User
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Lesson
from crud.history import event_model
from desk.models import SavedView
from programs.archive import archive, restore
from programs.factories import AssignmentFactory
from programs.models import Program
from programs.scope import use_program
from programs.testing import make_member
from programs.undo import undo_request
from students.factories import StudentFactory
from students.models import Student


@contextmanager
def request(program: Program) -> Iterator[str]:
    """A request of its own: what is written inside is noted under the id."""
    key = str(uuid.uuid4())
    with use_program(program, history={"request": key}):
        yield key


def statuses(program: Program) -> dict[str, str]:
    with use_program(program):
        return dict(Student.objects.order_by("first_name").values_list("first_name", "status"))


@pytest.fixture
def three(program: Program) -> None:
    with request(program):
        for name, status in (("Ada", "active"), ("Bea", "inactive"), ("Cem", "graduated")):
            StudentFactory(first_name=name, status=status)


BEFORE = {"Ada": "active", "Bea": "inactive", "Cem": "graduated"}


def test_each_row_gets_the_value_it_had(program: Program, three: None) -> None:
    with request(program) as key:
        assert Student.objects.exclude(status="inactive").update(status="inactive") == 2
    with request(program):
        assert undo_request(Student, key, ["status"]) == 2
    assert statuses(program) == BEFORE


def test_the_undo_is_written_down_and_is_done_once(program: Program, three: None) -> None:
    with request(program) as key:
        Student.objects.filter(first_name="Ada").update(status="withdrawn")
    with request(program) as undone:
        assert undo_request(Student, key, ["status"]) == 1
        last = event_model(Student).objects.order_by("-pgh_id")[0]
        assert (last.status, last.pgh_context["request"]) == ("active", undone)
    with request(program):
        assert undo_request(Student, key, ["status"]) == 0
    with request(program):
        assert undo_request(Student, undone, ["status"]) == 1  # an undo can be undone
    assert statuses(program) == {**BEFORE, "Ada": "withdrawn"}


def test_what_somebody_changed_since_is_left_alone(program: Program, three: None) -> None:
    with request(program) as key:
        Student.objects.update(status="withdrawn")
    with request(program):
        Student.objects.filter(first_name="Bea").update(status="active")
        Student.objects.filter(first_name="Cem").update(phone="0")  # another field: no obstacle
    with request(program):
        assert undo_request(Student, key, ["status"]) == 2
    assert statuses(program) == {**BEFORE, "Bea": "active"}


def test_several_writes_of_one_request_are_taken_back_together(program: Program, three: None) -> None:
    with request(program) as key:
        Student.objects.filter(first_name="Ada").update(status="inactive")
        Student.objects.filter(first_name="Ada").update(status="withdrawn")
    with request(program):
        assert undo_request(Student, key, ["status"]) == 1
    assert statuses(program) == BEFORE


def test_rows_that_the_request_made_stay(program: Program) -> None:
    with request(program) as key:
        student = StudentFactory(first_name="Ada")
        Student.objects.filter(pk=student.pk).update(status="inactive")
    with request(program):
        assert undo_request(Student, key, ["status"]) == 0
    assert statuses(program) == {"Ada": "inactive"}


def test_another_program_is_out_of_reach(program: Program, other_program: Program, three: None) -> None:
    with request(program) as key:
        Student.objects.update(status="withdrawn")
    with request(other_program):
        assert undo_request(Student, key, ["status"]) == 0
    assert set(statuses(program).values()) == {"withdrawn"}


def test_what_was_archived_together_comes_back_together(program: Program) -> None:
    with request(program):
        courses = [CourseFactory() for _ in range(2)]
        modules = [ModuleFactory(curriculum=CurriculumFactory(course=course)) for course in courses]
        lessons = [LessonFactory(module=module) for module in modules]
        archive(LessonFactory(module=modules[0]))  # before: stays where it is
    with request(program) as key:
        for course in courses:
            archive(course)
        assert not Course.objects.exists() and not Lesson.objects.exists()
    with request(program):
        restore(courses[1])
    with request(program):
        assert undo_request(Course, key, ["deleted_at"]) == 1
        assert set(Course.objects.all()) == set(courses)
        assert set(Lesson.objects.all()) == set(lessons)


def test_a_request_that_wrote_nothing(program: Program, three: None) -> None:
    with request(program):
        assert undo_request(Student, str(uuid.uuid4()), ["status"]) == 0
        assert undo_request(SavedView, str(uuid.uuid4()), ["name"]) == 0  # has no history
    assert statuses(program) == BEFORE


@pytest.mark.parametrize("key", ["", "x", "'; DROP TABLE students; --", "1" * 31])
def test_a_malformed_id_is_a_value_error(program: Program, key: str) -> None:
    with request(program), pytest.raises(ValueError, match="UUID"):
        undo_request(Student, key, ["status"])


# ---- by whom


@contextmanager
def sent_by(user: User, program: Program) -> Iterator[str]:
    """A request of `user`."""
    key = str(uuid.uuid4())
    with use_program(program, user=user, history={"request": key}):
        yield key


@pytest.mark.parametrize(
    ("role", "taken_back"),
    [(Role.SUPER_ADMIN, 3), (Role.PROGRAM_ADMIN, 3), (Role.PROGRAM_COORDINATOR, None), (Role.TUTOR, None)],
)
def test_a_change_is_taken_back_by_its_maker_and_by_those_who_administer_the_program(
    program: Program, three: None, role: str, taken_back: int | None
) -> None:
    maker, other = make_member(Role.PROGRAM_COORDINATOR, program), make_member(role, program)
    with sent_by(maker, program) as key:
        Student.objects.update(status="withdrawn")
    with sent_by(other, program):
        if taken_back is None:
            with pytest.raises(PermissionDenied):
                undo_request(Student, key, ["status"], user=other)
        else:
            assert undo_request(Student, key, ["status"], user=other) == taken_back
    assert (statuses(program) == BEFORE) is (taken_back is not None)
    with sent_by(maker, program):
        assert undo_request(Student, key, ["status"], user=maker) == (3 if taken_back is None else 0)
    assert statuses(program) == BEFORE


def test_a_program_admin_of_elsewhere_takes_nothing_back(
    program: Program, other_program: Program, three: None
) -> None:
    maker = make_member(Role.PROGRAM_COORDINATOR, program)
    other = make_member(Role.PROGRAM_ADMIN, other_program)
    AssignmentFactory(user=other, program=program, role=Role.PROGRAM_COORDINATOR)
    with sent_by(maker, program) as key:
        Student.objects.update(status="withdrawn")
    with sent_by(other, program), pytest.raises(PermissionDenied):
        undo_request(Student, key, ["status"], user=other)


def test_what_was_archived_with_a_row_stays_where_its_maker_left_it(program: Program) -> None:
    maker, other = (make_member(Role.PROGRAM_COORDINATOR, program) for _ in range(2))
    with request(program):
        lesson = LessonFactory()
        course = lesson.module.curriculum.course
    with sent_by(maker, program) as key:
        archive(course)
    with sent_by(other, program), pytest.raises(PermissionDenied):
        undo_request(Course, key, ["deleted_at"], user=other)
    with use_program(program):
        assert not Lesson.objects.exists()
