"""Courses and the levels of their tree in the Django admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from crud.admin import SwitchActions
from programs.admin import ScopedAdmin, ScopedInline

from .editors import edit_permission
from .forms import CourseForm, CurriculumForm, LessonForm, ModuleForm
from .models import Course, CourseGrant, Curriculum, Lesson, Module
from .services import StaleTree, archive_node, restore_node


class LevelInline(ScopedInline):
    """The children of a node. New ones are added behind the last; they are reordered on the course page."""

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
    product_form = CourseForm


def course_of(node: Any) -> Course:
    while not isinstance(node, Course):
        node = node.parent
    return node


class TreeNodeAdmin(ScopedAdmin):
    """The base of the levels of the tree. A new node is saved behind its siblings; the course page reorders them."""

    search_fields = ("name",)
    ordering: Any = ("id",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, self.model.parent_field] if obj else fields

    # Under the lock of the tree, as on the course page. An archived course has none: StaleTree.
    def archive_row(self, obj: Any) -> None:
        try:
            archive_node(course=course_of(obj), node=obj)
        except StaleTree:
            super().archive_row(obj)

    def restore_row(self, obj: Any) -> None:
        try:
            restore_node(course=course_of(obj), node=obj)
        except StaleTree:
            super().restore_row(obj)


@admin.register(Curriculum)
class CurriculumAdmin(TreeNodeAdmin):
    list_display = ("name", "course", "sequence_order")
    list_select_related = ("course", "program")
    fields = ("course", "name", "description", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("course",)
    ordering = ("course_id", "sequence_order", "id")
    inlines = (ModuleInline,)
    product_form = CurriculumForm


@admin.register(Module)
class ModuleAdmin(TreeNodeAdmin):
    list_display = ("name", "curriculum", "sequence_order")
    list_select_related = ("curriculum", "program")
    fields = ("curriculum", "name", "description", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("curriculum",)
    ordering = ("curriculum_id", "sequence_order", "id")
    inlines = (LessonInline,)
    product_form = ModuleForm


@admin.register(Lesson)
class LessonAdmin(TreeNodeAdmin):
    list_display = ("name", "module", "duration_minutes", "sequence_order")
    list_select_related = ("module", "program")
    fields = ("module", "name", "content", "duration_minutes", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("module",)
    product_form = LessonForm
    ordering = ("module_id", "sequence_order", "id")


@admin.register(CourseGrant)
class CourseGrantAdmin(ScopedAdmin):
    """The editors of courses. Grants are added and deleted, never changed."""

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
            obj.permission = edit_permission()
        super().save_model(request, obj, form, change)
