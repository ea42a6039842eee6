from __future__ import annotations

from typing import Any

from academy import crud

from .filters import FacilityFilter
from .forms import FacilityForm
from .models import Facility, FacilityStatus


def why_closed(facility: Facility) -> str:
    return "" if facility.status == FacilityStatus.ACTIVE else facility.status_reason


class FacilityViews(crud.ModelViews):
    model = Facility
    icon = "map-pin"
    columns = (
        crud.Column("name", "Facility", sort=("search_name",), sub=why_closed),
        crud.Column("facility_type", "Type", sort=("facility_type", "search_name"), phone="sub"),
        crud.Column("status", sort=("status", "search_name")),
        crud.Column("capacity", sort=("capacity",), priority=2),
    )
    filterset_class = FacilityFilter
    form_class = FacilityForm
    list_defer = ("equipment", "amenities")

    def detail_context(self) -> dict[str, Any]:
        return {"facility": self.object, "open": self.object.status == FacilityStatus.ACTIVE}
