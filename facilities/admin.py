from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crud.admin import set_where_other, tell_changed, tones
from programs.admin import ScopedAdmin

from .forms import FacilityForm
from .models import Facility, FacilityStatus


@admin.register(Facility)
class FacilityAdmin(ScopedAdmin):
    list_display = ("name", "facility_type", "capacity", "shown_status")
    list_filter = ("facility_type", "status")
    search_fields = ("search_name",)
    actions = ("open",)
    product_form = FacilityForm

    @display(
        description=_("status"),
        ordering="status",
        label=tones(FacilityStatus, active="success", maintenance="warning"),
    )
    def shown_status(self, facility: Facility) -> tuple[str, str]:
        return facility.status, facility.get_status_display()

    @admin.action(
        description=format_lazy(_("Set to “{choice}”"), choice=FacilityStatus.ACTIVE.label),
        permissions=["change"],
    )
    def open(self, request: Any, queryset: Any) -> None:
        """Back in use: no reason and no day any more. Why one is closed is said on its own page."""
        open_again = {"status_reason": "", "available_again_on": None}
        tell_changed(request, set_where_other(queryset, "status", FacilityStatus.ACTIVE, **open_again))
