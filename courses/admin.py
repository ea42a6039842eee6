from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from academy.crud.admin import SwitchActions
from programs.admin import ScopedAdmin, ScopedInline

from .editors import right_to_edit
from .models import Course, CourseGrant, Curriculum, Lesson, Module


class LevelInline(ScopedInline):
    """The next level of the tree. What is added goes behind the last; the order is changed on the course page."""

    fields: Any = ("name", "sequence_order")
    readonly_fields = ("sequence_order",)
    ordering = ("sequence_order",)


class CurriculumInline(LevelInline):
    model = Curriculum


class ModuleInline(LevelInline):
    model = Module


class LessonInline(LevelInline):
    model = Lesson
    fields = ("name", "duration_minutes", "sequence_order")


@admin.register(Course)
class CourseAdmin(SwitchActions, ScopedAdmin):
    list_display = ("name", "level", "is_active")
    list_filter = ("is_active",)
    search_fields = ("search_name",)
    inlines = (CurriculumInline,)


class TreeNodeAdmin(ScopedAdmin):
    """Levels of the tree. The place among siblings is given on saving and changed on the course page."""

    search_fields = ("name",)
    ordering: Any = ("id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, self.model.parent_field] if obj else fields


@admin.register(Curriculum)
class CurriculumAdmin(TreeNodeAdmin):
    list_display = ("name", "course", "sequence_order")
    list_select_related = ("course", "program")
    fields = ("course", "name", "description", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("course",)
    ordering = ("course_id", "sequence_order", "id")
    inlines = (ModuleInline,)


@admin.register(Module)
class ModuleAdmin(TreeNodeAdmin):
    list_display = ("name", "curriculum", "sequence_order")
    list_select_related = ("curriculum", "program")
    fields = ("curriculum", "name", "description", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("curriculum",)
    ordering = ("curriculum_id", "sequence_order", "id")
    inlines = (LessonInline,)


@admin.register(Lesson)
class LessonAdmin(TreeNodeAdmin):
    list_display = ("name", "module", "duration_minutes", "sequence_order")
    list_select_related = ("module", "program")
    fields = ("module", "name", "content", "duration_minutes", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("module",)
    ordering = ("module_id", "sequence_order", "id")


@admin.register(CourseGrant)
class CourseGrantAdmin(ScopedAdmin):
    """Who may edit one course beyond the role. Made and ended, never changed."""

    list_display = ("user", "content_object", "granted_by", "created_at")
    list_select_related = ("user", "content_object", "granted_by", "program")
    search_fields = ("user__username", "user__full_name", "content_object__name")
    fields = ("user", "content_object", "granted_by", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("user", "content_object")
    ordering = ("-created_at", "id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "granted_by"]
        return [*fields, "user", "content_object"] if obj else fields

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.permission = right_to_edit()
        super().save_model(request, obj, form, change)
