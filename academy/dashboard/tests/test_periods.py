import itertools
from datetime import date, timedelta

import pytest
from django.http import QueryDict
from django.utils.translation import override

from academy.dashboard.periods import MOST_YEARS, Span, parse_period, period, shifted

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("key", "span", "before", "unit", "parts"),
    [
        ("4w", ("2026-10-27", "2026-11-23"), ("2026-09-29", "2026-10-26"), "week", 4),
        ("3m", ("2026-08-25", "2026-11-23"), ("2026-05-26", "2026-08-24"), "week", 13),
        ("12m", ("2025-12-01", "2026-11-23"), ("2024-12-01", "2025-11-23"), "month", 12),
        ("year", ("2026-01-01", "2026-11-23"), ("2025-01-01", "2025-11-23"), "month", 11),
    ],
)
def test_a_period_ends_today_and_has_as_much_before_it(key, span, before, unit, parts):
    found = period(key, TODAY)
    assert (str(found.first), str(found.last)) == span
    assert (str(found.before.first), str(found.before.last)) == before
    assert found.unit == unit and len(found.parts) == parts and found.key == key


@pytest.mark.parametrize(
    "today", [date(2026, 1, 1), date(2028, 2, 29), date(2027, 3, 31), date(2026, 12, 31)]
)
@pytest.mark.parametrize("key", ["4w", "3m", "12m", "year"])
def test_parts_follow_each_other_without_a_gap(key, today):
    found = period(key, today)
    for spans in (found.parts, [part.before for part in found.parts]):
        assert all(span.first <= span.last for span in spans)
        assert all(one.last + timedelta(days=1) == two.first for one, two in itertools.pairwise(spans))
    assert found.parts[0].first == found.first and found.parts[-1].last == found.last == today
    assert found.parts[0].before.first == found.before.first
    assert found.parts[-1].before.last == found.before.last < found.first


@pytest.mark.parametrize(
    ("since", "until", "unit", "parts", "before"),
    [
        ("2026-03-05", "2026-03-05", "day", 1, ("2026-03-04", "2026-03-04")),
        ("2026-03-01", "2026-03-14", "day", 14, ("2026-02-15", "2026-02-28")),
        ("2026-03-01", "2026-03-15", "week", 3, ("2026-02-14", "2026-02-28")),
        ("2026-01-15", "2026-05-31", "month", 5, ("2025-08-15", "2025-12-31")),
        ("2026-01-31", "2026-09-30", "month", 9, ("2025-04-30", "2025-12-31")),
        ("2020-12-01", "2025-01-31", "year", 6, ("2015-12-01", "2020-01-31")),
    ],
)
def test_a_period_of_ones_own_is_cut_by_its_length(since, until, unit, parts, before):
    found = period("custom", TODAY, date.fromisoformat(since), date.fromisoformat(until))
    assert (found.unit, len(found.parts)) == (unit, parts)
    assert (str(found.before.first), str(found.before.last)) == before
    spans = [part.before for part in found.parts]
    assert all(one.last + timedelta(days=1) == two.first for one, two in itertools.pairwise(spans))
    assert found.before.last < found.first


def test_month_ends_stay_month_ends():
    assert shifted(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert shifted(date(2026, 2, 28), 1) == date(2026, 3, 28)
    assert shifted(date(2026, 2, 28), 1, last=True) == date(2026, 3, 31)
    assert shifted(date(2026, 1, 15), -13) == date(2024, 12, 15)


def test_labels_name_the_year_where_it_begins():
    assert [part.short for part in period("12m", TODAY).parts][:3] == ["Dec 2025", "Jan 2026", "Feb"]
    assert period("12m", TODAY).parts[-1].label == "November 2026"
    assert next(part.label for part in period("4w", TODAY).parts) == "27 Oct – 2 Nov"
    assert str(Span(date(2026, 1, 2), date(2026, 1, 2))) == "2 January 2026"
    with override("de"):
        assert period("12m", TODAY).parts[-1].label == "November 2026"
        assert period("4w", TODAY).parts[-1].short.replace(".", "").endswith("Nov")


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("range=fortnight", "range", "Select a valid choice"),
        ("range=%00", "range", "Select a valid choice"),
        ("range=custom", "since", "Choose a day."),
        ("range=custom&since=2026-01-01", "until", "Choose a day."),
        ("range=custom&since=yesterday&until=2026-01-01", "since", "Enter a valid date."),
        ("range=custom&since=2026-02-30&until=2026-01-01", "since", "Enter a valid date."),
        ("range=custom&since=2026-01-02&until=2026-01-01", "until", "This day is before the first one."),
        ("range=custom&since=0001-01-01&until=2026-01-01", "since", "Choose a day from 1950 to 2199."),
        ("range=custom&since=2026-01-01&until=9999-12-31", "until", "Choose a day from 1950 to 2199."),
        ("range=custom&since=1990-01-01&until=2026-01-01", "until", f"Choose at most {MOST_YEARS} years."),
    ],
)
def test_a_bad_choice_is_said_at_its_field_and_the_usual_period_shown(query, field, words):
    found, form = parse_period(QueryDict(query), TODAY)
    assert words in str(form.errors[field])
    assert found == period("12m", TODAY)


@pytest.mark.parametrize("query", ["", "range=", "since=nonsense", "range=12m&until=9999-99-99"])
def test_days_count_only_where_they_are_asked_for(query):
    found, form = parse_period(QueryDict(query), TODAY)
    assert found.key == "12m" and form.is_valid()
