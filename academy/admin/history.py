"""The page of the latest changes in the Django admin: of every model, in the active program or in all.

Users and programs belong to no program.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crud import history
from crud.admin import EVENTS, page_number
from crud.history import HistoryEntry, Verb
from programs.models import ProgramScopedModel, UserProgramAssignment


@dataclass(frozen=True)
class Line:
    """An event: `actor` did `verb` to `what`, a row of this kind."""

    at: datetime.datetime
    actor: str
    verb: str
    kind: str
    what: str
    program: str
    url: str


def history_page(request: Any) -> dict[str, Any]:
    """Context of the page. `?kind=` is the label of a model; only of one kind there are older pages."""
    kinds = {history.tracked_model(events)._meta.label_lower: events for events in history.event_models()}
    kind = request.GET.get("kind", "")
    if kind and kind not in kinds:
        raise Http404
    page = page_number(request) if kind else 1
    lines = latest(request, [kinds[kind]] if kind else list(kinds.values()), (page - 1) * EVENTS, EVENTS + 1)
    return {
        "title": _("History"),
        "subtitle": None,
        "lines": lines[:EVENTS],
        "kind": kind,
        "kinds": sorted((_plural(events), label) for label, events in kinds.items()),
        "previous": page - 1,
        "next": page + 1 if kind and len(lines) > EVENTS else 0,
    }


def latest(request: Any, histories: Sequence[Any], start: int, count: int) -> list[Line]:
    """`count` events from the `start`-th newest on, newest first. One short query for each history model."""
    records: list[Any] = []
    for model in histories:
        names = {field.name for field in model._meta.concrete_fields}
        found = model.objects.select_related(*sorted({"program", "user"} & names)).defer(*(names & NOT_SHOWN))
        # In one program an index holds its newest; otherwise the key is in the order of time.
        scoped = issubclass(history.tracked_model(model), ProgramScopedModel) and not request.all_programs
        records += history.newest_records(found, by_key=not scoped)[start : start + count]
    events = [(history.entry_of(record), record) for record in records]
    events.sort(key=lambda event: event[0].at, reverse=True)
    return [_line(entry, record, request.all_programs) for entry, record in events[:count]]


NOT_SHOWN = {
    "address",
    "emergency_contact",
    "medical_info",
    "content",
    "description",
    "equipment",
    "amenities",
}
"""Fields that are long and not needed for a line."""


def _line(entry: HistoryEntry, record: Any, everywhere: bool) -> Line:
    model = history.tracked_model(record)
    meta = model._meta
    url = ""
    if entry.verb is not Verb.DELETED:
        try:
            url = reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[entry.row])
        except NoReverseMatch:
            url = ""  # a model that is not in the admin
    return Line(
        at=entry.at,
        actor=entry.actor,
        verb=entry.verb.passive_label,
        kind=capfirst(str(meta.verbose_name)),
        what=_name(entry, record),
        program=str(record.program) if everywhere and issubclass(model, ProgramScopedModel) else "",
        url=url,
    )


def _name(entry: HistoryEntry, record: Any) -> str:
    if history.tracked_model(record) is UserProgramAssignment:
        return _("%(user)s in %(program)s") % {"user": record.user, "program": record.program}
    for names in (("first_name", "last_name"), ("name",), ("full_name",), ("username",)):
        text = " ".join(str(getattr(record, name, "")) for name in names).strip()
        if text:
            return text
    return str(entry.row)


def _plural(events: Any) -> str:
    return str(capfirst(str(history.tracked_model(events)._meta.verbose_name_plural)))
