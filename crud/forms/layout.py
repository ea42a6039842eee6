"""Where the fields of a form stand on its page, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _

from .json_rows import BoundJSONRows, JSONRowsField, JSONRowsWidget
from .tags import TagsField, TagsWidget

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


FULL_WIDTH = 6


@dataclass(frozen=True)
class Section:
    """A group of fields with a heading and an entry in the form's navigation. ``icon`` is a name of the sprite."""

    key: str
    title: str | StrPromise
    icon: str = "list-details"
    lead: str | StrPromise = ""
    fields: Sequence[str] = ()


class FieldLayout(NamedTuple):
    bound: BoundField
    span: int
    """The width, in columns of six."""
    kind: str
    """Which template renders it: "field", "rows" or "tags"."""


@dataclass(frozen=True)
class FormSection:
    """A section with the fields that the form has of it. ``errors`` is the number of problems in it."""

    section: Section
    fields: Sequence[FieldLayout]
    errors: int

    @property
    def has_one_field(self) -> bool:
        """Whether one field fills the section, so that the heading serves as its label."""
        return len(self.fields) == 1


@dataclass(frozen=True)
class Problem:
    """One line of the error summary. ``target`` is the id of the control, empty for an error of the whole form."""

    target: str
    label: str
    message: str


def form_sections(form: Any) -> list[FormSection]:
    """The sections of `Meta.sections`, by default a single one. Fields that none of them names join the last."""
    declared = getattr(form.Meta, "sections", ()) or (Section("details", _("Details")),)  # type: ignore[attr-defined]
    placed = {name for section in declared for name in section.fields}
    rest = [name for name in form.fields if name not in placed and not form[name].is_hidden]
    sections = []
    for section in declared:
        names = [*section.fields, *(rest if section is declared[-1] else ())]
        fields = [_layout_of(form, name) for name in names if name in form.fields]
        if fields:
            errors = sum(len(_field_problems(form, field.bound)) for field in fields) if form.is_bound else 0
            sections.append(FormSection(section, fields, errors))
    return sections


def _layout_of(form: Any, name: str) -> FieldLayout:
    bound = form[name]
    kind = {JSONRowsField: "rows", TagsField: "tags"}.get(type(bound.field), "field")
    wide = kind != "field" or isinstance(bound.field.widget, forms.Textarea | forms.CheckboxSelectMultiple)
    spans = getattr(form.Meta, "spans", {})  # type: ignore[attr-defined]
    return FieldLayout(bound, spans.get(name, FULL_WIDTH if wide else FULL_WIDTH // 2), kind)


def form_problems(form: Any) -> list[Problem]:
    """The errors of a form that was posted, in the order of the page."""
    if not form.is_bound:
        return []
    problems = [Problem("", "", str(message)) for message in form.non_field_errors()]
    for section in form_sections(form):
        for field in section.fields:
            problems += _field_problems(form, field.bound)
    return problems


def _field_problems(form: Any, bound: BoundField) -> list[Problem]:
    if (
        isinstance(bound, BoundJSONRows)
        and bound.name in form.errors
        and (in_rows := [*_row_problems(bound)])
    ):
        return in_rows
    # A widget of several controls is rendered inside an element with the id of the field.
    grouped = isinstance(bound.field.widget, JSONRowsWidget | TagsWidget)
    target = bound.auto_id if grouped else bound.id_for_label
    return [Problem(target, str(bound.label), str(message)) for message in bound.errors]


def _row_problems(bound: BoundJSONRows) -> Iterator[Problem]:
    formset, row_label = bound.formset, bound.field.row_label  # type: ignore[attr-defined]
    if not formset.is_bound:
        return
    for number, row in enumerate(formset.forms, 1):
        if row in formset.deleted_forms:  # type: ignore[attr-defined]
            continue
        for cell, _size in row.cells():  # type: ignore[attr-defined]
            for message in cell.errors:
                yield Problem(cell.id_for_label, f"{row_label} {number}, {cell.label}", str(message))
