"""Invitations into programs.

Their tables, migrations and permissions are those of the app `programs`, where they were made.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.addresses import validate_address
from accounts.names import NameField, clean_names
from accounts.role_ranks import RoleIsKnown
from accounts.roles import Role, assignable_role_choices
from crud.history import track
from programs.models import Program, TimestampedModel

A_HASH = "^[0-9a-f]{64}$"


def by_user(column: str, label: Any, **options: Any) -> models.ForeignKey:
    """Who did something; nobody any more when that user is deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_column=column,
        verbose_name=label,
        **options,
    )


class InvitationState(models.TextChoices):
    PENDING = "pending", _("Pending")
    EXPIRED = "expired", _("Expired")
    ACCEPTED = "accepted", _("Accepted")
    WITHDRAWN = "withdrawn", pgettext_lazy("invitation", "Withdrawn")


@track(exclude=("token_hash", "sent_at"))
class Invitation(TimestampedModel):
    """An invitation by e-mail to work in programs.

    Only a hash of the token in the link is stored. `sent_at` is empty until the mail has been sent.
    """

    email = models.EmailField(_("e-mail"), max_length=254, validators=[validate_address])
    full_name = NameField(_("full name"), max_length=200, blank=True, default="", db_default="")
    role = models.CharField(
        _("role"),
        max_length=32,
        choices=assignable_role_choices,
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    invited_by = by_user("invited_by", _("invited by"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    accepted_by = by_user("accepted_by", _("accepted by"), blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = by_user("withdrawn_by", _("withdrawn by"), blank=True)
    programs = models.ManyToManyField(
        Program, through="InvitationProgram", related_name="invitations", verbose_name=_("programs")
    )

    class Meta(TimestampedModel.Meta):
        app_label = "programs"
        db_table = "invitations"
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "pk"]
        triggers = [*TimestampedModel.Meta.triggers, clean_names("full_name")]
        indexes = [models.Index(Lower("email"), name="invitations_by_email")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(email=""), name="invitations_email_given"),
            models.CheckConstraint(
                condition=RoleIsKnown("role") & ~models.Q(role=Role.SUPER_ADMIN),
                name="invitations_role_known_and_not_super",
            ),
            models.CheckConstraint(
                condition=models.Q(token_hash__regex=A_HASH), name="invitations_token_is_a_hash"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="invitations_end_once",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True)
                | models.Q(accepted_at__lte=models.F("expires_at")),
                name="invitations_accepted_in_time",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def state(self) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.withdrawn_at:
            return InvitationState.WITHDRAWN
        return InvitationState.EXPIRED if self.is_expired else InvitationState.PENDING

    @property
    def is_pending(self) -> bool:
        return self.state == InvitationState.PENDING

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


@track()
class InvitationProgram(TimestampedModel):
    """One of the programs that an invitation is for."""

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="places")
    program = models.ForeignKey(Program, models.PROTECT, related_name="+")

    unscoped: ClassVar[str] = "An invitation is followed before a program is entered."

    class Meta(TimestampedModel.Meta):
        app_label = "programs"
        db_table = "invitation_programs"
        verbose_name = _("program of an invitation")
        verbose_name_plural = _("programs of invitations")
        constraints = [
            models.UniqueConstraint(fields=["invitation", "program"], name="invitation_programs_once")
        ]

    def __str__(self) -> str:
        return f"{self.invitation} in {self.program}"
