"""The first page of a program: what needs doing, its figures, and what changed last."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db.models import Count, DateField, F, Func, IntegerField, Q, Value
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

import crud
from courses.models import Course
from crud.templatetags.ui import number
from facilities.models import Facility, FacilityStatus
from facilities.selections import overdue
from performance.prepared_queries import Composed
from students.filters import born_by
from students.models import Student, StudentStatus

from . import tasks
from .changes import recent_changes
from .charts import BY_UNIT, enrolled, gone_context, gone_later, new_students
from .links import COURSES, FACILITIES, STUDENTS, link, linked
from .periods import CUSTOM, RANGES, USUAL, Period, chosen
from .tutor import sees_figures, tutor_page

AGE_GROUPS = (5, 8, 11, 14, 18)
"""The ages at which the next group begins."""
AT_ONCE = 10_000
"""In a program with more students, what takes long is asked for after the page; with `?all=1` it is not."""
# Stands for a day in queries that are composed once.
FIRST = datetime.date(1, 1, 1)


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of the program, those over time for the period in the address (see `academy.dashboard.periods`).

    Each number stands beside the address of the list that shows exactly the rows it counts. HTMX gets the part
    below the greeting; of a large program two parts come by requests of their own, `?part=duplicates` and
    `?part=gone`.
    """
    part = request.GET.get("part") if crud.is_partial(request) else None
    if part == "duplicates":
        if not tasks.may_merge(request.user):
            raise PermissionDenied
        return crud.render(request, "dashboard/_todo_item.html", {"item": tasks.duplicates()})
    if not sees_figures(request.user):
        if part:
            raise PermissionDenied
        return tutor_page(request)
    today = timezone.localdate()
    period, form = chosen(request.GET, today)
    students, days = _counts(Student, "status"), enrolled(period)
    if part == "gone":
        context = gone_context(period, today, students, days)
        return crud.render(request, "dashboard/_gone.html", {**context, "swapped": True})
    ages, without_birth_date = _ages()
    courses = _courses()
    facilities, late = _facilities(today)
    new = new_students(period, days)
    at_once = sum(students.values()) <= AT_ONCE or bool(request.GET.get("all"))
    facts = tasks.Facts(
        at_once=at_once,
        without_birth_date=without_birth_date,
        empty_courses=sum(course.empty for course in courses),
        maintenance=facilities.get(FacilityStatus.MAINTENANCE, 0),
        overdue=late,
    )
    context = {
        "day": date_format(today, pgettext("date format: weekday and date", "l j F Y")),
        "is_empty": not (students or courses or facilities),
        "todo": tasks.items(request, facts),
        "period": period,
        "period_form": form,
        "period_custom": CUSTOM in (period.key, form.data.get("range")),
        "ranges": _ranges(period, form),
        "unit": BY_UNIT[period.unit],
        "figures": [_active(students), new.figure(), _active_courses(courses)],
        "new_students": new.chart(),
        **(gone_context(period, today, students, days) if at_once else gone_later(period)),
        "students_by_status": [
            (status.label, students.get(status.value, 0), link(STUDENTS, status=status.value))
            for status in StudentStatus
        ],
        "students_by_age": ages,
        "courses_by_level": _by_level(courses),
        "courses_one_a_level": _one_for_each_level(courses),
        "facilities_by_status": [
            (status.label, facilities.get(status.value, 0), link(FACILITIES, status=status.value))
            for status in FacilityStatus
        ],
        "changes": recent_changes(),
    }
    return crud.render(
        request,
        "dashboard.html",
        context,
        partial="dashboard/_body.html",
        status=200 if form.is_valid() else 422,
    )


# --- the period ------------------------------------------------------------------------------------------


def _ranges(period: Period, form: Any) -> list[dict[str, Any]]:
    """The choices of the range picker. "Custom" starts with the days that are shown."""
    wanted = period.key if form.is_valid() else form.data.get("range", "")
    found = []
    for key, label in RANGES:
        query: dict[str, object] = {"range": key}
        if key == CUSTOM:
            query |= {"since": period.first, "until": period.last}
        url = link("dashboard", **query) if key != USUAL else link("dashboard")
        found.append({"key": key, "label": label, "url": url, "current": key == wanted})
    return found


# --- as it is now ----------------------------------------------------------------------------------------


@cache
def _grouped(model: Any, name: str) -> Composed:
    return Composed(model.objects.order_by().values_list(name).annotate(n=Count("*")))


def _counts(model: Any, name: str) -> dict[Any, int]:
    return dict(_grouped(model, name).rows())


def _active(students: dict[str, int]) -> dict[str, Any]:
    total = linked(sum(students.values()), link(STUDENTS))
    return {
        "label": _("Active students"),
        "value": students.get(StudentStatus.ACTIVE, 0),
        "noun": _("active students"),
        "url": link(STUDENTS, status=StudentStatus.ACTIVE),
        "notes": [format_html(_("of {total} in all"), total=total)],
    }


@cache
def _by_birth() -> Composed:
    group = Func(
        F("date_of_birth"),
        Value([FIRST], output_field=ArrayField(DateField())),
        function="width_bucket",
        output_field=IntegerField(),
    )
    active = Student.objects.order_by().filter(status=StudentStatus.ACTIVE)
    return Composed(active.values_list(group).annotate(n=Count("*")), limits=[FIRST])


def _ages() -> tuple[list[dict[str, Any]], int]:
    """(the active students by age, how many of them have no date of birth)."""
    # The first birthday too late for each group, the oldest first.
    limits = [born_by(age) + datetime.timedelta(days=1) for age in reversed(AGE_GROUPS)]
    counts = dict(_by_birth().rows(limits=limits))
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
        """Whether it is taught although it has no lesson."""
        return self.active and not self.lessons


@cache
def _with_lessons() -> Composed:
    lessons = Count(
        "curricula__modules__lessons", filter=Q(curricula__modules__lessons__deleted_at__isnull=True)
    )
    return Composed(
        Course.objects.order_by().values_list("pk", "name", "level", "is_active").annotate(lessons=lessons)
    )


def _courses() -> list[CourseFacts]:
    return [CourseFacts(*row) for row in _with_lessons().rows()]


def _active_courses(courses: list[CourseFacts]) -> dict[str, Any]:
    return {
        "label": _("Active courses"),
        "value": sum(course.active for course in courses),
        "noun": _("active courses"),
        "url": link(COURSES, is_active="true"),
        "notes": [format_html(_("of {total} in all"), total=linked(len(courses), link(COURSES)))],
    }


def _lessons(n: int) -> str:
    return ngettext("{number} lesson", "{number} lessons", n).format(number=number(n))


def _one_for_each_level(courses: list[CourseFacts]) -> list[dict[str, Any]]:
    """The courses by level with their lessons, where no two share a level: bars would all be as long as another."""
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


def _by_level(courses: list[CourseFacts]) -> list[dict[str, Any]]:
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


@cache
def _by_status() -> Composed:
    late = Count("pk", filter=overdue(FIRST))
    rows = Facility.objects.order_by().values_list("status").annotate(n=Count("*"), late=late)
    return Composed(rows, today=FIRST)


def _facilities(today: datetime.date) -> tuple[dict[str, int], int]:
    """(facilities by status, how many should be in use again by now)."""
    found = _by_status().rows(today=today)
    return {status: n for status, n, _late in found}, sum(late for _status, _n, late in found)
