"""The base of every admin of ours: lists that stay fast at a million rows, and the history that the database keeps."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import cache
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import DataError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, checkbox
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminEmailInputWidget

from crud.forms import ModelForm
from crud.forms.fields import TextEmailMixin
from web.http import whole_number

from . import history
from .admin_forms import AdminForm, KeyLookups, admin_form
from .lists.query import nulls_last

COUNTED = 1000
"""So many rows are counted exactly; of more, the planner's estimate is told as "about"."""
MOST_PAGES = 200
"""Further pages would be read through all before them. Searching and filtering lead there at once."""
EVENTS = 50


class EstimatedPaginator(Paginator):
    """Pages of a list that may have a million rows: it never counts them all."""

    template_name = "admin/pages.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, models.QuerySet):
            return len(rows)
        found = rows.order_by()[: COUNTED + 1].count()
        return found if found <= COUNTED else max(found, estimated(rows))

    @property
    def is_estimate(self) -> bool:
        return self.count > COUNTED

    @cached_property
    def num_pages(self) -> int:
        return min(super().num_pages, MOST_PAGES)


def estimated(rows: models.QuerySet[Any]) -> int:
    """How many rows the planner expects, without reading one."""
    (plan,) = json.loads(rows.order_by().explain(format="json"))
    return int(plan["Plan"]["Plan Rows"])


class EstimatedChangeList(ChangeList):
    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        return [
            nulls_last(self.model, name) if isinstance(name, str) else name
            for name in super().get_ordering(request, queryset)
        ]

    def get_results(self, request: HttpRequest) -> None:
        """Read the page. What the address asks for and can't be, as a year 10000, ends where Django's errors end."""
        # Only an address that asks for something may ask for nonsense: others need no savepoint.
        guard = transaction.atomic() if self.filter_params or self.query else nullcontext()
        try:
            with guard:
                super().get_results(request)
        except (ValueError, OverflowError, DataError) as error:
            messages.error(
                request, _("The address asks for something that can't be. Here is the whole list.")
            )
            raise IncorrectLookupParameters from error
        # Unfold would tell "1000 results" of a list that is not filtered at all.
        self.full_result_count = self.result_count


class AdminEmailInput(TextEmailMixin, UnfoldAdminEmailInputWidget):
    pass


class AcademyAdmin(KeyLookups, ModelAdmin):
    formfield_overrides = {models.EmailField: {"widget": AdminEmailInput}}
    show_full_result_count = False
    list_per_page = 25
    list_disable_select_all = True  # a change of a million rows is no work for one request
    list_filter_submit = True
    warn_unsaved_form = True
    paginator = EstimatedPaginator
    form: Any = AdminForm
    product_form: type[ModelForm] | None = None
    """The form of the product whose fields, rules and sections the page of a row has."""

    def __init__(self, *args: Any) -> None:
        if self.product_form is not None:
            self.form = admin_form(self.product_form)
        super().__init__(*args)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if issubclass(form, AdminForm):
            form.admin_request = request
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Those of `fieldsets`, else the sections of the product's form; without what a new row does not have yet."""
        fieldsets = self._sections(request, obj) or super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        later = set(self.get_readonly_fields(request, obj))
        kept = [
            (title, {**options, "fields": _without(options["fields"], later)}) for title, options in fieldsets
        ]
        return [(title, options) for title, options in kept if options["fields"]]

    def _sections(self, request: HttpRequest, obj: Any) -> list[Any]:
        sections = getattr(getattr(self.product_form, "Meta", None), "sections", ())
        if not sections or self.fieldsets or self.fields:
            return []
        found = [(section.title, {"fields": section.fields, "classes": ["tab"]}) for section in sections]
        found[0] = (None, {"fields": sections[0].fields})
        record = {"fields": self.get_readonly_fields(request, obj), "classes": ["tab"]}
        return [*found, (_("Record"), record)]

    @display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: models.Model) -> str:
        # Rendering the widget's templates anew in each row takes a quarter of the page's time.
        return mark_safe(_checkbox(get_language()).replace(PLACE, str(obj.pk)))  # noqa: S308  a key, no text

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EstimatedChangeList

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))

    def get_object(self, request: Any, object_id: str, from_field: str | None = None) -> Any:
        return super().get_object(request, object_id, from_field or None)  # a field without a name is none

    def history_view(self, request: Any, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What the database has recorded of the row, whoever wrote it."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        page = page_number(request)
        start = (page - 1) * EVENTS
        entries = history.entries_of(obj, start=start, limit=EVENTS + 1, current_names=False)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(row)s") % {"row": obj},
            "subtitle": None,
            "entries": entries[:EVENTS],
            "tracked": history.event_model(self.model) is not None,
            "previous": page - 1,
            "next": page + 1 if len(entries) > EVENTS else 0,
            "object": obj,
            "opts": self.opts,
            "module_name": self.opts.verbose_name_plural,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)

    # The history tables tell more than Django's log, which would name rows of every program in one table.
    def log_addition(self, *args: Any) -> None:
        pass

    def log_change(self, *args: Any) -> None:
        pass

    def log_deletions(self, *args: Any) -> None:
        pass


def _without(fields: Any, left_out: set[str]) -> list[Any]:
    """The fields of a fieldset, lines of several among them, without those in `left_out`."""
    kept = [
        [name for name in line if name not in left_out] if isinstance(line, list | tuple) else line
        for line in fields
    ]
    return [line for line in kept if line and (isinstance(line, list) or line not in left_out)]


PLACE = "00000000-0000-4000-8000-000000000000"


@cache
def _checkbox(language: str | None) -> str:
    """The checkbox of a row in the language; PLACE stands for the key."""
    return str(checkbox.render(ACTION_CHECKBOX_NAME, PLACE))


def page_number(request: HttpRequest) -> int:
    """`?page=` from 1 to MOST_PAGES, 1 where it is no such number."""
    return min(whole_number(request.GET.get("page", ""), 9) or 1, MOST_PAGES)


def tones(choices: Any, **tones: str) -> dict[str, str]:
    """For `display(label=…)`: every choice, so that each is shown by its label; without a tone it is grey."""
    return {**dict.fromkeys(choices.values, "default"), **tones}


class SwitchActions:
    """Bulk actions of models with `is_active`."""

    actions: Any = ("activate", "deactivate")

    @admin.action(description=gettext_lazy("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: Any) -> None:
        self.set_field(request, queryset, "is_active", True)

    @admin.action(description=gettext_lazy("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: Any) -> None:
        self.set_field(request, queryset, "is_active", False)

    def set_field(self, request: HttpRequest, queryset: Any, name: str, value: Any) -> None:
        tell_changed(request, set_where_other(queryset, name, value))


def choice_action(name: str, choice: Any) -> Any:
    """The bulk action that gives the selected rows `choice` in the field `name`."""

    def action(options: Any, request: HttpRequest, queryset: Any) -> None:
        tell_changed(request, set_where_other(queryset, name, choice.value))

    action.__name__ = f"set_{name}_{choice.value}"
    description = format_lazy(gettext_lazy("Set to “{choice}”"), choice=choice.label)
    return admin.action(description=description, permissions=["change"])(action)


def set_where_other(queryset: Any, name: str, value: Any, **more: Any) -> int:
    """Set a field, and `more`, in the rows that have another value, so that the history tells of those alone."""
    return queryset.order_by().exclude(**{name: value}).update(**{name: value}, **more)


def tell_changed(request: HttpRequest, count: int) -> None:
    said = ngettext("%(count)d row changed.", "%(count)d rows changed.", count) % {"count": count}
    messages.success(request, said) if count else messages.info(request, _("Nothing was to change."))
