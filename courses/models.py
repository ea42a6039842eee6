"""Courses and their tree: a course holds curricula, a curriculum modules, a module lessons."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func, Max, Value
from django.db.models.functions import Cast, NullIf
from django.utils.translation import gettext_lazy as _
from guardian.managers import UserObjectPermissionManager
from guardian.models import UserObjectPermissionBase

from accounts.names import NameField, clean_names
from database.functions import folded
from programs.constraints import Reference
from programs.fields import ProgramForeignKey
from programs.managers import ProgramManager
from programs.models import (
    PRESENT,
    ArchivableModel,
    ProgramScopedModel,
    UserProgramAssignment,
    archived_index,
    present_index,
    track_scoped,
)
from programs.scope import current_program_id


@track_scoped()
class Course(ArchivableModel):
    name = NameField(_("name"), max_length=200)
    description = models.TextField(_("description"), max_length=10_000, blank=True, default="", db_default="")
    level = models.PositiveIntegerField(_("level"), default=0, db_default=0, help_text=_("0 for beginners."))
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    search_name = folded("name")

    archive_children = ("curricula",)
    granted = frozenset(
        {
            "courses.change_course",
            *(
                f"courses.{verb}_{node}"
                for node in ("curriculum", "module", "lesson")
                for verb in ("add", "change")
            ),
        }
    )

    class Meta(ArchivableModel.Meta):
        db_table = "courses"
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["level", "search_name", "id"]
        triggers = [*ArchivableModel.Meta.triggers, clean_names("name")]
        constraints = [
            *ArchivableModel.Meta.constraints,
            models.CheckConstraint(condition=models.Q(level__gte=0), name="courses_level_not_negative"),
            models.CheckConstraint(condition=~models.Q(name=""), name="courses_name_given"),
        ]
        indexes = [
            present_index("courses_by_level", "level", "search_name", "id"),
            present_index("courses_by_name", "search_name", "id"),
            present_index("courses_by_active", "is_active", "search_name", "id"),
            archived_index("courses_archived"),
        ]

    def __str__(self) -> str:
        return self.name


class TreeNode(ArchivableModel):
    """The base of the levels of the tree: a row with a place, `sequence_order`, among its siblings.

    `parent_field` is the name of the foreign key to the parent. Places are unique among siblings that are not
    archived; a deferred constraint checks it, so that one statement can reorder them.
    """

    parent_field: str
    grant_parent = "parent"
    name = NameField(_("name"), max_length=200)
    sequence_order: Any = models.PositiveIntegerField(_("place"), editable=False)

    class Meta(ArchivableModel.Meta):
        abstract = True
        triggers = [*ArchivableModel.Meta.triggers, clean_names("name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.sequence_order is None:
            self.sequence_order = self.next_place()
        super().save(*args, **kwargs)

    def siblings(self) -> models.QuerySet[Any]:
        """The other rows under the same parent that are not archived."""
        manager = type(self).objects  # type: ignore[attr-defined]
        return manager.filter(**{f"{self.parent_field}_id": self.parent_id}).exclude(pk=self.pk)

    @property
    def parent_id(self) -> Any:
        return getattr(self, f"{self.parent_field}_id")

    @property
    def parent(self) -> Any:
        return getattr(self, self.parent_field)

    def next_place(self) -> int:
        """The place behind the last sibling. Lock the tree first where others may add at the same time."""
        last = self.siblings().aggregate(last=Max("sequence_order"))["last"]
        return 1 if last is None else last + 1

    def place_restored(self) -> None:
        if self.siblings().filter(sequence_order=self.sequence_order).exists():
            self.sequence_order = self.next_place()


def tree_constraints(table: str, parent: str) -> list[models.BaseConstraint]:
    """The constraints of a level of the tree: unique places among siblings, and a name."""
    return [
        *ArchivableModel.Meta.constraints,
        ExclusionConstraint(
            name=f"{table}_order_unique_among_siblings",
            expressions=[(parent, "="), ("sequence_order", "=")],
            condition=PRESENT,
            deferrable=models.Deferrable.DEFERRED,
        ),
        models.CheckConstraint(condition=models.Q(sequence_order__gte=0), name=f"{table}_order_not_negative"),
        models.CheckConstraint(condition=~models.Q(name=""), name=f"{table}_name_given"),
    ]


def tree_indexes(table: str, parent: str) -> list[models.Index]:
    return [
        models.Index(fields=["program", parent, "sequence_order"], name=f"{table}_in_order"),
        archived_index(f"{table}_archived"),
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
    search_name = folded("name")

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
        indexes = [
            *tree_indexes("lessons", "module"),
            present_index("lessons_by_name", "search_name", "id", include=["module"]),
        ]


class CourseGrantManager(ProgramManager, UserObjectPermissionManager):
    """The grants of the active program, also for the functions of django-guardian."""


# The foreign key of a grant makes sure that there is an assignment. This trigger checks that the assignment is active
# and locks it, so that no grant is added while it ends, and that the permission is the one to change a course. It runs
# after row-level security and foreign keys have been checked.
CHECK_GRANT_SQL = """
    IF NOT EXISTS (SELECT FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
                   WHERE p.id = NEW.permission_id AND p.codename = 'change_course' AND t.app_label = 'courses') THEN
        RAISE EXCEPTION 'Only changing a course is granted.' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM user_program_assignments a
      WHERE a.user_id = NEW.user_id AND a.program_id = NEW.program_id AND a.is_active FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Only active members of the program are granted anything.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# The user of the program scope that the row is written in; NULL outside one.
ACTING_USER = Cast(
    NullIf(
        Func(
            Value("app.user_id"),
            Value(value=True),
            function="current_setting",
            output_field=models.TextField(),
        ),
        Value(""),
    ),
    models.UUIDField(),
)


@track_scoped()
class CourseGrant(UserObjectPermissionBase, ProgramScopedModel):
    """Lets a member of the program edit one course with its tree, whatever the role of the member.

    An object permission of django-guardian on the course `content_object`. A trigger in the migrations deletes it
    when the assignment of the user to the program is deleted or deactivated.
    """

    # The database deletes grants with the user and the permission: Django would search the active program alone.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        verbose_name=_("user"),
    )
    permission = models.ForeignKey(
        Permission, models.DO_NOTHING, db_constraint=False, db_index=False, verbose_name=_("right")
    )
    content_object = ProgramForeignKey(
        Course, db_column="course_id", related_name="grants", verbose_name=_("course")
    )
    # Without a constraint, as in the history tables: it stays when the user is deleted.
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_constraint=False,
        db_index=False,
        db_column="granted_by",
        db_default=ACTING_USER,
    )

    objects = CourseGrantManager()

    class Meta(ProgramScopedModel.Meta):
        db_table = "course_grants"
        verbose_name = _("right to edit a course")
        verbose_name_plural = _("rights to edit a course")
        ordering = ["created_at"]
        constraints = [
            *ProgramScopedModel.Meta.constraints,
            Reference(
                name="course_grants_assignment",
                columns=["user_id", "program_id"],
                to="programs.UserProgramAssignment",
                to_columns=["user_id", "program_id"],
                on_delete="CASCADE",
            ),
            Reference(
                name="course_grants_permission",
                columns=["permission_id"],
                to="auth.Permission",
                to_columns=["id"],
                on_delete="CASCADE",
            ),
            models.UniqueConstraint(
                fields=["program", "content_object", "user", "permission"], name="course_grants_once"
            ),
        ]
        indexes = [models.Index(fields=["program", "user"], name="course_grants_of_user")]
        triggers = [
            *ProgramScopedModel.Meta.triggers,
            pgtrigger.Trigger(
                name="sound_grant",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("user_id", "permission_id"),
                func=CHECK_GRANT_SQL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.content_object}"

    def clean(self) -> None:
        """Say in words what the database would refuse."""
        if not self._state.adding or self.user_id is None or self.content_object_id is None:
            return
        assigned = UserProgramAssignment.objects.filter(program=current_program_id(), user=self.user_id)
        if not assigned.filter(is_active=True).exists():
            raise ValidationError({"user": _("Only active members of the program are granted anything.")})
        if CourseGrant.objects.filter(content_object=self.content_object_id, user=self.user_id).exists():
            raise ValidationError({"user": _("This is granted already.")})
