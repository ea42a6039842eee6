"""Archiving a row with what hangs on it, and bringing it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Curriculum, Lesson, Module
from programs.archive import ParentArchived, archive, restore
from programs.models import Program
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student

LEVELS = (Course, Curriculum, Module, Lesson)


def present() -> tuple[int, ...]:
    return tuple(level.objects.count() for level in LEVELS)


@pytest.fixture
def inside(program: Program) -> Any:
    with use_program(program):
        yield program


def test_an_archived_row_is_out_of_every_list_and_comes_back(inside: Program) -> None:
    student = StudentFactory()
    archive(student)
    assert student.is_archived
    assert not Student.objects.exists()
    assert Student.with_archived.get() == student
    restore(student)
    assert not student.is_archived
    assert Student.objects.get() == student


def test_a_course_takes_its_tree_along_and_brings_it_back(inside: Program) -> None:
    lesson, other = LessonFactory(), LessonFactory()
    course = lesson.module.curriculum.course
    archive(course)
    assert present() == (1, 1, 1, 1)
    assert Lesson.objects.get() == other
    restore(course)
    assert present() == (2, 2, 2, 2)


def test_what_was_archived_before_stays_archived(inside: Program) -> None:
    module = ModuleFactory()
    early, late = LessonFactory(module=module), LessonFactory(module=module)
    archive(early)
    course = module.curriculum.course
    archive(course)
    restore(course)
    assert Lesson.objects.get() == late
    assert present() == (1, 1, 1, 1)
    restore(early)
    assert Lesson.objects.count() == 2


def test_archiving_and_restoring_twice_changes_nothing(inside: Program) -> None:
    lesson = LessonFactory()
    archive(lesson)
    moment = Lesson.with_archived.get().deleted_at
    archive(lesson)
    assert Lesson.with_archived.get().deleted_at == moment
    events = lesson.history.count()
    restore(lesson)
    restore(lesson)
    assert lesson.history.count() == events + 1


@pytest.mark.parametrize("level", [Curriculum, Module, Lesson])
def test_a_row_can_not_be_restored_below_an_archived_parent(level: Any, inside: Program) -> None:
    LessonFactory()
    row = level.objects.get()
    archive(row)
    parent = getattr(row, row.parent_field)
    archive(parent)
    with pytest.raises(ParentArchived) as caught:
        restore(row)
    assert caught.value.parent == parent
    assert str(caught.value) == f"{parent} is archived. Restore it first."
    assert not level.objects.exists()


def test_a_restored_row_finds_a_place_where_its_own_was_taken(inside: Program) -> None:
    module = ModuleFactory()
    first, second = LessonFactory(module=module), LessonFactory(module=module)
    archive(first)
    taken = LessonFactory(module=module, sequence_order=1)
    restore(first)
    places = dict(Lesson.objects.values_list("pk", "sequence_order"))
    assert places == {taken.pk: 1, second.pk: 2, first.pk: 3}


def test_children_of_a_restored_parent_keep_their_places(inside: Program) -> None:
    curriculum = CurriculumFactory()
    modules = [ModuleFactory(curriculum=curriculum) for _ in range(3)]
    archive(curriculum)
    CurriculumFactory(course=curriculum.course)
    restore(curriculum)
    assert list(curriculum.modules.all()) == modules


def test_archiving_stays_in_its_program(program: Program, other_program: Program) -> None:
    with use_program(other_program):
        foreign = CourseFactory()
    with use_program(program):
        for change in (archive, restore):
            with pytest.raises(Course.DoesNotExist):
                change(foreign)
    with use_program(other_program):
        assert Course.objects.get() == foreign


def test_history_tells_of_both(inside: Program) -> None:
    student = StudentFactory()
    archive(student)
    restore(student)
    events = list(student.history.order_by("pgh_id").values_list("pgh_label", "deleted_at"))
    assert [label for label, _ in events] == ["insert", "update", "update"]
    assert [moment is not None for _, moment in events] == [False, True, False]
    assert events[1][1] < datetime.now(UTC)
