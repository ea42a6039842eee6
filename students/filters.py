from __future__ import annotations

import datetime
from typing import Any

import django_filters
from django.utils import timezone

from academy import crud

from .models import Student

OLDEST = 125


def born_by(age: int) -> datetime.date:
    """The latest date of birth of someone who has had `age` birthdays."""
    today = timezone.localdate()
    try:
        return today.replace(year=today.year - age)
    except ValueError:  # the 29th of February
        return today.replace(year=today.year - age, day=28)


class StudentFilter(crud.FilterSet):
    enrolled_from = django_filters.DateFilter(
        field_name="enrollment_date", lookup_expr="gte", label="Enrolled from"
    )
    enrolled_to = django_filters.DateFilter(
        field_name="enrollment_date", lookup_expr="lte", label="Enrolled to"
    )
    age_from = crud.IntegerFilter(method="at_least", label="Age from", max_value=OLDEST)
    age_to = crud.IntegerFilter(method="at_most", label="Age to", max_value=OLDEST)
    alert = crud.YesNoFilter(field_name="has_medical_alert", label="Medical alert")

    class Meta:
        model = Student
        fields = ()

    def at_least(self, students: Any, name: str, age: int) -> Any:
        return students.filter(date_of_birth__lte=born_by(age))

    def at_most(self, students: Any, name: str, age: int) -> Any:
        return students.filter(date_of_birth__gt=born_by(age + 1))
