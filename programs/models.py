"""Programs, assignments, visits, and the base classes of program-scoped models."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from accounts.names import NameField, clean_names
from accounts.role_ranks import RoleIsKnown
from accounts.roles import Role, assignable_role_choices
from crud.history import track
from crud.models import ConstraintMessages, touch_updated_at
from crud.phones import validate_phone_region

from .constraints import ProgramIsolation, Reference
from .managers import PresentManager, ProgramManager, stamp_program


class TimestampedModel(ConstraintMessages):
    """An id and timestamps with database defaults, so that raw SQL gets them too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
        triggers = [touch_updated_at()]


class ProgramColor(models.TextChoices):
    BLUE = "blue", _("Blue")
    VIOLET = "violet", _("Violet")
    AMBER = "amber", _("Amber")
    GREEN = "green", _("Green")
    ROSE = "rose", _("Rose")
    TEAL = "teal", _("Teal")
    SLATE = "slate", _("Slate")


@track()
class Program(TimestampedModel):
    """One offering of the academy, such as swimming.

    No scoped row can be seen from, or linked to, another program.
    """

    name = NameField(_("name"), max_length=120, unique=True)
    description = models.TextField(_("description"), max_length=2000, blank=True, default="", db_default="")
    initials = models.CharField(_("initials"), max_length=3, blank=True, default="", db_default="")
    color = models.CharField(
        _("colour"),
        max_length=10,
        choices=ProgramColor.choices,
        default=ProgramColor.BLUE,
        db_default=ProgramColor.BLUE,
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    requires_second_factor = models.BooleanField(
        _("requires a second factor"),
        default=False,
        db_default=False,
        help_text=_("Whoever works in the program sets one up before anything else."),
    )
    emergency_details_for_tutors = models.BooleanField(
        _("tutors open emergency details"),
        default=True,
        db_default=True,
        help_text=_("Contacts and medical information of a student, on request. Each look is noted."),
    )
    phone_region = models.CharField(
        _("country of phone numbers"),
        max_length=2,
        blank=True,
        default="",
        db_default="",
        validators=[validate_phone_region],
        help_text=_(
            "Two letters, such as DE. Numbers without a country code are dialled as numbers of this country."
        ),
    )

    class Meta(TimestampedModel.Meta):
        db_table = "programs"
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ["name"]
        triggers = [*TimestampedModel.Meta.triggers, clean_names("name")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="programs_name_given"),
            models.CheckConstraint(
                condition=models.Q(color__in=ProgramColor.values), name="programs_color_known"
            ),
            models.CheckConstraint(
                condition=models.Q(phone_region__regex="^([A-Z]{2})?$"), name="programs_phone_region_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def glyph(self) -> str:
        """Two or three letters that stand for the program."""
        return self.initials or self.name[:2].upper()


@track()
class UserProgramAssignment(TimestampedModel):
    """A user works in a program. `role` is empty where it is that of the user."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    program = models.ForeignKey(Program, models.PROTECT, related_name="assignments")
    role = models.CharField(
        _("role"),
        max_length=32,
        choices=assignable_role_choices,
        null=True,
        blank=True,
        help_text=_("Leave empty to use the role of the user."),
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    assigned_at = models.DateTimeField(_("assigned"), db_default=Now())
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_column="assigned_by",
    )

    unscoped: ClassVar[str] = "Who works in a program is read before one is entered."

    class Meta(TimestampedModel.Meta):
        db_table = "user_program_assignments"
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["program", "user"]
        constraints = [
            models.UniqueConstraint(fields=["user", "program"], name="assignments_once_per_user_and_program"),
            models.CheckConstraint(
                condition=models.Q(role__isnull=True)
                | (RoleIsKnown("role") & ~models.Q(role=Role.SUPER_ADMIN)),
                name="assignments_role_known_and_not_super",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.program}"


# What a search of the visits reads.
VISIT_WORDS = ("username", "as_username", "reason", "path", "what")


class VisitEvent(models.TextChoices):
    START = "start", _("Begun")
    LOOK = "look", _("Looked")
    LEFT = "left", _("Left")
    TIME = "time", _("Time was up")
    OUT = "out", _("Signed out")
    ENDED = "ended", _("Right has ended")


BEGINNING = models.Q(event=VisitEvent.START)


class AllProgramsVisit(models.Model):
    """The audit log of super admins who work across all programs or view the product as another user. Append-only.

    A visit has a row for its start, one for each request and one for its end, all with its reason; a command has a
    start alone. Each row is committed before what it records. `as_user` is None for visits to all programs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    # Empty on rows older than this column, each a visit of its own.
    visit = models.UUIDField(_("visit"), null=True, editable=False)
    event = models.CharField(
        _("event"),
        max_length=10,
        choices=VisitEvent.choices,
        default=VisitEvent.START,
        db_default=VisitEvent.START,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_constraint=False
    )
    username = models.CharField(_("username"), max_length=150)
    as_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    as_username = models.CharField(_("looked as"), max_length=150, blank=True, default="", db_default="")
    reason = models.CharField(_("reason"), max_length=500)
    method = models.CharField(_("method"), max_length=10, blank=True, default="", db_default="")
    path = models.CharField(_("address"), max_length=1000, blank=True, default="", db_default="")
    what = models.CharField(_("object"), max_length=500, blank=True, default="", db_default="")
    program_name = models.CharField(_("program"), max_length=120, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "all_programs_visits"
        verbose_name = _("visit to all programs")
        verbose_name_plural = _("visits to all programs")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["-created_at"], name="all_programs_visits_newest"),
            models.Index(
                fields=["-created_at", "-id"], name="all_programs_visits_starts", condition=BEGINNING
            ),
            models.Index(
                fields=["username", "-created_at", "-id"],
                name="all_programs_visits_of_person",
                condition=BEGINNING,
            ),
            models.Index(fields=["visit", "-created_at", "-id"], name="all_programs_visits_of_visit"),
            GinIndex(
                *(OpClass(Upper(name), "gin_trgm_ops") for name in VISIT_WORDS),
                name="all_programs_visits_words",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.username}: {self.reason}"


KEEP_PROGRAM = pgtrigger.Trigger(
    name="keep_program",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__program_id__df=pgtrigger.F("new__program_id")),
    func="RAISE EXCEPTION 'A row never moves to another program.' USING ERRCODE = 'check_violation';",
)


class ProgramScopedModel(TimestampedModel):
    """A row of one program.

    A subclass writes `class Meta(ProgramScopedModel.Meta)` and extends `constraints` and `triggers` with
    `[*ProgramScopedModel.Meta.constraints, …]`; a system check says so where it was forgotten. Links to other
    scoped models are `ProgramForeignKey`.

    `granted` are the permissions that come with the right to edit a single row, beyond those of the role.
    `grant_parent` names the foreign key to the row whose grants apply instead of the row's own.
    Rows of an `append_only` model can be added and read by the runtime role, and not changed or deleted.
    """

    granted: ClassVar[frozenset[str]] = frozenset()
    grant_parent: ClassVar[str] = ""
    append_only: ClassVar[bool] = False

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="+", editable=False, db_constraint=False, db_index=False
    )

    objects = ProgramManager()

    class Meta(TimestampedModel.Meta):
        abstract = True
        base_manager_name = "objects"
        default_permissions = ("view", "add", "change", "archive", "delete")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ProgramIsolation(name="%(class)s_isolation"),
            Reference(
                name="%(class)s_program",
                columns=["program_id"],
                to="programs.Program",
                to_columns=["id"],
                on_delete="RESTRICT",
            ),
            models.UniqueConstraint(fields=["program", "id"], name="%(class)s_key_in_program"),
        ]
        triggers = [touch_updated_at(), KEEP_PROGRAM]

    def save(self, *args: Any, **kwargs: Any) -> None:
        stamp_program(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        # Asked here because Django deletes a row by its key, past every manager.
        stamp_program(self)
        return super().delete(*args, **kwargs)


PRESENT = models.Q(deleted_at__isnull=True)


def present_index(name: str, *fields: str, also: models.Q | None = None, **options: Any) -> models.Index:
    """An index of the rows present in a program, in the order of `fields`; of those for which `also` holds."""
    condition = PRESENT & also if also else PRESENT
    return models.Index(fields=["program", *fields], name=name, condition=condition, **options)


def archived_index(name: str) -> models.Index:
    return models.Index(
        fields=["program", "deleted_at"], name=name, condition=models.Q(deleted_at__isnull=False)
    )


class ArchivableModel(ProgramScopedModel):
    """A scoped row that leaves the lists when archived and comes back with its children when restored.

    Rows archived together carry the same `deleted_at`. `archive_children` names the reverse accessors of the
    children that are archived with it.
    """

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    archive_children: ClassVar[tuple[str, ...]] = ()

    objects = PresentManager()
    with_archived = ProgramManager()

    class Meta(ProgramScopedModel.Meta):
        abstract = True
        base_manager_name = "with_archived"

    @property
    def is_archived(self) -> bool:
        return self.deleted_at is not None

    def place_restored(self) -> None:
        """Called before a restored row is saved; override to resolve conflicts with the rows present now."""


def default_index(model: type[Any]) -> models.Index:
    """The index of a list: the rows present by program and `ordering`, else by name, else the newest first."""
    meta = model._meta
    named = any(field.name == "name" for field in meta.local_fields)
    order = [*meta.ordering] or (["name"] if named else ["-created_at"])
    index = present_index("unnamed", *order, *({"id"} - set(order)))
    index.set_name_with_model(model)
    return index


def _add_default_index(model: type[Any]) -> None:
    meta = model._meta
    if not meta.indexes and issubclass(model, ArchivableModel):
        meta.indexes = [default_index(model)]
        meta.original_attrs["indexes"] = meta.indexes  # what migrations are made from


def track_scoped(*indexes: models.Index) -> Callable[[type[Any]], type[Any]]:
    """Record the history of a scoped model: `@track_scoped()`.

    The history rows belong to the program too, are isolated like the rows themselves and only ever added to.
    `indexes` are further ones of the history table. An archivable model that declares no index gets the one of its list.
    """

    def decorate(model: type[Any]) -> type[Any]:
        _add_default_index(model)
        isolation = ProgramIsolation(name=f"{model._meta.db_table}_history_isolation")
        return track(scope="program", indexes=indexes, constraints=[isolation], objects=ProgramManager())(
            model
        )

    return decorate
