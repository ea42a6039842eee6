"""The start page of the plain admin, with the figures that Academy's dashboard shows."""

import datetime

from django.contrib import admin
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

PROGRAM_HEADER = "X-Bench-Program"
"""Names the program whose rows the plain admin shows; without it, those of all."""


def in_program(rows, request: HttpRequest):
    program = request.headers.get(PROGRAM_HEADER)
    return rows.filter(program_id=program) if program else rows


class PlainSite(admin.AdminSite):
    index_template = "plain/index.html"

    def index(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        from .models import Change, Course, Facility, Student

        students = in_program(Student.objects.order_by(), request)
        year_ago = timezone.localdate() - datetime.timedelta(days=365)
        months = students.filter(enrollment_date__gte=year_ago).annotate(month=TruncMonth("enrollment_date"))
        figures = {
            "Students": list(students.values_list("status").annotate(Count("pk"))),
            "New students": list(months.values_list("month").annotate(Count("pk"))),
            "Courses": list(
                in_program(Course.objects.order_by(), request).values_list("level").annotate(Count("pk"))
            ),
            "Facilities": list(
                in_program(Facility.objects.order_by(), request).values_list("status").annotate(Count("pk"))
            ),
            "Changes": [
                (change.pgh_created_at, f"{change.pgh_label} {change.first_name} {change.last_name}")
                for change in in_program(Change.objects.all(), request)[:8]
            ],
        }
        return super().index(request, {**(extra_context or {}), "figures": figures})
