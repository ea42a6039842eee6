"""The base of the forms of one row."""

from __future__ import annotations

import copy
import datetime
import uuid
from collections.abc import Collection, Sequence
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.db.models.expressions import DatabaseDefault
from django.forms.models import construct_instance
from django.forms.utils import ErrorDict
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crud.constraints import is_column
from web.http import parse_moment

from .conflicts import EMPTY_VALUES, Conflict, find_conflict, find_differences, offer_stored_value
from .fields import set_form_limits
from .json_rows import JSONRowsField
from .layout import FormSection, Problem, form_problems, form_sections
from .results import AlreadySaved, Refused, Saved, SaveResult
from .row_picker import use_row_fields
from .validation import add_integrity_error, check_unique_constraints

KEY_NAMESPACE = uuid.UUID("5f0c1c3e-7d0f-4f58-9a5e-1f9d0f3f3a55")


class ModelForm(forms.ModelForm):
    """The base of every form of the pages.

    `Meta` may have, beside Django's options: `json_paths` {form field: "column.key"} for fields stored in a JSON
    column, `sections`, and `spans` {form field: width in columns of six}.

    A form for a new row contains a random token. The key of the row is made of the token, the user and the program,
    so a form that is posted twice adds one row: `save_once` answers `AlreadySaved`. A form for an existing row
    contains the version that was read: `stale` says that the row was saved since, `conflict()` by whom and what.
    Posted names that are no fields of the form are ignored.
    """

    errors_hidden = False
    """Whether the form is shown again as it was filled in, although nobody asked to save it."""
    searches_rows = True
    """Whether foreign keys are a `RowField` where they can be."""

    def __init__(
        self, *args: Any, request: HttpRequest | None = None, private: Collection[str] = (), **kwargs: Any
    ) -> None:
        """Beside Django's arguments: the request, and the model fields that this user may not see."""
        set_form_limits(type(self))
        super().__init__(*args, **kwargs)
        self.request, self.private = request, tuple(private)
        # A default that only the database computes is no value to show.
        self.initial = {k: v for k, v in self.initial.items() if not isinstance(v, DatabaseDefault)}
        for name in [n for n in self.fields if self.column_of(n) in private]:
            del self.fields[name]
        for name in self.json_paths:
            if name in self.fields:
                self.initial.setdefault(name, self.stored_value(self.instance, name))
        if request is not None and self.searches_rows:
            use_row_fields(self)
        # Validation writes on the instance; `stored` remains the row as it was read.
        self.stored = copy.copy(self.instance)
        program = getattr(request, "program", None)
        if self.is_new and program is not None and hasattr(self.instance, "program_id"):
            self.instance.program_id = program.pk
        if self.is_new and request is not None and self.is_bound:
            self.instance.pk = self.key

    # --- fields and columns ---------------------------------------------------------------------------

    @property
    def json_paths(self) -> dict[str, str]:
        return getattr(self.Meta, "json_paths", {})  # type: ignore[attr-defined]

    @property
    def is_new(self) -> bool:
        return self.instance._state.adding

    def column_of(self, name: str) -> str:
        """The model field in which a form field is stored."""
        return self.json_paths.get(name, name).partition(".")[0]

    def stored_value(self, source: Any, name: str) -> Any:
        """The value of a form field in a row, or in an event of its history."""
        column, _dot, key = self.json_paths.get(name, name).partition(".")
        value = getattr(source, column, None)
        if key:
            return value.get(key) if isinstance(value, dict) else None
        return value.pk if isinstance(value, models.Model) else value

    def changed_columns(self) -> list[str]:
        """The model fields that saving would change."""
        attnames = {
            name: self.instance._meta.get_field(name).attname  # type: ignore[union-attr]
            for name in map(self.column_of, self.fields)
            if is_column(self.instance, name)
        }
        return [
            name
            for name, attname in attnames.items()
            if getattr(self.instance, attname) != getattr(self.stored, attname)
        ]

    # --- the page of the form -------------------------------------------------------------------------

    def sections(self) -> list[FormSection]:
        return form_sections(self)

    def problems(self) -> list[Problem]:
        """What has to be corrected before the form can be saved, in the order of the page."""
        return form_problems(self)

    def autofocus_first_field(self) -> None:
        fields = [field for section in self.sections() for field in section.fields if field.kind == "field"]
        if fields:
            fields[0].bound.field.widget.attrs["autofocus"] = True

    @property
    def hidden_inputs(self) -> SafeString:
        """The token and the version; every template puts them inside its ``<form>``."""
        token = format_html('<input type="hidden" name="token" value="{}">', self.token)
        if self.is_new:
            return token
        version = self.opened_version if self.errors_hidden else self.version
        return format_html('{}<input type="hidden" name="version" value="{}">', token, version)

    def add_json_row(self, name: str) -> bool:
        """Show another empty row of a JSONRowsField, as its button asks where no script runs.

        Returns False, and changes nothing, where there is no such field.
        """
        field = self.fields.get(name)
        if not isinstance(field, JSONRowsField):
            return False
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        total = f"{self.add_prefix(name)}-TOTAL_FORMS"
        try:
            count = int(data.get(total, 0))
        except ValueError:
            return False
        data[total] = str(max(0, min(count + 1, field.max_num)))
        self.data = data
        self.without_errors()
        return True

    def without_errors(self) -> Self:
        """Show what was filled in and no errors: a draft, a preview, or a form that gets another row."""
        self.errors_hidden = True
        self._errors = ErrorDict(renderer=self.renderer)
        for bound in self:
            if isinstance(bound.field, JSONRowsField):
                for row in bound.formset.forms:  # type: ignore[attr-defined]
                    row._errors = ErrorDict(renderer=self.renderer)  # noqa: SLF001 - as Django's formsets do
        return self

    # --- the same form posted twice -------------------------------------------------------------------

    @cached_property
    def token(self) -> uuid.UUID:
        """The posted token, or a new one where none is posted that is well-formed."""
        try:
            return uuid.UUID(self.data.get("token", ""))
        except ValueError:
            return uuid.uuid4()

    @cached_property
    def key(self) -> uuid.UUID:
        """The primary key of the row that this form adds."""
        user = getattr(self.request, "user", None)
        program = getattr(self.request, "program", None)
        owner = f"{getattr(user, 'pk', '')}:{getattr(program, 'pk', '')}"
        return uuid.uuid5(KEY_NAMESPACE, f"{owner}:{self.instance._meta.label_lower}:{self.token}")

    def already_saved(self) -> AlreadySaved | None:
        """The row that the same form has added before, also if it is archived by now. The form must be validated."""
        if not self.is_new or self.request is None:
            return None
        manager: Any = getattr(type(self.instance), "with_archived", type(self.instance)._default_manager)
        row = manager.filter(pk=self.key).first()
        return AlreadySaved(row, find_differences(self, row)) if row is not None else None

    # --- a row that was saved since -------------------------------------------------------------------

    @property
    def version(self) -> str:
        """The version of the row that was read: when it was saved last."""
        moment = getattr(self.stored, "updated_at", None)
        return moment.isoformat() if isinstance(moment, datetime.datetime) else ""

    @cached_property
    def opened_version(self) -> str:
        """The version of the row when the form was opened, as it was posted; empty where it makes no sense."""
        moment = parse_moment(self.data.get("version", "").replace(" ", "+"))
        return moment.isoformat() if moment is not None else ""

    @cached_property
    def stale(self) -> bool:
        """Whether the row was saved since this form was opened. A form without a version counts as stale."""
        return (
            self.is_bound and not self.is_new and bool(self.version) and self.opened_version != self.version
        )

    def conflict(self) -> Conflict:
        """Who changed what since the form was opened; the newer values are offered at their fields."""
        return find_conflict(self)

    # --- validation and saving ------------------------------------------------------------------------

    def _post_clean(self) -> None:
        """As Django's, but with JSON paths, and with unique constraints of fields that are not in the form."""
        django: Any = self  # methods of ModelForm that the type stubs leave out
        self._take_stored_values()
        exclude = django._get_validation_exclusions()  # noqa: SLF001
        try:
            self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        except ValidationError as error:
            django._update_errors(error)  # noqa: SLF001
        self._write_json_values()
        try:
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            django._update_errors(error)  # noqa: SLF001
        if django._validate_unique:  # noqa: SLF001
            self.validate_unique()
            self._check_unique_constraints()

    def _take_stored_values(self) -> None:
        """Take the stored values of the fields where the user chose them on the page of a conflict."""
        taken = self.data.getlist("take") if hasattr(self.data, "getlist") else ()
        for name in set(taken) & set(self.fields):
            self._errors.pop(name, None)
            row, value = getattr(self.stored, name, None), self.stored_value(self.stored, name)
            self.cleaned_data[name] = row if isinstance(row, models.Model) else value
            # Should the form be shown again for another reason, the choice is still made.
            offer_stored_value(self, name, checked=True)

    def _write_json_values(self) -> None:
        for name, path in self.json_paths.items():
            column, _dot, key = path.partition(".")
            if not key or name not in self.fields or name in self._errors or name not in self.cleaned_data:
                continue
            stored = getattr(self.instance, column)
            values = dict(stored) if isinstance(stored, dict) else {}
            value = self.cleaned_data[name]
            if value in EMPTY_VALUES:
                values.pop(key, None)
            else:
                values[key] = value
            setattr(self.instance, column, values)

    def _check_unique_constraints(self) -> None:
        check_unique_constraints(self)

    def save_once(self) -> SaveResult:
        """Write the row of a form that was posted, at most once."""
        if not self.is_valid():
            return self.already_saved() or Refused()
        # Never released: the end of the transaction does so without another statement.
        savepoint = transaction.savepoint()
        try:
            if self.is_new:
                self.instance.save(force_insert=True)
            elif columns := self.changed_columns():
                self.instance.save(update_fields=columns)
            self._save_m2m()  # type: ignore[attr-defined]
        except (IntegrityError, DataError) as error:
            transaction.set_rollback(False)
            transaction.savepoint_rollback(savepoint)
            if isinstance(error, IntegrityError):
                if already := self.already_saved():
                    return already
                add_integrity_error(self, error)
            else:
                self.add_error(None, _("A value is too long or out of range for the database."))
            return Refused()
        return Saved(self.instance)


def modelform(model: type[models.Model], fields: Sequence[str] | None = None) -> type[ModelForm]:
    """The form of a model with ``fields``, by default with every editable field but JSON columns."""
    if fields is None:
        fields = [
            f.name
            for f in model._meta.fields
            if f.editable and not f.generated and not f.primary_key and not isinstance(f, models.JSONField)
        ]
    made: Any = forms.modelform_factory(model, form=ModelForm, fields=list(fields))
    return made
