"""Base classes of the admin of scoped models, which shows the rows of the active program, or of all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.forms.utils import ErrorDict
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.decorators import display

from crud.admin import AcademyAdmin
from crud.admin_forms import AdminForm
from crud.names import search_words
from database.functions import with_words

from .archive import archive, restore
from .models import ArchivableModel
from .registry import scoped_models


class ChosenProgramForm(AutocompleteDropdownForm):
    """Shows the chosen program without validating it, which would query it once more."""

    def full_clean(self) -> None:
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}


class ProgramFilter(AutocompleteSelectFilter):
    form_class = ChosenProgramForm


class Archived(DropdownFilter):
    title = gettext_lazy("archive")
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return (("no", _("Not archived")), ("yes", _("Archived")))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() == "no")


@admin.action(description=gettext_lazy("Archive"), permissions=["change"])
def archive_selected(options: Any, request: HttpRequest, queryset: Any) -> None:
    options.set_archived(request, queryset, to=True)


@admin.action(description=gettext_lazy("Restore"), permissions=["change"])
def restore_selected(options: Any, request: HttpRequest, queryset: Any) -> None:
    options.set_archived(request, queryset, to=False)


BOTH_WAYS: Any = (archive_selected, restore_selected)


class ScopedAdmin(AcademyAdmin):
    """Base of every admin of a scoped model. Adding needs one program: in all programs there is none to add to.

    In all programs the list is in the order of the key, unless `ordering_everywhere` names a unique column that
    has an index of its own: no other order of a million rows can be read without sorting them.
    """

    readonly_fields: Any = ("program", "created_at", "updated_at")
    change_form_outer_before_template = "admin/archived.html"
    change_form_outer_after_template = "admin/archive.html"
    ordering_everywhere: tuple[str, ...] = ("id",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        # All of them here: the change list adds none where some are named already.
        related = {"program", *(self.list_select_related or ())}
        rows = self.model._base_manager.get_queryset().select_related(*sorted(related))
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def get_ordering(self, request: Any) -> Any:
        return self.ordering_everywhere if request.all_programs else super().get_ordering(request)

    def get_sortable_by(self, request: Any) -> Any:
        return () if request.all_programs else super().get_sortable_by(request)

    def get_list_filter(self, request: Any) -> Any:
        program = [("program", ProgramFilter)] if request.all_programs else []
        archived = [Archived] if self.is_archivable else []
        return [*program, *super().get_list_filter(request), *archived]

    def get_autocomplete_fields(self, request: Any) -> Any:
        """Those of `autocomplete_fields`, and every link to scoped rows that can be searched."""
        declared = super().get_autocomplete_fields(request)
        return [*declared, *(n for n in self._links(request) if n not in declared)]

    def _links(self, request: Any) -> Iterator[str]:
        admins = self.admin_site
        for field in self.model._meta.local_fields:
            model: Any = field.related_model
            if model not in scoped_models() or not admins.is_registered(model):
                continue
            if admins.get_model_admin(model).get_search_fields(request):
                yield field.name

    def get_search_fields(self, request: Any) -> Any:
        """By default the name. None across all programs, unless the model has a folded search column with an index."""
        fields = (
            super().get_search_fields(request)
            or [name for name in ("search_name", "name") if name in _field_names(self.model)][:1]
        )
        return () if request.all_programs and not _is_folded(self.model) else fields

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not _is_folded(self.model):
            return super().get_search_results(request, queryset, search_term)
        return with_words(queryset, "search_name", search_words(search_term.replace("\0", ""))), False

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return super().get_inlines(request, obj) if obj else []  # a row that is not there has none below

    def get_list_display(self, request: Any) -> Any:
        shown = [*super().get_list_display(request)]
        if self.is_archivable:
            shown.insert(1, "archive_mark")
        return [*shown, "program"] if request.all_programs else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj)]
        return [*fields, "deleted_at"] if self.is_archivable else fields

    @property
    def is_archivable(self) -> bool:
        return issubclass(self.model, ArchivableModel)

    # --- archiving: by the services that the pages of the product use ---------------------------------

    @display(description=gettext_lazy("archive"), label={"archived": "warning"})
    def archive_mark(self, obj: Any) -> tuple[str, str] | None:
        return ("archived", _("Archived")) if obj.is_archived else None

    def archive_row(self, obj: Any) -> None:
        archive(obj)

    def restore_row(self, obj: Any) -> None:
        """Raises ValidationError where its parent is archived."""
        restore(obj)

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if not self.is_archivable or not self.has_change_permission(request):
            return actions
        first = {action.__name__: (action, action.__name__, action.short_description) for action in BOTH_WAYS}
        return {**first, **actions}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """The page of a row; a POST of its button "Archive" or "Restore" does that instead of saving the form."""
        wanted = {"_archive", "_restore"} & set(request.POST)
        if request.method != "POST" or object_id is None or not wanted or not self.is_archivable:
            return super().changeform_view(request, object_id, form_url, extra_context)
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        self.set_archived(request, [obj], to="_archive" in wanted)
        return redirect(request.path)

    def set_archived(self, request: HttpRequest, rows: Iterable[Any], *, to: bool) -> None:
        """Archive rows, or restore them, and say how many; those that can't be restored say why."""
        changed = 0
        for row in rows:
            if row.is_archived == to:
                continue
            try:
                with transaction.atomic():
                    self.archive_row(row) if to else self.restore_row(row)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            except IntegrityError:
                messages.error(request, _("Something else has taken its place. Change that first."))
            else:
                changed += 1
        if changed:
            text = (
                ngettext("%(n)s archived.", "%(n)s archived.", changed)
                if to
                else ngettext("%(n)s restored.", "%(n)s restored.", changed)
            )
            messages.success(request, text % {"n": changed})

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


def _field_names(model: Any) -> set[str]:
    return {field.name for field in model._meta.local_fields}


def _is_folded(model: Any) -> bool:
    return "search_name" in _field_names(model)


class ScopedInline(TabularInline):
    """The rows below a scoped row, a page at a time; each leads to its own page."""

    extra = 0
    per_page = 20
    tab = True
    can_delete = False
    show_change_link = True
    form = AdminForm

    def has_add_permission(self, request: Any, obj: Any) -> bool:
        return super().has_add_permission(request, obj) and not request.all_programs


class ReadOnlyAdmin(AcademyAdmin):
    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
