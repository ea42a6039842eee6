"""Lists: a view puts a `ListSpec` together, the address says which rows of it, and `Listing` is what templates get."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property

from web.http import is_partial

from .controls import ListControls
from .further import Further
from .query import ListQuery
from .rows import RenderedRow, RowRenderer
from .spec import ListSpec

ON_SCREEN, COMPACT_ON_SCREEN = 15, 19
"""Rows that a screen of 930 px shows at most."""


class Listing:
    """A list for its template: what is asked for, the rows, and what stands around and after them."""

    def __init__(
        self, spec: ListSpec, request: HttpRequest, params: QueryDict | None = None, *, size: int = 0
    ) -> None:
        """Raises Http404 as `ListQuery` does, whose parameters these are."""
        self.spec, self.request = spec, request
        self.query = ListQuery(spec, request, params, size=size)
        self.controls, self.further = ListControls(self.query), Further(self.query)

    @cached_property
    def rows(self) -> list[RenderedRow]:
        text = str(self.query.params["q"]) if self.query.matched_other_fields else ""
        return RowRenderer(self.spec).render(self.query.objects, text)

    @property
    def on_screen(self) -> int:
        """Rows that a script puts into the page at once; the others come with the second picture (list.js)."""
        if not is_partial(self.request):
            return len(self.rows)
        return COMPACT_ON_SCREEN if self.request.COOKIES.get("density") == "compact" else ON_SCREEN

    @property
    def rows_on_screen(self) -> list[RenderedRow]:
        return self.rows[: self.on_screen]

    @property
    def rows_below(self) -> list[RenderedRow]:
        return self.rows[self.on_screen :]
