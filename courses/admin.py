from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from programs.admin import ScopedAdmin

from .models import Course, Curriculum, Lesson, Module


@admin.register(Course)
class CourseAdmin(ScopedAdmin):
    list_display = ("name", "level", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)


class TreeNodeAdmin(ScopedAdmin):
    """Levels of the tree. The place among siblings is given on saving and changed on the course page."""

    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, self.model.parent_field] if obj else fields


@admin.register(Curriculum)
class CurriculumAdmin(TreeNodeAdmin):
    list_display = ("name", "course", "sequence_order")
    list_select_related = ("course",)
    fields = ("course", "name", "description", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("course",)


@admin.register(Module)
class ModuleAdmin(TreeNodeAdmin):
    list_display = ("name", "curriculum", "sequence_order")
    list_select_related = ("curriculum",)
    fields = ("curriculum", "name", "description", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("curriculum",)


@admin.register(Lesson)
class LessonAdmin(TreeNodeAdmin):
    list_display = ("name", "module", "duration_minutes", "sequence_order")
    list_select_related = ("module",)
    fields = ("module", "name", "content", "duration_minutes", *ScopedAdmin.readonly_fields)
    autocomplete_fields = ("module",)
