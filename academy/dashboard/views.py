"""The dashboard of a program: its tasks, figures and latest changes."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

import crud
from facilities.models import FacilityStatus
from students.models import Student, StudentStatus

from . import figures, tasks
from .changes import recent_changes
from .charts import BY_UNIT, deferred_departures_context, departures_context, enrolled, new_students
from .links import FACILITIES, STUDENTS, link
from .periods import CUSTOM, RANGES, USUAL, Period, parse_period
from .tutor import sees_figures, tutor_page

AT_ONCE = 10_000
"""In a program with more students, what takes long is asked for after the page; with `?all=1` it is not."""


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of the program, those over time for the period in the address (see `academy.dashboard.periods`).

    Each number stands beside the address of the list that shows exactly the rows it counts. HTMX gets the part
    below the greeting; of a large program two parts come by requests of their own, `?part=duplicates` and
    `?part=departures`. Those who change nothing in the program get the page of tutors.
    """
    part = request.GET.get("part") if crud.is_partial(request) else None
    if part == "duplicates":
        if not tasks.may_merge(request.user):
            raise PermissionDenied
        return crud.render(request, "dashboard/_task.html", {"task": tasks.duplicates()})
    if not sees_figures(request.user):
        if part:
            raise PermissionDenied
        return tutor_page(request)
    today = timezone.localdate()
    period, form = parse_period(request.GET, today)
    if part == "departures":
        context = departures_context(period, today, figures.count_by(Student, "status"), enrolled(period))
        return crud.render(request, "dashboard/_departures.html", {**context, "swapped": True})
    return crud.render(
        request,
        "dashboard.html",
        {**_period_context(period, form), **_context(request, period, today)},
        partial="dashboard/_body.html",
        status=200 if form.is_valid() else 422,
    )


def _context(request: HttpRequest, period: Period, today: datetime.date) -> dict[str, Any]:
    students, days = figures.count_by(Student, "status"), enrolled(period)
    ages, without_birth_date = figures.students_by_age()
    courses = figures.course_facts()
    facilities, overdue = figures.facilities_by_status(today)
    new = new_students(period, days)
    at_once = sum(students.values()) <= AT_ONCE or bool(request.GET.get("all"))
    facts = tasks.Facts(
        at_once=at_once,
        without_birth_date=without_birth_date,
        empty_courses=sum(course.empty for course in courses),
        maintenance=facilities.get(FacilityStatus.MAINTENANCE, 0),
        overdue=overdue,
    )
    return {
        "day": date_format(today, pgettext("date format: weekday and date", "l j F Y")),
        "is_empty": not (students or courses or facilities),
        "tasks": tasks.dashboard_tasks(request, facts),
        "figures": [figures.active_students(students), new.figure(), figures.active_courses(courses)],
        "new_students": new.chart(),
        **(
            departures_context(period, today, students, days)
            if at_once
            else deferred_departures_context(period)
        ),
        "students_by_status": _by_status(StudentStatus, students, STUDENTS),
        "students_by_age": ages,
        "courses_by_level": figures.courses_by_level(courses),
        "courses_one_a_level": figures.one_course_a_level(courses),
        "facilities_by_status": _by_status(FacilityStatus, facilities, FACILITIES),
        "changes": recent_changes(),
    }


def _by_status(statuses: Any, counts: dict[str, int], url_name: str) -> list[tuple[str, int, str]]:
    """(label, number of rows, address of their list) of each status."""
    return [
        (status.label, counts.get(status.value, 0), link(url_name, status=status.value))
        for status in statuses
    ]


def _period_context(period: Period, form: Any) -> dict[str, Any]:
    return {
        "period": period,
        "period_form": form,
        "period_custom": CUSTOM in (period.key, form.data.get("range")),
        "ranges": _ranges(period, form),
        "unit": BY_UNIT[period.unit],
    }


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
