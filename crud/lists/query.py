"""The query string of a list as filters, status, order and page, and the rows that match.

Two or three queries, however many rows: the count of each tab, and the rows of the page. Their keys come from an
index alone, so that a deep page is as quick as the first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, F, QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.utils.functional import cached_property

from crud.statuses import status_key
from performance.prepared_queries import OFFSET, PreparedQuery, with_keys
from web.http import whole_number

from .spec import ListSpec


class SearchResult(NamedTuple):
    counts: dict[str, int]
    """Rows by status."""
    keys: list[Any]
    """Primary keys of the rows of the page, in order."""


def search_once(
    rows: QuerySet[Any], *, status_field: str, status: Any, order: Sequence[str], limit: int, offset: int
) -> SearchResult:
    """Count `rows` by status, and take the keys of `limit` rows behind the first `offset`.

    `order` are field names as `order_by` takes them, NULL last. `status` restricts the keys, not the counts; None for
    all.
    """
    by = [name.lstrip("-") for name in order]
    try:
        inner, params = rows.order_by().values_list("pk", status_field, *by).query.sql_with_params()
    except EmptyResultSet:  # nothing of what was typed can be searched for
        return SearchResult({}, [])
    columns = ", ".join(f"by_{number}" for number in range(len(by)))
    ordering = ", ".join(
        f"by_{number} {'DESC NULLS LAST' if name.startswith('-') else 'ASC'}"
        for number, name in enumerate(order)
    )
    only = "" if status is None else "WHERE status::text = %s"
    # Nothing a user sent is in the text: `inner` is Django's, the rest are the names above.
    sql = (
        f"WITH filtered (key, status, {columns}) AS MATERIALIZED ({inner}) "  # noqa: S608
        "SELECT (SELECT jsonb_object_agg(status, number) FROM"
        " (SELECT status::text, count(*) AS number FROM filtered GROUP BY 1) AS counted),"
        f" ARRAY(SELECT key FROM filtered {only} ORDER BY {ordering} LIMIT %s OFFSET %s)"
    )
    restricted = [] if status is None else [str(status)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *restricted, limit, offset])
        counts, keys = cursor.fetchone()
    return SearchResult(json.loads(counts or "{}"), keys)


if TYPE_CHECKING:
    from crud.filters import FilterSet

SIZES = (25, 50, 100)
ARCHIVED = "archived"
OWN_PARAMETERS = frozenset({"sort", "page", "size", ARCHIVED})


class ListQuery:
    """What an address asks a list for. Raises Http404 for a parameter or a choice that does not exist."""

    def __init__(
        self, spec: ListSpec, request: HttpRequest, params: QueryDict | None = None, *, size: int = 0
    ) -> None:
        """`params` are those of the request by default; `size` are the rows of a page, if the address may not say."""
        self.spec, self.request = spec, request
        self.params = request.GET if params is None else params
        self.archived = self._archived()
        self.filterset = self.filter(self.params, archived=self.archived)
        names = set(self.params) - OWN_PARAMETERS - {spec.status_field}
        if names and (unknown := names - self.filterset.parameters()):
            raise Http404(f"This list has no filter named {min(unknown)!r}.")
        self.size = size or self._size()
        self.sort = self.params.get("sort") or spec.default_sort
        self.order = self._order()
        self.status = self._status()
        self.filter_names = {name for name in names if self.params.get(name)}
        """The search and the filters that have a value."""

    def filter(self, params: QueryDict, *, archived: bool) -> FilterSet:
        """The filters of the list with other parameters."""
        rows = self.spec.queryset(archived=archived)
        return self.spec.filterset_class(params, queryset=rows, request=self.request)

    # --- the address ----------------------------------------------------------------------------------

    def _number(self, name: str, default: int) -> int:
        number = whole_number(self.params.get(name) or str(default), 11)
        if not number:
            raise Http404(f"{name} is not a number.")
        return number

    def _size(self) -> int:
        size = self._number("size", SIZES[0])
        if size not in SIZES:
            raise Http404(f"A page has {', '.join(map(str, SIZES))} rows.")
        return size

    def _archived(self) -> bool:
        value = self.params.get(ARCHIVED, "")
        if value not in ("", "1") or (value and not self.spec.can["archive"]):
            raise Http404("There is no such list.")
        return bool(value)

    def _order(self) -> list[str]:
        key, is_reversed = self.sort.removeprefix("-"), self.sort.startswith("-")
        names = next((c.sort for c in self.spec.columns if c.key == key and c.sort), None)
        if names is None:
            raise Http404(f"This list can't be sorted by {key!r}.")
        if not {"pk", "id"} & {name.lstrip("-") for name in names}:
            # The key last, in the same direction: pages never overlap, and one index serves both directions.
            names = (*names, "-pk" if names[-1].startswith("-") else "pk")
        return [_reversed(name) for name in names] if is_reversed else list(names)

    @cached_property
    def ordering(self) -> list[Any]:
        """`order` for a queryset: NULL stands last, in either direction."""
        return [nulls_last(self.spec.model, name) for name in self.order]

    def _status(self) -> str:
        value = self.params.get(self.spec.status_field, "") if self.spec.status_field else ""
        if value and value not in self.spec.statuses:
            raise Http404("There is no such status.")
        return value

    @property
    def search_text(self) -> str:
        """The text of the search box, without NUL, which no page may hold."""
        return self.params.get("q", "").replace("\0", "")

    # --- the rows -------------------------------------------------------------------------------------

    @cached_property
    def errors(self) -> list[tuple[str, str, str]]:
        """(label, message, id of the field) of each value that was not understood."""
        return self.filterset.error_list() if self.filter_names else []

    @cached_property
    def filtered(self) -> QuerySet[Any]:
        """The rows that match search and filters, of every status. None where there are errors."""
        if not self.filter_names:
            return self.filterset.queryset
        return self.filterset.qs if not self.errors else self.filterset.queryset.none()

    @property
    def filtered_by_status(self) -> QuerySet[Any]:
        """The rows of the list, on all of its pages."""
        if not self.status:
            return self.filtered
        return self.filtered.filter(**{self.spec.status_field: self._status_value})

    @property
    def _status_value(self) -> Any:
        """The value of the status that is asked for; None for all."""
        return self.spec.statuses[self.status].value if self.status else None

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows by status; under "" all of them."""
        field = self.spec.status_field
        if not field:
            return {"": self.filtered.order_by().count()}
        if self._is_search:
            counts = self._search_result.counts
        elif self.filter_names or self.spec.model._meta.get_field(field).null:  # type: ignore[union-attr]
            groups = self.filtered.order_by().values_list(field).annotate(number=Count("*"))
            counts = {status_key(value): number for value, number in groups}
        else:
            counts = self._unfiltered_counts()
        return {**counts, "": sum(counts.values())}

    def _unfiltered_counts(self) -> dict[str, int]:
        """A count of each status is quicker than one in groups: it reads an index alone."""
        bound = [self._count_of(key).count_sql() for key in self.spec.statuses]
        query = ", ".join(f"({sql})" for sql, _ in bound)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {query}", [param for _, params in bound for param in params])
            return dict(zip(self.spec.statuses, cursor.fetchone(), strict=True))

    def _count_of(self, key: str) -> PreparedQuery:
        condition = {self.spec.status_field: self.spec.statuses[key].value}
        return self._prepare(
            f"count {key}", lambda: self.filtered.order_by().filter(**condition).values("pk")
        )

    @cached_property
    def count(self) -> int:
        return self.counts.get(self.status, 0)

    @cached_property
    def page(self) -> Page:
        """The page asked for; the last one for a number behind it."""
        return Paginator(range(self.count), self.size).get_page(self._number("page", 1))

    @property
    def _is_search(self) -> bool:
        return bool(self.spec.status_field and self.params.get("q") and not self.errors)

    @cached_property
    def _search_result(self) -> SearchResult:
        filterset = self.filterset
        if not (filterset.max_name_matches and self.filter_names == {"q"}):
            return self._search(self.filtered)
        text = filterset.form.cleaned_data["q"]
        result = self._search(filterset.queryset.search(text))
        filterset.matched_by_name = bool(result.counts)
        return (
            result
            if filterset.matched_by_name
            else self._search(filterset.search_other_fields(filterset.queryset, text))
        )

    def _search(self, rows: QuerySet[Any]) -> SearchResult:
        return search_once(
            rows,
            status_field=self.spec.status_field,
            status=self._status_value,
            order=self.order,
            limit=self.size,
            offset=(self._number("page", 1) - 1) * self.size,
        )

    @property
    def matched_other_fields(self) -> bool:
        """Whether a search has found no name, and so these rows by something else."""
        if not self._is_search or not self.count:  # counting makes the search
            return False
        return bool(self.filterset.max_name_matches and not self.filterset.matched_by_name)

    @cached_property
    def objects(self) -> list[Any]:
        if not self.count:
            return []
        first = (self.page.number - 1) * self.size
        if not self.filter_names:
            return self._prepare("page", self._page_at, offset=OFFSET).rows(offset=first)
        if self._is_search and self.page.number == self._number("page", 1):
            keys = self._search_result.keys
        else:
            rows = self.filtered_by_status.order_by(*self.ordering).values_list("pk", flat=True)
            keys = list(rows[first : first + self.size])
        return self._prepare("keys", self._with_keys, keys="keys").rows(keys=keys)

    def _page_at(self, offset: int) -> QuerySet[Any]:
        keys = self.filtered_by_status.order_by(*self.ordering).values("pk")[offset : offset + self.size]
        return self.spec.page_queryset(archived=self.archived).filter(pk__in=keys).order_by(*self.ordering)

    def _with_keys(self, keys: Any) -> QuerySet[Any]:
        rows = self.spec.page_queryset(archived=self.archived)
        key = self.spec.model._meta.pk.name  # type: ignore[union-attr]
        return with_keys(rows, key, keys).order_by(*self.ordering)

    def _prepare(self, name: str, build: Callable[..., QuerySet[Any]], **placeholders: Any) -> PreparedQuery:
        """The query that `build` gives, prepared once for each order, size, status and shape of the rows."""
        key = (name, self.spec.shape, self.archived, *self.order, self.status, self.size)
        return PreparedQuery(build, key=key, **placeholders)


def nulls_last(model: Any, name: str) -> Any:
    """A field name as `order_by` takes it, with NULL last. In ascending order PostgreSQL puts it there."""
    field = next((field for field in model._meta.fields if f"-{field.name}" == name), None)
    return F(name[1:]).desc(nulls_last=True) if field is not None and field.null else name


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
