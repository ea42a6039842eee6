"""Prepared queries stay inside the program and give what Django's own give; without optimisations they are these."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Count, F
from django.db.models.functions import Upper

from accounts.models import Role
from courses.factories import CourseFactory
from courses.models import Course
from performance.prepared_queries import OFFSET, PreparedQuery, with_keys
from programs.all_programs import use_all_programs
from programs.models import Program, UserProgramAssignment
from programs.scope import NoActiveProgram, WrongProgram, use_program
from programs.testing import make_member

PLACEHOLDER = "the placeholder"


@pytest.fixture
def courses(program: Program, other_program: Program) -> dict[Program, list[Course]]:
    found = {}
    for one in (program, other_program):
        with use_program(one):
            found[one] = [CourseFactory(name=f"{letter} of {one.name}") for letter in "ABC"]
    return found


def test_the_program_is_that_of_each_run(courses: dict[Program, list[Course]]) -> None:
    query = PreparedQuery(lambda: Course.objects.order_by("name"))
    for _again in range(2):
        for program, own in courses.items():
            with use_program(program):
                assert query.rows() == own
                assert query.first() == own[0]


@pytest.mark.parametrize("optimisations", [True, False])
def test_a_queryset_that_is_built_once_holds_no_rows_of_another_program(
    courses: dict[Program, list[Course]], settings: Any, optimisations: bool
) -> None:
    settings.OPTIMISATIONS = optimisations
    shared = Course.objects.order_by("pk").values_list("pk", flat=True)
    query = PreparedQuery(lambda: shared)
    for program, own in courses.items():
        with use_program(program):
            assert set(query.rows()) == {course.pk for course in own}


def test_outside_a_program_it_does_not_run(courses: dict[Program, list[Course]], program: Program) -> None:
    query = PreparedQuery(lambda: Course.objects.order_by("name"))
    with pytest.raises(NoActiveProgram):
        query.rows()
    super_admin = make_member(Role.SUPER_ADMIN)
    with use_all_programs(user=super_admin, reason="test", read_only=True), pytest.raises(WrongProgram):
        query.rows()


@pytest.mark.parametrize("optimised", [True, False])
def test_placeholders_offset_and_annotations(
    courses: dict[Program, list[Course]], program: Program, settings: Any, optimised: bool
) -> None:
    settings.OPTIMISATIONS = optimised

    def build(least: str, offset: int) -> Any:
        query = Course.objects.filter(name__gte=least).annotate(loud=Upper("name"), again=F("name"))
        return query.order_by("name")[offset : offset + 1]

    query = PreparedQuery(build, least=PLACEHOLDER, offset=OFFSET)
    with use_program(program):
        a, b, c = courses[program]
        assert query.rows(least="A", offset=0) == [a]
        assert query.rows(least="A", offset=2) == [c]
        assert query.rows(least="B", offset=0) == [b]
        assert query.rows(least="D", offset=0) == []
        (found,) = query.rows(least="B", offset=1)
        assert (found.loud, found.again) == (c.name.upper(), c.name)
        with pytest.raises((KeyError, TypeError)):
            query.rows(least="A")


@pytest.mark.parametrize("optimised", [True, False])
def test_keys_and_counts(
    courses: dict[Program, list[Course]],
    program: Program,
    other_program: Program,
    settings: Any,
    optimised: bool,
) -> None:
    settings.OPTIMISATIONS = optimised
    query = PreparedQuery(
        lambda keys: with_keys(Course.objects.order_by("name"), "id", keys), keys=PLACEHOLDER
    )
    with use_program(program):
        a, b, _ = courses[program]
        foreign = courses[other_program][0]
        assert query.rows(keys=[b.pk, a.pk, foreign.pk]) == [a, b]
        assert query.rows(keys=[]) == []
        assert (query.count(keys=[b.pk, a.pk]), query.count(keys=[foreign.pk])) == (2, 0)


@pytest.mark.parametrize("optimised", [True, False])
def test_deferred_related_and_tuples(
    courses: dict[Program, list[Course]],
    program: Program,
    django_assert_num_queries: Any,
    settings: Any,
    optimised: bool,
) -> None:
    settings.OPTIMISATIONS = optimised
    with use_program(program):
        (light, *_) = PreparedQuery(lambda: Course.objects.defer("description").order_by("name")).rows()
        assert light.get_deferred_fields() == {"description"} and not light._state.adding
        with django_assert_num_queries(1):
            assert light.description == courses[program][0].description
        groups = PreparedQuery(
            lambda: Course.objects.order_by().values_list("is_active").annotate(n=Count("*"))
        )
        assert groups.rows() == [(True, 3)]
    member = make_member(Role.TUTOR, program)
    rows = UserProgramAssignment.objects.select_related("user", "program", "assigned_by")
    (row,) = PreparedQuery(lambda: rows.all()).rows()
    with django_assert_num_queries(0):
        assert (row.user, row.program, row.assigned_by) == (member, program, None)
        assert row.user.preferences == {}


def test_it_is_compiled_once_and_queries_of_one_key_together(
    courses: dict[Program, list[Course]], program: Program, settings: Any
) -> None:
    built: list[str] = []

    def build() -> Any:
        built.append("")
        return Course.objects.order_by("name")

    with use_program(program):
        for _ in range(2):
            assert PreparedQuery(build, key=("test", program.pk)).rows() == courses[program]
        assert len(built) == 1
        settings.OPTIMISATIONS = False
        for _ in range(2):
            assert PreparedQuery(build, key=("test", program.pk)).rows() == courses[program]
        assert len(built) == 3
