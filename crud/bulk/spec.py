"""The changes that can be made to many rows of a list at once, and the rows that were selected and posted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crud.statuses import Status

ARCHIVE = "archive"
STATUS = "status"


@dataclass(frozen=True)
class BulkAction:
    """A change of many rows: to archive them, or to set their status to the one with the key ``status``."""

    value: str
    label: str
    status: str | None = None
    tone: str = ""

    @property
    def kind(self) -> str:
        return ARCHIVE if self.status is None else STATUS


@dataclass(frozen=True)
class ListAction:
    """Something else that can be done with the selected rows of a list. Its views answer it in `bulk_page`."""

    value: str
    label: Any
    icon: str


@dataclass(frozen=True)
class BulkSpec:
    """What a change of many rows needs to know of a list; a view puts it together for one request."""

    model: type[Model]
    queryset: Callable[[], QuerySet[Any]]
    """The rows that are present."""
    rows_of_query: Callable[[str], QuerySet[Any]]
    """The rows of the list with a query string. Raises BadRequest where there is no such list."""
    hidden_fields: Sequence[str]
    """Columns that naming a row need not, or may not, read."""
    actions: Sequence[BulkAction]
    """Those that this user may do."""
    status_field: str
    statuses: Mapping[str, Status]
    """By their key in the address."""
    asks_reason: Callable[[Any], bool]
    """Whether rows that get this status need a reason."""
    status_values: Callable[[Any, str], Mapping[str, Any]]
    """The values that are written into rows that get a status for a reason."""


def bulk_actions(statuses: Mapping[str, Status], *, can_change: bool, can_archive: bool) -> list[BulkAction]:
    """The changes that a user with these permissions may make."""
    actions = []
    if can_change:
        actions = [
            BulkAction(f"{STATUS}={key}", status.label, key, status.tone) for key, status in statuses.items()
        ]
    return [*actions, BulkAction(ARCHIVE, _("Archive"))] if can_archive else actions


MAX_IDS = 1000


class Selection:
    """The rows with the posted `ids`, or with `all` every row of the list with the query string `query`.

    Raises BadRequest where an id is malformed.
    """

    def __init__(self, spec: BulkSpec, posted: QueryDict) -> None:
        self.spec = spec
        self.all = bool(posted.get("all"))
        self.query = QueryDict(posted.get("query", "").removeprefix("?")).urlencode()
        ids = [] if self.all else posted.getlist("ids")
        self.ids = list(dict.fromkeys(parse_uuid(text) for text in ids))

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The selected rows that are present and that this user sees."""
        if self.all:
            return self.spec.rows_of_query(self.query)
        return self.spec.queryset().filter(pk__in=self.ids)


def parse_uuid(text: str) -> uuid.UUID:
    """Raises BadRequest where the text is no UUID."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise BadRequest("An id is not well formed.") from error
