"""Forms of one row: sections, parts of JSON columns, saved once, never over someone else's change."""

from __future__ import annotations

import copy
import datetime
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import F
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import DatabaseDefault
from django.forms.boundfield import BoundField
from django.forms.models import construct_instance
from django.forms.utils import ErrorDict
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from crud import history
from crud.columns import display
from crud.moments import moment_in

from .fields import JSONRowForm, JSONRowsField, JSONRowsWidget, TagsField, TagsWidget, prepare_once

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

__all__ = ["JSONRowForm", "JSONRowsField", "ModelForm", "Section", "TagsField", "modelform"]

TOKENS = uuid.UUID("5f0c1c3e-7d0f-4f58-9a5e-1f9d0f3f3a55")


@dataclass(frozen=True)
class Section:
    """A part of a form with its own heading and place in the navigation. ``icon`` is a name of the sprite."""

    key: str
    title: str | StrPromise
    icon: str = "list-details"
    lead: str | StrPromise = ""
    fields: Sequence[str] = ()


@dataclass
class Laid:
    """A section as the template draws it: ``rows`` are (field, columns of six, kind of layout)."""

    section: Section
    rows: list[tuple[BoundField, int, str]] = field(default_factory=list)
    errors: int = 0

    @property
    def alone(self) -> bool:
        """Whether one field fills the section, so that the heading names it."""
        return len(self.rows) == 1


@dataclass(frozen=True)
class Problem:
    """One line of the error summary. ``target`` is the id to jump to, empty for the form as a whole."""

    target: str
    label: str
    message: str


@dataclass(frozen=True)
class Difference:
    """A field of a form that was sent twice: what was saved the first time, and what it held the second time."""

    label: str
    saved: str
    typed: str


@dataclass(frozen=True)
class Conflict:
    """Someone saved the row since the form was opened."""

    entries: list[history.HistoryEntry]
    fields: list[str]

    @property
    def last(self) -> history.HistoryEntry | None:
        return self.entries[-1] if self.entries else None


class ModelForm(forms.ModelForm):
    """The base of every form of the pages.

    ``Meta`` may hold, beside Django's options: ``parts`` {form field: "column.key"} for fields kept in a JSON
    column, ``sections``, and ``spans`` {form field: columns of six}.

    Saved once: a form for a new row carries a random ``token``; user, token and ``request.program`` make the
    key of the row, so the same form posted again finds the row it made (``earlier``). Never over another's
    change: a form for an existing row carries its ``version``; ``stale`` says that the row has moved on,
    ``conflict()`` how. Other keys that are posted change nothing.
    """

    def __init__(
        self, *args: Any, request: HttpRequest | None = None, private: Collection[str] = (), **kwargs: Any
    ) -> None:
        prepare_once(type(self))
        super().__init__(*args, **kwargs)
        self.request, self.private = request, tuple(private)
        # A default that only the database knows is no value to show.
        self.initial = {k: v for k, v in self.initial.items() if not isinstance(v, DatabaseDefault)}
        for name in [n for n in self.fields if self.column_of(n) in private]:
            del self.fields[name]
        for name in self.parts:
            if name in self.fields:
                self.initial.setdefault(name, self.value_in(self.instance, name))
        # The row as it was read: validation writes on the instance.
        self.stored = copy.copy(self.instance)
        program = getattr(request, "program", None)
        if self.is_new and program is not None and hasattr(self.instance, "program_id"):
            self.instance.program_id = program.pk
        if self.is_new and request is not None and self.is_bound:
            self.instance.pk = self.key

    # --- what the form is made of ---------------------------------------------------------------------

    @property
    def parts(self) -> dict[str, str]:
        return getattr(self.Meta, "parts", {})  # type: ignore[attr-defined]

    @property
    def is_new(self) -> bool:
        return self.instance._state.adding

    def column_of(self, name: str) -> str:
        """The model field that the form field ``name`` is kept in."""
        return self.parts.get(name, name).partition(".")[0]

    def value_in(self, source: Any, name: str) -> Any:
        """The value of the form field ``name`` in a row or in an event of its history."""
        column, _, key = self.parts.get(name, name).partition(".")
        value = getattr(source, column, None)
        if key:
            value = value.get(key) if isinstance(value, dict) else None
        elif isinstance(value, models.Model):
            value = value.pk
        return value

    def layout(self) -> list[Laid]:
        """The sections with their fields; a field that no section names stands in the last one."""
        sections = getattr(self.Meta, "sections", ()) or (Section("details", gettext("Details")),)  # type: ignore[attr-defined]
        named = {name for section in sections for name in section.fields}
        rest = [name for name in self.fields if name not in named and not self[name].is_hidden]
        laid = []
        for section in sections:
            names = [*section.fields, *(rest if section is sections[-1] else ())]
            rows = [self._laid(name) for name in names if name in self.fields]
            if rows:
                laid.append(Laid(section, rows, sum(self._errors_of(bound) for bound, _, _ in rows)))
        return laid

    def begin_in_first_field(self) -> None:
        """Let the browser put the cursor into the first field of the page."""
        first = next(
            (bound for laid in self.layout() for bound, _, kind in laid.rows if kind == "field"), None
        )
        if first is not None:
            first.field.widget.attrs["autofocus"] = True

    def _laid(self, name: str) -> tuple[BoundField, int, str]:
        bound = self[name]
        kind = {JSONRowsField: "rows", TagsField: "tags"}.get(type(bound.field), "field")
        wide = kind != "field" or isinstance(
            bound.field.widget, forms.Textarea | forms.CheckboxSelectMultiple
        )
        spans = getattr(self.Meta, "spans", {})  # type: ignore[attr-defined]
        return bound, spans.get(name, 6 if wide else 3), kind

    def _errors_of(self, bound: BoundField) -> int:
        return sum(1 for _ in self._problems_at(bound)) if self.is_bound else 0

    def problems(self) -> list[Problem]:
        """What must be put right before the form can be saved, in the order of the page."""
        if not self.is_bound:
            return []
        found = [Problem("", "", str(message)) for message in self.non_field_errors()]
        for laid in self.layout():
            for bound, _, _ in laid.rows:
                found += self._problems_at(bound)
        return found

    def _problems_at(self, bound: BoundField) -> Iterable[Problem]:
        if isinstance(bound.field, JSONRowsField) and bound.name in self.errors:
            formset = bound.formset  # type: ignore[attr-defined]
            in_rows = [
                Problem(cell.id_for_label, f"{bound.field.row_label} {number}, {cell.label}", str(message))
                for number, row in enumerate(formset.forms, 1)
                if formset.is_bound and row not in formset.deleted_forms
                for cell, _ in row.cells()
                for message in cell.errors
            ]
            if in_rows:
                return in_rows
        # Widgets of several controls are drawn inside an element with the field's id.
        grouped = isinstance(bound.field.widget, JSONRowsWidget | TagsWidget)
        target = bound.auto_id if grouped else bound.id_for_label
        return [Problem(target, str(bound.label), str(message)) for message in bound.errors]

    @property
    def hidden(self) -> SafeString:
        """The inputs that make the form safe to post twice and late. Put it inside the ``<form>``."""
        token = format_html('<input type="hidden" name="token" value="{}">', self.token)
        if self.is_new:
            return token
        # A form that is only shown again was opened when it says it was.
        version = self._opened if self.shown_again else self.version
        return format_html('{}<input type="hidden" name="version" value="{}">', token, version)

    # --- rows without a script ------------------------------------------------------------------------

    def grow(self, name: str) -> bool:
        """Show one more row of the rows field ``name`` instead of validating. False if there is none such."""
        if name not in self.fields or not isinstance(self.fields[name], JSONRowsField):
            return False
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        key = f"{self.add_prefix(name)}-TOTAL_FORMS"
        try:
            count = int(data.get(key, 0))
        except ValueError:
            return False
        limit = self.fields[name].max_num  # type: ignore[attr-defined]
        data[key] = str(max(0, min(count + 1, limit)))
        self.data = data
        self.as_draft()
        return True

    shown_again = False

    def as_draft(self) -> ModelForm:
        """Show what the form was filled with, without a word on what is missing: nobody asked to save it."""
        self.shown_again = True
        self._errors = ErrorDict(renderer=self.renderer)
        for bound in self:
            if isinstance(bound.field, JSONRowsField):
                for row in bound.formset.forms:  # type: ignore[attr-defined]
                    row._errors = ErrorDict(renderer=self.renderer)  # noqa: SLF001 - as Django's formsets do
        return self

    # --- saved once -----------------------------------------------------------------------------------

    @cached_property
    def token(self) -> uuid.UUID:
        """The token posted with the form; a new one where there is none that is well formed."""
        try:
            return uuid.UUID(self.data.get("token", ""))
        except ValueError:
            return uuid.uuid4()

    @cached_property
    def key(self) -> uuid.UUID:
        """The primary key of the row this form makes."""
        user = getattr(self.request, "user", None)
        program = getattr(self.request, "program", None)
        owner = f"{getattr(user, 'pk', '')}:{getattr(program, 'pk', '')}"
        return uuid.uuid5(TOKENS, f"{owner}:{self.instance._meta.label_lower}:{self.token}")

    def earlier(self) -> models.Model | None:
        """The row that this very form has made before, None the first time."""
        return every_row(type(self.instance)).filter(pk=self.key).first()

    def differences(self, made: models.Model) -> list[Difference]:
        """Where what was typed differs from what this very form has saved before, as the row ``made``."""
        then = history.as_added(made)
        found = []
        for name, form_field in self.fields.items():
            saved, typed = self.value_in(then, name), self.cleaned_data.get(name)
            if name not in self.errors and _same(
                saved, typed.pk if isinstance(typed, models.Model) else typed
            ):
                continue
            words = str(self[name].data or "") if name in self.errors else in_words(form_field, typed)
            found.append(Difference(str(self[name].label), in_words(form_field, saved), words))
        return found

    # --- never over another's change ------------------------------------------------------------------

    @property
    def version(self) -> str:
        """The state of the row that was read."""
        moment = getattr(self.stored, "updated_at", None)
        return moment.isoformat() if isinstance(moment, datetime.datetime) else ""

    @cached_property
    def stale(self) -> bool:
        """Whether the row was saved since this form was opened. A form without a version counts as stale."""
        return self.is_bound and not self.is_new and bool(self.version) and self._opened != self.version

    @cached_property
    def _opened(self) -> str:
        moment = moment_in(self.data.get("version", "").replace(" ", "+"))
        return moment.isoformat() if moment is not None else ""

    def conflict(self) -> Conflict:
        """Who changed what since the form was opened; the newer values are put beside the fields."""
        base: Any = None
        entries: list[history.HistoryEntry] = []
        typed = {} if self.errors is None else self.cleaned_data
        if self._opened:
            base, entries = history.entries_since(
                type(self.instance),
                self.instance.pk,
                datetime.datetime.fromisoformat(self._opened),
                private=self.private,
            )
        labels = []
        for name in self.fields:
            now = self.value_in(self.stored, name)
            mine = typed.get(name)
            then = self.value_in(base, name) if base is not None else mine
            if _same(now, then) or (name in typed and _same(now, mine)):
                continue
            labels.append(str(self[name].label))
            # Who did not touch a field has nothing against what somebody else put there.
            self._offer(name, taken=base is not None and name in typed and _same(then, mine))
        return Conflict(entries, labels)

    def _offer(self, name: str, *, taken: bool) -> None:
        """Put the stored value of a field beside it, to be taken instead of what the form holds."""
        form_field = self.fields[name]
        note = format_html(
            '<span class="tone-warning font-medium">{} {}</span> <label class="inline-flex items-center gap-2">'
            '<input class="check" type="checkbox" name="take" value="{}"{}> {}</label>',
            gettext("Saved meanwhile:"),
            in_words(form_field, self.value_in(self.stored, name)),
            name,
            SafeString(" checked" if taken else ""),
            gettext("Take this instead of mine"),
        )
        self[name].help_text = form_field.help_text = note

    def changed_columns(self) -> list[str]:
        """The model fields that saving would change."""
        columns = dict.fromkeys(self.column_of(name) for name in self.fields)
        return [
            name
            for name in columns
            if is_column(self.instance, name)
            and getattr(self.instance, _attname(self.instance, name))
            != getattr(self.stored, _attname(self.stored, name))
        ]

    # --- validation and saving ------------------------------------------------------------------------

    def _post_clean(self) -> None:
        """Do as Django does, with two differences.

        Parts of JSON columns are written. A unique rule is asked for although the form shows only some of its
        fields: the program is never one of them.
        """
        django: Any = self  # the hooks of ModelForm that its types don't name
        self._take_saved()
        exclude = django._get_validation_exclusions()  # noqa: SLF001
        try:
            self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        except ValidationError as error:
            django._update_errors(error)  # noqa: SLF001
        self._write_parts()
        try:
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            django._update_errors(error)  # noqa: SLF001
        if django._validate_unique:  # noqa: SLF001
            self.validate_unique()
            self._validate_unique_rules()

    def _take_saved(self) -> None:
        """Where the user chose the other's version of a field on the page of a conflict, that is what counts."""
        chosen = self.data.getlist("take") if hasattr(self.data, "getlist") else ()
        for name in set(chosen) & set(self.fields):
            self._errors.pop(name, None)
            self.cleaned_data[name] = self.value_in(self.stored, name)
            # Should the form come back for another reason, the choice comes with it.
            self._offer(name, taken=True)

    def _write_parts(self) -> None:
        for name, path in self.parts.items():
            column, _, key = path.partition(".")
            if not key or name not in self.fields or name in self._errors or name not in self.cleaned_data:
                continue
            held = getattr(self.instance, column)
            kept = dict(held) if isinstance(held, dict) else {}
            value = self.cleaned_data[name]
            if value in (None, "", []):
                kept.pop(key, None)
            else:
                kept[key] = value
            setattr(self.instance, column, kept)

    def _validate_unique_rules(self) -> None:
        failed = {name for name in self.fields if name in self._errors}
        for model, rules in self.instance.get_constraints():
            for rule in rules:
                if not isinstance(rule, models.UniqueConstraint):
                    continue
                touched = constraint_fields(model, rule)
                # A rule none of whose fields are here can't be put right here; a failed field says so itself.
                if not touched & set(self.fields) or touched & failed:
                    continue
                try:
                    rule.validate(model, self.instance, exclude=set())
                except ValidationError:
                    self._refuse(rule, model)

    def _refuse(self, rule: models.BaseConstraint, model: type[models.Model]) -> None:
        """Say at the field it concerns that a rule of the database is broken."""
        shown = [name for name in self.fields if self.column_of(name) in constraint_fields(model, rule)]
        message = constraint_message(rule, [str(self[name].label) for name in shown])
        self.add_error(shown[-1] if shown else None, message)  # type: ignore[arg-type]

    def save_once(self) -> models.Model | None:
        """Write the row. None where the database refuses: the form then says why.

        A new row that this very form has made before is returned as it is; an existing row that would not
        change is not written.
        """
        new = self.is_new
        before = transaction.savepoint()  # never released: the end of the transaction does so without a trip
        try:
            if new:
                self.instance.save(force_insert=True)
            elif columns := self.changed_columns():
                self.instance.save(update_fields=columns)
            self._save_m2m()  # type: ignore[attr-defined]
        except (IntegrityError, DataError) as error:
            transaction.set_rollback(False)
            transaction.savepoint_rollback(before)
            if isinstance(error, DataError):
                self.add_error(None, gettext("A value is too long or out of range for the database."))
            elif new and self.request is not None and (made := self.earlier()) is not None:
                return made
            else:
                self._explain(error)
            return None
        return self.instance

    def _explain(self, error: IntegrityError) -> None:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        for model, rules in self.instance.get_constraints():
            for rule in rules:
                if rule.name == name:
                    self._refuse(rule, model)
                    return
        self.add_error(None, gettext("The database refused this. Check the values and save again."))


def modelform(model: type[models.Model], fields: Sequence[str] | None = None) -> type[ModelForm]:
    """The form of a model: ``fields``, else every field that people edit."""
    if fields is None:
        fields = [
            f.name
            for f in model._meta.fields
            if f.editable and not f.generated and not f.primary_key and not isinstance(f, models.JSONField)
        ]
    made: Any = forms.modelform_factory(model, form=ModelForm, fields=list(fields))
    return made


def every_row(model: type[models.Model]) -> models.QuerySet[Any]:
    """All rows one may see, the archived ones too where the model has them."""
    manager: Any = getattr(model, "with_archived", model._default_manager)
    return manager.all()


def constraint_message(rule: models.BaseConstraint, labels: Sequence[str]) -> str:
    """What to tell somebody who breaks `rule`, without its name; `labels` are those of the fields it speaks of."""
    if rule.violation_error_message != rule.default_violation_error_message:
        return str(rule.get_violation_error_message())
    if isinstance(rule, models.UniqueConstraint) and labels:
        return gettext("This is taken already: %(what)s.") % {"what": ", ".join(labels)}
    return gettext("This value is not allowed.")


def constraint_fields(model: type[models.Model], rule: models.BaseConstraint) -> set[str]:
    """The names of the model fields that a rule speaks of; of a generated field, those it is made of."""
    names: set[str] = set(getattr(rule, "fields", ()))
    for expression in getattr(rule, "expressions", ()):
        names |= _named_in(expression)
    if isinstance(rule, models.CheckConstraint):
        names |= _named_in(rule.condition)
    for name in list(names):
        column: Any = model._meta.get_field(name) if is_column(model, name) else None
        if column is not None and column.generated:
            names |= _named_in(column.expression)
    return names


def _named_in(node: Any) -> set[str]:
    """Field names in a condition: keys of lookups and F() anywhere below."""
    if isinstance(node, models.Q):
        names: set[str] = set()
        for child in node.children:
            lookup, value = child if isinstance(child, tuple) else ("", child)
            names |= _named_in(value) | ({lookup.split(LOOKUP_SEP)[0]} if lookup else set())
        return names
    if isinstance(node, F):
        return {str(node.name).split(LOOKUP_SEP)[0]}  # type: ignore[attr-defined]
    if hasattr(node, "get_source_expressions"):
        return {name for child in node.get_source_expressions() for name in _named_in(child)}
    return set()


def is_column(model: Any, name: str) -> bool:
    try:
        return bool(model._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


def _attname(obj: models.Model, name: str) -> str:
    return obj._meta.get_field(name).attname  # type: ignore[union-attr]


def _same(one: Any, other: Any) -> bool:
    return one == other or (one in (None, "", []) and other in (None, "", []))


def in_words(form_field: forms.Field, value: Any) -> str:
    """A stored value in one line, as the form would show it."""
    if value in (None, "", []):
        return gettext("empty")
    if isinstance(form_field, JSONRowsField | TagsField):
        return form_field.in_words(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    choices = {
        str(key): str(label)
        for key, label in getattr(form_field, "choices", ())
        if not isinstance(label, list)
    }
    return choices.get(str(value), str(display(value)))
