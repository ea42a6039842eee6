from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from academy.crud.admin import choice_action
from programs.admin import ScopedAdmin

from .models import Facility, FacilityStatus


@admin.register(Facility)
class FacilityAdmin(ScopedAdmin):
    list_display = ("name", "facility_type", "capacity", "shown_status")
    list_filter = ("facility_type", "status")
    search_fields = ("search_name",)
    actions = [choice_action("status", status) for status in FacilityStatus]

    @display(
        description=_("status"),
        ordering="status",
        label={"active": "success", "maintenance": "warning"},
    )
    def shown_status(self, facility: Facility) -> tuple[str, str]:
        return facility.status, facility.get_status_display()
