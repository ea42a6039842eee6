"""What stands around the rows of a list: headings, tabs, chips, page sizes, and the addresses they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crud.columns import Column
from web.http import PROGRAM_PARAMETER, query_string

from .query import ARCHIVED, SIZES, ListQuery

if TYPE_CHECKING:
    from crud.bulk.spec import BulkAction
    from crud.filters import Chip


@dataclass(frozen=True)
class StatusTab:
    """A tab above the list. ``count`` is None where the rows are not counted."""

    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class PageSize:
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Order:
    """An option of the select for the order; the value of the default order is ""."""

    value: str
    label: str
    current: bool


@dataclass(frozen=True)
class Heading:
    """The head of a column. ``url`` sorts by it, or the other way round; ``direction`` is "", "asc" or "desc"."""

    column: Column
    url: str = ""
    direction: str = ""


class ListControls:
    def __init__(self, query: ListQuery) -> None:
        self.query, self.spec, self.request = query, query.spec, query.request

    # --- addresses ------------------------------------------------------------------------------------

    @cached_property
    def _defaults(self) -> dict[str, str]:
        return {"page": "1", "size": str(SIZES[0]), "sort": self.spec.default_sort}

    @cached_property
    def params(self) -> list[tuple[str, str]]:
        """The parameters of the address without empty values and defaults."""
        return [
            (name, value)
            for name, values in self.query.params.lists()
            for value in values
            if value and value != self._defaults.get(name)
        ]

    def url(self, **changes: Any) -> str:
        """The query of this list with other parameters, on its first page. None removes a parameter."""
        params = [(name, value) for name, value in self.params if name != "page" and name not in changes]
        for name, value in changes.items():
            if value not in (None, "") and str(value) != self._defaults.get(name):
                params.append((name, str(value)))
        return "?" + query_string(self.request, params)

    @property
    def query_string(self) -> str:
        """The parameters as a query string, without the program of the page."""
        return urlencode(self.params)

    @property
    def query_string_in_program(self) -> str:
        return query_string(self.request, self.params)

    @property
    def address(self) -> str:
        """Path and query of this very list: what the browser should show."""
        text = self.query_string_in_program
        return f"{self.request.path}?{text}" if text else self.request.path

    @property
    def hidden_params(self) -> list[tuple[str, str]]:
        """What the search form sends beside its own fields: status, archive, page size and program."""
        params = {**dict(self.params), PROGRAM_PARAMETER: getattr(self.request, "page_program", "")}
        names = (self.spec.status_field, ARCHIVED, "size", PROGRAM_PARAMETER)
        return [(name, params[name]) for name in names if params.get(name)]

    # --- around the table -----------------------------------------------------------------------------

    @cached_property
    def tabs(self) -> list[StatusTab]:
        """All, each status, and the archive for those who may restore. Empty where there is one tab alone."""
        query, field = self.query, self.spec.status_field
        counts = {} if query.archived else query.counts

        def url(**changes: Any) -> str:
            return self.url(
                **{field: None, ARCHIVED: None, **changes} if field else {ARCHIVED: None, **changes}
            )

        tabs = [StatusTab(_("All"), url(), not query.archived and not query.status, counts.get(""))]
        for key, status in self.spec.statuses.items():
            count = counts.get(key, 0) if counts else None
            current = not query.archived and query.status == key
            tabs.append(StatusTab(status.label, url(**{field: key}), current, count))
        if self.spec.can["archive"]:
            count = query.count if query.archived else None
            tabs.append(StatusTab(_("Archived"), url(**{ARCHIVED: 1}), query.archived, count))
        return tabs if len(tabs) > 1 else []

    @cached_property
    def headings(self) -> list[Heading]:
        sort = self.query.sort
        current, direction = sort.removeprefix("-"), "desc" if sort.startswith("-") else "asc"
        headings = []
        for column in self.spec.visible_columns:
            if not column.sort:
                headings.append(Heading(column))
            elif column.key != current:
                headings.append(Heading(column, self.url(sort=column.key)))
            else:
                other = column.key if direction == "desc" else f"-{column.key}"
                headings.append(Heading(column, self.url(sort=other), direction))
        return headings

    @property
    def orders(self) -> list[Order]:
        """Every order there is, for a list whose headings have no room."""
        return [
            Order(
                "" if sort == self.spec.default_sort else sort,
                f"{column.label} {arrow}",
                sort == self.query.sort,
            )
            for column in self.spec.columns
            if column.sort
            for sort, arrow in ((column.key, "↑"), (f"-{column.key}", "↓"))
        ]

    @cached_property
    def chips(self) -> Sequence[Chip]:
        if self.query.errors or not self.query.filter_names:
            return []
        params = QueryDict(self.query_string_in_program, mutable=True)
        return list(self.query.filterset.chips(params))

    @property
    def sizes(self) -> list[PageSize]:
        return [PageSize(str(size), self.url(size=size), size == self.query.size) for size in SIZES]

    @property
    def optional_columns(self) -> list[tuple[Column, bool]]:
        """(column, whether it is visible) of those that a user may hide."""
        return [(column, column in self.spec.visible_columns) for column in self.spec.columns[1:]]

    @property
    def is_filtered(self) -> bool:
        """Whether search, filters or a tab hide rows. An empty list that is not filtered has no rows at all."""
        query = self.query
        return bool(query.params.get("q") or self.chips or query.errors or query.status or query.archived)

    # --- what can be done with the rows ---------------------------------------------------------------

    @property
    def bulk_actions(self) -> Sequence[BulkAction]:
        """The changes of many rows that this user may make here."""
        return () if self.query.archived else self.spec.bulk_actions

    @property
    def has_edit_links(self) -> bool:
        return self.spec.can["change"] and not self.query.archived
