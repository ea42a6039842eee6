"""The period that the dashboard shows, in parts, each with the same part of the period before."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

EARLIEST = datetime.date(1950, 1, 1)
LATEST = datetime.date(2199, 12, 31)
MOST_YEARS = 10
USUAL = "12m"
CUSTOM = "custom"
DAY = datetime.timedelta(days=1)

RANGES = (
    ("4w", gettext_lazy("4 weeks")),
    ("3m", gettext_lazy("3 months")),
    (USUAL, gettext_lazy("12 months")),
    ("year", gettext_lazy("This year")),
    (CUSTOM, gettext_lazy("Custom")),
)


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: datetime.date
    last: datetime.date

    def __contains__(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        """The days as people say them: "1 December 2025 – 23 November 2026"."""
        first, last = (date_format(day, "DATE_FORMAT") for day in (self.first, self.last))
        return first if first == last else f"{first} – {last}"


@dataclass(frozen=True)
class Part(Span):
    """A part of a period: `label` in full, `short` for the axis, `before` the same part of the time before."""

    before: Span
    label: str = ""
    short: str = ""


@dataclass(frozen=True)
class Period(Span):
    """The days asked for, in `parts` without gaps; `before` is as long and lies before it."""

    key: str
    unit: str
    before: Span
    parts: tuple[Part, ...] = field(repr=False)


class PeriodForm(forms.Form):
    """The choice in the address: `range`, and for "custom" also `since` and `until`."""

    range = forms.ChoiceField(choices=RANGES, required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("range") != CUSTOM:
            self.errors.pop("since", None)
            self.errors.pop("until", None)
            return {**values, "since": None, "until": None}
        for name in ("since", "until"):
            day = values.get(name)
            if name in self.errors:
                continue
            if day is None:
                self.add_error(name, _("Choose a day."))
            elif not EARLIEST <= day <= LATEST:
                years = {"first": EARLIEST.year, "last": LATEST.year}
                self.add_error(name, _("Choose a day from %(first)d to %(last)d.") % years)
        since, until = values.get("since"), values.get("until")
        if since and until and not self.errors:
            if until < since:
                self.add_error("until", _("This day is before the first one."))
            elif until > shifted(since, 12 * MOST_YEARS):
                self.add_error("until", _("Choose at most %(years)d years.") % {"years": MOST_YEARS})
        return values


def parse_period(query: QueryDict, today: datetime.date) -> tuple[Period, PeriodForm]:
    """The period that the address asks for, and its form; the usual one where the form has errors."""
    form = PeriodForm(query)
    if not form.is_valid():
        return period(USUAL, today), form
    values = form.cleaned_data
    return period(values["range"] or USUAL, today, values["since"], values["until"]), form


def period(
    key: str, today: datetime.date, since: datetime.date | None = None, until: datetime.date | None = None
) -> Period:
    """The period named `key` that ends today; "custom" needs `since` and `until`.

    The time before is whole weeks earlier for the short ones, the same days of earlier months for the long
    ones, so a month that has just begun is held against just as much of the other.
    """
    months = 0
    if key == "4w":
        since, until = today - 27 * DAY, today
    elif key == "3m":
        since, until = today - 90 * DAY, today  # thirteen weeks
    elif key == "year":
        since, until, months = today.replace(month=1, day=1), today, 12
    elif key != CUSTOM or since is None or until is None:
        key, since, until, months = USUAL, shifted(today.replace(day=1), -11), today, 12
    days = (until - since).days + 1
    if days <= 14:
        unit, starts = "day", _every(since, until, days=1)
    elif days <= 16 * 7:
        unit, starts = "week", _every(since, until, days=7)
    else:
        step = 1 if days <= 3 * 366 else 12
        unit, starts = ("month", "year")[step == 12], _every(since, until, months=step)
        months = months or step * math.ceil(_months_between(since, until) / step)
    firsts = [*starts]
    if months:
        befores, before_last = [shifted(day, -months) for day in firsts], shifted(until, -months, last=True)
    else:
        befores, before_last = [day - days * DAY for day in firsts], since - DAY
    ends = [*(following - DAY for following in firsts[1:]), until]
    before_ends = [*(following - DAY for following in befores[1:]), before_last]
    parts = tuple(
        Part(first, last, Span(before, before_end), *_labels(unit, first, last, lead=first == since))
        for first, last, before, before_end in zip(firsts, ends, befores, before_ends, strict=True)
    )
    return Period(since, until, key, unit, Span(befores[0], before_last), parts)


def shifted(day: datetime.date, months: int, *, last: bool = False) -> datetime.date:
    """The same day `months` later, or the last of its month; with `last` month ends stay month ends."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    end = _month_end(datetime.date(year, month + 1, 1)).day
    return datetime.date(year, month + 1, end if last and day == _month_end(day) else min(day.day, end))


def _month_end(day: datetime.date) -> datetime.date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def _months_between(first: datetime.date, last: datetime.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _every(first: datetime.date, last: datetime.date, *, days: int = 0, months: int = 0) -> Iterator[Any]:
    """`first`, then every so many days; or then the beginning of every calendar month or year."""
    day = first
    while day <= last:
        yield day
        if days:
            day += days * DAY
        else:
            day = shifted(day.replace(month=1 if months == 12 else day.month, day=1), months)


def _labels(unit: str, first: datetime.date, last: datetime.date, *, lead: bool) -> tuple[str, str]:
    """(in full, for the axis) of a part; the axis names the year where it begins."""
    if unit == "year":
        return f"{first:%Y}", f"{first:%Y}"
    if unit == "month":
        year = lead or first.month == 1
        short = date_format(first, pgettext("date format: month and year", "M Y") if year else "M")
        return date_format(first, pgettext("date format: month and year in full", "F Y")), short
    day_format = pgettext("date format: day and month", "j M")
    short, end = (date_format(day, day_format) for day in (first, last))
    return (short if first == last else f"{short} – {end}"), short
