"""The first page of a program: what needs doing, its figures, and what changed last."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Count, DateField, F, Func, IntegerField, Q, Value
from django.db.models.functions import Concat, Trim
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_safe

from academy import crud
from academy.crud.composed import Composed
from academy.crud.templatetags.ui import number
from courses.models import Course, Curriculum, Lesson, Module
from facilities.models import Facility, FacilityStatus
from facilities.selections import overdue
from programs.registry import history_of
from students.filters import born_by
from students.models import GONE, Student, StudentStatus
from students.selections import left_by_day

from . import todo
from .periods import CUSTOM, RANGES, USUAL, Part, Period, chosen

STUDENTS, COURSES, FACILITIES = "students:student-list", "courses:course-list", "facilities:facility-list"
AGE_GROUPS = (5, 8, 11, 14, 18)
"""The ages at which the next group begins."""
AT_ONCE = 10_000
"""In a program with more students, what takes long is asked for after the page; with `?all=1` it is not."""
CHANGES = 8
# One request may write many rows of one kind (an archived course with its lessons): they are told as one line.
CHANGES_READ = 60

DETAIL_PAGES = {
    Student: "students:student-detail",
    Course: "courses:course-detail",
    Facility: "facilities:facility-detail",
}
RECORDED = (Student, Course, Curriculum, Module, Lesson, Facility)
# Stand for days in queries that are composed once.
FIRST, LAST = datetime.date(1, 1, 1), datetime.date(1, 1, 2)
BY_UNIT = {
    "day": (gettext_lazy("Day"), gettext_lazy("By day")),
    "week": (gettext_lazy("Week"), gettext_lazy("By week")),
    "month": (gettext_lazy("Month"), gettext_lazy("By month")),
    "year": (gettext_lazy("Year"), gettext_lazy("By year")),
}


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of the program, those over time for the period in the address (see `academy.periods`).

    Each number stands beside the address of the list that shows exactly the rows it counts. HTMX gets the part
    below the greeting; of a large program two parts come by requests of their own, `?part=duplicates` and
    `?part=gone`.
    """
    part = request.GET.get("part") if crud.is_partial(request) else None
    if part == "duplicates":
        if not todo.may_merge(request.user):
            raise PermissionDenied
        return crud.render(request, "dashboard/_todo_item.html", {"item": todo.duplicates()})
    today = timezone.localdate()
    period, form = chosen(request.GET, today)
    if part == "gone":
        return crud.render(request, "dashboard/_gone.html", {**_gone_context(period), "swapped": True})
    students = _counts(Student, "status")
    ages, without_birth_date = _ages()
    courses = _courses()
    facilities, late = _facilities(today)
    new = _new_students(period)
    at_once = sum(students.values()) <= AT_ONCE or bool(request.GET.get("all"))
    facts = todo.Facts(
        at_once=at_once,
        without_birth_date=without_birth_date,
        empty_courses=sum(course.empty for course in courses),
        maintenance=facilities.get(FacilityStatus.MAINTENANCE, 0),
        overdue=late,
    )
    context = {
        "day": date_format(today, pgettext("date format: weekday and date", "l j F Y")),
        "is_empty": not (students or courses or facilities),
        "todo": todo.items(request, facts),
        "period": period,
        "period_form": form,
        "period_custom": CUSTOM in (period.key, form.data.get("range")),
        "ranges": _ranges(period, form),
        "unit": BY_UNIT[period.unit],
        "figures": [_active(students), new.figure(), _active_courses(courses)],
        "new_students": new.chart(),
        **(_gone_context(period) if at_once else _gone_later(period)),
        "students_by_status": [
            (status.label, students.get(status.value, 0), link(STUDENTS, status=status.value))
            for status in StudentStatus
        ],
        "students_by_age": ages,
        "courses_by_level": _by_level(courses),
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


def link(url_name: str, **query: object) -> str:
    """The address of a list; what is empty is left out."""
    text = urlencode({name: str(value) for name, value in query.items() if value not in (None, "")})
    return f"{_address(url_name)}?{text}" if text else _address(url_name)


@cache
def _address(url_name: str) -> str:
    return reverse(url_name)  # once and not for each of the hundred links of the page


def linked(value: int, url: str) -> SafeString:
    """A number as a link to the rows it counts."""
    return format_html('<a href="{}">{}</a>', url, number(value))


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


@dataclass
class Tally:
    """How many in one part of the period and in the same part of the time before."""

    part: Part
    now: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)


class OverTime:
    """Rows counted by day, added up to the parts of a period. `kinds` are counted apart."""

    label: Any
    noun: Any  # said after the number to those who only hear it
    more_is_good = False
    kinds: tuple[Any, ...] = ()

    def __init__(self, period: Period, days: Iterable[tuple[datetime.date, str, int]]) -> None:
        self.period = period
        self.tallies = [Tally(part) for part in period.parts]
        firsts = [part.first for part in period.parts]
        befores = [part.before.first for part in period.parts]
        for day, kind, how_many in days:
            if day in period:
                self.tallies[bisect_right(firsts, day) - 1].now[kind] += how_many
            elif day in period.before:
                self.tallies[bisect_right(befores, day) - 1].before[kind] += how_many

    def url(self, span: Any, kind: str = "") -> str:
        raise NotImplementedError

    def total(self, which: str, kind: str = "") -> int:
        counters = (getattr(tally, which) for tally in self.tallies)
        return sum(counter[kind] if kind else counter.total() for counter in counters)

    def chart(self) -> list[dict[str, Any]]:
        """The points of `chart_line`."""
        return [
            {
                "label": tally.part.label,
                "short": tally.part.short,
                "value": tally.now.total(),
                "href": self.url(tally.part),
                "more": [(tally.now[kind], self.url(tally.part, kind)) for kind in self.kinds],
                "before": (tally.before.total(), self.url(tally.part.before)),
            }
            for tally in self.tallies
        ]

    def figure(self) -> dict[str, Any]:
        now, before = self.total("now"), self.total("before")
        notes = [compared(now, before, self.url(self.period.before), more_is_good=self.more_is_good)]
        return {
            "label": self.label,
            "value": now,
            "noun": self.noun,
            "url": self.url(self.period),
            "notes": [*self.details(), *notes],
        }

    def details(self) -> list[SafeString]:
        return []


class NewStudents(OverTime):
    label = gettext_lazy("New students")
    noun = gettext_lazy("new students")
    more_is_good = True

    def url(self, span: Any, kind: str = "") -> str:
        return link(STUDENTS, enrolled_from=span.first, enrolled_to=span.last)


class StudentsGone(OverTime):
    label = gettext_lazy("Students who left")
    noun = gettext_lazy("students who left")
    kinds = GONE

    def url(self, span: Any, kind: str = "") -> str:
        return link(STUDENTS, status=kind, left_from=span.first, left_to=span.last)

    def details(self) -> list[SafeString]:
        """How many left in which way, where anybody did."""
        if not self.total("now"):
            return []
        texts = {
            StudentStatus.GRADUATED: _("{number} graduated"),
            StudentStatus.WITHDRAWN: _("{number} withdrawn"),
        }
        parts = (
            (format_html(texts[kind], number=linked(self.total("now", kind), self.url(self.period, kind))),)
            for kind in self.kinds
        )
        return [format_html_join(" · ", "{}", parts)]


@cache
def _enrolled() -> Composed:
    rows = Student.objects.order_by().filter(enrollment_date__range=(FIRST, LAST))
    return Composed(rows.values_list("enrollment_date").annotate(n=Count("*")), first=FIRST, last=LAST)


def _new_students(period: Period) -> NewStudents:
    rows = _enrolled().rows(first=period.before.first, last=period.last)
    return NewStudents(period, ((day, "", n) for day, n in rows))


def _gone(period: Period) -> StudentsGone:
    return StudentsGone(period, left_by_day(period.before.first, period.last))


def _gone_context(period: Period) -> dict[str, Any]:
    gone = _gone(period)
    return {
        "gone": gone.figure(),
        "students_gone": gone.chart(),
        "kinds_gone": [kind.label for kind in GONE],
        "unit": BY_UNIT[period.unit],
    }


def _gone_later(period: Period) -> dict[str, Any]:
    """Where the same is asked for after the page, and by a browser without a script."""
    query: dict[str, object] = {"range": period.key}
    if period.key == CUSTOM:
        query |= {"since": period.first, "until": period.last}
    return {
        "gone_later": link("dashboard", part="gone", **query),
        "gone_now": link("dashboard", all=1, **query),
    }


def compared(now: int, before: int, url: str, *, more_is_good: bool = False) -> SafeString:
    """A number against the one before, in words. Only more of what is good gets a colour."""
    if now == before:
        text = _("as many as the {before} before") if now else _("none before either")
        return format_html(text, before=linked(before, url))
    if now > before:
        text = _("{open}{difference} more{close} than the {before} before")
    else:
        text = _("{open}{difference} fewer{close} than the {before} before")
    tone = "up" if more_is_good and now > before else ""
    return format_html(
        text,
        open=format_html('<b class="delta {}">', tone),
        close=mark_safe("</b>"),
        difference=number(abs(now - before)),
        before=linked(before, url),
    )


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
        Course.objects.order_by().values_list("level", "is_active", "pk").annotate(lessons=lessons)
    )


def _courses() -> list[CourseFacts]:
    return [CourseFacts(level, active, number_of) for level, active, _pk, number_of in _with_lessons().rows()]


def _active_courses(courses: list[CourseFacts]) -> dict[str, Any]:
    return {
        "label": _("Active courses"),
        "value": sum(course.active for course in courses),
        "noun": _("active courses"),
        "url": link(COURSES, is_active="true"),
        "notes": [format_html(_("of {total} in all"), total=linked(len(courses), link(COURSES)))],
    }


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
            "sub": ngettext("{number} lesson", "{number} lessons", lessons[level]).format(
                number=number(lessons[level])
            ),
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


# --- what changed last -----------------------------------------------------------------------------------


@dataclass(slots=True)
class ChangeLine:
    """One line of the recent changes: `who` did `verb` to `what`, `count` rows of it, at `when`.

    `open`: there are more of them than were read.
    """

    who: str
    verb: str
    kind: str
    kinds: str
    what: str
    url: str
    when: datetime.datetime
    count: int = 1
    open: bool = False

    @property
    def sentence(self) -> SafeString:
        """The line in words, `what` as a link where it has a page."""
        others = self.count - 1
        if self.open:
            pattern = _many(self.verb)
        else:
            pattern = _several(self.verb, others) if others else _one(self.verb)
        what = (
            format_html('<a class="linkish" href="{}">{}</a>', self.url, self.what) if self.url else self.what
        )
        return format_html(
            pattern,
            who=format_html('<b class="font-medium">{}</b>', self.who or "Academy"),
            what=what,
            kind=self.kinds if others > 1 or self.open else self.kind,
            others=number(others),
        )


def _one(verb: str) -> str:
    match verb:
        case "added":
            return _("{who} added {kind} {what}")
        case "archived":
            return _("{who} archived {kind} {what}")
        case "deleted":
            return _("{who} deleted {kind} {what}")
        case _:
            return _("{who} changed {kind} {what}")


def _several(verb: str, others: int) -> str:
    match verb:
        case "added":
            return ngettext(
                "{who} added {what} and {others} more {kind}",
                "{who} added {what} and {others} more {kind}",
                others,
            )
        case "archived":
            return ngettext(
                "{who} archived {what} and {others} more {kind}",
                "{who} archived {what} and {others} more {kind}",
                others,
            )
        case "deleted":
            return ngettext(
                "{who} deleted {what} and {others} more {kind}",
                "{who} deleted {what} and {others} more {kind}",
                others,
            )
        case _:
            return ngettext(
                "{who} changed {what} and {others} more {kind}",
                "{who} changed {what} and {others} more {kind}",
                others,
            )


def _many(verb: str) -> str:
    match verb:
        case "added":
            return _("{who} added {what} and many more {kind}")
        case "archived":
            return _("{who} archived {what} and many more {kind}")
        case "deleted":
            return _("{who} deleted {what} and many more {kind}")
        case _:
            return _("{who} changed {what} and many more {kind}")


@cache
def _last_changes(most: int) -> Composed:
    """The newest events of all histories, in one query."""
    parts = []
    for model in RECORDED:
        name = Trim(Concat("first_name", Value(" "), "last_name")) if model is Student else F("name")
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
            )[:most]
        )
    return Composed(parts[0].union(*parts[1:], all=True).order_by("-pgh_created_at")[:most])


def recent_changes() -> list[ChangeLine]:
    """The last changes in the program, newest first."""
    rows = _last_changes(CHANGES_READ).rows()
    models = {model.__name__: model for model in RECORDED}
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
    else:
        if lines and lines[-1].count > 1 and len(rows) == CHANGES_READ:
            lines[-1].open = True
    return lines
