"""The rows of a list that were selected and posted."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property

from .spec import BulkSpec

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
