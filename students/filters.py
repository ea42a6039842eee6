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
    left_from = django_filters.DateFilter(method="together", label=_("Left from"))
    left_to = django_filters.DateFilter(method="together", label=_("Left to"))
    active_on = django_filters.DateFilter(method="active_then", label=_("Active on"))
    age_from = crud.IntegerFilter(method="at_least", label=_("Age from"), max_value=OLDEST)
    age_to = crud.IntegerFilter(method="at_most", label=_("Age to"), max_value=OLDEST)
    alert = crud.YesNoFilter(field_name="has_medical_alert", label=_("Medical alert"))
    missing = django_filters.ChoiceFilter(method="lacking", choices=MISSING, label=_("Missing"))
    birthday = django_filters.ChoiceFilter(method="born_on", choices=BIRTHDAYS, label=_("Birthday"))
    duplicates = django_filters.ChoiceFilter(method="alike", choices=ONLY, label=_("Possible duplicates"))

    class Meta:
        model = Student
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user: Any = getattr(self.request, "user", None)
        self.private = user is not None and user.has_perm("students.view_private_student")
        if not self.private:
            # Who may not read the contacts is not told either who has none.
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
            students = selections.who_left(students, *(_within(day) for day in (first, last)))
        return students

    def together(self, students: Any, name: str, value: datetime.date) -> Any:
        """Nothing by itself: from and to are one condition, as they speak of one day."""
        return students

    def active_then(self, students: Any, name: str, day: datetime.date) -> Any:
        return selections.active_on(students, min(_within(day), LATEST_ENROLLMENT - DAY))

    def at_least(self, students: Any, name: str, age: int) -> Any:
        return students.filter(date_of_birth__lte=born_by(age))

    def at_most(self, students: Any, name: str, age: int) -> Any:
        return students.filter(date_of_birth__gt=born_by(age + 1))

    def born_on(self, students: Any, name: str, when: str) -> Any:
        return selections.birthdays(students, timezone.localdate(), selections.WEEK if when == "week" else 1)

    def lacking(self, students: Any, name: str, what: str) -> Any:
        select = {"contact": selections.without_contact, "birth": selections.without_birth_date}
        return select[what](students)

    def alike(self, students: Any, name: str, value: str) -> Any:
        return selections.possible_duplicates(students)


def _within(day: datetime.date) -> datetime.date:
    """The day, or the nearest that has a midnight in every time zone."""
    return min(max(day, EARLIEST_ENROLLMENT), LATEST_ENROLLMENT)
