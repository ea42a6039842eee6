"""What a list is: data that a view puts together for one request."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.db import models
from django.utils.safestring import SafeString

from crud.columns import CellRenderer, Column
from crud.statuses import Status

if TYPE_CHECKING:
    from crud.bulk.spec import BulkAction, ListAction
    from crud.filters import FilterSet


class RowsOf(Protocol):
    """Gives the present or the archived rows."""

    def __call__(self, *, archived: bool) -> models.QuerySet[Any]: ...


@dataclass(frozen=True)
class ListSpec:
    model: type[models.Model]
    columns: Sequence[Column]
    """Every column there is. The first one is the link to the row."""
    visible_columns: Sequence[Column]
    """Those that this user sees, the first one always."""
    default_sort: str
    """The key of a column; with "-" before it the order is reversed."""
    status_field: str
    """The field behind the tabs, and its parameter in the address; empty for a model without statuses."""
    statuses: Mapping[str, Status]
    """By their key in the address."""
    filterset_class: type[FilterSet]
    search_label: Any
    icon: str
    """Of the empty list."""

    queryset: RowsOf
    """The rows that are filtered, counted and ordered."""
    page_queryset: RowsOf
    """The same rows with what the cells of a page read."""
    shape: Hashable
    """Whatever the SQL of `page_queryset` depends on: it is prepared once for each shape."""
    cell_renderer: Callable[[Column], CellRenderer]
    match_notes: Callable[[list[Any], str], Mapping[Any, SafeString]]
    """HTML below the rows with these keys, by key: where a search found its words, if not in the name."""

    can: Mapping[str, bool]
    """What this user may do: add, change, archive …"""
    view_permission: str
    bulk_actions: Sequence[BulkAction]
    """The changes of many rows that this user may make."""
    list_actions: Sequence[ListAction]
    """What else can be done with selected rows."""
    list_url: str
    row_url: Callable[[Any], str]
    """The page of the row with a key, and the page of its form."""
    edit_url: Callable[[Any], str]
