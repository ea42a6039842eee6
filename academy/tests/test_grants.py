"""Every address for somebody who may edit one course: what it opens, and that it opens nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from accounts.models import Role, User
from courses.factories import CourseFactory, CourseGrantFactory
from courses.models import Course, Curriculum, Lesson, Module
from programs.factories import ProgramFactory
from programs.models import Program
from programs.roles import may
from programs.scope import use_program
from programs.testing import PageClient, asks_all, made_once, make_member

from .contract import MATRIX, Entry, ProgramFixture

ROLES = (Role.TUTOR, Role.PROGRAM_COORDINATOR)
# What asks for no right is everybody's.
ASKING = [entry for entry in MATRIX if entry.permission]
FAMILIES = sorted({entry.name.partition(":")[0] for entry in ASKING})


def granted(user: User, course: Course, program: Program) -> User:
    with use_program(program):
        CourseGrantFactory(user=user, content_object=course, program=program)
    return user


def expected(entry: Entry, role: str, *, on_this_course: bool) -> int:
    """What the role gets, or the grant where the address names a row of this course."""
    in_course = entry.row in (Course, Curriculum, Module, Lesson)
    widened = on_this_course and in_course and entry.permission in Course.granted
    return entry.success if widened or may(role, str(entry.permission)) else 403


def test_the_table_has_something_to_open() -> None:
    opened = {
        str(e)
        for e in ASKING
        if expected(e, Role.TUTOR, on_this_course=True) != expected(e, Role.TUTOR, on_this_course=False)
    }
    nodes = ("curriculum", "module", "lesson")
    assert opened == {
        "GET courses:course-update",
        "POST courses:course-update",
        "POST courses:course-take-back",
        "POST courses:curriculum-duplicate",
        *(
            f"POST courses:{node}-{what}"
            for node in nodes
            for what in ("create", "reorder", "detail", "move", "rename")
        ),
    }


Granted = tuple[PageClient, str, bool]


@made_once
def scenario() -> tuple[ProgramFixture, dict[str, Granted]]:
    """A row of everything, and by name who is granted a course: the browser, the role, whether it is this course."""
    program, other_program = ProgramFactory(name="Yoga"), ProgramFactory(name="Zumba")
    fixture, elsewhere = ProgramFixture(program), ProgramFixture(other_program)
    with use_program(program):
        other = CourseFactory()
    people: dict[str, Granted] = {}
    for role in ROLES:
        here = granted(make_member(role, program), fixture[Course], program)
        beside = granted(make_member(role, program), other, program)
        there = granted(make_member(role, program, other_program), elsewhere[Course], other_program)
        people |= {
            f"{role} with this course": (PageClient(here, program), role, True),
            f"{role} with another course": (PageClient(beside, program), role, False),
            f"{role} with a course of another program": (PageClient(there, program), role, False),
        }
    for client in (fixture.admin, *(client for client, _, _ in people.values())):
        client.stay_seen()
    return fixture, people


@pytest.mark.parametrize("family", FAMILIES)
def test_a_grant_opens_what_edits_the_course_and_no_other_address(
    family: str, scenario: tuple[ProgramFixture, dict[str, Granted]], db: None
) -> None:
    known, people = scenario
    program, wrong = str(known.program.pk), {}
    for number, entry in enumerate(entry for entry in ASKING if entry.name.partition(":")[0] == family):
        with transaction.atomic():
            fixture = known.anew()
            data, url = entry.prepared(fixture), entry.url(fixture)
            for turn, (name, (client, role, on_this_course)) in enumerate(people.items(), number):
                # HEAD is the same for everybody, so each asks for a third of it.
                heads = entry.method == "GET" and (turn % 3 == 0 or asks_all())
                for method in (entry.method, "HEAD") if heads else (entry.method,):
                    status = expected(entry, role, on_this_course=on_this_course)
                    answer = answered(client, method, url, {**data, "program_context": program})
                    if answer != status:
                        wrong[f"{number} {method} {entry.name}, {name}"] = (answer, status)
            transaction.set_rollback(True)
    assert wrong == {}


def answered(client: PageClient, method: str, url: str, data: dict[str, Any]) -> int:
    """The status of the answer. Nothing stays of what was done."""
    client.raise_request_exception = False
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = client.post(url, data) if method == "POST" else client.generic(method, url)
        transaction.set_rollback(True)
    client.cookies = type(client.cookies)()
    client.cookies.update(cookies)
    return response.status_code
