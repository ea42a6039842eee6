"""A search whose rows are counted by status and put in order in one pass, as matching words takes longest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


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
