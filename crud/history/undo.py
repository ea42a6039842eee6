"""Giving rows the values back that they had before an event or a request.

Who may do that, and which program it concerns, is asked by whoever calls this.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from django.db import connection, models
from django.utils import timezone

from .events import Operation, event_model, tracked_fields
from .rows import before_and_after, differing

UNDO_LASTS = datetime.timedelta(days=1)
"""How long the changes of a request can be undone."""
UNDO = """
WITH done AS (
    SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, pgh_id, {columns}
    FROM {history}
    WHERE {scope} = %(scope)s AND pgh_label = 'update' AND pgh_context ->> 'request' = %(request)s
      AND pgh_created_at > now() - %(lasts)s
      AND (%(user)s::text IS NULL OR pgh_context ->> 'user' = %(user)s)
    ORDER BY pgh_obj_id, pgh_id DESC
)
UPDATE {table} AS now_row SET {assignments}
FROM done, LATERAL (
    SELECT {columns} FROM {history} AS earlier
    WHERE earlier.{scope} = %(scope)s AND earlier.pgh_obj_id = done.pgh_obj_id
      AND earlier.pgh_context ->> 'request' IS DISTINCT FROM %(request)s AND earlier.pgh_id < done.pgh_id
    ORDER BY earlier.pgh_created_at DESC, earlier.pgh_id DESC LIMIT 1
) AS before
WHERE now_row.{scope} = %(scope)s AND now_row.id = done.pgh_obj_id AND ({unchanged}) AND ({differs})
"""


def undo_event(row: models.Model, event: int, *, left_alone: Collection[str]) -> bool:
    """Give `row` the values back that one event of its history changed, where it still has what the event left.

    The fields `left_alone` keep their values. Returns whether anything was given back.
    """
    before, record = before_and_after(row, event)
    fields = [field for field in tracked_fields(type(row)) if field.name not in left_alone]
    changed = differing(before, record, fields) if before is not None else []
    if not changed or differing(row, record, changed):
        return False
    for field in changed:
        setattr(row, field.attname, getattr(before, field.attname))
    row.save(update_fields=[field.name for field in changed])
    return True


def undo_request(
    model: Any, request_id: str, fields: Collection[str], *, scope: tuple[str, Any], user_id: str | None
) -> int:
    """Give `fields` of the rows of `model` the values back that they had before a request wrote them.

    `scope` is a column and the value that the rows have in it. `user_id` is whose request counts, None for anybody's.
    Left alone are rows whose fields were changed since, and those without an event before the request. Returns the
    number of rows given back.
    """
    quote = connection.ops.quote_name
    columns = [quote(model._meta.get_field(name).column) for name in fields]
    sql = UNDO.format(
        table=quote(model._meta.db_table),
        history=quote(event_model(model)._meta.db_table),
        scope=quote(scope[0]),
        columns=", ".join(columns),
        assignments=", ".join(f"{c} = before.{c}" for c in columns),
        unchanged=" AND ".join(f"now_row.{c} IS NOT DISTINCT FROM done.{c}" for c in columns),
        differs=" OR ".join(f"before.{c} IS DISTINCT FROM done.{c}" for c in columns),
    )
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "scope": scope[1],
            "request": request_id,
            "user": user_id,
            "lasts": UNDO_LASTS,
        }
        cursor.execute(sql, values)
        return cursor.rowcount


def was_request_of_another(model: type[models.Model], request_id: str, user_id: str) -> bool:
    """Whether a request that can still be undone changed rows of `model`, and another user than this one sent it."""
    of_request = event_model(model).objects.filter(
        pgh_created_at__gt=timezone.now() - UNDO_LASTS,
        pgh_context__request=request_id,
        pgh_label=Operation.UPDATE,
    )
    return of_request.exclude(pgh_context__user=user_id).exists()
