"""The first page of the Django admin: programs, growth, problems, the latest changes and the state of the system.

In one program it shows that program only. No query reads a whole large table: counts are limited to the programs on
the page and use indexes; larger numbers are estimates of the planner, marked "about".
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course
from crud.admin import EstimatedPaginator
from crud.history import event_models
from facilities.models import Facility
from programs.models import Program, UserProgramAssignment
from staff.admin import HasProgramFilter, HasStaffFilter
from students.models import Student, StudentStatus

from .history import latest

PROGRAMS, MONTHS, CHANGES = 25, 12, 10
EXACT = 50_000
"""In an academy with more students the growth of all programs is estimated."""
NOT_ARCHIVED = {"archived": "no"}


@dataclass(frozen=True)
class Figure:
    label: str
    count: int
    url: str
    about: bool = False


@dataclass(frozen=True)
class Cell:
    count: int
    url: str


def overview(request: Any) -> dict[str, Any]:
    side = _programs(request)
    students = _figure(_("Students"), Student.objects.all(), address(Student, **NOT_ARCHIVED))
    if request.program:  # counted already, by status
        counted = sum(cell.count for cell in side["rows"][0]["cells"][: len(StudentStatus)])
        students = replace(students, count=counted, about=False)
    about = request.all_programs and students.count > EXACT
    months, most = _growth(about=about)
    return {
        "figures": [students, *_figures(), *_amiss(request)],
        "side": side,
        "statuses": [status.label for status in StudentStatus],
        "months": months,
        "most": most,
        "months_about": about,
        "changes": latest(request, event_models(), 0, CHANGES),
        "health": _health(),
    }


def address(model: Any, **query: Any) -> str:
    """The list of a model that shows exactly the rows of a number."""
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{path}?{urlencode(query)}" if query else path


def _figure(label: str, rows: Any, url: str) -> Figure:
    counted = EstimatedPaginator(rows, 1)
    return Figure(label, counted.count, url, counted.is_estimate)


def _figures() -> list[Figure]:
    return [
        _figure(_("Courses"), Course.objects.all(), address(Course, **NOT_ARCHIVED)),
        _figure(_("Facilities"), Facility.objects.all(), address(Facility, **NOT_ARCHIVED)),
        _figure(_("Active accounts"), User.objects.filter(is_active=True), address(User, is_active__exact=1)),
        _figure(
            _("Active programs"), Program.objects.filter(is_active=True), address(Program, is_active__exact=1)
        ),
    ]


def _amiss(request: Any) -> list[Figure]:
    return [
        _figure(
            _("Staff without a program"),
            HasProgramFilter.without(User.objects.all()),
            address(User, programs="none"),
        ),
        _figure(
            _("Programs nobody works in"),
            HasStaffFilter.without(Program.objects.all()),
            address(Program, use="none"),
        ),
    ]


def _programs(request: Any) -> dict[str, Any]:
    """The programs of the page by name: (program, cells of the statuses, courses, staff)."""
    if request.program:
        shown: Any = Paginator([request.program], 1).page(1)
    else:
        every = Program.objects.filter(is_active=True).order_by("name")
        shown = Paginator(every, PROGRAMS).get_page(request.GET.get("page"))
    ids = [program.pk for program in shown]
    by_status: Counter[Any] = Counter()
    counted = Student.objects.filter(program_id__in=ids).order_by().values_list("program_id", "status")
    for program_id, status, count in counted.annotate(Count("pk")):
        by_status[program_id, status] = count
    courses = _count_by_program(Course.objects.filter(program_id__in=ids))
    staff = _count_by_program(
        UserProgramAssignment.objects.filter(program_id__in=ids, is_active=True, user__is_active=True)
    )

    def cells(program: Program) -> list[Cell]:
        # In one program the lists of its rows are of that program alone; that of the staff is of all.
        of_program = {"program__id__exact": program.pk}
        here = {} if request.program else of_program
        at_work = {"is_active__exact": 1, "user__is_active__exact": 1}
        return [
            *(
                Cell(
                    by_status[program.pk, status.value],
                    address(Student, **here, status__exact=status.value, **NOT_ARCHIVED),
                )
                for status in StudentStatus
            ),
            Cell(courses[program.pk], address(Course, **here, **NOT_ARCHIVED)),
            Cell(staff[program.pk], address(UserProgramAssignment, **of_program, **at_work)),
        ]

    rows = [
        {
            "program": program,
            "url": reverse("admin:programs_program_change", args=[program.pk]),
            "cells": cells(program),
        }
        for program in shown
    ]
    return {"rows": rows, "page": shown}


def _count_by_program(rows: Any) -> Counter[Any]:
    found = rows.order_by().values_list("program_id").annotate(Count("pk"))
    return Counter(dict(found))


def _growth(*, about: bool) -> tuple[list[dict[str, Any]], int]:
    """Students by the month they enrolled in, the last MONTHS, each with the list that shows them."""
    today = timezone.localdate()
    firsts = [_month(today, -ago) for ago in range(MONTHS - 1, -2, -1)]
    spans = [
        {"enrollment_date__gte": begins, "enrollment_date__lt": ends} for begins, ends in pairwise(firsts)
    ]
    counts = _estimated_months(spans) if about else _counted_months(firsts)
    months = [
        {
            "label": date_format(span["enrollment_date__gte"], "M Y"),
            "count": count,
            "url": address(Student, **span, **NOT_ARCHIVED),
        }
        for span, count in zip(spans, counts, strict=True)
    ]
    return months, max(counts) or 1


def _month(day: datetime.date, months: int) -> datetime.date:
    """The first of the month that lies `months` after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, 1)


def _counted_months(firsts: list[datetime.date]) -> list[int]:
    rows = Student.objects.filter(enrollment_date__gte=firsts[0], enrollment_date__lt=firsts[-1])
    found = dict(
        rows.order_by()
        .annotate(month=TruncMonth("enrollment_date"))
        .values_list("month")
        .annotate(Count("pk"))
    )
    return [found.get(first, 0) for first in firsts[:-1]]


def _estimated_months(spans: list[dict[str, Any]]) -> list[int]:
    """What the planner expects in each month, from one EXPLAIN that reads no row."""
    first, *others = [Student.objects.order_by().filter(**span).values("pk") for span in spans]
    (explained,) = json.loads(first.union(*others, all=True).explain(format="json"))
    return [int(plan["Plan Rows"]) for plan in explained["Plan"]["Plans"]]


# ---- the system


def _health() -> list[tuple[str, str, str]]:
    """(what, how it is, tone) of the database and this process."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_database_size(current_database()),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
            " current_setting('max_connections')::int,"
            " (SELECT extract(epoch FROM now() - min(xact_start))::int FROM pg_stat_activity"
            "   WHERE datname = current_database() AND pid <> pg_backend_pid())"
        )
        version, size, connections, most, oldest = cursor.fetchone()
    missing = sorted(_known() - set(MigrationRecorder(connection).applied_migrations()))
    free = shutil.disk_usage(settings.BASE_DIR)
    lines = [
        (_("PostgreSQL"), version, ""),
        (_("Django"), django.get_version(), ""),
        (_("Size of the database"), filesizeformat(size), ""),
        (_("Connections"), f"{connections} / {most}", "warning" if connections > most * 0.8 else ""),
        (
            _("Migrations"),
            _("%(count)d missing") % {"count": len(missing)} if missing else _("all applied"),
            "danger" if missing else "",
        ),
        (
            _("Free on the disk"),
            f"{filesizeformat(free.free)} / {filesizeformat(free.total)}",
            "warning" if free.free < free.total / 10 else "",
        ),
    ]
    # In all programs another role looks, which may not see the sessions of the one that serves.
    if oldest is not None:
        lines.append((_("Oldest transaction"), f"{oldest} s", "warning" if oldest > 60 else ""))
    if connection.settings_dict["OPTIONS"].get("pool"):
        pooled: Any = connection
        stats = pooled.pool.get_stats()
        size_of_pool = f"{stats.get('pool_size', 0)} / {stats.get('pool_max', 0)}"
        waiting = stats.get("requests_waiting", 0)
        lines.append((_("Pool of this process"), size_of_pool, "warning" if waiting else ""))
    return lines


@cache
def _known() -> frozenset[tuple[str, str]]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return frozenset(loader.disk_migrations or ())
