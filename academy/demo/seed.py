"""Writes the demo academy through the models, as the role that serves.

Every row has an id that follows from a name which never changes, so a second run finds what is there. What is
there is left alone, with all that people changed in it; a course counts with its whole tree.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import models, transaction
from django.utils import timezone

from accounts.models import Role, User
from courses.models import Course, Curriculum, Lesson, Module
from facilities.models import Facility
from programs.models import Program, UserProgramAssignment
from programs.scope import use_program
from students.models import Student

from . import outline
from .catalogue import PASSWORD, PROGRAMS, STAFF, DemoProgram
from .people import draw_students

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.academy.example.org")
RECENT_CHANGES = 3
"""How many students of a program get their last status from its staff, so that there are changes to look at."""


class NameTaken(Exception):
    """A program or a user of that name exists that the demo did not make."""


def demo_id(*path: object) -> uuid.UUID:
    """The id of a demo row: always the same for the same path."""
    return uuid.uuid5(NAMESPACE, "/".join(map(str, path)))


@transaction.atomic
def seed(today: dt.date | None = None) -> Counter[str]:
    """Add what is missing, all or nothing; return how many rows of each kind were added.

    Raises NameTaken where a program of the same name was made by somebody else.
    """
    added: Counter[str] = Counter()
    programs = _programs(added)
    staff = _staff(programs, added)
    today = today or timezone.localdate()
    students = draw_students(today)
    for demo in PROGRAMS:
        program = programs[demo.name]
        of_program = [
            Student(id=demo_id("student", student.number), **student.fields)
            for student in students
            if student.program == demo.name
        ]
        places = _facilities(demo, today)
        later = _keep_for_staff(places, status="active", status_reason="", available_again_on=None)
        later |= _keep_for_staff(of_program, status="active")
        with use_program(program):
            new = _add(Facility, places, added)
            _add_courses(demo, added)
            new += _add(Student, of_program, added)
        with use_program(program, user=staff[demo.name]):
            _change(new, later)
    return added


def _programs(added: Counter[str]) -> dict[str, Program]:
    for demo in PROGRAMS:
        pk = demo_id("program", demo.name)
        if Program.objects.filter(pk=pk).exists():
            continue
        if Program.objects.filter(name=demo.name).exists():
            raise NameTaken(f"There is a program “{demo.name}” that is not the demo's. Rename it first.")
        Program.objects.create(
            pk=pk, name=demo.name, description=demo.description, initials=demo.initials, color=demo.color
        )
        added["programs"] += 1
    return {demo.name: Program.objects.get(pk=demo_id("program", demo.name)) for demo in PROGRAMS}


def _staff(programs: dict[str, Program], added: Counter[str]) -> dict[str, User]:
    """Add the staff and their assignments; return who looks after each program."""
    password = ""
    looks_after: dict[str, User] = {}
    for demo in STAFF:
        user = User.objects.filter(username=demo.username).first()
        if user is None:
            email = f"{demo.username}@example.org"
            if User.objects.with_address(email).exists():
                raise NameTaken(f"{email} belongs to a user that is not the demo's. Change it first.")
            # One hash for all: it takes a third of a second, and everybody may know this password.
            password = password or make_password(PASSWORD)
            user = User.objects.create(
                pk=demo_id("user", demo.username),
                username=demo.username,
                email=email,
                full_name=demo.full_name,
                role=demo.role,
                password=password,
            )
            added["users"] += 1
        for name in demo.programs:
            _, is_new = UserProgramAssignment.objects.get_or_create(
                user=user, program=programs[name], defaults={"pk": demo_id("assignment", demo.username, name)}
            )
            added["assignments"] += is_new
            if demo.role in (Role.PROGRAM_ADMIN, Role.PROGRAM_COORDINATOR):
                looks_after.setdefault(name, user)
    return looks_after


def _add(model: type[Any], rows: Iterable[Any], added: Counter[str]) -> list[Any]:
    """Insert the rows whose id is new and return them."""
    rows = list(rows)
    known = set(model.with_archived.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    new = [row for row in rows if row.pk not in known]
    model.with_archived.bulk_create(new, batch_size=500)
    added[str(model._meta.verbose_name_plural)] += len(new)
    return new


def _facilities(demo: DemoProgram, today: dt.date) -> list[Any]:
    return [
        Facility(
            pk=demo_id("facility", demo.name, place.name),
            name=place.name,
            facility_type=place.facility_type,
            capacity=place.capacity,
            equipment=place.equipment_rows(),
            amenities=place.amenity_list(),
            status=place.status,
            status_reason=place.reason,
            available_again_on=None if place.back_in is None else today + dt.timedelta(days=place.back_in),
        )
        for place in demo.facilities
    ]


def _add_courses(demo: DemoProgram, added: Counter[str]) -> None:
    outlines = {demo_id("course", demo.name, course.name): course for course in outline.read(demo.outline)}
    new = _add(
        Course,
        [
            Course(
                pk=pk,
                name=course.name,
                description=course.text,
                level=course.level,
                is_active=course.name not in demo.inactive_courses,
            )
            for pk, course in outlines.items()
        ],
        added,
    )
    curricula: list[Curriculum] = []
    modules: list[Module] = []
    lessons: list[Lesson] = []
    for course in new:
        # Ids of the tree follow from places, so names in an outline may repeat.
        for i, part in enumerate(outlines[course.pk].children, start=1):
            curriculum = _node(Curriculum, part, i, course, description=part.text)
            curricula.append(curriculum)
            for j, unit in enumerate(part.children, start=1):
                module = _node(Module, unit, j, curriculum, description=unit.text)
                modules.append(module)
                lessons += [
                    _node(Lesson, lesson, k, module, content=lesson.text, duration_minutes=lesson.minutes)
                    for k, lesson in enumerate(unit.children, start=1)
                ]
    _add(Curriculum, curricula, added)
    _add(Module, modules, added)
    _add(Lesson, lessons, added)


def _node(model: type[Any], node: outline.Node, place: int, parent: models.Model, **values: Any) -> Any:
    return model(
        pk=demo_id(model._meta.label_lower, parent.pk, place),
        **{model.parent_field: parent},
        name=node.name,
        sequence_order=place,
        **values,
    )


def _keep_for_staff(rows: list[Any], **usual: Any) -> dict[uuid.UUID, dict[str, Any]]:
    """Give a few rows the `usual` values and return those that the staff shall give them: as a change, with a name."""
    later = {}
    for row in [row for row in rows if row.status != "active"][:RECENT_CHANGES]:
        later[row.pk] = {name: getattr(row, name) for name in usual}
        for name, value in usual.items():
            setattr(row, name, value)
    return later


def _change(new: list[Any], later: dict[uuid.UUID, dict[str, Any]]) -> None:
    for row in new:
        if row.pk in later:
            type(row).with_archived.filter(pk=row.pk).update(**later[row.pk])
