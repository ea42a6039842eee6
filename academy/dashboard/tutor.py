"""The dashboard of users who may read the rows of a program but not change them: tutors.

Instead of figures it shows a search, changed lessons, courses, birthdays, alerts and closed facilities.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import MD5, JSONObject
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

import crud
from courses.models import Course, CourseGrant, Lesson
from crud.history import HistoryEntry, Operation, Verb, event_rows, events, read
from crud.templatetags.ui import number
from facilities.models import Facility, FacilityStatus
from performance.prepared_queries import prepared_query
from students.looks import may_look
from students.models import Student, StudentStatus
from students.selections import WEEK, birthday_in, birthdays

from .links import STUDENTS, link

COURSES_SHOWN, LESSONS_SHOWN, BIRTHDAYS_SHOWN, FACILITIES_SHOWN = 12, 8, 6, 5
CHANGED_DAYS = 14
"""For how many days a change of a lesson is told."""
EVENTS_READ = 60


def sees_figures(user: Any) -> bool:
    """Whether `user` works with the figures of a program: who may change its students, courses or facilities."""
    rights = ("students.change_student", "courses.change_course", "facilities.change_facility")
    return any(user.has_perm(right) for right in rights)


def tutor_page(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    courses, lessons = courses_of(request.user), changed_lessons(request.user)
    closed = list(Facility.objects.filter(status=FacilityStatus.MAINTENANCE)[:FACILITIES_SHOWN])
    has_students = Student.objects.order_by().exists()
    context = {
        "day": date_format(today, pgettext("date format: weekday and date", "l j F Y")),
        "is_empty": not (courses or closed or has_students or Facility.objects.order_by().exists()),
        "has_students": has_students,
        "courses": courses,
        "lessons": lessons,
        "changed_days": CHANGED_DAYS,
        "closed": closed,
        "alerts": _alerts() if has_students else None,
        "may_look": may_look(request.user, request.program),  # type: ignore[attr-defined]
        **(_birthdays(today) if has_students else {}),
    }
    return crud.render(request, "dashboard/tutor.html", context)


# --- courses and lessons ---------------------------------------------------------------------------------


def courses_of(user: Any) -> list[Any]:
    """The active courses with their level and number of lessons (`said`), those first that `user` may edit."""
    lessons = Lesson.objects.order_by().filter(module__curriculum__course=OuterRef("pk"))
    numbered = Subquery(lessons.values("module__curriculum__course").annotate(n=Count("*")).values("n"))
    mine = Exists(CourseGrant.objects.filter(content_object=OuterRef("pk"), user=user))
    rows = Course.objects.filter(is_active=True).annotate(lessons=numbered, is_mine=mine)
    granted = list(rows.filter(is_mine=True).order_by("level", "search_name", "id")[:COURSES_SHOWN])
    others = rows.exclude(pk__in=[course.pk for course in granted]).order_by("level", "search_name", "id")
    found = [*granted, *others[: COURSES_SHOWN - len(granted)]]
    for course in found:
        count = course.lessons or 0
        lessons_said = ngettext("{number} lesson", "{number} lessons", count).format(number=number(count))
        course.said = f"{_('Level {level}').format(level=course.level)} · {lessons_said}"
    return found


@dataclass
class ChangedLesson:
    """One line: `more` lessons of the same course were added or changed by the same person within a minute."""

    name: str
    url: str
    course: str
    said: str
    at: datetime.datetime
    more: bool = False

    def covers(self, earlier: ChangedLesson) -> bool:
        """Whether `earlier` is one of the `more` of this line."""
        alike = (self.course, self.said) == (earlier.course, earlier.said)
        return alike and self.at - earlier.at < datetime.timedelta(minutes=1)


def changed_lessons(user: Any) -> list[ChangedLesson]:
    """The lessons that others added, or whose name, text or duration they changed, the newest first."""
    newest: dict[Any, HistoryEntry] = {}
    for entry in _events_of_lessons(timezone.now()):
        is_news = entry.verb is Verb.ADDED or entry.after != entry.before
        if entry.row not in newest and entry.actor_id != str(user.pk) and is_news:
            newest[entry.row] = entry
    present = Q(module__deleted_at=None, module__curriculum__deleted_at=None)
    present &= Q(module__curriculum__course__deleted_at=None)
    rows = Lesson.objects.filter(present, pk__in=[*newest]).select_related("module__curriculum__course")
    lessons = {lesson.pk: lesson for lesson in rows.defer("content")}
    lines: list[ChangedLesson] = []
    for pk, entry in newest.items():
        line = _changed(lessons[pk], entry) if pk in lessons else None
        if line and lines and lines[-1].covers(line):
            lines[-1].more = True
        elif line:
            lines.append(line)
    return lines[:LESSONS_SHOWN]


def _events_of_lessons(now: datetime.datetime) -> list[HistoryEntry]:
    """The last events of lessons with the state before and after them, the newest first."""
    state = JSONObject(name="name", text=MD5("content"), minutes="duration_minutes")
    since = now - datetime.timedelta(days=CHANGED_DAYS)
    written = events(Lesson).filter(event_operation__in=(Operation.INSERT, Operation.UPDATE))
    found = written.filter(event_at__gte=since, deleted_at=None).order_by("-event_at")
    return read(event_rows(found, state=state, previous=True)[:EVENTS_READ])


def _changed(lesson: Any, entry: HistoryEntry) -> ChangedLesson:
    course = lesson.module.curriculum.course
    text = _("Added by {who}") if entry.verb is Verb.ADDED else _("Changed by {who}")
    url = reverse("courses:lesson-detail", args=[course.pk, lesson.pk])
    return ChangedLesson(lesson.name, url, course.name, text.format(who=entry.actor or "Academy"), entry.at)


# --- students --------------------------------------------------------------------------------------------


@prepared_query()
def _with_alert() -> QuerySet[Any]:
    return Student.objects.order_by().filter(status=StudentStatus.ACTIVE, has_medical_alert=True).values("pk")


def _alerts() -> dict[str, Any]:
    n = _with_alert.count()
    text = ngettext("{n} active student has a medical alert", "{n} active students have a medical alert", n)
    url = link(STUDENTS, status=StudentStatus.ACTIVE, alert="true")
    return {"count": n, "text": text.format(n=number(n)), "url": url}


def _birthdays(today: datetime.date) -> dict[str, Any]:
    """The next birthdays of active students in a week: who, when, how old; and the list of all of them."""
    active = Student.objects.filter(status=StudentStatus.ACTIVE)
    rows = birthdays(active, today, WEEK).annotate(total=Window(Count("*")), place=birthday_in(today))
    found = list(rows.order_by("place", "sort_name").values_list("pk", "place", "total")[:BIRTHDAYS_SHOWN])
    students = Student.objects.defer(*Student.PRIVATE).in_bulk([pk for pk, _place, _total in found])
    lines = []
    for pk, place, _total in found:
        day, student = today + datetime.timedelta(days=place), students[pk]
        born: Any = student.date_of_birth
        lines.append(
            {
                "name": student.full_name,
                "url": reverse("students:student-detail", args=[pk]),
                "day": _("Today")
                if not place
                else date_format(day, pgettext("date format: weekday", "l j F")),
                "age": _("turns {age}").format(age=day.year - born.year),
            }
        )
    return {
        "birthdays": lines,
        "birthdays_in_all": found[0][2] if found else 0,
        "birthdays_url": link(STUDENTS, status=StudentStatus.ACTIVE, birthday="week"),
    }
