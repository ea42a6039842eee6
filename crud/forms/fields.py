"""Widgets for e-mail addresses and dates, and the limits that every field of a form gets."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.translation import gettext_lazy as _

MAX_TEXT_LENGTH = 20_000
MIN_DATE, MAX_DATE = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)


class TextEmailMixin:
    """Makes the widget of an e-mail address send exactly what was typed.

    With `type="email"` Chromium converts the address first: straße.de becomes strasse.de, which may belong to
    somebody else, and invisible characters, which are an error at the field, are dropped.
    """

    input_type = "text"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        defaults = {
            "inputmode": "email",
            "autocapitalize": "none",
            "autocorrect": "off",
            "spellcheck": "false",
        }
        super().__init__({**defaults, **(attrs or {})})  # type: ignore[call-arg]


class EmailInput(TextEmailMixin, forms.EmailInput):
    pass


def set_limits(field: forms.Field, *, max_length: int = MAX_TEXT_LENGTH) -> None:
    """Give a field the limits it lacks, so that absurd input is an error at the field and not in the database.

    A text without a limit gets ``max_length``; dates must lie between 1900 and 2199 and get the browser's date
    input. (Django itself refuses NUL characters.) Calling it again changes nothing.
    """
    if isinstance(field, forms.CharField) and field.max_length is None:
        field.max_length = max_length
        field.validators = [*field.validators, MaxLengthValidator(max_length)]
    if isinstance(field, forms.TypedChoiceField):
        _label_empty_choice(field)
    if isinstance(field, forms.DateField) and not isinstance(field.widget, DateInput):
        field.widget = DateInput(
            attrs={"min": MIN_DATE.isoformat(), "max": MAX_DATE.isoformat(), **field.widget.attrs}
        )
        message = _("Enter a date between 1900 and 2199.")
        field.validators = [
            *field.validators,
            MinValueValidator(MIN_DATE, message),
            MaxValueValidator(MAX_DATE, message),
        ]


def set_form_limits(form: Any, *, max_length: int = MAX_TEXT_LENGTH) -> None:
    """Set the limits of a form class's fields, of which its instances get copies."""
    for field in form.base_fields.values():
        set_limits(field, max_length=max_length)


def _label_empty_choice(field: Any) -> None:
    """Replace the dashes of Django's empty choice by a text."""
    choices = list(field.choices)
    if choices[:1] == BLANK_CHOICE_DASH:
        field.choices = [("", _("Choose…")), *choices[1:]]


class DateInput(forms.DateInput):
    """The browser's own date input, whose value is in ISO format in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")
