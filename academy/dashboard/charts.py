"""The figures and lines of a period: new students, those who left, and who was active."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crud.templatetags.ui import number
from performance.prepared_queries import prepared_query
from students.models import DEPARTED_STATUSES, Student, StudentStatus
from students.selections import Departures, departures_by_day

from .links import STUDENTS, link, linked
from .periods import CUSTOM, Part, Period

# The placeholder of a day in prepared queries.
FIRST = datetime.date(1, 1, 1)
BY_UNIT = {
    "day": (gettext_lazy("Day"), gettext_lazy("By day"), gettext_lazy("At the end of each day")),
    "week": (gettext_lazy("Week"), gettext_lazy("By week"), gettext_lazy("At the end of each week")),
    "month": (gettext_lazy("Month"), gettext_lazy("By month"), gettext_lazy("At the end of each month")),
    "year": (gettext_lazy("Year"), gettext_lazy("By year"), gettext_lazy("At the end of each year")),
}


@dataclass
class Tally:
    """The counts in one part of a period and in the same part of the period before."""

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
            "notes": [*self.details(), *notes, *self.in_all()],
        }

    def details(self) -> list[SafeString]:
        return []

    def in_all(self) -> list[SafeString]:
        return []


class NewStudents(OverTime):
    label = gettext_lazy("New students")
    noun = gettext_lazy("new students")
    more_is_good = True

    def url(self, span: Any, kind: str = "") -> str:
        return link(STUDENTS, enrolled_from=span.first, enrolled_to=span.last)


class DepartedStudents(OverTime):
    """Those whose status became graduated or withdrawn here; `statuses` are the students of each status now.

    Who was entered as one of the past has no day of leaving and is in the number in all alone.
    """

    label = gettext_lazy("Students who left")
    noun = gettext_lazy("students who left")
    kinds = DEPARTED_STATUSES

    def __init__(
        self, period: Period, days: Iterable[tuple[datetime.date, str, int]], statuses: dict[str, int]
    ) -> None:
        super().__init__(period, days)
        self.statuses = statuses

    def url(self, span: Any, kind: str = "") -> str:
        return link(STUDENTS, status=kind, left_from=span.first, left_to=span.last)

    def details(self) -> list[SafeString]:
        """How many students left with which status; empty where nobody did."""
        if not self.total("now"):
            return []
        numbers = {
            kind: linked(self.total("now", kind), self.url(self.period, kind)) for kind in DEPARTED_STATUSES
        }
        return [self._by_kind("{numbers}", numbers)]

    def in_all(self) -> list[SafeString]:
        """The number of students who have these statuses now, as in the chart of statuses."""
        statuses = {kind: self.statuses.get(kind, 0) for kind in DEPARTED_STATUSES}
        if not any(statuses.values()):
            return []
        numbers = {kind: linked(n, link(STUDENTS, status=kind)) for kind, n in statuses.items()}
        return [self._by_kind(_("{numbers} in all"), numbers)]

    @staticmethod
    def _by_kind(text: str, numbers: dict[Any, SafeString]) -> SafeString:
        texts = {
            StudentStatus.GRADUATED: _("{number} graduated"),
            StudentStatus.WITHDRAWN: _("{number} withdrawn"),
        }
        parts = ((format_html(texts[kind], number=numbers[kind]),) for kind in DEPARTED_STATUSES)
        return format_html(text, numbers=format_html_join(" · ", "{}", parts))


Enrolled = list[tuple[datetime.date, int, int]]


@prepared_query(first=FIRST)
def _enrolled(first: datetime.date) -> QuerySet[Any]:
    rows = Student.objects.order_by().filter(enrollment_date__gte=first)
    active = Count("status", filter=Q(status=StudentStatus.ACTIVE))
    return rows.values_list("enrollment_date").annotate(n=Count("*"), active=active)


def enrolled(period: Period) -> Enrolled:
    """(day, how many enrolled on it, how many of them are active now), from the time before the period on."""
    return _enrolled.rows(first=period.before.first)


def new_students(period: Period, days: Enrolled) -> NewStudents:
    return NewStudents(period, ((day, "", n) for day, n, _active in days))


def active_line(
    period: Period, today: datetime.date, active: int, days: Enrolled, departures: Departures
) -> list[dict[str, Any]]:
    """The points of `chart_line`: the students of `active_on` at the end of each part of the period up to today.

    `active`: how many are active now.
    """
    changes = Counter[datetime.date]()
    for day, _n, active_now in days:
        changes[day] += active_now
    earlier = active - changes.total()  # enrolled before all of these days
    for day, n in departures.began:
        changes[day] += n
    for day, _status, n in departures.left:
        changes[day] -= n
    ordered = sorted(changes)
    sums = [*accumulate((changes[day] for day in ordered), initial=earlier)]
    points = []
    for part in period.parts:
        if part.first <= today:
            end = min(part.last, today)
            points.append(
                {
                    "label": part.label,
                    "short": part.short,
                    "value": sums[bisect_right(ordered, end)],
                    "href": link(STUDENTS, active_on=end),
                }
            )
    return points


def departures_context(
    period: Period, today: datetime.date, statuses: dict[str, int], days: Enrolled
) -> dict[str, Any]:
    """Context of the figure and the charts that read the history."""
    departures = departures_by_day(period.before.first, max(period.last, today))
    departed = DepartedStudents(period, departures.left, statuses)
    since = departures.since
    return {
        "departures_figure": departed.figure(),
        "departures_chart": departed.chart(),
        "departure_kinds": [kind.label for kind in DEPARTED_STATUSES],
        "recorded_since": date_format(since, "DATE_FORMAT") if since else "",
        "students_active": active_line(
            period, today, statuses.get(StudentStatus.ACTIVE, 0), days, departures
        ),
        "unit": BY_UNIT[period.unit],
    }


def deferred_departures_context(period: Period) -> dict[str, Any]:
    """Context in place of `departures_context`: the addresses from which the parts are loaded after the page."""
    query: dict[str, object] = {"range": period.key}
    if period.key == CUSTOM:
        query |= {"since": period.first, "until": period.last}
    return {
        "departures_url": link("dashboard", part="departures", **query),
        "whole_page_url": link("dashboard", all=1, **query),
    }


def compared(now: int, before: int, url: str, *, more_is_good: bool = False) -> SafeString:
    """The change from the number of the period before, in words. Only an increase of a good thing is coloured."""
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
