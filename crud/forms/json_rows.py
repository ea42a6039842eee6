"""A form field for a list of dicts in a JSON column: a formset with one small form for each dict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet, formset_factory
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .fields import set_form_limits

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

ADD_LABEL, ROW_LABEL = _("Add another"), _("Row")
ROWS_INVALID = "rows"
"""The code of the field's error where the rows have errors of their own, which say more."""


class JSONRowForm(forms.Form):
    """One row of a JSONRowsField. A row whose fields are empty or hold their initial values is not stored.

    Give a select an ``initial``, else a new row counts as filled in. ``sizes`` maps names of fields to "wide" or
    "narrow".
    """

    sizes: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        set_form_limits(type(self), max_length=1_000)
        super().__init__(*args, **kwargs)

    def has_changed(self) -> bool:
        """Whether something was filled in; a field that was not posted at all counts as empty."""
        return any(self[name].data not in (None, "", []) for name in self.changed_data if name != "DELETE")

    def json_value(self) -> dict[str, Any]:
        """The cleaned row as it is stored, without empty values."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "DELETE" and value not in (None, "")
        }

    def cells(self) -> list[tuple[BoundField, str]]:
        """(field, size) of each field, without the checkbox that removes the row."""
        return [(self[name], self.sizes.get(name, "")) for name in self.fields if name != "DELETE"]


class JSONRowFormSet(BaseFormSet):
    """A formset without initial forms: rows have no key, so each one that is posted replaces the stored ones."""

    default_error_messages = {
        **BaseFormSet.default_error_messages,
        "missing_management_form": _("The rows could not be read. Open the page again."),
        "too_many_forms": _("At most %(num)d can be given."),
    }

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else len(self.initial or ())


class JSONRowsWidget(forms.Widget):
    """The formset as one widget of the form; ``crud/fields/rows.html`` renders it."""

    use_fieldset = True

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-TOTAL_FORMS" not in data


class BoundJSONRows(BoundField):
    """A JSONRowsField in its form, for example ``form["contacts"]``. After validation its formset has the errors."""

    def as_widget(self, *args: Any, **kwargs: Any) -> SafeString:
        """The rows as the Django admin shows them, which renders each widget by this method."""
        if not self.formset.is_bound:
            self.formset.extra = 1  # type: ignore[attr-defined]
        return render_to_string("admin/fields/rows.html", {"bound": self})

    @cached_property
    def data(self) -> BaseFormSet:  # type: ignore[override]
        return self.formset

    @property
    def general_errors(self) -> list[str]:
        """The errors of the list as a whole, without those of single rows."""
        return [m for e in self.errors.as_data() if e.code != ROWS_INVALID for m in e.messages]

    @cached_property
    def formset(self) -> BaseFormSet:
        field: Any = self.field
        widget = field.widget
        posted = self.form.is_bound and not widget.value_omitted_from_data(
            self.form.data, self.form.files, self.html_name
        )
        options: dict[str, Any] = {"prefix": self.html_name, "auto_id": self.form.auto_id}
        if posted:
            return field.formset_class(data=self.form.data, **options)
        rows = [row for row in self.initial or () if isinstance(row, dict)]
        formset = field.formset_class(initial=rows, **options)
        formset.extra = field.blank_rows if not rows else 0
        return formset


class JSONRowsField(forms.Field):
    """A list of dicts, each edited with a ``row_form``; posted as a formset whose prefix is the name of the field.

    It holds ``min_num`` to ``max_num`` rows. An empty list is shown with ``blank_rows`` empty rows. A post without
    the formset leaves the stored rows as they are.
    """

    widget = JSONRowsWidget

    def __init__(
        self,
        row_form: type[JSONRowForm],
        *,
        min_num: int = 0,
        max_num: int = 30,
        blank_rows: int = 0,
        add_label: str | StrPromise = ADD_LABEL,
        row_label: str | StrPromise = ROW_LABEL,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("required", min_num > 0)
        super().__init__(**kwargs)
        self.min_num, self.max_num, self.blank_rows = min_num, max_num, blank_rows
        self.add_label, self.row_label = add_label, row_label
        self.formset_class = formset_factory(
            row_form,
            formset=JSONRowFormSet,
            extra=0,
            can_delete=True,
            max_num=max_num,
            absolute_max=max_num + 20,
            validate_max=True,
        )

    def get_bound_field(self, form: Any, field_name: str) -> BoundField:
        return BoundJSONRows(form, self, field_name)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        formset = value
        if not formset.is_bound:
            return list(formset.initial or ())
        rows = [] if self._is_blank(formset) else self._rows(formset)
        if len(rows) < self.min_num:
            raise ValidationError(_("Give at least %(number)d.") % {"number": self.min_num})
        return rows

    def _is_blank(self, formset: BaseFormSet) -> bool:
        """Whether every posted row is empty. Read from the posted data, which is quicker than a form for each row."""
        data, start = formset.data, f"{formset.prefix}-"
        total = data.get(f"{start}TOTAL_FORMS", "")
        at = len(start)
        filled = any(
            data.get(name) for name in data if name.startswith(start) and name[at : at + 1].isdecimal()
        )
        return not filled and total.isdecimal() and len(total) < 4 and int(total) <= self.max_num

    def _rows(self, formset: BaseFormSet) -> list[dict[str, Any]]:
        if not formset.is_valid():
            if general := formset.non_form_errors():
                raise ValidationError(list(general))
            raise ValidationError(_("Check the rows below."), code=ROWS_INVALID)
        rows = [form.json_value() for form in formset.forms if form not in formset.deleted_forms]  # type: ignore[attr-defined]
        return [row for row in rows if row]

    def value_as_text(self, rows: list[Any]) -> str:
        """Stored rows in one line: values separated by commas, rows by semicolons."""
        names = self.formset_class.form.base_fields
        return "; ".join(
            ", ".join(str(row[name]) for name in names if row.get(name))
            for row in rows
            if isinstance(row, dict)
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        if not data.is_bound:
            return False
        return not data.is_valid() or self.clean(data) != list(initial or ())
