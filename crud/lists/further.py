"""What a search nearly found: rows that match otherwise, similar spellings, the archive, and other places.

It takes longer than the list, which asks for it once it is shown.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import cached_property

from crud.hooks import hooks

from .query import ARCHIVED, SIZES, ListQuery
from .rows import RenderedRow, RowRenderer

FEW = 10
"""Up to so many rows, a search is also made for similar spellings."""


class Further:
    def __init__(self, query: ListQuery) -> None:
        self.query, self.spec, self.filterset = query, query.spec, query.filterset

    @property
    def few_found(self) -> bool:
        """Whether a search found so few rows that similar spellings are worth their time."""
        return bool(self.query.params.get("q") and not self.query.errors and self.query.counts[""] <= FEW)

    @property
    def few_names_found(self) -> bool:
        """Whether a search found rows by name, and so few that it can be made otherwise as well."""
        return self.query.counts[""] <= self.filterset.max_name_matches and self.filterset.matched_by_name

    @property
    def is_available(self) -> bool:
        return self.few_found or self.few_names_found

    @property
    def left_out(self) -> bool:
        """Whether so much matches that the search did not look everywhere."""
        too_many_names = (
            self.filterset.matched_by_name and self.query.counts[""] > self.filterset.max_name_matches
        )
        return self.filterset.search_incomplete or too_many_names

    @cached_property
    def by_other_fields(self) -> list[RenderedRow]:
        """Where names were found, rows that match otherwise; at most a page."""
        return self._search("other_fields", self._keys_found, SIZES[0]) if self.few_names_found else []

    @cached_property
    def similar(self) -> list[RenderedRow]:
        """Where few rows were found, others with a similar spelling."""
        if not self.few_found:
            return []
        return self._search(
            "similar", [*self._keys_found, *(row["object"].pk for row in self.by_other_fields)], FEW
        )

    @cached_property
    def _keys_found(self) -> list[Any]:
        return [*self.query.filtered.order_by().values_list("pk", flat=True)]

    def _search(
        self, mode: Literal["similar", "other_fields"], without: list[Any], limit: int
    ) -> list[RenderedRow]:
        """The first rows that such a search finds, without those whose keys are known."""
        query = self.query
        filterset = query.filter(query.params, archived=query.archived)
        filterset.search_mode = mode
        rows = filterset.qs.exclude(pk__in=without).order_by(*query.ordering)
        keys = list(rows.values_list("pk", flat=True)[:limit])
        self.filterset.search_incomplete |= filterset.search_incomplete
        if not keys:
            return []
        rows = self.spec.page_queryset(archived=query.archived).filter(pk__in=keys)
        renderer = RowRenderer(self.spec)
        return renderer.render(
            rows.order_by(*query.ordering), str(query.params["q"]) if mode == "other_fields" else ""
        )

    @cached_property
    def archived_count(self) -> int:
        """Where few rows were found, how many archived ones match, for those who may see them."""
        if not self.few_found or self.query.archived or not self.spec.can["archive"]:
            return 0
        return self.query.filter(self._search_params, archived=True).qs.order_by().count()

    @property
    def found_anything(self) -> bool:
        return bool(self.by_other_fields or self.similar or self.archived_count or self.elsewhere)

    @cached_property
    def elsewhere(self) -> list[tuple[Any, int]]:
        """Where few rows were found, (place, number of rows) of the other places where some match."""
        if hooks.elsewhere is None or not self.few_found or self.query.archived:
            return []
        return list(hooks.elsewhere.matches(self.spec, self.query.request, self._search_params))

    @property
    def elsewhere_template(self) -> str:
        return hooks.elsewhere.template if hooks.elsewhere is not None else ""

    @property
    def _search_params(self) -> QueryDict:
        return QueryDict(urlencode({"q": self.query.params.get("q", "")}))

    @property
    def search_url(self) -> str:
        return f"{self.spec.list_url}?{self._search_params.urlencode()}"

    @property
    def archived_url(self) -> str:
        return f"{self.search_url}&{urlencode({ARCHIVED: 1})}"
