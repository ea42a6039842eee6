from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from programs.admin import ReadOnlyAdmin, ScopedAdmin

from .models import Draft, SavedView


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin, ScopedAdmin):
    list_display = ("name", "user", "page", "shared_labels", "updated_at")
    list_select_related = ("user", "program")
    ordering = ("id",)

    @admin.display(description=gettext_lazy("shared with"))
    def shared_labels(self, view: SavedView) -> str:
        return view.shared_labels


@admin.register(Draft)
class DraftAdmin(ReadOnlyAdmin, ScopedAdmin):
    """That somebody has typed and not saved; what it is, nobody but its owner reads."""

    list_display = ("form", "user", "updated_at")
    list_select_related = ("user", "program")
    fields = ("form", "user", *ScopedAdmin.readonly_fields)
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(data={}).defer("data", "closed")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        # A filter in the address would tell what was typed, one letter after the other.
        return lookup.partition("__")[0] != "data" and super().lookup_allowed(lookup, value, request)
