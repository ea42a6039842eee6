"""Where things happen."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.names import NameField, clean_names
from database.functions import folded, json_shape
from programs.models import PRESENT, ArchivableModel, archived_index, present_index, track_scoped


class FacilityType(models.TextChoices):
    POOL = "pool", _("Pool")
    COURT = "court", _("Court")
    GYM = "gym", _("Gym")
    FIELD = "field", _("Field")
    CLASSROOM = "classroom", _("Classroom")
    LAB = "lab", _("Lab")


class FacilityStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    MAINTENANCE = "maintenance", _("Maintenance")
    INACTIVE = "inactive", _("Inactive")


# The usual ones. Stored as they stand here; shown in the language of whoever reads.
AMENITIES = (
    gettext_noop("Accessible entrance"),
    gettext_noop("Car park"),
    gettext_noop("Changing rooms"),
    gettext_noop("First aid kit"),
    gettext_noop("Lockers"),
    gettext_noop("Showers"),
    gettext_noop("Spectator seats"),
    gettext_noop("Toilets"),
    gettext_noop("Water fountain"),
    gettext_noop("Wi-Fi"),
)


@track_scoped()
class Facility(ArchivableModel):
    """A place of the program. `equipment` is a list of {"name", "quantity"}, `amenities` a list of words."""

    name = NameField(_("name"), max_length=200)
    facility_type = models.CharField(_("type"), max_length=20, choices=FacilityType.choices)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    equipment = models.JSONField(
        _("equipment"), default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    amenities = models.JSONField(
        _("amenities"), default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=FacilityStatus.choices,
        default=FacilityStatus.ACTIVE,
        db_default=FacilityStatus.ACTIVE,
    )
    status_reason = models.CharField(
        _("reason"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("Why it is not in use."),
    )
    available_again_on = models.DateField(
        _("available again on"),
        null=True,
        blank=True,
        help_text=_("When the maintenance is expected to end."),
    )
    search_name = folded("name")

    class Meta(ArchivableModel.Meta):
        db_table = "facilities"
        ordering = ["search_name", "id"]
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        triggers = [*ArchivableModel.Meta.triggers, clean_names("name")]
        constraints = [
            *ArchivableModel.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(facility_type__in=FacilityType.values), name="facilities_type_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=FacilityStatus.values), name="facilities_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(capacity__isnull=True) | models.Q(capacity__gt=0),
                name="facilities_capacity_positive",
            ),
            json_shape("equipment", "array", name="facilities_equipment_is_array"),
            json_shape("amenities", "array", name="facilities_amenities_is_array"),
            models.CheckConstraint(condition=~models.Q(name=""), name="facilities_name_given"),
        ]
        indexes = [
            present_index("facilities_by_name", "search_name", "id"),
            present_index("facilities_by_status", "status", "search_name", "id"),
            present_index("facilities_by_type", "facility_type", "search_name", "id"),
            present_index("facilities_by_capacity", "capacity", "id"),
            # The other way round with the unknown last, which no index gives when it is read backwards.
            models.Index(
                "program",
                models.F("capacity").desc(nulls_last=True),
                models.F("id").desc(),
                name="facilities_by_capacity_down",
                condition=PRESENT,
            ),
            archived_index("facilities_archived"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def amenities_shown(self) -> list[str]:
        return [gettext(word) if word in AMENITIES else word for word in self.amenities]

    @property
    def is_closed(self) -> bool:
        """Whether it can't be used just now."""
        return self.status != FacilityStatus.ACTIVE

    @property
    def is_overdue(self) -> bool:
        """Whether it should be in use again by now."""
        day = self.available_again_on
        return self.is_closed and day is not None and day < timezone.localdate()


def overdue(today: datetime.date) -> Q:
    """Those that are not in use although the day on which they should be has passed."""
    return ~Q(status=FacilityStatus.ACTIVE) & Q(available_again_on__lt=today)
