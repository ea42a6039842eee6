"""Students picked out by what is wrong or what happened.

The filters of the list and the figures of the dashboard both ask here: a number and its rows can't differ.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Count, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from programs.registry import history_of

from .models import GONE, NoContact, Student


def without_contact(students: QuerySet[Any]) -> QuerySet[Any]:
    """Those with nobody to call in an emergency."""
    return students.filter(NoContact())


def without_birth_date(students: QuerySet[Any]) -> QuerySet[Any]:
    return students.filter(date_of_birth__isnull=True)


def possible_duplicates(students: QuerySet[Any]) -> QuerySet[Any]:
    """Those who share name (accents and case aside) and date of birth with another, or phone and first name.

    The phone alone says little: brothers and sisters have the one of their parents.
    """
    same_name = _in_groups(Q(date_of_birth__isnull=False), "sort_name", "date_of_birth")
    same_phone = _in_groups(~Q(phone=""), "phone", "first_name")
    return students.filter(Q(pk__in=same_name) | Q(pk__in=same_phone))


def _in_groups(condition: Q, *fields: str) -> QuerySet[Any]:
    """The keys of the present students who agree with another in all of `fields`."""
    keys = Func(ArrayAgg("pk"), function="unnest", output_field=models.UUIDField())
    groups = Student.objects.order_by().filter(condition).values(*fields)
    return groups.annotate(number=Count("*"), key=keys).filter(number__gt=1).values("key")


def departures(first: datetime.date, last: datetime.date) -> QuerySet[Any]:
    """The history rows, at most one for each student, with which students left for good on these days.

    A student leaves when the status becomes graduated or withdrawn. Who came back since has not left; who was
    entered as one of the past has not either.
    """
    history = history_of(Student).objects
    of_same = history.filter(pgh_obj_id=OuterRef("pgh_obj_id"))
    before = of_same.filter(pgh_created_at__lt=OuterRef("pgh_created_at")).order_by("-pgh_created_at")
    changed_later = of_same.filter(pgh_created_at__gt=OuterRef("pgh_created_at")).exclude(
        status=OuterRef("status")
    )
    return (
        history.filter(
            pgh_label="update",
            status__in=GONE,
            pgh_created_at__gte=midnight(first),
            pgh_created_at__lt=midnight(last + datetime.timedelta(days=1)),
        )
        .annotate(status_before=Subquery(before.values("status")[:1]))
        .exclude(status_before=F("status"))
        .filter(~Exists(changed_later))
    )


def who_left(students: QuerySet[Any], first: datetime.date, last: datetime.date) -> QuerySet[Any]:
    """Those who left on a day from `first` to `last`."""
    return students.filter(pk__in=departures(first, last).values("pgh_obj_id"))


def midnight(day: datetime.date) -> datetime.datetime:
    """The moment the day begins, where the user is."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
