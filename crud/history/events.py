"""Which models have a history, its events as a queryset, and how an event is read.

No module outside of this package names the columns of an event.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

import pghistory
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import CharField, F, Field, JSONField, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, JSONObject

from .entries import ARCHIVED_AT, FieldChange, HistoryEntry, Verb

COLUMNS = (
    "event_kind",
    "event_id",
    "event_row",
    "event_operation",
    "event_at",
    "event_context",
    "event_after",
    "event_before",
)
CONTEXT = COLUMNS.index("event_context")


class Operation(StrEnum):
    """What the database did to a row. A `Verb` tells archiving and restoring from other updates."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@cache
def event_models() -> tuple[type[Any], ...]:
    """Every history model, in the order of their names."""
    found = (model for model in apps.get_models() if is_event_model(model))
    return tuple(sorted(found, key=lambda model: model._meta.label))


def event_model(model: type[Model]) -> Any:
    """The history model of `model`, None where it is not tracked."""
    return next((history for history in event_models() if tracked_model(history) is model), None)


def is_event_model(model: type[Model]) -> bool:
    return hasattr(model, "pgh_tracked_model")


def tracked_model(history: Any) -> Any:
    return history.pgh_tracked_model


def tracked_fields(model: type[Model]) -> list[Field]:
    """The fields of `model` whose values its history holds."""
    history = event_model(model)
    if history is None:
        return []
    recorded = {field.name for field in history._meta.concrete_fields}
    return [
        field for field in model._meta.concrete_fields if field.name in recorded and not field.primary_key
    ]


def events(model: type[Model]) -> QuerySet[Any]:
    """The history of `model`: besides the fields of the model, what each event notes.

    These are `event_id`, `event_row` (the key of the row), `event_operation`, `event_at` and `event_context` (the
    `user`, `username`, `name`, `request` and `url` of the request).
    """
    return event_model(model).objects.annotate(
        event_id=F("pgh_id"),
        event_row=F("pgh_obj_id"),
        event_operation=F("pgh_label"),
        event_at=F("pgh_created_at"),
        event_context=F("pgh_context"),
    )


def event_rows(
    found: QuerySet[Any], *, kind: str = "", state: JSONObject | None = None, previous: bool = False
) -> QuerySet[Any]:
    """The rows that `read` makes entries of, from a queryset of `events`; rows of several kinds can be united.

    `state` holds what is wanted of the values after each event, with `previous` also of those before it. With
    `deleted_at` in it the entries tell what was archived or restored.
    """
    state = state or JSONObject()
    before: Cast | Subquery = Cast(Value(None), JSONField())
    if previous:
        earlier = found.model.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
        before = Subquery(earlier.order_by("-pgh_id").values(state=state)[:1])
    return found.annotate(
        event_kind=Value(kind, CharField()), event_after=state, event_before=before
    ).values_list(*COLUMNS)


def read(rows: Iterable[tuple[Any, ...]], *, current_names: bool = False) -> list[HistoryEntry]:
    """The entries of rows of `event_rows`.

    Actors have the names that were noted at the time, with `current_names` those of today, which is one query.
    """
    rows = list(rows)
    names = names_of(row[CONTEXT] for row in rows) if current_names else None
    return [_entry(row, names) for row in rows]


def _entry(values: tuple[Any, ...], names: Mapping[str, str] | None) -> HistoryEntry:
    kind, event, row, operation, at, context, after, before = values
    differing = [key for key in after if before and after[key] != before[key]]
    return HistoryEntry(
        at=at,
        verb=verb_of(operation, after.get(ARCHIVED_AT), moved=ARCHIVED_AT in differing if before else None),
        changes=tuple(FieldChange(key, before[key], after[key]) for key in differing),
        event=event,
        row=row,
        kind=kind,
        before=before,
        after=after,
        **of_request(context, names),
    )


def verb_of(operation: str, archived_at: Any, *, moved: bool | None) -> Verb:
    """What an operation did to a row that is archived after it or not.

    `moved` is whether it changed that; None where the state before it is not known.
    """
    if operation != Operation.UPDATE:
        return Verb.ADDED if operation == Operation.INSERT else Verb.DELETED
    if moved or (moved is None and archived_at):
        return Verb.ARCHIVED if archived_at else Verb.RESTORED
    return Verb.CHANGED


def of_request(context: Mapping[str, str] | None, names: Mapping[str, str] | None) -> dict[str, Any]:
    """What the context of an event says of the request, as values of an entry.

    The actor has the name in `names`, by the key of the user, or without `names` the one that was noted.
    """
    context = context or {}
    user = str(context.get("user") or "")
    name = context.get("name") if names is None else names.get(user)
    return {
        "actor": name or str(context.get("username") or ""),
        "actor_id": user,
        "request_id": context.get("request") or "",
        "page": context.get("url") or "",
    }


def names_of(contexts: Iterable[Mapping[str, str] | None]) -> dict[str, str]:
    """The names of today of the users in these contexts, by their keys, in one query."""
    ids = set()
    for context in contexts:
        try:
            ids.add(uuid.UUID(str((context or {}).get("user"))))
        except ValueError:
            continue
    users = get_user_model()._default_manager.filter(pk__in=ids) if ids else ()
    return {str(user.pk): str(user) for user in users}


def track(
    *,
    exclude: tuple[str, ...] = (),
    scope: str = "",
    indexes: Sequence[models.Index] = (),
    constraints: Sequence[models.BaseConstraint] = (),
    **attributes: Any,
) -> Callable[[type[Any]], type[Any]]:
    """Record inserts, updates and deletes of a model in a table of its own: `@track()`.

    Times, generated columns and the fields of `exclude` are left out; an update that changes nothing else leaves no
    event. The context (who, from which page) is JSON in the event; a shared context table would have no program.

    `scope` names a field that leads the indexes of the table. `indexes`, `constraints` and `attributes` are further
    ones of the history model.
    """

    def decorate(model: type[Any]) -> type[Any]:
        table = f"{model._meta.db_table}_history"
        leading = [scope] if scope else []
        of_row = models.Index(fields=[*leading, "pgh_obj", "-pgh_created_at"], name=f"{table}_of_row"[:30])
        newest = (
            [models.Index(fields=[scope, "-pgh_created_at"], name=f"{table[:23]}_newest")] if scope else []
        )
        meta: dict[str, Any] = {
            "db_table": table,
            "default_permissions": (),
            "indexes": [of_row, *newest, *indexes],
        }
        if constraints:
            meta["constraints"] = list(constraints)
        generated = [f.name for f in model._meta.local_fields if isinstance(f, models.GeneratedField)]
        return pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=["created_at", "updated_at", *generated, *exclude],
            context_id_field=None,  # type: ignore[arg-type]  # documented, though not typed
            meta=meta,
            attrs={"pgh_id": models.BigAutoField(primary_key=True), **attributes},
        )(model)

    return decorate
