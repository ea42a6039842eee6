"""The figures of a program as it is now: its students, courses and facilities, each with the list that it counts."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateField, F, Func, IntegerField, Q, QuerySet, Value
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Course
from crud.templatetags.ui import number
from facilities.models import Facility, overdue
from performance.prepared_queries import PreparedQuery, prepared_query
from students.filters import born_by
from students.models import Student, StudentStatus

from .links import COURSES, STUDENTS, link, linked

AGE_GROUPS = (5, 8, 11, 14, 18)
"""The ages at which the next group begins."""
FIRST = datetime.date(1, 1, 1)
"""The placeholder of a day in prepared queries."""


@cache
def _grouped(model: Any, name: str) -> PreparedQuery:
    return PreparedQuery(lambda: model.objects.order_by().values_list(name).annotate(n=Count("*")))


def count_by(model: Any, name: str) -> dict[Any, int]:
    """How many rows present have each value of the column `name`."""
    return dict(_grouped(model, name).rows())


def active_students(students: dict[str, int]) -> dict[str, Any]:
    total = linked(sum(students.values()), link(STUDENTS))
    return {
        "label": _("Active students"),
        "value": students.get(StudentStatus.ACTIVE, 0),
        "noun": _("active students"),
        "url": link(STUDENTS, status=StudentStatus.ACTIVE),
        "notes": [format_html(_("of {total} in all"), total=total)],
    }


@prepared_query(limits=[FIRST])
def _by_birth(limits: list[datetime.date]) -> QuerySet[Any]:
    group = Func(
        F("date_of_birth"),
        Value(limits, output_field=ArrayField(DateField())),
        function="width_bucket",
        output_field=IntegerField(),
    )
    active = Student.objects.order_by().filter(status=StudentStatus.ACTIVE)
    return active.values_list(group).annotate(n=Count("*"))


def students_by_age() -> tuple[list[dict[str, Any]], int]:
    """(the active students by age, how many of them have no date of birth)."""
    # The first birthday too late for each group, the oldest first.
    limits = [born_by(age) + datetime.timedelta(days=1) for age in reversed(AGE_GROUPS)]
    counts = dict(_by_birth.rows(limits=limits))
    groups = [("", AGE_GROUPS[0] - 1), *((low, high - 1) for low, high in pairwise(AGE_GROUPS))]
    rows = []
    for place, (low, high) in enumerate([*groups, (AGE_GROUPS[-1], "")]):
        if low == "":
            label = _("Under {age}").format(age=AGE_GROUPS[0])
        elif high == "":
            label = _("{age} and over").format(age=low)
        else:
            label = f"{low}–{high}"
        url = link(STUDENTS, status=StudentStatus.ACTIVE, age_from=low, age_to=high)
        rows.append({"label": label, "value": counts.get(len(AGE_GROUPS) - place, 0), "href": url})
    unknown = counts.get(None, 0)
    if unknown:
        url = link(STUDENTS, status=StudentStatus.ACTIVE, missing="birth")
        rows.append({"label": _("Not known"), "value": unknown, "href": url})
    return rows if counts else [], unknown


@dataclass(frozen=True)
class CourseFacts:
    pk: Any
    name: str
    level: int
    active: bool
    lessons: int

    @property
    def empty(self) -> bool:
        """Whether the course is active although it has no lessons."""
        return self.active and not self.lessons


@prepared_query()
def _with_lessons() -> QuerySet[Any]:
    lessons = Count(
        "curricula__modules__lessons", filter=Q(curricula__modules__lessons__deleted_at__isnull=True)
    )
    courses = Course.objects.order_by().values_list("pk", "name", "level", "is_active")
    return courses.annotate(lessons=lessons)


def course_facts() -> list[CourseFacts]:
    return [CourseFacts(*row) for row in _with_lessons.rows()]


def active_courses(courses: list[CourseFacts]) -> dict[str, Any]:
    return {
        "label": _("Active courses"),
        "value": sum(course.active for course in courses),
        "noun": _("active courses"),
        "url": link(COURSES, is_active="true"),
        "notes": [format_html(_("of {total} in all"), total=linked(len(courses), link(COURSES)))],
    }


def _lessons(n: int) -> str:
    return ngettext("{number} lesson", "{number} lessons", n).format(number=number(n))


def one_course_a_level(courses: list[CourseFacts]) -> list[dict[str, Any]]:
    """The courses by level with their numbers of lessons; for programs where no two courses share a level."""
    if len({course.level for course in courses}) < len(courses):
        return []
    return [
        {
            "name": course.name,
            "url": reverse("courses:course-detail", args=[course.pk]),
            "level": _("Level {level}").format(level=course.level),
            "lessons": _lessons(course.lessons),
        }
        for course in sorted(courses, key=lambda course: course.level)
    ]


def courses_by_level(courses: list[CourseFacts]) -> list[dict[str, Any]]:
    found, lessons = Counter[int](), Counter[int]()
    for course in courses:
        found[course.level] += 1
        lessons[course.level] += course.lessons
    return [
        {
            "label": _("Level {level}").format(level=level),
            "value": found[level],
            "href": link(COURSES, level=level),
            "note": number(lessons[level]),
            "sub": _lessons(lessons[level]),
        }
        for level in sorted(found)
    ]


@prepared_query(today=FIRST)
def _by_status(today: datetime.date) -> QuerySet[Any]:
    late = Count("pk", filter=overdue(today))
    return Facility.objects.order_by().values_list("status").annotate(n=Count("*"), late=late)


def facilities_by_status(today: datetime.date) -> tuple[dict[str, int], int]:
    """(facilities by status, how many should be in use again by now)."""
    found = _by_status.rows(today=today)
    return {status: n for status, n, _late in found}, sum(late for _status, _n, late in found)
