from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

import crud

from .models import Facility, FacilityType, overdue

ONLY = (("1", _("Only these")),)


class FacilityFilter(crud.FilterSet):
    type = django_filters.MultipleChoiceFilter(
        field_name="facility_type",
        label=_("Type"),
        choices=FacilityType.choices,
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
    )
    capacity = crud.IntegerFilter(field_name="capacity", lookup_expr="gte", label=_("Room for at least"))
    overdue = django_filters.ChoiceFilter(method="late", choices=ONLY, label=_("Overdue"))
    # Not which rows, but how they are shown. It stands here so that the address may hold it.
    view = django_filters.ChoiceFilter(
        method="all_rows", choices=(("cards", _("Cards")),), label=pgettext_lazy("of a list", "View")
    )

    search_fields = ("search_name",)

    class Meta:
        model = Facility
        fields = ()

    def panel(self) -> list[forms.BoundField]:
        return [bound for bound in super().panel() if bound.name != "view"]

    @property
    def as_cards(self) -> bool:
        return self.form.is_valid() and self.form.cleaned_data["view"] == "cards"

    def all_rows(self, facilities: Any, name: str, value: str) -> Any:
        return facilities

    def late(self, facilities: Any, name: str, value: str) -> Any:
        return facilities.filter(overdue(timezone.localdate()))
