"""The start page of the plain admin, with the figures that Academy's dashboard shows."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

PROGRAM_HEADER = "X-Bench-Program"
"""Names the program whose rows the plain admin shows; without it, those of all."""

TWO_YEARS = datetime.timedelta(days=730)
AGES = (18, 14, 11, 8, 5)
SHOWN_CHANGES = 8
FEW = 10_000
"""Academy counts the duplicates of a larger program in a second request."""


def in_program(rows: Any, request: HttpRequest) -> Any:
    program = request.headers.get(PROGRAM_HEADER)
    return rows.filter(program_id=program) if program else rows


class PlainSite(admin.AdminSite):
    index_template = "plain/index.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().index(request, {**(extra_context or {}), "figures": figures(request)})


def figures(request: HttpRequest) -> dict[str, Any]:
    """What Academy's dashboard counts, by ordinary aggregates: two years of months, ages, what needs doing."""
    from .models import CHANGES, Course, Facility, Student, StudentChange

    students = in_program(Student.objects.order_by(), request)
    courses = in_program(Course.objects.order_by(), request)
    facilities = in_program(Facility.objects.order_by(), request)
    active = students.filter(status="active")
    today = timezone.localdate()
    since = today - TWO_YEARS
    ages = Case(
        *(When(date_of_birth__lte=_years_before(today, age), then=Value(age)) for age in AGES),
        default=Value(0),
        output_field=IntegerField(),
    )
    left = in_program(StudentChange.objects.order_by(), request).filter(
        pgh_label="update",
        status__in=("graduated", "withdrawn"),
        pgh_created_at__gte=timezone.now() - TWO_YEARS,
    )
    same = active.exclude(date_of_birth=None).values("last_name", "first_name", "date_of_birth")
    by_status = list(students.values_list("status").annotate(Count("pk")))
    to_do = {
        "no contact": active.filter(Q(emergency_contact={}) | Q(emergency_contact__contacts=[])).count(),
        "no date of birth": active.filter(date_of_birth=None).count(),
    }
    if sum(number for _, number in by_status) <= FEW:
        to_do["duplicates"] = same.annotate(number=Count("pk")).filter(number__gt=1).count()
    newest = [
        change for model in CHANGES for change in in_program(model.objects.all(), request)[:SHOWN_CHANGES]
    ]
    newest.sort(key=lambda change: change.pgh_created_at, reverse=True)
    return {
        "Students": by_status,
        "Ages": list(active.annotate(age=ages).values_list("age").annotate(Count("pk"))),
        "New students": _by_month(students.filter(enrollment_date__gte=since), "enrollment_date"),
        "Students who left": _by_month(left, "pgh_created_at"),
        "Courses": list(courses.values_list("level").annotate(Count("pk", distinct=True))),
        "Lessons": list(courses.values_list("level").annotate(Count("curriculum__module__lesson"))),
        "Facilities": list(facilities.values_list("status").annotate(Count("pk"))),
        "To do": list(to_do.items()),
        "Changes": [(c.pgh_created_at, f"{c.pgh_label} {c.name}") for c in newest[:SHOWN_CHANGES]],
    }


def _by_month(rows: Any, name: str) -> list[Any]:
    return list(rows.annotate(month=TruncMonth(name)).values_list("month").annotate(Count("pk")))


def _years_before(day: datetime.date, years: int) -> datetime.date:
    return day - datetime.timedelta(days=round(365.25 * years))
