"""Queries that are composed once stay inside the program, and give what Django's own would."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Count, F
from django.db.models.functions import Upper

from accounts.models import Role
from courses.factories import CourseFactory
from courses.models import Course
from performance.prepared_queries import OFFSET, Composed
from programs.models import Program, UserProgramAssignment
from programs.scope import NoActiveProgram, WrongProgram, use_all_programs, use_program
from programs.testing import make_member

MARK = "the mark"


@pytest.fixture
def courses(program: Program, other_program: Program) -> dict[Program, list[Course]]:
    found = {}
    for one in (program, other_program):
        with use_program(one):
            found[one] = [CourseFactory(name=f"{letter} of {one.name}") for letter in "ABC"]
    return found


def test_the_program_is_that_of_each_run(courses: dict[Program, list[Course]]) -> None:
    composed = Composed(Course.objects.order_by("name"))
    for _again in range(2):
        for program, own in courses.items():
            with use_program(program):
                assert composed.rows() == own
                assert composed.first() == own[0]


def test_outside_a_program_it_does_not_run(courses: dict[Program, list[Course]], program: Program) -> None:
    composed = Composed(Course.objects.order_by("name"))
    with pytest.raises(NoActiveProgram):
        composed.rows()
    boss = make_member(Role.SUPER_ADMIN)
    with use_all_programs(user=boss, reason="test", read_only=True), pytest.raises(WrongProgram):
        composed.rows()


def test_marks_offset_and_annotations(courses: dict[Program, list[Course]], program: Program) -> None:
    query = Course.objects.filter(name__gte=MARK).annotate(loud=Upper("name"), again=F("name"))
    composed = Composed(query.order_by("name")[OFFSET : OFFSET + 1], least=MARK)
    with use_program(program):
        a, b, c = courses[program]
        assert composed.rows(least="A", offset=0) == [a]
        assert composed.rows(least="A", offset=2) == [c]
        assert composed.rows(least="B", offset=0) == [b]
        assert composed.rows(least="D", offset=0) == []
        (found,) = composed.rows(least="B", offset=1)
        assert (found.loud, found.again) == (c.name.upper(), c.name)
        with pytest.raises(KeyError):
            composed.rows(least="A")


def test_deferred_related_and_tuples(
    courses: dict[Program, list[Course]], program: Program, django_assert_num_queries: Any
) -> None:
    with use_program(program):
        (light, *_) = Composed(Course.objects.defer("description").order_by("name")).rows()
        assert light.get_deferred_fields() == {"description"} and not light._state.adding
        with django_assert_num_queries(1):
            assert light.description == courses[program][0].description
        groups = Composed(Course.objects.order_by().values_list("is_active").annotate(n=Count("*")))
        assert groups.rows() == [(True, 3)]
    member = make_member(Role.TUTOR, program)
    composed = Composed(UserProgramAssignment.objects.select_related("user", "program", "assigned_by"))
    (row,) = composed.rows()
    with django_assert_num_queries(0):
        assert (row.user, row.program, row.assigned_by) == (member, program, None)
        assert row.user.preferences == {}
