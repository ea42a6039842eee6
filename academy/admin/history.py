"""What changed last, over all kinds of rows: of the program, or of all. Users and programs belong to none."""

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
from crud.history import event_models
from programs.models import ProgramScopedModel, UserProgramAssignment


@dataclass(frozen=True)
class Line:
    when: datetime.datetime
    who: str
    verb: str
    kind: str
    what: str
    program: str
    url: str


def history_page(request: Any) -> dict[str, Any]:
    """Context of the page. `?kind=` is the label of a model; only of one kind there are older pages."""
    kinds = {model.pgh_tracked_model._meta.label_lower: model for model in event_models()}
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
        "kinds": sorted((_plural(model), label) for label, model in kinds.items()),
        "previous": page - 1,
        "next": page + 1 if kind and len(lines) > EVENTS else 0,
    }


def latest(request: Any, models: Sequence[Any], start: int, count: int) -> list[Line]:
    """`count` events from the `start`-th newest on, newest first. One short query for each kind."""
    rows: list[Any] = []
    for model in models:
        names = {field.name for field in model._meta.concrete_fields}
        events = model.objects.select_related(*sorted({"program", "user"} & names))
        # In one program an index holds its newest; otherwise the key is in the order of time.
        scoped = issubclass(model.pgh_tracked_model, ProgramScopedModel) and not request.all_programs
        order = ("-pgh_created_at", "-pgh_id") if scoped else ("-pgh_id",)
        rows += events.defer(*(names & PRIVATE)).order_by(*order)[start : start + count]
    rows.sort(key=lambda row: row.pgh_created_at, reverse=True)
    return [_line(row, request.all_programs) for row in rows[:count]]


# Not shown in the list, and long.
PRIVATE = {"address", "emergency_contact", "medical_info", "content", "description", "equipment", "amenities"}


def _line(row: Any, everywhere: bool) -> Line:
    noted = row.pgh_context or {}
    model = row.pgh_tracked_model
    meta = model._meta
    verb = history.VERBS.get(row.pgh_label, row.pgh_label)
    if verb == "changed" and getattr(row, "deleted_at", None):
        verb = "archived"
    url = ""
    if verb != "deleted":
        try:
            url = reverse(f"admin:{meta.app_label}_{meta.model_name}_history", args=[row.pgh_obj_id])
        except NoReverseMatch:
            url = ""  # a model that is not in the admin
    return Line(
        when=row.pgh_created_at,
        who=noted.get("name") or noted.get("username", ""),
        verb=str(history.DONE_LABELS.get(verb, verb)),
        kind=capfirst(str(meta.verbose_name)),
        what=_name(row),
        program=str(row.program) if everywhere and issubclass(model, ProgramScopedModel) else "",
        url=url,
    )


def _name(row: Any) -> str:
    if row.pgh_tracked_model is UserProgramAssignment:
        return _("%(user)s in %(program)s") % {"user": row.user, "program": row.program}
    for names in (("first_name", "last_name"), ("name",), ("full_name",), ("username",)):
        text = " ".join(str(getattr(row, name, "")) for name in names).strip()
        if text:
            return text
    return str(row.pgh_obj_id)


def _plural(model: Any) -> str:
    return str(capfirst(str(model.pgh_tracked_model._meta.verbose_name_plural)))
