"""Taking back what one request wrote. The history is the log; nothing else is kept for it."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role, ranks_at_least
from crud.history import differences, event_model, tracked_fields

from .memberships import role_in
from .models import ProgramScopedModel
from .scope import current_program_id

CHANGED_SINCE = _("This was changed since, so nothing was undone.")
UNDO = """
WITH done AS (
    SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, pgh_id, {columns}
    FROM {history}
    WHERE program_id = %(program)s AND pgh_label = 'update' AND pgh_context ->> 'request' = %(request)s
      AND pgh_created_at > now() - interval '1 day'
      AND (%(user)s::text IS NULL OR pgh_context ->> 'user' = %(user)s)
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


def undo_request(
    model: type[ProgramScopedModel], request_id: str, fields: list[str], *, user: User | None = None
) -> int:
    """Give `fields` of the rows of `model` back the values they had before the request wrote them.

    `request_id` is the one noted in the history (`request.request_id`). Rows that somebody has changed in
    these fields since are left alone, and so are rows without an earlier history. Works for a day. Returns the
    number of rows given back. Raises ValueError where `request_id` is no UUID.

    `user` is who asks: whoever made the request, or administers the program. Raises PermissionDenied for others.

    What was archived with its children comes back with them: `deleted_at` is undone on everything below too.
    """
    if event_model(model) is None:
        return 0
    key = str(uuid.UUID(request_id))
    only = str(user.pk) if user is not None and not _administers(user) else None
    number = _undo(model, key, fields, only)
    if not number and only is not None and _was_written(model, key, only):
        raise PermissionDenied
    if number and "deleted_at" in fields:
        for below in _below(model):
            _undo(below, key, ["deleted_at"], only)
    return number


def may_undo(user: User, maker: str) -> bool:
    """Whether `user` may take back a change of many rows that the user with the id `maker` has made."""
    return str(user.pk) == maker or _administers(user)


def take_back(row: models.Model, event: int, *, private: Collection[str] = ()) -> bool:
    """Give `row` the values back that one event of its history changed, where it still has what the event left.

    Fields that are `private` to who asks, the archive and the program are left alone. Returns whether anything was
    given back.
    """
    events = event_model(type(row))
    found = (
        events.objects.filter(pgh_id=event, pgh_obj_id=row.pk, pgh_label="update").first() if events else None
    )
    if events is None or found is None:
        return False
    earlier = Q(pgh_created_at=found.pgh_created_at, pgh_id__lt=found.pgh_id)
    earlier |= Q(pgh_created_at__lt=found.pgh_created_at)
    of_row = events.objects.filter(earlier, pgh_obj_id=row.pk).order_by("-pgh_created_at", "-pgh_id")
    left_alone = {"deleted_at", "program", *private}
    fields = [field for field in tracked_fields(type(row)) if field.name not in left_alone]
    before = of_row.first()
    changed = differences(before, found, fields) if before is not None else []
    if not changed or differences(row, found, changed):
        return False
    for field in changed:
        setattr(row, field.attname, getattr(before, field.attname))
    row.save(update_fields=[field.name for field in changed])
    return True


def _administers(user: User) -> bool:
    return ranks_at_least(role_in(user, current_program_id()), Role.PROGRAM_ADMIN)


def _was_written(model: Any, key: str, user: str) -> bool:
    """Whether the request wrote rows of the model, and somebody else than `user` sent it."""
    history = event_model(model)
    day_ago = timezone.now() - datetime.timedelta(days=1)
    of_request = history.objects.filter(
        pgh_created_at__gt=day_ago, pgh_context__request=key, pgh_label="update"
    )
    return of_request.exclude(pgh_context__user=user).exists()


def _below(model: Any) -> Iterator[Any]:
    """The models of everything that is archived along with a row of `model`."""
    for name in getattr(model, "archive_children", ()):
        child = model._meta.get_field(name).related_model
        yield child
        yield from _below(child)


def _undo(model: Any, request_id: str, fields: list[str], user: str | None) -> int:
    quote = connection.ops.quote_name
    columns = [quote(model._meta.get_field(name).column) for name in fields]
    sql = UNDO.format(
        table=quote(model._meta.db_table),
        history=quote(event_model(model)._meta.db_table),
        columns=", ".join(columns),
        assignments=", ".join(f"{c} = before.{c}" for c in columns),
        unchanged=" AND ".join(f"now_row.{c} IS NOT DISTINCT FROM done.{c}" for c in columns),
        differs=" OR ".join(f"before.{c} IS DISTINCT FROM done.{c}" for c in columns),
    )
    values: dict[str, Any] = {"program": current_program_id(), "request": request_id, "user": user}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount
