"""The record of who looked at the emergency details of students."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from programs.models import ProgramScopedModel


class LookKind(models.TextChoices):
    OPENED = "opened", _("opened the emergency details")
    PRINTED = "printed", _("printed the emergency sheet")


class EmergencyLook(ProgramScopedModel):
    """Who opened or printed the emergency details of a student, and when.

    The student and the user are kept by key and name, so that the row outlives both.
    """

    untracked = "rows are added and never changed: the table is its own history"
    append_only = True

    student_key = models.UUIDField(_("key of the student"), editable=False)
    student_name = models.CharField(_("student"), max_length=401, editable=False)
    user_key = models.UUIDField(_("key of the user"), editable=False)
    user_name = models.CharField(_("person"), max_length=200, editable=False)
    kind = models.CharField(_("what was done"), max_length=10, choices=LookKind.choices, editable=False)

    class Meta(ProgramScopedModel.Meta):
        db_table = "emergency_looks"
        verbose_name = _("look at emergency details")
        verbose_name_plural = _("looks at emergency details")
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)  # type: ignore[assignment]
        constraints = [
            *ProgramScopedModel.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(kind__in=LookKind.values), name="emergency_looks_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["program", "-created_at", "-id"], name="emergency_looks_newest"),
            models.Index(fields=["program", "student_key", "-created_at"], name="emergency_looks_of_student"),
        ]
        triggers = [
            *ProgramScopedModel.Meta.triggers,
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.user_name}: {self.student_name}"
