from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import crud

from .filters import FacilityFilter
from .forms import FacilityForm
from .models import Facility, FacilityStatus


def why_closed(facility: Facility) -> SafeString | str:
    """Why it is not in use and until when, in a line; empty where it is."""
    if not facility.is_closed:
        return ""
    when = SafeString("")
    if facility.available_again_on is not None:
        day = date_format(facility.available_again_on, "SHORT_DATE_FORMAT")
        if facility.is_overdue:
            when = format_html('<b class="tone-danger">{}</b>', _("Overdue since {day}").format(day=day))
        else:
            when = format_html("{}", _("Until {day}").format(day=day))
    return format_html(
        "{}{}{}", when, " · " if when and facility.status_reason else "", facility.status_reason
    )


class FacilityViews(crud.ModelViews):
    model = Facility
    icon = "map-pin"
    columns = (
        crud.Column("name", gettext_lazy("Facility"), sort=("search_name",), sub=why_closed),
        crud.Column(
            "facility_type", gettext_lazy("Type"), sort=("facility_type", "search_name"), phone="sub"
        ),
        crud.Column("status", sort=("status", "search_name")),
        crud.Column("capacity", sort=("capacity",), priority=2),
        crud.Column("available_again_on", gettext_lazy("Again on"), sort=None, priority=2, shown=False),
        crud.Column("status_reason", gettext_lazy("Reason"), sort=None, priority=3, shown=False),
        crud.Column("updated_at", gettext_lazy("Updated"), sort=None, priority=3, shown=False),
    )
    search_label = gettext_lazy("Name")
    status_details = ("status_reason", "available_again_on")
    filterset_class = FacilityFilter
    form_class = FacilityForm

    @classmethod
    def summary_of(cls, obj: Facility) -> str:
        status = "" if obj.status == FacilityStatus.ACTIVE else obj.get_status_display()
        return " · ".join(str(part) for part in (obj.get_facility_type_display(), status) if part)

    @property
    def as_cards(self) -> bool:
        return self.request.GET.get("view") == "cards"

    @property
    def list_shape(self) -> tuple[Any, ...]:
        return (*super().list_shape, self.as_cards)

    def list_rows(self, *, archived: bool) -> QuerySet[Any]:
        rows = super().list_rows(archived=archived)
        # Only cards show what is there.
        return rows if self.as_cards else rows.defer("equipment", "amenities")

    def asks_reason(self, status: Any) -> bool:
        return status != FacilityStatus.ACTIVE

    def status_values(self, status: Any, reason: str) -> dict[str, Any]:
        if status == FacilityStatus.ACTIVE:
            return {"status": status, "status_reason": "", "available_again_on": None}
        return {"status": status, **({"status_reason": reason} if reason else {})}

    def detail_context(self) -> dict[str, Any]:
        return {"facility": self.object}
