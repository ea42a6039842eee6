"""A list on paper: all of its rows on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest

from crud.columns import Column

from . import Listing
from .spec import ListSpec

MOST_PRINTED = 500


class Printout(Listing):
    """The rows of a list, of all pages, at most `MOST_PRINTED`."""

    def __init__(self, spec: ListSpec, request: HttpRequest, columns: Sequence[Column]) -> None:
        params = request.GET.copy()
        for name in ("page", "size"):
            params.pop(name, None)
        # On paper every column has its own place.
        columns = [replace(column, phone="") for column in columns]
        super().__init__(replace(spec, visible_columns=columns), request, params, size=MOST_PRINTED)

    @property
    def most(self) -> int:
        return MOST_PRINTED

    @property
    def left_out(self) -> int:
        """How many rows are not printed, as they are too many."""
        return max(0, self.query.count - self.query.size)

    @property
    def status_label(self) -> str:
        """The tab of the list, where one is open."""
        status = self.spec.statuses.get(self.query.status)
        return status.label if status is not None else ""
