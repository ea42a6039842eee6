"""Taking back what one request wrote. The history is the log; nothing else is kept for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection

from .models import ProgramScopedModel
from .registry import history_of
from .scope import current_program_id

UNDO = """
WITH done AS (
    SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, pgh_id, {columns}
    FROM {history}
    WHERE program_id = %(program)s AND pgh_label = 'update' AND pgh_context ->> 'request' = %(request)s
      AND pgh_created_at > now() - interval '1 day'
    ORDER BY pgh_obj_id, pgh_id DESC
)
UPDATE {table} AS now_row SET {assignments}
FROM done, LATERAL (
    SELECT {columns} FROM {history} AS earlier
    WHERE earlier.program_id = %(program)s AND earlier.pgh_obj_id = done.pgh_obj_id
      AND earlier.pgh_context ->> 'request' IS DISTINCT FROM %(request)s AND earlier.pgh_id < done.pgh_id
    ORDER BY earlier.pgh_created_at DESC, earlier.pgh_id DESC LIMIT 1
) AS before
WHERE now_row.program_id = %(program)s AND now_row.id = done.pgh_obj_id AND ({unchanged}) AND ({differs})
"""


def undo_request(model: type[ProgramScopedModel], request_id: str, fields: list[str]) -> int:
    """Give `fields` of the rows of `model` back the values they had before the request wrote them.

    `request_id` is the one noted in the history (`request.request_id`). Rows that somebody has changed in
    these fields since are left alone, and so are rows without an earlier history. Works for a day. Returns the
    number of rows given back. Raises ValueError where `request_id` is no UUID.

    What was archived with its children comes back with them: `deleted_at` is undone on everything below too.
    """
    if history_of(model) is None:
        return 0
    number = _undo(model, str(uuid.UUID(request_id)), fields)
    if number and "deleted_at" in fields:
        for below in _below(model):
            _undo(below, str(uuid.UUID(request_id)), ["deleted_at"])
    return number


def _below(model: Any) -> Iterator[Any]:
    """The models of everything that is archived along with a row of `model`."""
    for name in getattr(model, "archive_children", ()):
        child = model._meta.get_field(name).related_model
        yield child
        yield from _below(child)


def _undo(model: Any, request_id: str, fields: list[str]) -> int:
    quote = connection.ops.quote_name
    columns = [quote(model._meta.get_field(name).column) for name in fields]
    sql = UNDO.format(
        table=quote(model._meta.db_table),
        history=quote(history_of(model)._meta.db_table),
        columns=", ".join(columns),
        assignments=", ".join(f"{c} = before.{c}" for c in columns),
        unchanged=" AND ".join(f"now_row.{c} IS NOT DISTINCT FROM done.{c}" for c in columns),
        differs=" OR ".join(f"before.{c} IS DISTINCT FROM done.{c}" for c in columns),
    )
    values: dict[str, Any] = {"program": current_program_id(), "request": request_id}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount
