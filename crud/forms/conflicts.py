"""What somebody else, or the same form, has saved in place of what a form holds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crud import history
from crud.columns import display

from .json_rows import JSONRowsField
from .row_picker import RowField
from .tags import TagsField

EMPTY_VALUES: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True)
class Difference:
    """A field of a form that was posted twice: the value saved the first time, and the value posted now."""

    label: str
    saved: str
    submitted: str


@dataclass(frozen=True)
class Conflict:
    """What was saved since a form was opened: the history of the row, and the labels of the fields concerned."""

    entries: list[history.HistoryEntry]
    fields: list[str]

    @property
    def last(self) -> history.HistoryEntry | None:
        return self.entries[-1] if self.entries else None


def find_differences(form: Any, row: models.Model) -> list[Difference]:
    """The fields in which a validated form differs from `row` as it was when it was added."""
    added = history.as_added(row)
    differences = []
    for name, form_field in form.fields.items():
        saved, submitted = form.stored_value(added, name), form.cleaned_data.get(name)
        invalid = name in form.errors
        if not invalid and is_same(saved, submitted.pk if isinstance(submitted, models.Model) else submitted):
            continue
        text = str(form[name].data or "") if invalid else value_as_text(form_field, submitted)
        differences.append(Difference(str(form[name].label), value_as_text(form_field, saved), text))
    return differences


def find_conflict(form: Any) -> Conflict:
    """What was saved since the form was opened; each newer value is offered at its field."""
    base: Any = None
    entries: list[history.HistoryEntry] = []
    submitted = {} if form.errors is None else form.cleaned_data
    if form.opened_version:
        base, entries = history.entries_since(
            type(form.instance),
            form.instance.pk,
            datetime.datetime.fromisoformat(form.opened_version),
            private=form.private,
        )
    labels = []
    for name in form.fields:
        now, mine = form.stored_value(form.stored, name), submitted.get(name)
        mine = mine.pk if isinstance(mine, models.Model) else mine
        then = form.stored_value(base, name) if base is not None else mine
        if is_same(now, then) or (name in submitted and is_same(now, mine)):
            continue
        labels.append(str(form[name].label))
        # Whoever did not edit a field is assumed to accept the newer value.
        unedited = base is not None and name in submitted and is_same(then, mine)
        offer_stored_value(form, name, checked=unedited)
    return Conflict(entries, labels)


def offer_stored_value(form: Any, name: str, *, checked: bool) -> None:
    """Show the stored value of a field as its help text, with a checkbox that takes it instead of the form's."""
    form_field = form.fields[name]
    help_text = format_html(
        '<span class="tone-warning font-medium">{} {}</span> <label class="inline-flex items-center gap-2">'
        '<input class="check" type="checkbox" name="take" value="{}"{}> {}</label>',
        _("Saved meanwhile:"),
        value_as_text(form_field, form.stored_value(form.stored, name)),
        name,
        SafeString(" checked" if checked else ""),
        _("Take this instead of mine"),
    )
    form[name].help_text = form_field.help_text = help_text


def is_same(one: Any, other: Any) -> bool:
    """Whether two values of a field are equal; all empty values are."""
    return one == other or (one in EMPTY_VALUES and other in EMPTY_VALUES)


def value_as_text(form_field: forms.Field, value: Any) -> str:
    """A stored value in one line, as the form would show it."""
    if value in EMPTY_VALUES:
        return _("empty")
    if isinstance(form_field, JSONRowsField | RowField | TagsField):
        return form_field.value_as_text(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    choices = {
        str(key): str(label)
        for key, label in getattr(form_field, "choices", ())
        if not isinstance(label, list)
    }
    return choices.get(str(value), str(display(value)))
