"""What the history of a row tells: who changed which fields when."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import display_for_field
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

VERB_LABELS = {
    "added": _("added"),
    "changed": _("changed"),
    "archived": _("archived"),
    "restored": _("restored"),
    "deleted": _("deleted"),
}
# The same without a "who": what was done to a row.
DONE_LABELS = {
    "added": pgettext_lazy("done to a row", "added"),
    "changed": pgettext_lazy("done to a row", "changed"),
    "archived": pgettext_lazy("done to a row", "archived"),
    "restored": pgettext_lazy("done to a row", "restored"),
    "deleted": pgettext_lazy("done to a row", "deleted"),
}
LONGEST_VALUE = 200
"""Characters of a value that a change tells."""
VERBS = {"insert": "added", "update": "changed", "delete": "deleted"}


@dataclass(frozen=True)
class FieldChange:
    """A field by its label, with its values before and after as texts."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class WayBack:
    """A button that undoes a change: what it says, where it posts to, and the event it names there, 0 for none.

    Where it `asks`, it is a link to a page that says what would happen, and does it when it is told to.
    """

    label: str
    url: str
    event: int = 0
    asks: bool = False


@dataclass(frozen=True)
class Change:
    """One event of a row.

    ``verb`` is added, changed, archived, restored or deleted; ``fields`` are the labels of what changed;
    ``who`` is the name of the user, empty for work without one. ``event`` is the key of the event, ``names`` are those
    of the changed fields, and ``noted`` is what the event says of the request that made it. ``stands`` where the row
    still has what the event left. ``values`` are there where they were asked for, ``ways_back`` where a page adds them.
    """

    when: datetime.datetime
    who: str
    verb: str
    fields: tuple[str, ...]
    event: int = 0
    names: tuple[str, ...] = ()
    noted: Mapping[str, str] = field(default_factory=dict)
    values: tuple[FieldChange, ...] = ()
    stands: bool = False
    ways_back: tuple[WayBack, ...] = ()

    @property
    def verb_label(self) -> str:
        """The verb in the user's language."""
        return str(VERB_LABELS.get(self.verb, self.verb))


@cache
def event_models() -> tuple[type[Any], ...]:
    """Every history model, in the order of their names."""
    found = (model for model in apps.get_models() if hasattr(model, "pgh_tracked_model"))
    return tuple(sorted(found, key=lambda model: model._meta.label))


def event_model(model: type[models.Model]) -> Any:
    """The history model of ``model``, None where it is not tracked."""
    return next((events for events in event_models() if events.pgh_tracked_model is model), None)


def tracked_fields(model: type[models.Model]) -> list[models.Field]:
    """The fields of ``model`` whose values its history keeps."""
    events = event_model(model)
    if events is None:
        return []
    kept = {field.name for field in events._meta.concrete_fields}
    return [field for field in model._meta.concrete_fields if field.name in kept and not field.primary_key]


def _kept_of(events: Any, names: Collection[str]) -> list[str]:
    """Those of the fields `names` that a history keeps: no generated ones."""
    return [field.name for field in events._meta.concrete_fields if field.name in names]


def changes(
    obj: models.Model, *, limit: int = 10, private: Collection[str] = (), values: bool = False
) -> list[Change]:
    """The last ``limit`` events of ``obj``, newest first, in two queries at most.

    ``private`` names fields whose values are not even read; that they may have changed is called "Private
    details". With ``values`` each change also has the old and the new values, but those of links.
    """
    events = event_model(type(obj))
    if events is None:
        return []
    rows = list(
        events.objects.filter(pgh_obj_id=obj.pk)
        .defer(*_kept_of(events, private))
        .order_by("-pgh_created_at", "-pgh_id")[: limit + 1]
    )
    fields = [field for field in tracked_fields(type(obj)) if field.name not in private]
    shown = rows[:limit]
    names = _names(shown)
    found = []
    for row, before in zip(shown, [*rows[1:], None], strict=False):
        change = _change(before, row, fields, names)
        touched = [field for field in fields if field.name in change.names]
        change = replace(change, stands=bool(touched) and not differences(obj, row, touched))
        if change.verb == "changed" and not change.fields and private:
            change = replace(change, fields=(gettext("Private details"),))
        if values and change.verb == "changed":
            told = [field for field in fields if field.name in change.names and not field.is_relation]
            change = replace(change, values=tuple(field_change(field, before, row) for field in told))
        found.append(change)
    return found


def since(
    model: type[models.Model], pk: Any, version: datetime.datetime, *, private: Collection[str] = ()
) -> tuple[Any | None, list[Change]]:
    """(the row as it was at ``version``, the changes after it, oldest first).

    ``version`` is an ``updated_at`` of the row. The event that wrote it carries the first moment after it. The
    row is that event, which has its attributes, or None where the history does not tell.
    """
    events = event_model(model)
    if events is None:
        return None, []
    found = events.objects.filter(pgh_obj_id=pk, pgh_created_at__gte=version)
    found = found.defer(*_kept_of(events, private))
    rows = list(found.order_by("pgh_created_at", "pgh_id"))
    fields = [field for field in tracked_fields(model) if field.name not in private]
    names = _names(rows[1:])
    return next(iter(rows), None), [_change(before, row, fields, names) for before, row in pairwise(rows)]


def as_added(obj: models.Model) -> Any:
    """The row as it was added: its first event, which has its attributes, or `obj` where nothing is tracked."""
    events = event_model(type(obj))
    rows = events.objects.filter(pgh_obj_id=obj.pk).order_by("pgh_created_at", "pgh_id") if events else ()
    return next(iter(rows[:1]), obj)


def _change(before: Any, row: Any, fields: list[models.Field], names: dict[uuid.UUID, str]) -> Change:
    """What happened between two neighbouring events."""
    verb = VERBS.get(row.pgh_label, row.pgh_label)
    differing = differences(before, row, fields) if before is not None and verb == "changed" else []
    if [field.name for field in differing] == ["deleted_at"]:
        verb = "restored" if row.deleted_at is None else "archived"
    changed = tuple(label(field) for field in differing if field.name != "deleted_at")
    return Change(
        row.pgh_created_at,
        _who(row, names),
        verb,
        changed,
        event=row.pgh_id,
        names=tuple(field.name for field in differing),
        noted=row.pgh_context or {},
    )


def differences(before: Any, after: Any, fields: Iterable[models.Field]) -> list[models.Field]:
    """Those of ``fields`` whose values differ between two rows."""
    return [f for f in fields if getattr(before, f.attname) != getattr(after, f.attname)]


def field_change(field: models.Field, before: Any, after: Any) -> FieldChange:
    """The field with its values in two rows, in words."""
    return FieldChange(label(field), shown(before, field), shown(after, field))


def shown(row: Any, field: models.Field) -> str:
    """The value of a field as a text; of a link the id, for what it led to may be gone."""
    value = getattr(row, field.attname)
    if value in (None, "", {}, []):
        return "–"
    if field.is_relation:
        return str(value)
    text = (
        str(display_for_field(value, field, "–"))
        if not isinstance(value, bool)
        else gettext("Yes")
        if value
        else gettext("No")
    )
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def label(field: models.Field) -> str:
    return str(field.verbose_name).capitalize()


def _names(rows: Iterable[Any]) -> dict[uuid.UUID, str]:
    """Names of the users behind the rows, in one query. Users who are gone keep the name in the row."""
    ids = set()
    for row in rows:
        try:
            ids.add(uuid.UUID(str((row.pgh_context or {}).get("user"))))
        except ValueError:
            continue
    users = get_user_model()._default_manager.filter(pk__in=ids) if ids else ()
    return {user.pk: str(user) for user in users}


def _who(row: Any, names: dict[uuid.UUID, str]) -> str:
    context = row.pgh_context or {}
    try:
        return names[uuid.UUID(str(context.get("user")))]
    except (ValueError, KeyError):
        return str(context.get("username", ""))
