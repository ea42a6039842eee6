"""The history of one row, and the newest events of many, as entries."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from django.db import models

from .entries import ARCHIVED_AT, FieldChange, HistoryEntry, Verb
from .events import Operation, event_model, names_of, of_request, tracked_fields, tracked_model, verb_of

Names = Mapping[str, str]
NEWEST_FIRST = ("-pgh_created_at", "-pgh_id")
OLDEST_FIRST = ("pgh_created_at", "pgh_id")


def entries_of(
    obj: models.Model,
    *,
    limit: int = 10,
    start: int = 0,
    private: Collection[str] = (),
    current_names: bool = True,
) -> list[HistoryEntry]:
    """`limit` entries of a row from the `start`-th newest on, newest first.

    `private` names fields that are neither read nor compared. Actors have the names of today, which is a second
    query, or without `current_names` those that were noted.
    """
    history = event_model(type(obj))
    if history is None:
        return []
    found = _without(history.objects.filter(pgh_obj_id=obj.pk), private).order_by(*NEWEST_FIRST)
    records = list(found[start : start + limit + 1])
    shown, fields = records[:limit], _fields(type(obj), private)
    names = names_of(record.pgh_context for record in shown) if current_names else None
    entries = []
    for record, earlier in zip(shown, [*records[1:], None], strict=False):
        entry = _compared(earlier, record, fields, names)
        touched = [change.field for change in entry.changes if change.field is not None]
        entries.append(
            replace(
                entry,
                has_private_changes=entry.verb is Verb.CHANGED and not touched and bool(private),
                is_current=bool(touched) and not differing(obj, record, touched),
            )
        )
    return entries


def entries_since(
    model: type[models.Model], pk: Any, version: datetime.datetime, *, private: Collection[str] = ()
) -> tuple[Any, list[HistoryEntry]]:
    """(the row as it was at `version`, the entries after it, oldest first).

    `version` is an `updated_at` of the row; the event that wrote it carries the first moment after it. The row is
    that event, which has the attributes of a row, or None where the history does not know it. `private` as in
    `entries_of`.
    """
    history = event_model(model)
    if history is None:
        return None, []
    found = history.objects.filter(pgh_obj_id=pk, pgh_created_at__gte=version)
    records = list(_without(found, private).order_by(*OLDEST_FIRST))
    fields = _fields(model, private)
    names = names_of(record.pgh_context for record in records[1:])
    entries = [_compared(earlier, record, fields, names) for earlier, record in pairwise(records)]
    return next(iter(records), None), entries


def as_added(obj: models.Model) -> Any:
    """The row as it was added: its first event, which has the attributes of a row, or `obj` where it has none."""
    history = event_model(type(obj))
    found = history.objects.filter(pgh_obj_id=obj.pk).order_by(*OLDEST_FIRST) if history else ()
    return next(iter(found[:1]), obj)


def before_and_after(row: models.Model, event: int) -> tuple[Any, Any]:
    """(the event before, the event with the key `event`), where that changed the row; else (None, None)."""
    history = event_model(type(row))
    if history is None:
        return None, None
    of_row = history.objects.filter(pgh_obj_id=row.pk)
    record = of_row.filter(pgh_id=event, pgh_label=Operation.UPDATE).first()
    if record is None:
        return None, None
    earlier = models.Q(pgh_created_at=record.pgh_created_at, pgh_id__lt=record.pgh_id)
    earlier |= models.Q(pgh_created_at__lt=record.pgh_created_at)
    return of_row.filter(earlier).order_by(*NEWEST_FIRST).first(), record


def newest_records(events: models.QuerySet[Any], *, by_key: bool) -> models.QuerySet[Any]:
    """The events of a history, newest first; `by_key` where no index holds them in the order of time."""
    return events.order_by(*(NEWEST_FIRST[1:] if by_key else NEWEST_FIRST))


def entry_of(record: Any) -> HistoryEntry:
    """The entry of an event whose predecessor is not read: without changes, and what was restored counts as changed."""
    return _entry(record, moved=None)


def differing(before: Any, after: Any, fields: Iterable[models.Field]) -> list[models.Field]:
    """Those of `fields` whose values differ between two rows or events."""
    return [field for field in fields if getattr(before, field.attname) != getattr(after, field.attname)]


def _compared(before: Any, record: Any, fields: list[models.Field], names: Names | None) -> HistoryEntry:
    """The entry of an event and its predecessor, None for the first of a row."""
    is_update = before is not None and record.pgh_label == Operation.UPDATE
    changed = differing(before, record, fields) if is_update else []
    changes = [
        FieldChange(field.name, getattr(before, field.attname), getattr(record, field.attname), field)
        for field in changed
    ]
    moved = any(field.name == ARCHIVED_AT for field in changed)
    return _entry(record, moved=moved, changes=tuple(changes), names=names)


def _entry(
    record: Any, *, moved: bool | None, changes: tuple[FieldChange, ...] = (), names: Names | None = None
) -> HistoryEntry:
    return HistoryEntry(
        at=record.pgh_created_at,
        verb=verb_of(record.pgh_label, getattr(record, ARCHIVED_AT, None), moved=moved),
        changes=changes,
        event=record.pgh_id,
        row=record.pgh_obj_id,
        kind=tracked_model(record)._meta.label_lower,
        **of_request(record.pgh_context, names),
    )


def _fields(model: type[models.Model], private: Collection[str]) -> list[models.Field]:
    return [field for field in tracked_fields(model) if field.name not in private]


def _without(found: models.QuerySet[Any], private: Collection[str]) -> models.QuerySet[Any]:
    """The events without the values of the fields `private`; generated fields have none in a history."""
    return found.defer(*(field.name for field in found.model._meta.concrete_fields if field.name in private))
