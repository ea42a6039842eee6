"""What is taught: a course holds curricula, a curriculum modules, a module lessons."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from programs.columns import folded
from programs.models import ArchivableModel, ProgramForeignKey, track_scoped


@track_scoped()
class Course(ArchivableModel):
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), max_length=10_000, blank=True, default="", db_default="")
    level = models.PositiveIntegerField(_("level"), default=0, db_default=0, help_text=_("0 for beginners."))
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    search_name = folded("name")

    archive_children = ("curricula",)

    class Meta(ArchivableModel.Meta):
        db_table = "courses"
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["level", "search_name", "id"]
        constraints = [
            *ArchivableModel.Meta.constraints,
            models.CheckConstraint(condition=models.Q(level__gte=0), name="courses_level_not_negative"),
            models.CheckConstraint(condition=~models.Q(name=""), name="courses_name_given"),
        ]
        indexes = [
            models.Index(
                fields=["program", "level", "search_name", "id"],
                name="courses_by_level",
                condition=models.Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["program", "search_name", "id"],
                name="courses_by_name",
                condition=models.Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["program", "is_active", "search_name", "id"],
                name="courses_by_active",
                condition=models.Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["program", "deleted_at"],
                name="courses_archived",
                condition=models.Q(deleted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TreeNode(ArchivableModel):
    """A row with a place among its siblings.

    `parent_field` names the link to the parent. Places are unique among siblings that are present; the
    database checks at the end of the transaction, so a reorder is one statement.
    """

    parent_field: str
    name = models.CharField(_("name"), max_length=200)
    sequence_order: Any = models.PositiveIntegerField(_("place"), editable=False)

    class Meta(ArchivableModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.sequence_order is None:
            self.sequence_order = self.next_place()
        super().save(*args, **kwargs)

    def siblings(self) -> models.QuerySet[Any]:
        """The rows present under the same parent, without this one."""
        manager = type(self).objects  # type: ignore[attr-defined]
        return manager.filter(**{f"{self.parent_field}_id": self.parent_id}).exclude(pk=self.pk)

    @property
    def parent_id(self) -> Any:
        return getattr(self, f"{self.parent_field}_id")

    def next_place(self) -> int:
        """The place behind the last sibling. Callers that may race lock the parent row first."""
        last = self.siblings().aggregate(last=Max("sequence_order"))["last"]
        return 1 if last is None else last + 1

    def place_restored(self) -> None:
        if self.siblings().filter(sequence_order=self.sequence_order).exists():
            self.sequence_order = self.next_place()


def tree_constraints(table: str, parent: str) -> list[models.BaseConstraint]:
    """The order promise of a tree level, and that it has a name."""
    return [
        *ArchivableModel.Meta.constraints,
        ExclusionConstraint(
            name=f"{table}_order_unique_among_siblings",
            expressions=[(parent, "="), ("sequence_order", "=")],
            condition=models.Q(deleted_at__isnull=True),
            deferrable=models.Deferrable.DEFERRED,
        ),
        models.CheckConstraint(condition=models.Q(sequence_order__gte=0), name=f"{table}_order_not_negative"),
        models.CheckConstraint(condition=~models.Q(name=""), name=f"{table}_name_given"),
    ]


def tree_indexes(table: str, parent: str) -> list[models.Index]:
    return [
        models.Index(fields=["program", parent, "sequence_order"], name=f"{table}_in_order"),
        models.Index(
            fields=["program", "deleted_at"],
            name=f"{table}_archived",
            condition=models.Q(deleted_at__isnull=False),
        ),
    ]


@track_scoped()
class Curriculum(TreeNode):
    course = ProgramForeignKey(Course, related_name="curricula")
    description = models.TextField(_("description"), max_length=10_000, blank=True, default="", db_default="")

    parent_field = "course"
    archive_children = ("modules",)

    class Meta(TreeNode.Meta):
        db_table = "curricula"
        verbose_name = _("curriculum")
        verbose_name_plural = _("curricula")
        ordering = ["sequence_order"]
        constraints = tree_constraints("curricula", "course")
        indexes = tree_indexes("curricula", "course")


@track_scoped()
class Module(TreeNode):
    curriculum = ProgramForeignKey(Curriculum, related_name="modules")
    description = models.TextField(_("description"), max_length=10_000, blank=True, default="", db_default="")

    parent_field = "curriculum"
    archive_children = ("lessons",)

    class Meta(TreeNode.Meta):
        db_table = "modules"
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["sequence_order"]
        constraints = tree_constraints("modules", "curriculum")
        indexes = tree_indexes("modules", "curriculum")


@track_scoped()
class Lesson(TreeNode):
    module = ProgramForeignKey(Module, related_name="lessons")
    content = models.TextField(_("content"), max_length=50_000, blank=True, default="", db_default="")
    duration_minutes = models.PositiveIntegerField(_("duration in minutes"), null=True, blank=True)

    parent_field = "module"

    class Meta(TreeNode.Meta):
        db_table = "lessons"
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["sequence_order"]
        constraints = [
            *tree_constraints("lessons", "module"),
            models.CheckConstraint(
                condition=models.Q(duration_minutes__isnull=True) | models.Q(duration_minutes__gt=0),
                name="lessons_duration_positive",
            ),
        ]
        indexes = tree_indexes("lessons", "module")
