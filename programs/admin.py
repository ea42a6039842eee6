"""The admin follows the dropdown: the rows of one program, or of all."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from .models import AllProgramsVisit, ArchivableModel, Program, UserProgramAssignment
from .registry import scoped_models


class ScopedAdmin(admin.ModelAdmin):
    """Base of every admin of a scoped model. Adding needs one program: in all programs there is none to add to."""

    show_full_result_count = False
    list_per_page = 50
    readonly_fields: Any = ("program", "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = self.model._base_manager.get_queryset().select_related("program")
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_list_display(self, request: Any) -> Any:
        shown = [*super().get_list_display(request)]
        if issubclass(self.model, ArchivableModel):
            shown.append("deleted_at")
        return [*shown, "program"] if request.all_programs else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "deleted_at"] if issubclass(self.model, ArchivableModel) else fields

    def has_add_permission(self, request: Any) -> bool:
        return super().has_add_permission(request) and not request.all_programs

    def get_field_queryset(self, db: Any, db_field: Any, request: Any) -> Any:
        """Links offer the rows of the program; in all programs only those of the row's own."""
        if db_field.related_model in scoped_models():
            rows = db_field.related_model._base_manager.all()
            edited = request.resolver_match.kwargs.get("object_id")
            if request.all_programs and edited:
                own = self.model._base_manager.filter(pk=edited).values("program_id")
                rows = rows.filter(program_id__in=own)
            return rows
        return super().get_field_queryset(db, db_field, request)


class AssignmentInline(admin.TabularInline):
    model = UserProgramAssignment
    fk_name = "program"
    extra = 0
    can_delete = False  # assignments are deactivated
    autocomplete_fields = ("user",)
    exclude = ("assigned_by",)
    readonly_fields = ("assigned_at",)


class StampAssigner(admin.ModelAdmin):
    """Note who assigned, wherever an assignment is made."""

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, UserProgramAssignment) and row._state.adding:
                row.assigned_by = request.user
            row.save()
        formset.save_m2m()


@admin.register(Program)
class ProgramAdmin(StampAssigner):
    list_display = ("name", "initials", "color", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name",)
    inlines = (AssignmentInline,)
    show_full_result_count = False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False  # programs are deactivated


@admin.register(UserProgramAssignment)
class UserProgramAssignmentAdmin(admin.ModelAdmin):
    list_display = ("user", "program", "role", "is_active", "assigned_at", "assigned_by")
    list_filter = ("is_active", "role")
    list_select_related = ("user", "program", "assigned_by")
    search_fields = ("user__username", "user__full_name", "program__name")
    autocomplete_fields = ("user", "program")
    exclude = ("assigned_by",)
    readonly_fields = ("assigned_at",)
    show_full_result_count = False

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.assigned_by = request.user
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False  # assignments are deactivated


@admin.register(AllProgramsVisit)
class AllProgramsVisitAdmin(admin.ModelAdmin):
    list_display = ("created_at", "username", "reason")
    search_fields = ("username",)
    show_full_result_count = False

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
