"""The list of courses and the course itself; the kit's own promises are tested with the kit."""

from __future__ import annotations

import re
import uuid

import pytest

from accounts.models import Role
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Lesson
from crud.testing import dom, text_of
from programs.scope import use_program

COURSE_URL = re.compile(r"/courses/[0-9a-f-]{36}/")


def names(response):
    """The courses that a page has links to."""
    links = dom(response).select('a[href^="/courses/"]')
    return [text_of(link) for link in links if COURSE_URL.fullmatch(link["href"])]


@pytest.fixture
def courses(program):
    with use_program(program):
        CourseFactory(name="Éclair", level=2)
        CourseFactory(name="Anchor", level=1, is_active=False)
        lesson = LessonFactory(
            module=ModuleFactory(curriculum=CurriculumFactory(course=CourseFactory(name="Zephyr", level=0)))
        )
        LessonFactory(module=lesson.module)
        Lesson.objects.filter(pk=LessonFactory(module=lesson.module).pk).update(
            deleted_at="2026-01-01T00:00Z"
        )


def test_list_is_by_level_and_counts_the_lessons_present(admin, courses):
    response = admin.get("/courses/")
    assert names(response) == ["Zephyr", "Anchor", "Éclair"]
    assert [text_of(cell) for cell in dom(response).select("td.num.p2")] == ["2", "0", "0"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ecl", ["Éclair"]),
        ("q=zzz", []),
        ("level=1", ["Anchor"]),
        ("is_active=true", ["Zephyr", "Éclair"]),
        ("is_active=false", ["Anchor"]),
        ("sort=name", ["Anchor", "Éclair", "Zephyr"]),
        ("sort=-name", ["Zephyr", "Éclair", "Anchor"]),
        ("sort=-level", ["Éclair", "Anchor", "Zephyr"]),
    ],
)
def test_list_filters_searches_and_sorts(admin, courses, query, found):
    assert names(admin.get(f"/courses/?{query}")) == found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("level=high", 422),
        ("level=-1", 422),
        ("level=99999999999", 422),
        ("sort=secret", 404),
        ("colour=1", 404),
    ],
)
def test_list_refuses_what_does_not_exist(admin, courses, query, status):
    assert admin.get(f"/courses/?{query}").status_code == status


@pytest.mark.parametrize("word", ["lodz", "ŁÓDŹ", "straße", "strasse", "smorre", "Ærø"])
def test_list_finds_letters_that_are_no_accents_too(admin, program, word):
    with use_program(program):
        CourseFactory(name="Łódź Straße Smørre Ærø")
        CourseFactory(name="Crawl")
    assert names(admin.get("/courses/", {"q": word})) == ["Łódź Straße Smørre Ærø"]


def test_create_edit_archive_and_restore(admin, program, fresh_course):
    token = uuid.uuid4()
    data = {"name": "Splash 2", "level": "2", "description": "On with it.", "is_active": "on", "token": token}
    made = [admin.post("/courses/new/", data) for _ in range(2)]  # a double click
    assert made[0].url == made[1].url
    course = fresh_course()
    assert (course.name, course.level, course.description, course.is_active) == (
        "Splash 2",
        2,
        "On with it.",
        True,
    )
    url = made[0].url
    version = dom(admin.get(f"{url}edit/")).select_one("[name=version]")["value"]
    assert (
        admin.post(
            f"{url}edit/", {"name": "Splash II", "level": "3", "description": "", "version": version}
        ).url
        == url
    )
    course = fresh_course()
    assert (course.name, course.level, course.description, course.is_active) == ("Splash II", 3, "", False)
    admin.post(f"{url}archive/")
    assert fresh_course().is_archived and names(admin.get("/courses/")) == []
    admin.post(f"{url}restore/")
    assert not fresh_course().is_archived


@pytest.fixture
def fresh_course(program):
    def read():
        with use_program(program):
            return Course.with_archived.get()

    return read


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "a\0b"),
        ("level", ""),
        ("level", "-1"),
        ("level", "100"),
        ("level", "99999999999999999999"),
        ("level", "two"),
        ("description", "x" * 10_001),
    ],
)
def test_create_with_a_bad_value_is_an_error_at_the_field(admin, program, field, value):
    response = admin.post(
        "/courses/new/", {"name": "Splash", "level": "1", "description": "Kept.", field: value}
    )
    assert response.status_code == 422
    assert [control["name"] for control in dom(response).select("[name][aria-invalid=true]")] == [field]
    with use_program(program):
        assert not Course.with_archived.exists()


def test_coordinator_changes_courses_but_neither_adds_nor_archives(client_for, program):
    with use_program(program):
        url = f"/courses/{CourseFactory().pk}/"
    coordinator = client_for(Role.PROGRAM_COORDINATOR, program)
    assert [
        coordinator.get(path).status_code
        for path in (url, f"{url}edit/", "/courses/new/", f"{url}archive/", f"{url}restore/")
    ] == [200, 200, 403, 403, 403]
    page = coordinator.get(url).content.decode()
    assert f"{url}edit/" in page and f"{url}archive/" not in page
