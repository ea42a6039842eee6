from __future__ import annotations

import datetime
from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import crud

from . import search, selections
from .models import EARLIEST_ENROLLMENT, LATEST_ENROLLMENT, Student

OLDEST = 125
DAY = datetime.timedelta(days=1)
ONLY = (("1", _("Only these")),)
BIRTHDAYS = (("today", _("Today")), ("week", _("In the next 7 days")))
MISSING = (("contact", _("Emergency contact")), ("birth", _("Date of birth")))


def born_by(age: int) -> datetime.date:
    """The latest date of birth of someone who has had `age` birthdays."""
    today = timezone.localdate()
    try:
        return today.replace(year=today.year - age)
    except ValueError:  # the 29th of February
        return today.replace(year=today.year - age, day=28)


class StudentFilter(crud.FilterSet):
    enrolled_from = django_filters.DateFilter(
        field_name="enrollment_date", lookup_expr="gte", label=_("Enrolled from")
    )
    enrolled_to = django_filters.DateFilter(
        field_name="enrollment_date", lookup_expr="lte", label=_("Enrolled to")
    )
    left_from = django_filters.DateFilter(method="filter_left", label=_("Left from"))
    left_to = django_filters.DateFilter(method="filter_left", label=_("Left to"))
    active_on = django_filters.DateFilter(method="filter_active_on", label=_("Active on"))
    age_from = crud.IntegerFilter(method="filter_age_from", label=_("Age from"), max_value=OLDEST)
    age_to = crud.IntegerFilter(method="filter_age_to", label=_("Age to"), max_value=OLDEST)
    alert = crud.YesNoFilter(field_name="has_medical_alert", label=_("Medical alert"))
    missing = django_filters.ChoiceFilter(method="filter_missing", choices=MISSING, label=_("Missing"))
    birthday = django_filters.ChoiceFilter(method="filter_birthday", choices=BIRTHDAYS, label=_("Birthday"))
    duplicates = django_filters.ChoiceFilter(
        method="filter_duplicates", choices=ONLY, label=_("Possible duplicates")
    )

    class Meta:
        model = Student
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user: Any = getattr(self.request, "user", None)
        self.private = user is not None and user.has_perm("students.view_private_student")
        if not self.private:
            # Users who may not read contacts may not filter by missing ones either.
            choices = [choice for choice in MISSING if choice[0] != "contact"]
            self.filters["missing"].extra["choices"] = choices

    @property
    def max_name_matches(self) -> int:  # type: ignore[override]
        return search.FEW_NAMES

    def search_exact(self, queryset: Any, text: str) -> Any:
        self.matched_by_name = search.finds_names(queryset, text)
        return queryset.search(text) if self.matched_by_name else self.search_other_fields(queryset, text)

    def search_other_fields(self, queryset: Any, text: str) -> Any:
        keys, self.search_incomplete = search.find_otherwise(queryset, text, private=self.private)
        return search.with_keys(queryset, keys) if keys else queryset.none()

    def search_similar(self, queryset: Any, text: str) -> Any:
        return search.similar(queryset, text)

    def filter_queryset(self, queryset: Any) -> Any:
        students = super().filter_queryset(queryset)
        first, last = (self.form.cleaned_data.get(name) for name in ("left_from", "left_to"))
        if first or last:
            first, last = first or EARLIEST_ENROLLMENT, last or LATEST_ENROLLMENT
            students = selections.who_left(students, _clamp(first), _clamp(last))
        return students

    def filter_left(self, students: Any, name: str, value: datetime.date) -> Any:
        """Filters nothing: `filter_queryset` makes one condition of both ends."""
        return students

    def filter_active_on(self, students: Any, name: str, day: datetime.date) -> Any:
        return selections.active_on(students, min(_clamp(day), LATEST_ENROLLMENT - DAY))

    def filter_age_from(self, students: Any, name: str, age: int) -> Any:
        return students.filter(date_of_birth__lte=born_by(age))

    def filter_age_to(self, students: Any, name: str, age: int) -> Any:
        return students.filter(date_of_birth__gt=born_by(age + 1))

    def filter_birthday(self, students: Any, name: str, value: str) -> Any:
        return selections.birthdays(students, timezone.localdate(), selections.WEEK if value == "week" else 1)

    def filter_missing(self, students: Any, name: str, value: str) -> Any:
        select = {"contact": selections.without_contact, "birth": selections.without_birth_date}
        return select[value](students)

    def filter_duplicates(self, students: Any, name: str, value: str) -> Any:
        return selections.possible_duplicates(students)


def _clamp(day: datetime.date) -> datetime.date:
    """The day, or the nearest one that has a midnight in every time zone."""
    return min(max(day, EARLIEST_ENROLLMENT), LATEST_ENROLLMENT)
