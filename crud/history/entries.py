"""One event of a history as the pages tell it: who did what to a row, when, and which fields changed how."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

ARCHIVED_AT = "deleted_at"
"""The field of an archivable row that is set while it is archived."""
LONGEST_VALUE = 200
"""Characters of a value that are shown."""


class Verb(models.TextChoices):
    """What an event did to its row. `label` goes after the name of the actor."""

    ADDED = "added", _("added")
    CHANGED = "changed", _("changed")
    ARCHIVED = "archived", _("archived")
    RESTORED = "restored", _("restored")
    DELETED = "deleted", _("deleted")

    @property
    def passive_label(self) -> str:
        """The same without an actor: what was done to the row."""
        return str(PASSIVE_LABELS[self])


PASSIVE_LABELS = {
    Verb.ADDED: pgettext_lazy("done to a row", "added"),
    Verb.CHANGED: pgettext_lazy("done to a row", "changed"),
    Verb.ARCHIVED: pgettext_lazy("done to a row", "archived"),
    Verb.RESTORED: pgettext_lazy("done to a row", "restored"),
    Verb.DELETED: pgettext_lazy("done to a row", "deleted"),
}


@dataclass(frozen=True)
class FieldChange:
    """A field with its values before and after an event. `field` is None for a part of a queried state."""

    name: str
    old: Any
    new: Any
    field: models.Field | None = None

    @property
    def label(self) -> str:
        return str(self.field.verbose_name).capitalize() if self.field is not None else self.name

    @property
    def old_text(self) -> str:
        return value_text(self.old, self.field)

    @property
    def new_text(self) -> str:
        return value_text(self.new, self.field)


def value_text(value: Any, field: models.Field | None) -> str:
    """A value as a text; of a foreign key the id, since the row may be gone."""
    if value in (None, "", {}, []):
        return "–"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if field is None or field.is_relation:
        return str(value)
    text = str(display_for_field(value, field, "–"))
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


@dataclass(frozen=True)
class WayBack:
    """A button that undoes an event: its label, the URL it posts to, and the event that it posts, 0 for none.

    With `asks` it is a link to a page that asks for a confirmation.
    """

    label: str
    url: str
    event: int = 0
    asks: bool = False


@dataclass(frozen=True)
class HistoryEntry:
    """One event in the history of a row.

    `actor` is the name of the user, empty for work without one; `actor_id` is the user's key. `row` is the key of
    the row and `event` that of the event. `kind` is the one that the query was given, `before` and `after` are the
    states it asked for (`before` is None for the first event of a row). `request_id` and `page` are the request that
    made the change and its path. `changes` lacks private fields; `has_private_changes` where only those can have
    changed. `is_current` while the row still has the values that the event gave it. `ways_back` are added by pages.
    """

    at: datetime.datetime
    actor: str
    verb: Verb
    changes: tuple[FieldChange, ...] = ()
    event: int = 0
    row: Any = None
    kind: str = ""
    actor_id: str = ""
    request_id: str = ""
    page: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] = field(default_factory=dict)
    has_private_changes: bool = False
    is_current: bool = False
    ways_back: tuple[WayBack, ...] = ()

    @property
    def verb_label(self) -> str:
        return str(self.verb.label)

    @property
    def changed_names(self) -> set[str]:
        return {change.name for change in self.changes}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The labels of the changed fields. That a row was archived or restored is told by the verb."""
        if self.has_private_changes:
            return (gettext("Private details"),)
        return tuple(change.label for change in self.changes if change.name != ARCHIVED_AT)

    @property
    def value_changes(self) -> list[FieldChange]:
        """The changes of a changed row that can be told by their values: all but those of foreign keys."""
        if self.verb is not Verb.CHANGED:
            return []
        return [
            change for change in self.changes if change.field is not None and not change.field.is_relation
        ]
