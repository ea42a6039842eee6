"""Writes the demo data through the models, with the runtime role of the database.

The id of a row is derived from a name that never changes, so a second run finds the rows of the first and leaves
them as they are, with all that users changed. A course that exists is skipped with its whole tree.
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
"""How many students and facilities of a program are changed by its staff, so that the history has changes to show."""


class NameTaken(Exception):
    """A program or user with this name exists that is not part of the demo data."""


def demo_id(*path: object) -> uuid.UUID:
    """The id of a demo row: always the same for the same path."""
    return uuid.uuid5(NAMESPACE, "/".join(map(str, path)))


@transaction.atomic
def seed(today: dt.date | None = None) -> Counter[str]:
    """Add the missing rows in one transaction; return how many of each kind were added.

    Raises NameTaken where a program or user with a name of the demo data exists that is not part of it.
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
        later = _defer_to_staff(places, status="active", status_reason="", available_again_on=None)
        later |= _defer_to_staff(of_program, status="active")
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
    """Add the staff and their assignments; return an administrator or coordinator of each program, by its name."""
    password = ""
    managers: dict[str, User] = {}
    for demo in STAFF:
        user = User.objects.filter(username=demo.username).first()
        if user is None:
            email = f"{demo.username}@example.org"
            if User.objects.with_address(email).exists():
                raise NameTaken(f"{email} belongs to a user that is not the demo's. Change it first.")
            # Hashed once for all users: hashing takes a third of a second, and the password is public.
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
                managers.setdefault(name, user)
    return managers


def _add(model: type[Any], rows: Iterable[Any], added: Counter[str]) -> list[Any]:
    """Insert the rows whose id does not exist yet, and return them."""
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
        # Ids in the tree are derived from positions, so names in an outline may repeat.
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


def _defer_to_staff(rows: list[Any], **usual: Any) -> dict[uuid.UUID, dict[str, Any]]:
    """Give a few rows the `usual` values; return their own values by id, for the staff to set as recorded changes."""
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
