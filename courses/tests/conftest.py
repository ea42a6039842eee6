from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Lesson, Module
from courses.outline import Outline
from programs.models import Program
from programs.scope import use_program


@pytest.fixture
def tree(program: Program) -> SimpleNamespace:
    """A course: Water (Entering: Steps, Swivel, Climb; Breath: Bubbles), Floating (Glide: nothing yet)."""
    with use_program(program):
        course = CourseFactory(name="Splash 1", level=1, description="First steps in the water.")
        water = CurriculumFactory(course=course, name="Water")
        floating = CurriculumFactory(course=course, name="Floating")
        entering = ModuleFactory(curriculum=water, name="Entering")
        breath = ModuleFactory(curriculum=water, name="Breath")
        glide = ModuleFactory(curriculum=floating, name="Glide")
        steps, swivel, climb = (LessonFactory(module=entering, name=n) for n in ("Steps", "Swivel", "Climb"))
        bubbles = LessonFactory(module=breath, name="Bubbles", duration_minutes=None)
    return SimpleNamespace(
        program=program,
        course=course,
        water=water,
        floating=floating,
        entering=entering,
        breath=breath,
        glide=glide,
        steps=steps,
        swivel=swivel,
        climb=climb,
        bubbles=bubbles,
        url=f"/courses/{course.pk}/",
    )


@pytest.fixture
def lines(tree: SimpleNamespace) -> Callable[[], list[str]]:
    """The outline as it is in the database, one line a node: "1.1.2 Swivel"."""

    def read() -> list[str]:
        with use_program(tree.program):
            return [f"{node.code} {node.name}" for node in Outline(tree.course).walk()]

    return read


@pytest.fixture
def fresh(tree: SimpleNamespace) -> Callable[[Any], Any]:
    """The row as it is in the database, archived or not."""

    def read(row: Any) -> Any:
        with use_program(tree.program):
            return type(row).with_archived.get(pk=row.pk)

    return read


def big_course(modules: int, lessons: int) -> Course:
    """A course with two curricula of so many modules of so many lessons. Use inside a program."""
    course = CourseFactory(name="Big")
    for _ in range(2):
        curriculum = CurriculumFactory(course=course)
        for number in range(modules):
            module = Module.objects.create(curriculum=curriculum, name=f"Module {number}")
            Lesson.objects.bulk_create(
                Lesson(module=module, name=f"Lesson {place}", sequence_order=place, content="x" * 2000)
                for place in range(1, lessons + 1)
            )
    return course
