from __future__ import annotations

import django_filters
from django import forms

from academy import crud

from .models import Facility, FacilityType


class FacilityFilter(crud.FilterSet):
    type = django_filters.MultipleChoiceFilter(
        field_name="facility_type",
        label="Type",
        choices=FacilityType.choices,
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
    )
    capacity = crud.IntegerFilter(field_name="capacity", lookup_expr="gte", label="Room for at least")

    search_fields = ("search_name",)

    class Meta:
        model = Facility
        fields = ()
