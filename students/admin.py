from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from programs.admin import ScopedAdmin

from .models import Student


@admin.register(Student)
class StudentAdmin(ScopedAdmin):
    list_display = ("student_id", "first_name", "last_name", "status", "enrollment_date")
    list_display_links = ("student_id", "first_name", "last_name")
    list_filter = ("status",)
    search_fields = ("search_name",)
    search_help_text = "Name or number"
    readonly_fields = ("student_id", *ScopedAdmin.readonly_fields)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.search(search_term.replace("\0", "")), False
