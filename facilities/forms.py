from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import crud

from .models import AMENITIES, Facility, FacilityStatus

MOST_PEOPLE = 100_000


class EquipmentRow(crud.JSONRowForm):
    name = forms.CharField(label=gettext_lazy("Item"), max_length=200)
    quantity = forms.IntegerField(
        label=gettext_lazy("Quantity"),
        min_value=1,
        max_value=1_000_000,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    sizes = {"name": "wide", "quantity": "narrow"}


class FacilityForm(crud.ModelForm):
    """A facility. One that is in use keeps no reason and no day; one that is not says why."""

    capacity = forms.IntegerField(
        label=gettext_lazy("Capacity"),
        min_value=1,
        max_value=MOST_PEOPLE,
        required=False,
        help_text=gettext_lazy("How many people may use it at once."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    equipment = crud.JSONRowsField(
        EquipmentRow,
        label=gettext_lazy("Equipment"),
        required=False,
        max_num=100,
        blank_rows=1,
        add_label=gettext_lazy("Add an item"),
        row_label=gettext_lazy("Item"),
    )
    amenities = crud.TagsField(AMENITIES, label=gettext_lazy("Amenities"))

    class Meta:
        model = Facility
        fields = (
            "name",
            "facility_type",
            "capacity",
            "status",
            "status_reason",
            "available_again_on",
            "equipment",
            "amenities",
        )
        labels = {
            "status_reason": gettext_lazy("Reason"),
            "available_again_on": gettext_lazy("Available again on"),
        }
        help_texts = {
            "status_reason": gettext_lazy("Why it is not in use. Staff see this in the list."),
            "available_again_on": gettext_lazy("The day on which it is expected to be in use again."),
        }
        widgets = {
            "status_reason": forms.TextInput(attrs={"data-when-closed": ""}),
            "available_again_on": forms.DateInput(attrs={"data-when-closed": ""}),
        }
        spans = {"name": 6, "status": 6, "status_reason": 6}
        sections = (
            crud.Section(
                "details", gettext_lazy("Details"), "map-pin", "", ("name", "facility_type", "capacity")
            ),
            crud.Section(
                "status",
                gettext_lazy("Status"),
                "clock",
                gettext_lazy("What is not in use says why, and where it is known until when."),
                ("status", "status_reason", "available_again_on"),
            ),
            crud.Section(
                "equipment",
                gettext_lazy("Equipment"),
                "tool",
                gettext_lazy("What is there, and how many."),
                ("equipment",),
            ),
            crud.Section(
                "amenities",
                gettext_lazy("Amenities"),
                "tag",
                gettext_lazy("What visitors find there."),
                ("amenities",),
            ),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["status_reason"]
        reason.required = self.data.get(self.add_prefix("status")) != FacilityStatus.ACTIVE
        reason.error_messages["required"] = _("Say why it is not in use.")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("status") == FacilityStatus.ACTIVE:
            return {**values, "status_reason": "", "available_again_on": None}
        day = values.get("available_again_on")
        # A day that has passed since it was chosen may stay: the rest must be savable.
        if day is not None and day < timezone.localdate() and day != self.stored.available_again_on:
            self.add_error("available_again_on", _("This day has passed."))
        return values
