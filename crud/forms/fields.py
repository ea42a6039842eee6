"""Form fields beyond Django's: rows of a JSON list, a set of words, and limits that every field gets."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet, formset_factory
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

ADD_LABEL, ROW_LABEL = _("Add another"), _("Row")
IN_ROWS = "rows"  # the code of an error that the rows themselves tell in full
LONGEST_TEXT = 20_000
EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)


class EmailAsTyped:
    """For a widget of e-mail addresses: the browser sends what was typed.

    From `type="email"` Chromium sends another address than was typed: strasse.de for straße.de, which belongs to
    somebody else, and without the invisible characters that are an error at the field.
    """

    input_type = "text"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        typed = {"inputmode": "email", "autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}
        super().__init__({**typed, **(attrs or {})})  # type: ignore[call-arg]


class EmailInput(EmailAsTyped, forms.EmailInput):
    pass


def prepare(field: forms.Field, *, longest: int = LONGEST_TEXT) -> None:
    """Give a field the limits it lacks, so that absurd input is an error at the field.

    Text without a limit may be ``longest`` characters; dates lie between 1900 and 2199 and use the browser's
    date input. (Django refuses NUL characters itself.) A field that is prepared already stays as it is.
    """
    if isinstance(field, forms.CharField) and field.max_length is None:
        field.max_length = longest
        field.validators = [*field.validators, MaxLengthValidator(longest)]
    if isinstance(field, forms.TypedChoiceField):
        _name_blank(field)
    if isinstance(field, forms.DateField) and not isinstance(field.widget, DateInput):
        field.widget = DateInput(
            attrs={"min": EARLIEST.isoformat(), "max": LATEST.isoformat(), **field.widget.attrs}
        )
        message = _("Enter a date between 1900 and 2199.")
        field.validators = [
            *field.validators,
            MinValueValidator(EARLIEST, message),
            MaxValueValidator(LATEST, message),
        ]


class _Fields(dict):
    """The fields of a form's class. Each form has copies, made here in half the time that Django's take."""

    def __deepcopy__(self, memo: Any) -> dict[str, forms.Field]:
        return {name: _copy_of(field, memo) for name, field in self.items()}


def _copy_of(field: forms.Field, memo: Any) -> forms.Field:
    """What the field's own `__deepcopy__` gives; quicker where it and its widget have no other than Django's."""
    kinds = type(field), type(field.widget)
    if (
        kinds[0].__deepcopy__ is not forms.Field.__deepcopy__
        or kinds[1].__deepcopy__ is not forms.Widget.__deepcopy__
    ):
        return copy.deepcopy(field, memo)
    made: Any
    widget: Any
    made, widget = (object.__new__(kind) for kind in kinds)
    vars(made).update(vars(field))
    vars(widget).update(vars(field.widget))
    widget.attrs = {**field.widget.attrs}
    made.widget, made.error_messages, made.validators = widget, {**field.error_messages}, [*field.validators]
    return made


def prepare_once(form: Any, *, longest: int = LONGEST_TEXT) -> None:
    """Prepare the fields of a form's class, of which each form has copies and a derived class the same again."""
    if not isinstance(form.base_fields, _Fields):
        for field in form.base_fields.values():
            prepare(field, longest=longest)
        form.base_fields = _Fields(form.base_fields)


def _name_blank(field: Any) -> None:
    """Instead of Django's dashes the empty choice says what it is for."""
    choices = list(field.choices)
    if choices[:1] == BLANK_CHOICE_DASH:
        field.choices = [("", _("Choose…")), *choices[1:]]


class DateInput(forms.DateInput):
    """The browser's own date input. Its value is always in ISO form, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class JSONRowForm(forms.Form):
    """One row of a JSONRowsField. A row is blank, and skipped, while every field holds its initial value.

    Give selects an ``initial`` for that reason. ``sizes`` maps field names to "wide" or "narrow".
    """

    sizes: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        prepare_once(type(self), longest=1_000)
        super().__init__(*args, **kwargs)

    def has_changed(self) -> bool:
        """Whether something was filled in; what was not posted at all counts as blank."""
        return any(self[name].data not in (None, "", []) for name in self.changed_data if name != "DELETE")

    def row(self) -> dict[str, Any]:
        """The row as it is stored: what is filled in, without what is empty."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "DELETE" and value not in (None, "")
        }

    def cells(self) -> list[tuple[BoundField, str]]:
        """(field, size) in order, without the box that removes the row."""
        return [(self[name], self.sizes.get(name, "")) for name in self.fields if name != "DELETE"]


class JSONRowFormSet(BaseFormSet):
    """A formset in which every posted row counts as new: rows have no identity, only an order."""

    default_error_messages = {
        **BaseFormSet.default_error_messages,
        "missing_management_form": _("The rows could not be read. Open the page again."),
        "too_many_forms": _("At most %(num)d can be given."),
    }

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else len(self.initial or ())


class JSONRowsWidget(forms.Widget):
    """Stands for the formset in the form; the template ``crud/fields/rows.html`` draws it."""

    use_fieldset = True

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-TOTAL_FORMS" not in data


class BoundJSONRows(BoundField):
    """``form["contacts"]``: its formset, and after validation the errors of each row in it."""

    def as_widget(self, *args: Any, **kwargs: Any) -> SafeString:
        """The rows for a page that draws one widget after the other, as the Django admin does."""
        if not self.formset.is_bound:
            self.formset.extra = 1  # type: ignore[attr-defined]
        return render_to_string("admin/fields/rows.html", {"bound": self})

    @cached_property
    def data(self) -> BaseFormSet:  # type: ignore[override]
        return self.formset

    @property
    def general_errors(self) -> list[str]:
        """Errors of the list as a whole; those of single rows stand at the rows."""
        return [m for e in self.errors.as_data() if e.code != IN_ROWS for m in e.messages]

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
    """A list of dicts, each edited as a ``row_form``; posts as a formset named like the field.

    At least ``min_num`` and at most ``max_num`` rows. ``blank_rows`` empty ones stand open where there are
    none yet. A form that posts no rows at all leaves the stored ones alone.
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
        rows = [] if self._says_nothing(formset) else self._rows(formset)
        if len(rows) < self.min_num:
            raise ValidationError(_("Give at least %(number)d.") % {"number": self.min_num})
        return rows

    def _says_nothing(self, formset: BaseFormSet) -> bool:
        """Whether every row is empty, as most are: a look at what was posted tells so without a form for each."""
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
            raise ValidationError(_("Check the rows below."), code=IN_ROWS)
        rows = [form.row() for form in formset.forms if form not in formset.deleted_forms]  # type: ignore[attr-defined]
        return [row for row in rows if row]

    def in_words(self, rows: list[Any]) -> str:
        """Stored rows in one line: the parts of a row by commas, the rows by semicolons."""
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


class TagsWidget(forms.Widget):
    """Stands for the boxes and the text area in the form; ``crud/fields/tags.html`` draws them.

    Posts the ticked words under the field's name and the others, one a line, under ``<name>_other``.
    """

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[list[str], str]:
        ticked = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return list(ticked), data.get(f"{name}_other", "")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_other" not in data


class BoundTags(BoundField):
    """``form["amenities"]``: the common words with their state, and the text of the others."""

    def as_widget(self, *args: Any, **kwargs: Any) -> SafeString:
        """The words for a page that draws one widget after the other, as the Django admin does."""
        return render_to_string("admin/fields/tags.html", {"bound": self})

    @cached_property
    def _shown(self) -> tuple[list[str], str]:
        if self.form.is_bound:
            return self.data
        field: TagsField = self.field  # type: ignore[assignment]
        names = field.common_names()
        words = [names.get(str(word).casefold(), str(word)) for word in self.initial or ()]
        return [w for w in words if w in field.common], "\n".join(w for w in words if w not in field.common)

    @property
    def options(self) -> list[tuple[str, str, str, bool]]:
        """(id, word, word in the language of the page, ticked) of each common word."""
        words = self.field.common  # type: ignore[attr-defined]
        return [
            (f"{self.auto_id}_{n}", word, gettext(word), word in self._shown[0])
            for n, word in enumerate(words)
        ]

    @property
    def other(self) -> str:
        return self._shown[1]


class TagsField(forms.Field):
    """A list of short words: boxes for the ``common`` ones, a line each for others.

    Common words are marked for translation (``gettext_noop``) and stored as they stand there, whatever the language
    of whoever ticks or types them.
    """

    widget = TagsWidget

    def __init__(
        self, common: Sequence[Any] = (), *, longest: int = 60, most: int = 40, **kwargs: Any
    ) -> None:
        self.common, self.longest, self.most = tuple(common), longest, most
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def get_bound_field(self, form: Any, field_name: str) -> BoundField:
        return BoundTags(form, self, field_name)

    def common_names(self) -> dict[str, str]:
        """The common words by what they are called, in English and in the language of the page, case folded."""
        translated = {gettext(word).casefold(): word for word in self.common}
        return translated | {word.casefold(): word for word in self.common}

    def in_words(self, words: Sequence[str]) -> str:
        """Stored words in one line, in the language of the page."""
        return ", ".join(gettext(word) if word in self.common else str(word) for word in words)

    def clean(self, value: Any) -> list[str]:
        checked, other = value or ([], "")
        words: dict[str, str] = {}
        names = self.common_names()
        for line in [*(checked or ()), *(other or "").splitlines()]:
            word = " ".join(line.split())
            word = names.get(word.casefold(), word)
            if "\0" in word:
                raise ValidationError(
                    _("Null characters are not allowed."), code="null_characters_not_allowed"
                )
            if len(word) > self.longest:
                text = _("“%(word)s…” is longer than %(number)d characters.")
                raise ValidationError(text % {"word": word[:30], "number": self.longest})
            if word:
                words.setdefault(word.casefold(), word)
        if len(words) > self.most:
            raise ValidationError(_("Give at most %(number)d.") % {"number": self.most})
        if self.required and not words:
            raise ValidationError(self.error_messages["required"], code="required")
        return list(words.values())

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != list(initial or ())
        except ValidationError:
            return True
