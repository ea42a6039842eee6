"""A list on paper: all of its rows on one page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.http import HttpRequest

from .query import Listing

if TYPE_CHECKING:
    from crud.views import ModelViews

MOST_PRINTED = 500


class Printout(Listing):
    """The rows that a list finds, on whatever page, at most `MOST_PRINTED`; with `printout_columns` of the views."""

    def __init__(self, views: ModelViews, request: HttpRequest) -> None:
        query = request.GET.copy()
        for name in ("page", "size"):
            query.pop(name, None)
        super().__init__(views, request, query)
        self.size = MOST_PRINTED
        # On paper every column has its own place.
        self.columns = [replace(column, phone="") for column in views.printout_columns]

    @property
    def most(self) -> int:
        return MOST_PRINTED

    @property
    def left_out(self) -> int:
        """How many rows are not printed, as they are too many."""
        return max(0, self.count - self.size)

    @property
    def status_label(self) -> str:
        """The tab of the list, where one is open."""
        return str(self.views.statuses[self.status].label) if self.status else ""
