from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from crud.admin import choice_action, tones
from crud.names import search_words
from programs.admin import ReadOnlyAdmin, ScopedAdmin

from .forms import StudentForm
from .models import EmergencyLook, Student, StudentStatus

SHORTEST = 3
"""Letters of a word that can be looked for across all programs: an index of three letters answers it."""


@admin.register(Student)
class StudentAdmin(ScopedAdmin):
    list_display = ("student_id", "first_name", "last_name", "shown_status", "enrollment_date")
    list_display_links = ("student_id", "first_name", "last_name")
    list_filter = ("status",)
    search_fields = ("search_name",)
    search_help_text = gettext_lazy("Name or number")
    ordering = ordering_everywhere = ("-student_id",)
    readonly_fields = ("student_id", *ScopedAdmin.readonly_fields)
    actions = [choice_action("status", status) for status in StudentStatus]
    product_form = StudentForm

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label=tones(StudentStatus, active="success", graduated="info", inactive="warning"),
    )
    def shown_status(self, student: Student) -> tuple[str, str]:
        return student.status, student.get_status_display()

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        words = search_words(search_term.replace("\0", ""))
        if request.all_programs and any(len(word) < SHORTEST for word in words):
            messages.info(request, _("Across all programs, search for words of three letters or more."))
            return queryset.none(), False
        return queryset.search(" ".join(words)), False


@admin.register(EmergencyLook)
class EmergencyLookAdmin(ReadOnlyAdmin, ScopedAdmin):
    """Who opened or printed the emergency details of whom."""

    list_display = ("created_at", "user_name", "student_name", "kind")
    list_filter = ("kind",)
    ordering = ("id",)
