"""The pages of a list: the list itself, what a search nearly found, the print-out, and the choice of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from crud import bulk
from crud.columns import CellRenderer, Column, visible_columns
from crud.filters import MAX_SEARCH_LENGTH, FilterSet, default_filterset
from crud.hooks import hooks
from crud.lists import Listing, ListQuery, ListSpec
from crud.lists.matches import find_matches, limit_of
from crud.lists.printout import Printout
from web.http import in_program, is_partial, parts_of

from .entity import EntityViews, has_field

BLANK_KEY = "00000000-0000-0000-0000-000000000000"


class ListPages(EntityViews):
    columns: ClassVar[Sequence[str | Column]] = ()
    default_sort: ClassVar[str] = ""
    search_fields: ClassVar[Sequence[str]] = ()
    search_label: ClassVar[Any] = ""
    filterset_class: ClassVar[type[FilterSet] | None] = None
    list_defer: ClassVar[Sequence[str]] = ()

    # --- the declaration ------------------------------------------------------------------------------

    @cached_property
    def list_spec(self) -> ListSpec:
        """The list as this user sees it."""
        return ListSpec(
            model=self.model,
            columns=self.bound_columns,
            visible_columns=self.visible_columns,
            default_sort=self.get_default_sort(),
            status_field=self.status_name,
            statuses=self.statuses,
            filterset_class=self.get_filterset_class(),
            search_label=self.search_label,
            icon=self.icon,
            queryset=self.get_queryset,
            page_queryset=self.list_rows,
            shape=(type(self), *self.list_shape),
            cell_renderer=self.cell_renderer,
            match_notes=self.match_notes,
            can=self.can,
            view_permission=self.permission_for("view"),
            bulk_actions=self.bulk_actions,
            list_actions=self.list_actions,
            list_url=reverse(self.url_name("list")),
            row_url=self._row_url("detail"),
            edit_url=self._row_url("update"),
        )

    def _row_url(self, page: str) -> Callable[[Any], str]:
        """Gives the address of a page for the key of a row, with the program where it is needed."""
        # One reverse() for the page, not one for each row.
        before, after = reverse(self.url_name(page), args=[BLANK_KEY]).split(BLANK_KEY)
        # A part of a page is asked for by a script, and then a script names the program (programs.js).
        program = "" if is_partial(self.request) else in_program(self.request)
        return lambda pk: f"{before}{pk}{after}{program}"

    @cached_property
    def bound_columns(self) -> list[Column]:
        """Every column there is, complete with what the fields of the model say."""
        declared = self.columns or (self.name_field(),)
        return [(Column(c) if isinstance(c, str) else c).bound_to(self.model) for c in declared]

    @cached_property
    def visible_columns(self) -> list[Column]:
        """The columns that this user wants to see in the list; the first always."""
        preferred = getattr(self.request.user, "preferences", {}).get("columns", {})
        return visible_columns(self.bound_columns, preferred.get(self.meta.label_lower))

    @property
    def printout_columns(self) -> list[Column]:
        return self.visible_columns

    def get_default_sort(self) -> str:
        return self.default_sort or next((column.key for column in self.bound_columns if column.sort), "")

    def get_search_fields(self) -> Sequence[str]:
        if self.search_fields:
            return self.search_fields
        return next(((name,) for name in ("search_name", "name") if has_field(self.model, name)), ())

    def get_filterset_class(self) -> type[FilterSet]:
        if self.filterset_class is not None:
            return self.filterset_class
        names = [
            f.name
            for f in self.meta.fields
            if f.editable and f.name != self.status_name and (f.choices or isinstance(f, models.BooleanField))
        ]
        return default_filterset(self.model, names, self.get_search_fields())

    @property
    def list_shape(self) -> tuple[Any, ...]:
        """What `list_rows` depends on, beside `archived`: its SQL is prepared once for each."""
        return self.private

    def list_rows(self, *, archived: bool) -> models.QuerySet[Any]:
        """The rows of one page of the list, with no more columns than it shows."""
        return self.get_queryset(archived=archived).defer(*{*self.list_defer, *self.private})

    def cell_renderer(self, column: Column) -> CellRenderer:
        if column.key == self.status_name and column.value is None and column.template is None:
            return self.badge
        return column.cell_renderer(self.model)

    def match_notes(self, keys: list[Any], text: str) -> Mapping[Any, SafeString]:
        """HTML below rows that a search has not found by name, by their keys: where `text` was found in them."""
        return {}

    @cached_property
    def bulk_actions(self) -> list[bulk.BulkAction]:
        """The changes of many rows that this user may make."""
        return bulk.bulk_actions(
            self.statuses, can_change=self.can["change"], can_archive=self.can["archive"]
        )

    @property
    def list_actions(self) -> Sequence[bulk.ListAction]:
        """What else the bar below the list does with the selected rows, beside the changes of `bulk_actions`."""
        return ()

    # --- the rows that an address asks for ------------------------------------------------------------

    def list_query(self, query: str) -> ListQuery:
        """The rows of the list with this query string. Raises Http404 for parameters that the list does not have."""
        return ListQuery(self.list_spec, self.request, QueryDict(query))

    def can_list(self, query: str) -> bool:
        """Whether the list answers this address for this user, who may lack a permission or a filter that it asks for."""
        try:
            return not self.list_query(query).errors
        except Http404:
            return False

    @classmethod
    def for_list(cls, request: HttpRequest) -> Self:
        """The list page of this entity, as a request to another page uses it."""
        view = cls(page="list")
        view.setup(request)
        return view

    # --- pages ----------------------------------------------------------------------------------------

    def list_page(self, request: HttpRequest) -> HttpResponse:
        saved_views = None
        if hooks.saved_views is not None and not is_partial(request):
            saved_views = hooks.saved_views.menu(request, self.url_name("list"), self.can_list)
            if saved_views is not None and saved_views.default_query:
                return redirect(f"{request.path}?{saved_views.default_query}")
        listing = Listing(self.list_spec, request)
        context = {
            "listing": listing,
            "form": listing.query.filterset.form,
            "saved_views": saved_views,
            "density_url": reverse(hooks.preferences_url_name) if hooks.preferences_url_name else "",
            **self.list_context(),
        }
        status = 422 if listing.query.errors else 200
        response = self.render("list", context, status=status, partial=True)
        if is_partial(request):
            here = parts_of(request.headers.get("HX-Current-URL", ""))
            shown = f"{here.path}?{here.query}" if here.query else here.path
            address = listing.controls.address
            # What is there already would only make Back do nothing.
            response["HX-Push-Url"] = "false" if shown == address else address
        return response

    def list_context(self) -> dict[str, Any]:
        """More context of the list page, for subclasses."""
        return {}

    def further_page(self, request: HttpRequest) -> HttpResponse:
        """What the search at the address nearly found. It takes longer than the list, which asks for it afterwards."""
        listing = Listing(self.list_spec, request)
        status = 422 if listing.query.errors else 200
        return self.render("further", {"listing": listing}, status=status, partial=True)

    def printout_page(self, request: HttpRequest) -> HttpResponse:
        """Every row of the list at the address on one page, for paper."""
        printout = Printout(self.list_spec, request, self.printout_columns)
        return self.render("printout", {"printout": printout}, status=422 if printout.query.errors else 200)

    def choices_page(self, request: HttpRequest) -> HttpResponse:
        """For HTMX, the first rows that match `q` as options of a row picker; else the list with that search.

        `for` names the foreign key, "app.model.field", where that limits its choices.
        """
        if not is_partial(request):
            query = request.GET.get("q", "").replace("\0", "")
            return redirect(f"{reverse(self.url_name('list'))}?{urlencode({'q': query[:MAX_SEARCH_LENGTH]})}")
        limit = limit_of(self.model, request.GET["for"]) if "for" in request.GET else None
        matches = find_matches(type(self), request, request.GET.get("q", ""), limit)
        options = [(row.pk, str(row), self.summary_of(row)) for row in matches.rows]
        return self.render("choices", {"matches": matches, "options": options}, partial=True)

    def columns_page(self, request: HttpRequest) -> HttpResponse:
        """Store which columns this user wants to see; with ``reset`` the usual ones. Goes back to the list."""
        keys = request.POST.getlist("columns")
        if set(keys) - {column.key for column in self.bound_columns}:
            raise BadRequest("There is no such column.")
        columns = dict(getattr(request.user, "preferences", {}).get("columns", {}))
        columns.pop(self.meta.label_lower, None)
        if not request.POST.get("reset"):
            columns[self.meta.label_lower] = list(dict.fromkeys(keys))
        hooks.set_preferences(request.user, columns=columns or None)
        query = QueryDict(request.POST.get("query", "")).urlencode()
        url = reverse(self.url_name("list"))
        return redirect(f"{url}?{query}" if query else url)
