"""One page of a list, read from the address: filters, tab, order, page and size.

Two or three queries, however many rows: the count of each tab, and the rows of the page, whose keys come from an
index alone so that a deep page is as quick as the first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Count, F, QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crud.columns import Column, escaped
from crud.hooks import hooks
from performance.prepared_queries import KEYS, OFFSET, Composed, counted, with_keys
from web.http import PROGRAM_PARAMETER, in_program, is_partial, query_string, whole_number

if TYPE_CHECKING:
    from crud.filters import FilterSet
    from crud.views import ModelViews

SIZES = (25, 50, 100)
SHOWN_FIRST, COMPACT_SHOWN_FIRST = 15, 19
"""Rows that a screen of 930 px shows at most."""
ARCHIVED = "archived"
FEW = 10
"""So few rows of a search are not all that was meant, perhaps: then similar spellings are looked for."""
MARK = "\ue000"
"""Stands before and after a name in the template of a row; means nothing and is in no text."""
OWN_NAMES = frozenset({"sort", "page", "size", ARCHIVED})

_composed: dict[tuple[Any, ...], Composed] = {}


@dataclass(frozen=True)
class Tab:
    """A status and how many rows have it; ``count`` None where it isn't counted."""

    label: str
    url: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class Heading:
    """The head of a column. ``url`` sorts by it, or the other way round; ``direction`` is "", "asc" or "desc"."""

    column: Column
    url: str = ""
    direction: str = ""


class Row(NamedTuple):
    """A row as the template draws it.

    ``main`` is the first column, the text of the link to ``url``; ``lead`` stands before it, ``below`` under it.
    ``cells`` are the other columns, drawn already. All but the object are HTML.
    """

    object: Any
    pk: SafeString
    url: SafeString
    lead: SafeString
    main: SafeString
    below: SafeString
    cells: SafeString


class Listing:
    """A list as the address asks for it. Raises Http404 for a name or a choice that does not exist."""

    def __init__(self, views: ModelViews, request: HttpRequest, query: QueryDict | None = None) -> None:
        """``query`` is what the address says; that of the request, where it is left out."""
        self.views, self.request = views, request
        self.query = request.GET if query is None else query
        self.columns = views.visible_columns
        self.archived = self._archived()
        self.filterset = self._filterset(self.query, archived=self.archived)
        others = set(self.query) - OWN_NAMES - {views.status_name}
        if others and (unknown := others - self.filterset.known_names()):
            raise Http404(f"This list has no filter named {min(unknown)!r}.")
        self.size = self._number("size", SIZES[0])
        if self.size not in SIZES:
            raise Http404(f"A page has {', '.join(map(str, SIZES))} rows.")
        self.sort = self.query.get("sort") or views.get_default_sort()
        self.order = self._order()
        self.status = self._status()
        self.narrowing = {name for name in others if self.query.get(name)}
        """The search and the filters that are set; an order, a tab, a page and a size narrow nothing."""

    def _filterset(self, query: QueryDict, *, archived: bool) -> FilterSet:
        rows = self.views.get_queryset(archived=archived)
        return self.views.get_filterset_class()(query, queryset=rows, request=self.request)

    # --- what the address says ------------------------------------------------------------------------

    def _number(self, name: str, default: int) -> int:
        number = whole_number(self.query.get(name) or str(default), 11)
        if not number:
            raise Http404(f"{name} is not a number.")
        return number

    def _archived(self) -> bool:
        value = self.query.get(ARCHIVED, "")
        if value not in ("", "1") or (value and not self.views.can["archive"]):
            raise Http404("There is no such list.")
        return bool(value)

    def _order(self) -> list[str]:
        key, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        columns = self.views.bound_columns
        names = next((column.sort for column in columns if column.key == key and column.sort), None)
        if names is None:
            raise Http404(f"This list can't be sorted by {key!r}.")
        if not {"pk", "id"} & {name.lstrip("-") for name in names}:
            # The key last, in the same direction: pages never overlap, and one index serves both directions.
            names = (*names, "-pk" if names[-1].startswith("-") else "pk")
        return [_turned(name) for name in names] if down else list(names)

    @cached_property
    def ordering(self) -> list[Any]:
        """`order` for a queryset: what is unknown stands last, in either direction."""
        return [unknown_last(self.views.model, name) for name in self.order]

    def _status(self) -> str:
        value = self.query.get(self.views.status_name, "") if self.views.status_name else ""
        if value and value not in self.views.statuses:
            raise Http404("There is no such status.")
        return value

    # --- rows -----------------------------------------------------------------------------------------

    @cached_property
    def errors(self) -> list[tuple[str, str, str]]:
        return self.filterset.error_list() if self.narrowing else []

    @cached_property
    def matching(self) -> QuerySet[Any]:
        """Every row that the filters let through, whatever its status."""
        if not self.narrowing:
            return self.filterset.queryset
        return self.filterset.qs if not self.errors else self.filterset.queryset.none()

    @property
    def found(self) -> QuerySet[Any]:
        """Every row of the list, on whatever page."""
        rows = self.matching
        if self.status:
            rows = rows.filter(**{self.views.status_name: self.views.statuses[self.status].value})
        return rows

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows per status; under "" all of them."""
        name = self.views.status_name
        if not name:
            return {"": self.matching.order_by().count()}
        if self._searches:
            counts = self._search[0]
        elif self.narrowing or self.views.meta.get_field(name).null:
            groups = self.matching.order_by().values_list(name).annotate(number=Count("*"))
            counts = {self.views.status_key(value): number for value, number in groups}
        else:
            counts = self._all_counts()
        return {**counts, "": sum(counts.values())}

    def _all_counts(self) -> dict[str, int]:
        """Rows per status of the whole list. A count of each is quicker than one in groups: it reads an index alone."""
        statuses = self.views.statuses
        bound = [self._with_status(key).bound() for key in statuses]
        query = ", ".join(f"({sql})" for sql, _ in bound)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {query}", [value for _, values in bound for value in values])
            return dict(zip(statuses, cursor.fetchone(), strict=True))

    def _with_status(self, key: str) -> Composed:
        value = self.views.statuses[key].value
        return self._composed(
            f"count {key}", lambda: counted(self.matching.filter(**{self.views.status_name: value}))
        )

    @cached_property
    def count(self) -> int:
        return self.counts.get(self.status, 0)

    @cached_property
    def page(self) -> Page:
        """The page asked for; behind the last one, the last."""
        return Paginator(range(self.count), self.size).get_page(self._number("page", 1))

    @property
    def _searches(self) -> bool:
        return bool(self.views.status_name and self.query.get("q") and not self.errors)

    @cached_property
    def _search(self) -> tuple[dict[str, int], list[Any]]:
        """(rows per status, keys of the page) of a search, which looks for the names once: words are dear to look for."""
        filterset = self.filterset
        if not (filterset.few_names and self.narrowing == {"q"}):
            return self._searched(self.matching)
        text = filterset.form.cleaned_data["q"]
        found = self._searched(filterset.queryset.search(text))
        filterset.by_name = bool(found[0])
        return found if filterset.by_name else self._searched(filterset.otherwise(filterset.queryset, text))

    def _searched(self, rows: QuerySet[Any]) -> tuple[dict[str, int], list[Any]]:
        """(rows per status, keys of the page) of `rows` in one pass."""
        by = [name.lstrip("-") for name in self.order]
        found = rows.order_by().values_list("pk", self.views.status_name, *by)
        try:
            inner, values = found.query.sql_with_params()
        except EmptyResultSet:  # nothing of what was typed can be looked for
            return {}, []
        columns = ", ".join(f"by_{number}" for number in range(len(by)))
        order = ", ".join(
            f"by_{number} {'DESC NULLS LAST' if name.startswith('-') else 'ASC'}"
            for number, name in enumerate(self.order)
        )
        only = "WHERE status::text = %s" if self.status else ""
        # Nothing a user sent is in the text: `inner` is Django's, the rest are the names above.
        sql = (
            f"WITH found (key, status, {columns}) AS MATERIALIZED ({inner}) "  # noqa: S608
            "SELECT (SELECT jsonb_object_agg(status, number) FROM"
            " (SELECT status::text, count(*) AS number FROM found GROUP BY 1) AS counted),"
            f" ARRAY(SELECT key FROM found {only} ORDER BY {order} LIMIT %s OFFSET %s)"
        )
        first = (self._number("page", 1) - 1) * self.size
        wanted = [str(self.status)] if self.status else []
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, *wanted, self.size, first])
            counts, keys = cursor.fetchone()
        return json.loads(counts or "{}"), keys

    @cached_property
    def objects(self) -> list[Any]:
        """The rows of the page. Their keys come from an index alone, or from the search that has found them."""
        if not self.count:
            return []
        first = (self.page.number - 1) * self.size
        if not self.narrowing:
            return self._composed("page", self._page).rows(offset=first)
        if self._searches and self.page.number == self._number("page", 1):
            keys = self._search[1]
        else:
            found = self.found.order_by(*self.ordering).values_list("pk", flat=True)
            keys = list(found[first : first + self.size])
        return self._composed("keys", self._with_keys).rows(keys=keys)

    def _page(self) -> QuerySet[Any]:
        keys = self.found.order_by(*self.ordering).values("pk")[OFFSET : OFFSET + self.size]
        return self.views.list_rows(archived=self.archived).filter(pk__in=keys).order_by(*self.ordering)

    def _with_keys(self) -> QuerySet[Any]:
        rows = self.views.list_rows(archived=self.archived)
        return with_keys(rows, self.views.meta.pk.name).order_by(*self.ordering)

    def _composed(self, what: str, make: Callable[[], QuerySet[Any]]) -> Composed:
        """What `make` gives, composed once for each order, size, tab and set of columns to be left out."""
        views = self.views
        key = (what, type(views), self.archived, views.list_shape, *self.order, self.status, self.size)
        found = _composed.get(key)
        if found is None:
            found = _composed[key] = Composed(make(), keys=KEYS)
        return found

    @cached_property
    def rows(self) -> list[Row]:
        objects, filterset = self.objects, self.filterset
        otherwise = self._searches and filterset.few_names and not filterset.by_name
        return self._drawn(objects, self._found_by(objects) if otherwise else {})

    def _found_by(self, objects: list[Any]) -> dict[Any, SafeString]:
        """What is said below rows that a search did not find by their names, by their keys."""
        return self.views.found_by([obj.pk for obj in objects], str(self.query["q"])) if objects else {}

    def _drawn(self, objects: Iterable[Any], notes: Mapping[Any, SafeString] = {}) -> list[Row]:
        main, *others = self.columns
        # One reverse() for the page, not one for each row; and the cells joined here: a template that looks up
        # every part of every cell takes as long as the database.
        blank = "00000000-0000-0000-0000-000000000000"
        before, after = reverse(self.views.url_name("detail"), args=[blank]).split(blank)
        drawers = [(self._opening(column), self.views.cell_renderer(column)) for column in others]
        second = [number for number, column in enumerate(others) if column.phone == "sub"]
        draw_main = self.views.cell_renderer(main)
        rows = []
        for obj in objects:
            cells = [draw(obj) for _, draw in drawers]
            below = ""
            if second:
                below = (
                    f'<div class="sub m-sub truncate">{" · ".join(cells[number] for number in second)}</div>'
                )
            if main.sub and (sub := escaped(main.sub(obj))):
                below += f'<div class="sub truncate">{sub}</div>'
            below += notes.get(obj.pk, "")
            drawn = "".join([f"{start}{cell}</td>" for (start, _), cell in zip(drawers, cells, strict=True)])
            rows.append(
                Row(
                    object=obj,
                    pk=escaped(str(obj.pk)),
                    url=SafeString(f"{before}{obj.pk}{after}"),
                    lead=escaped(main.lead(obj)) if main.lead else SafeString(),
                    main=draw_main(obj),
                    # Escaped parts and constants.
                    below=SafeString(below),
                    cells=SafeString(drawn),
                )
            )
        return rows

    @property
    def drawn_rows(self) -> SafeString:
        """The rows of the table. Their template is drawn once, with marks; each row fills them in."""
        marks = {name: SafeString(f"{MARK}{name}{MARK}") for name in Row._fields}
        # A part of a page is asked for by a script, and then a script names the program (app.js).
        named = "" if is_partial(self.request) else in_program(self.request)
        context = {"listing": self, "row": marks, "in_program": named}
        template = render_to_string("crud/_row.html", context)
        first, *others = template.strip().split(MARK)
        # By turns the name of a part of the row and the text after it.
        parts = list(zip(others[::2], others[1::2], strict=True))
        drawn = []
        for row in self.rows:
            values = {**row._asdict(), "object": escaped(str(row.object))}
            drawn.append(first + "".join([values[name] + text for name, text in parts]))
        shown = COMPACT_SHOWN_FIRST if self.request.COOKIES.get("density") == "compact" else SHOWN_FIRST
        if is_partial(self.request) and len(drawn) > shown:
            # What a screen does not show comes with its second picture (list.js).
            drawn = [*drawn[:shown], "<template>", *drawn[shown:], "</template>"]
        return SafeString("".join(drawn))

    def _opening(self, column: Column) -> str:
        """The tag that opens the cells of a column; on the phone they stand at the end of the row or nowhere."""
        at_end = column.phone == "end" or (not column.phone and column.key == self.views.status_name)
        css = f' class="{column.css}"' if column.css else ""
        place = column.phone if column.phone == "call" else "end" if at_end else ""
        return f'<td{css} data-m="{place}">' if place else f"<td{css}>"

    # --- what a search nearly found -------------------------------------------------------------------

    @property
    def found_few(self) -> bool:
        """Whether a search found so few rows that similar spellings are worth their time."""
        return bool(self.query.get("q") and not self.errors and self.counts[""] <= FEW)

    @property
    def found_names(self) -> bool:
        """Whether a search found rows by name, few enough to look for others by what else is known of them."""
        return self.counts[""] <= self.filterset.few_names and self.filterset.by_name

    @property
    def left_out(self) -> bool:
        """Whether so much matches that a search does not look everywhere."""
        filterset = self.filterset
        return filterset.left_out or (filterset.by_name and self.counts[""] > filterset.few_names)

    @cached_property
    def _exact(self) -> list[Any]:
        """The keys of what a search found."""
        return [*self.matching.order_by().values_list("pk", flat=True)]

    @cached_property
    def others(self) -> list[Row]:
        """Rows that have the words of a search elsewhere than in the name, where it found names; at most a page."""
        return self._besides("otherwise", self._exact, SIZES[0]) if self.found_names else []

    @cached_property
    def similar(self) -> list[Row]:
        """Rows whose spelling is like the words of a search that found few, at most so many as are few."""
        known = [*self._exact, *(row.object.pk for row in self.others)] if self.found_few else []
        return self._besides("similarly", known, FEW) if self.found_few else []

    def _besides(self, asks: Literal["similarly", "otherwise"], known: list[Any], number: int) -> list[Row]:
        """The first rows that a search finds when it asks so, without those whose keys are known."""
        filterset = self._filterset(self.query, archived=self.archived)
        filterset.asks = asks
        found = filterset.qs.exclude(pk__in=known).order_by(*self.ordering)
        keys = list(found.values_list("pk", flat=True)[:number])
        self.filterset.left_out |= filterset.left_out
        rows = self.views.list_rows(archived=self.archived)
        objects = list(rows.filter(pk__in=keys).order_by(*self.ordering)) if keys else []
        return self._drawn(objects, self._found_by(objects) if asks == "otherwise" else {})

    @cached_property
    def archived_matches(self) -> int:
        """How many archived rows a search that found few would find, for who may see them."""
        views = self.views
        if not self.found_few or self.archived or not (views.archivable and views.can["archive"]):
            return 0
        return self._filterset(self._words_alone, archived=True).qs.order_by().count()

    @property
    def archived_url(self) -> str:
        """The archive with the search alone."""
        return f"{self._list_url}?{urlencode({'q': self.query.get('q', ''), ARCHIVED: 1})}"

    @cached_property
    def elsewhere(self) -> list[tuple[Any, int]]:
        """(program, how many rows) of the user's other programs where a search that found few finds some."""
        if hooks.elsewhere is None or not self.found_few or self.archived:
            return []
        return list(hooks.elsewhere.matches(self.views, self.request, self._words_alone))

    @property
    def _words_alone(self) -> QueryDict:
        return QueryDict(urlencode({"q": self.query.get("q", "")}))

    @property
    def words_url(self) -> str:
        """The address of the list with the search alone."""
        return f"{self._list_url}?{self._words_alone.urlencode()}"

    @property
    def _list_url(self) -> str:
        return reverse(self.views.url_name("list"))

    @property
    def further_query(self) -> str:
        """The query string of the page `further` for this list; it says the program of the page."""
        return query_string(self.request, self._pairs)

    # --- what leads elsewhere -------------------------------------------------------------------------

    @cached_property
    def _usual(self) -> dict[str, str]:
        return {"page": "1", "size": str(SIZES[0]), "sort": self.views.get_default_sort()}

    @cached_property
    def _pairs(self) -> list[tuple[str, str]]:
        """What the address says, without what is empty or usual."""
        return [
            (name, value)
            for name, values in self.query.lists()
            for value in values
            if value and value != self._usual.get(name)
        ]

    def url(self, **changes: Any) -> str:
        """The address of this list with ``changes``, on its first page, without what is empty or usual."""
        pairs = [(name, value) for name, value in self._pairs if name != "page" and name not in changes]
        for name, value in changes.items():
            if value not in (None, "") and str(value) != self._usual.get(name):
                pairs.append((name, str(value)))
        return "?" + query_string(self.request, pairs)

    @property
    def tidy_query(self) -> str:
        """The query string of this very list without what is empty or usual."""
        return urlencode(self._pairs)

    @property
    def tidy_url(self) -> str:
        """The address of this very list, without empty names and with its program: what the browser should show."""
        text = query_string(self.request, self._pairs)
        return f"{self.request.path}?{text}" if text else self.request.path

    @cached_property
    def headings(self) -> list[Heading]:
        current, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        found = []
        for column in self.columns:
            if not column.sort:
                found.append(Heading(column))
            elif column.key != current:
                found.append(Heading(column, self.url(sort=column.key)))
            else:
                other = column.key if down else f"-{column.key}"
                found.append(Heading(column, self.url(sort=other), "desc" if down else "asc"))
        return found

    @property
    def orders(self) -> list[tuple[str, str, bool]]:
        """(value, label, current) of each order, for a list whose headings have no room; the usual one is ""."""
        usual = self.views.get_default_sort()
        found = []
        for column in self.views.bound_columns:
            for sort, arrow in ((column.key, "↑"), (f"-{column.key}", "↓")) if column.sort else ():
                found.append(("" if sort == usual else sort, f"{column.label} {arrow}", sort == self.sort))
        return found

    @cached_property
    def tabs(self) -> list[Tab]:
        """All, each status and, for those who may restore, what is archived. Empty where there is no choice."""
        name = self.views.status_name
        counted = {} if self.archived else self.counts
        here = not self.archived

        def link(status: str) -> str:
            return self.url(**{name: status, ARCHIVED: None} if name else {ARCHIVED: None})

        found = [Tab(_("All"), link(""), here and not self.status, counted.get(""))]
        for key, status in self.views.statuses.items():
            number = counted.get(key, 0) if counted else None
            found.append(Tab(status.label, link(key), here and self.status == key, number))
        if self.views.archivable and self.views.can["archive"]:
            url = self.url(**{name: None, ARCHIVED: 1} if name else {ARCHIVED: 1})
            found.append(Tab(_("Archived"), url, self.archived, self.count if self.archived else None))
        return found if len(found) > 1 else []

    @cached_property
    def chips(self) -> list[Any]:
        if self.errors or not self.narrowing:
            return []
        query = query_string(self.request, self._pairs)
        return list(self.filterset.chips(QueryDict(query, mutable=True)))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the search form carries along beside its own fields: tab, size, and the program of the page."""
        tidy = {**dict(self._pairs), PROGRAM_PARAMETER: getattr(self.request, "page_program", "")}
        names = (self.views.status_name, ARCHIVED, "size", PROGRAM_PARAMETER)
        return [(name, tidy[name]) for name in names if tidy.get(name)]

    @property
    def sizes(self) -> list[Tab]:
        return [Tab(str(size), self.url(size=size), size == self.size) for size in SIZES]

    @property
    def words(self) -> str:
        """What stands in the search box. A NUL has no place in a page."""
        return self.query.get("q", "").replace("\0", "")

    @cached_property
    def bulk_actions(self) -> list[Any]:
        """What this user may do with many of these rows."""
        return [] if self.archived else self.views.bulk_actions

    @property
    def choosable(self) -> list[tuple[Column, bool]]:
        """The columns that may be left out, and whether they are shown."""
        return [(column, column in self.columns) for column in self.views.bound_columns[1:]]

    @cached_property
    def editable(self) -> bool:
        """Whether each row has a link to its form."""
        return bool(self.views.can["change"]) and not self.archived

    @property
    def narrowed(self) -> bool:
        """Whether search, filters or a tab hide rows: then an empty list is no empty program."""
        return bool(self.query.get("q") or self.chips or self.errors or self.status or self.archived)


def unknown_last(model: Any, name: str) -> Any:
    """The name of a field to order by, as `order_by` wants it, with NULL last. Ascending it is so anyway."""
    column = next((field for field in model._meta.fields if f"-{field.name}" == name), None)
    return F(name[1:]).desc(nulls_last=True) if column is not None and column.null else name


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
