"""Students picked out by what is wrong or what happened.

The filters of the list and the figures of the dashboard both ask here: a number and its rows can't differ.
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, models
from django.db.models import Case, Count, Func, Q, QuerySet, RowRange, Subquery, Value, When, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lag, LastValue, Right
from django.db.models.lookups import IsNull
from django.utils import timezone

from crud.history import Operation, events
from database.functions import BeforeSpellings, FoldWord
from performance.prepared_queries import prepared_query

from .expressions import NoContact
from .models import DEPARTED_STATUSES, LATEST_ENROLLMENT, Student, StudentStatus
from .services import TELLING


def without_contact(students: QuerySet[Any]) -> QuerySet[Any]:
    """Those with nobody to call in an emergency."""
    return students.filter(NoContact())


def without_birth_date(students: QuerySet[Any]) -> QuerySet[Any]:
    return students.filter(date_of_birth__isnull=True)


WEEK = 7
"""Days, today among them, in which a birthday is soon."""


class MonthAndDay(Func):
    """The month and the day of a date as one number: 517 is 17 May."""

    template = "(extract(month FROM %(expressions)s) * 100 + extract(day FROM %(expressions)s))::int"
    output_field = models.IntegerField()


def birthdays(students: QuerySet[Any], today: datetime.date, days: int) -> QuerySet[Any]:
    """Those who have a birthday on one of so many days from today; of 29 February on 1 March in other years."""
    on_these = students.annotate(birthday=MonthAndDay("date_of_birth"))
    return on_these.filter(birthday__in=[*_birthdays(today, days)])


def birthday_in(today: datetime.date, days: int = WEEK) -> Case:
    """In how many days the birthday is, of those whom `birthdays` gives."""
    whens = (When(birthday=key, then=Value(place)) for key, place in _birthdays(today, days).items())
    return Case(*whens, output_field=models.IntegerField())


def _birthdays(today: datetime.date, days: int) -> dict[int, int]:
    """Month and day of each birthday that falls on one of these days, with how many days are left until it."""
    found: dict[int, int] = {}
    for place in range(days):
        day = today + datetime.timedelta(days=place)
        found[day.month * 100 + day.day] = place
        if (day.month, day.day) == (3, 1) and not calendar.isleap(day.year):
            found[229] = place
    return found


def possible_duplicates(students: QuerySet[Any]) -> QuerySet[Any]:
    """Those who share name (accents and case aside) and date of birth with another, or phone and first name.

    The phone alone says little: brothers and sisters have the one of their parents. Of its digits the end tells, as
    in the warning before a student is saved.
    """
    # In a sum the planner sees no column of an index: it reads that of the names, which has both.
    born = Func("date_of_birth", template="(%(expressions)s + 0)", output_field=models.DateField())
    same_name = _in_groups(Q(IsNull(born, False)), BeforeSpellings("sort_name"), born)
    digits = Func("phone", Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    end = Right(digits, TELLING, output_field=models.TextField())
    # Of those whose one name is a last name, brothers and sisters would share an empty first one.
    same_phone = _in_groups(Q(phone__regex=r"\d") & ~Q(first_name=""), end, FoldWord("first_name"))
    return students.filter(Q(pk__in=same_name) | Q(pk__in=same_phone))


def _in_groups(condition: Q, *values: Any) -> QuerySet[Any]:
    """The keys of the present students who agree with another in all of `values`."""
    keys = Func(ArrayAgg("pk"), function="unnest", output_field=models.UUIDField())
    alike = {f"alike_{number}": value for number, value in enumerate(values)}
    groups = Student.objects.order_by().filter(condition).values(**alike)
    return groups.annotate(number=Count("*"), key=keys).filter(number__gt=1).values("key")


DEPARTURES = """
    SELECT student, at, status, archived, enrolled FROM (
        SELECT DISTINCT ON (student) *
        FROM ({events}) AS events (student, at, status, is_update, before, archived, enrolled)
        WHERE before IS DISTINCT FROM status ORDER BY student, at DESC
    ) AS last_change
    WHERE is_update AND status = ANY(%s) AND at >= %s AND at < %s
"""


def departures(first: datetime.date, last: datetime.date) -> tuple[str, list[Any]]:
    """A query, and its values, for who left for good on these days.

    Its columns: student, at, status, archived, enrolled (the day of enrolment as it is known now).

    A student leaves when the last change of the status was one to graduated or withdrawn. Who came back since
    has not left; who was entered as one of the past has not either.

    Written so that it costs the same whatever the planner knows of the tables: the events of those who may have
    left are read by their keys, once, and gone through in order.
    """
    span = midnight(first), midnight(last + datetime.timedelta(days=1))
    inner, values = _events.sql(since=span[0], until=span[1])
    return DEPARTURES.format(events=inner), [*values, [str(status) for status in DEPARTED_STATUSES], *span]


SINCE, UNTIL = (datetime.datetime(1, 1, day, tzinfo=datetime.UTC) for day in (1, 2))


@prepared_query(since=SINCE, until=UNTIL)
def _events(since: datetime.datetime, until: datetime.datetime) -> QuerySet[Any]:
    """The events of the students who may have left between two moments."""
    history = events(Student).order_by()
    gone = history.filter(event_operation=Operation.UPDATE, status__in=DEPARTED_STATUSES)
    gone = gone.filter(event_at__gte=since, event_at__lt=until)
    in_order: dict[str, Any] = {"partition_by": "event_row", "order_by": "event_at"}
    return (
        history.filter(Among("event_row", gone.values("event_row")))
        .annotate(
            is_update=Q(event_operation=Operation.UPDATE),
            before=Window(Lag("status"), **in_order),
            archived_at=Window(LastValue("deleted_at"), frame=RowRange(), **in_order),
            archived=Q(archived_at__isnull=False),
            enrolled=Window(LastValue("enrollment_date"), frame=RowRange(), **in_order),
        )
        .values_list("event_row", "event_at", "status", "is_update", "before", "archived", "enrolled")
    )


def who_left(students: QuerySet[Any], first: datetime.date, last: datetime.date) -> QuerySet[Any]:
    """Those who left on a day from `first` to `last`."""
    query, values = departures(first, last)
    return students.filter(Among("pk", RawSQL(f"SELECT student FROM ({query}) AS gone", values)))  # noqa: S608, S611


@dataclass(frozen=True)
class Departures:
    """How many students left, by day: those of them who are not archived, in no order.

    `left`: (day, status, how many left on it). `began`: (day of their enrolment, how many); days of enrolment
    before the first that was asked for stand as that one, those after the day of leaving as the latter. `since` is
    the day of the first entry in the history of the program's students: what happened before is not known.
    """

    left: list[tuple[datetime.date, str, int]]
    began: list[tuple[datetime.date, int]]
    since: datetime.date | None


BY_DAY = """
    SELECT day, status, began, count(*) FROM (
        SELECT day, status, greatest(least(enrolled, day), %s) AS began
        FROM (SELECT *, (at AT TIME ZONE %s)::date AS day FROM ({departures}) AS gone) AS gone
        WHERE NOT archived
    ) AS present
    GROUP BY GROUPING SETS ((day, status), (began))
    UNION ALL SELECT (at AT TIME ZONE %s)::date, NULL, NULL, NULL FROM ({earliest}) AS earliest (at)
"""


def departures_by_day(first: datetime.date, last: datetime.date) -> Departures:
    """How many left on which day from `first` to `last`, and when they had enrolled."""
    query, values = departures(first, last)
    earliest, its_values = _first_event.sql()
    zone = timezone.get_current_timezone_name()
    with connection.cursor() as cursor:
        cursor.execute(
            BY_DAY.format(departures=query, earliest=earliest), [first, zone, *values, zone, *its_values]
        )
        rows = cursor.fetchall()
    return Departures(
        left=[(day, status, number) for day, status, _began, number in rows if status],
        began=[(began, number) for _day, _status, began, number in rows if began],
        since=next((day for day, status, _began, _number in rows if day and not status), None),
    )


@prepared_query()
def _first_event() -> QuerySet[Any]:
    return events(Student).order_by("event_at").values_list("event_at")[:1]


def active_on(students: QuerySet[Any], day: datetime.date) -> QuerySet[Any]:
    """Those who were enrolled by the end of `day` and are active now, or left later.

    Who is inactive now is not among them: the history of a time of absence is not asked.
    """
    query, values = departures(day + datetime.timedelta(days=1), LATEST_ENROLLMENT)
    left_later = Among("pk", RawSQL(f"SELECT student FROM ({query}) AS gone", values))  # noqa: S608, S611
    return students.filter(Q(status=StudentStatus.ACTIVE) | Q(left_later), enrollment_date__lte=day)


class Among(Func):
    """`field = ANY(ARRAY(query))`: unlike IN, the query runs once, whatever the planner thinks of its size."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY(ARRAY"
    conditional = True
    output_field = models.BooleanField()

    def __init__(self, field: str, query: Any, **extra: Any) -> None:
        super().__init__(field, query if isinstance(query, RawSQL) else Subquery(query), **extra)


def midnight(day: datetime.date) -> datetime.datetime:
    """The moment the day begins, where the user is."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
