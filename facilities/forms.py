from __future__ import annotations

from django import forms

from academy import crud

from .models import Facility

AMENITIES = (
    "Accessible entrance",
    "Car park",
    "Changing rooms",
    "First aid kit",
    "Lockers",
    "Showers",
    "Spectator seats",
    "Toilets",
    "Water fountain",
    "Wi-Fi",
)
MOST_PEOPLE = 100_000


class EquipmentRow(crud.RowForm):
    name = forms.CharField(label="Item", max_length=200)
    quantity = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    sizes = {"name": "wide", "quantity": "narrow"}


class FacilityForm(crud.ModelForm):
    capacity = forms.IntegerField(
        min_value=1,
        max_value=MOST_PEOPLE,
        required=False,
        help_text="How many people may use it at once.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    equipment = crud.RowsField(
        EquipmentRow, required=False, max_num=100, blank_rows=1, add_label="Add an item", row_label="Item"
    )
    amenities = crud.TagsField(AMENITIES)

    class Meta:
        model = Facility
        fields = (
            "name",
            "facility_type",
            "capacity",
            "status",
            "available_again_on",
            "status_reason",
            "equipment",
            "amenities",
        )
        labels = {"status_reason": "Reason", "available_again_on": "Available again on"}
        spans = {"name": 6, "status_reason": 6}
        sections = (
            crud.Section("details", "Details", "map-pin", "", ("name", "facility_type", "capacity")),
            crud.Section(
                "status",
                "Status",
                "clock",
                "The reason and the date are shown while the facility is not active.",
                ("status", "available_again_on", "status_reason"),
            ),
            crud.Section("equipment", "Equipment", "tool", "What is there, and how many.", ("equipment",)),
            crud.Section("amenities", "Amenities", "tag", "What visitors find there.", ("amenities",)),
        )
