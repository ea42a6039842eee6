"""The first page of a program: its figures and what changed last."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, F, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.models import Course, Curriculum, Lesson, Module
from facilities.models import Facility, FacilityStatus
from programs.registry import history_of
from students.models import Student, StudentStatus

MONTHS = 12
CHANGES = 8
# One request may write many rows of one kind (an archived course with its lessons): they are told as one line.
CHANGES_READ = 60

DETAIL_PAGES = {
    Student: "students:student-detail",
    Course: "courses:course-detail",
    Facility: "facilities:facility-detail",
}


@dataclass(slots=True)
class ChangeLine:
    """One line of the recent changes: `who` did `verb` to `what`, `count` rows of it, at `when`."""

    who: str
    verb: str
    kind: str
    kinds: str
    what: str
    url: str
    when: datetime.datetime
    count: int = 1

    @property
    def others(self) -> int:
        """How many rows more than the one named."""
        return self.count - 1


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Counts by status, new students by month, courses by level, facilities by status, recent changes."""
    students = _counts(Student, "status")
    facilities = _counts(Facility, "status")
    courses = _counts(Course, "level")
    months = _new_students_by_month()
    active_courses = Course.objects.filter(is_active=True).count()
    student_list, course_list = reverse("students:student-list"), reverse("courses:course-list")
    facility_list = reverse("facilities:facility-list")
    this_month, last_month = months[-1][1], months[-2][1]
    context = {
        "stats": [
            {
                "label": "Active students",
                "value": students.get(StudentStatus.ACTIVE, 0),
                "note": f"of {sum(students.values()):,} in all",
                "url": f"{student_list}?status=active",
            },
            {
                "label": "New this month",
                "value": this_month,
                "change": this_month - last_month,
                "note": "compared with last month",
                "url": months[-1][2],
            },
            {
                "label": "Active courses",
                "value": active_courses,
                "note": f"of {sum(courses.values()):,} in all",
                "url": f"{course_list}?is_active=true",
            },
            {
                "label": "Facilities in use",
                "value": facilities.get(FacilityStatus.ACTIVE, 0),
                "note": f"{facilities.get(FacilityStatus.MAINTENANCE, 0):,} in maintenance",
                "url": f"{facility_list}?status=active",
            },
        ],
        "students_by_status": [
            (status.label, students.get(status.value, 0), f"{student_list}?status={status.value}")
            for status in StudentStatus
        ],
        "students_by_month": months,
        "courses_by_level": [
            (f"Level {level}", count, f"{course_list}?level={level}")
            for level, count in sorted(courses.items())
        ],
        "facilities_by_status": [
            (status.label, facilities.get(status.value, 0), f"{facility_list}?status={status.value}")
            for status in FacilityStatus
        ],
        "changes": recent_changes(),
        "today": timezone.localdate(),
        "is_empty": not (students or courses or facilities),
    }
    return render(request, "dashboard.html", context)


def _counts(model: Any, field: str) -> dict[Any, int]:
    rows = model.objects.order_by().values(field).annotate(n=Count("*"))
    return {row[field]: row["n"] for row in rows}


def _new_students_by_month() -> list[tuple[str, int, str]]:
    """(month, students enrolled in it, link to them) of the last twelve months, oldest first."""
    first = timezone.localdate().replace(day=1)
    starts = [first]
    for _ in range(MONTHS - 1):
        starts.append((starts[-1] - datetime.timedelta(days=1)).replace(day=1))
    starts.reverse()
    rows = (
        Student.objects.order_by()
        .filter(enrollment_date__gte=starts[0])
        .values_list("enrollment_date")
        .annotate(n=Count("*"))
    )
    counts: Counter[datetime.date] = Counter()
    for day, number in rows:  # added up here: by day the database answers from the index
        counts[day.replace(day=1)] += number
    url = reverse("students:student-list")
    return [
        (
            f"{start:%b %y}",
            counts[start],
            f"{url}?enrolled_after={start}&enrolled_before={_end_of_month(start)}",
        )
        for start in starts
    ]


def _end_of_month(start: datetime.date) -> datetime.date:
    return (start + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)


def recent_changes() -> list[ChangeLine]:
    """The last changes in the program, newest first; one query over all histories."""
    parts = []
    for model in (Student, Course, Curriculum, Module, Lesson, Facility):
        name = Concat("first_name", Value(" "), "last_name") if model is Student else F("name")
        parts.append(
            history_of(model)
            .objects.order_by("-pgh_created_at")
            .values_list(
                Value(model.__name__, CharField()),
                name,
                "pgh_obj_id",
                "pgh_label",
                "pgh_created_at",
                "pgh_context",
                "deleted_at",
            )[:CHANGES_READ]
        )
    rows = parts[0].union(*parts[1:], all=True).order_by("-pgh_created_at")[:CHANGES_READ]
    models = {model.__name__: model for model in (Student, Course, Curriculum, Module, Lesson, Facility)}
    lines: list[ChangeLine] = []
    last_key: Any = None
    for kind, name, pk, label, when, noted, deleted_at in rows:
        history = noted or {}
        verb = {"insert": "added", "delete": "deleted"}.get(label, "archived" if deleted_at else "changed")
        key = (kind, verb, history.get("user"), history.get("url"), when.replace(second=0, microsecond=0))
        if lines and key == last_key:
            lines[-1].count += 1
            continue
        if len(lines) == CHANGES:
            break
        last_key = key
        model = models[kind]
        page = DETAIL_PAGES.get(model)
        lines.append(
            ChangeLine(
                who=history.get("name") or history.get("username", ""),
                verb=verb,
                kind=str(model._meta.verbose_name),
                kinds=str(model._meta.verbose_name_plural),
                what=name,
                url=reverse(page, args=[pk]) if page and verb != "deleted" else "",
                when=when,
            )
        )
    return lines
