from __future__ import annotations

import datetime
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import crud
from accounts.addresses import validate_address
from crud.forms.fields import EmailInput
from crud.names import CleanCharField

from .models import EARLIEST_BIRTH, EARLIEST_ENROLLMENT, Student

SEVERITIES: tuple[tuple[str, Any], ...] = (
    ("mild", _("Mild")),
    ("moderate", _("Moderate")),
    ("severe", _("Severe")),
)
NO_SUGGESTIONS = {"autocomplete": "off"}


def check_phone(number: str) -> None:
    if len(re.sub(r"\D", "", number)) < 3:
        raise ValidationError(_("Enter a phone number."))


class PhoneField(forms.CharField):
    default_validators = [check_phone]
    widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", **NO_SUGGESTIONS})

    def __init__(self, **kwargs: object) -> None:
        super().__init__(max_length=40, **kwargs)  # type: ignore[arg-type]


class ContactRow(crud.JSONRowForm):
    name = CleanCharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs=NO_SUGGESTIONS))
    relation = forms.CharField(
        label=_("Relation"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"list": "relations", **NO_SUGGESTIONS}),
    )
    phone = PhoneField(label=_("Phone"))
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        validators=[validate_address],
        widget=EmailInput(attrs=NO_SUGGESTIONS),
    )

    sizes = {"name": "wide", "email": "wide"}


class ConditionRow(crud.JSONRowForm):
    name = CleanCharField(label=_("Condition"), max_length=200)
    severity = forms.ChoiceField(
        label=_("Severity"),
        choices=(("", _("Choose…")), *SEVERITIES),
        error_messages={"required": _("Choose how severe the condition is.")},
    )
    medication = forms.CharField(label=_("Medication"), max_length=200, required=False)
    action = forms.CharField(label=_("What to do"), max_length=500, required=False)

    sizes = {"name": "wide", "severity": "narrow", "action": "wide"}


def _line(label: Any, longest: int = 200) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=False, widget=forms.TextInput(attrs=NO_SUGGESTIONS)
    )


class NamesForm(crud.ModelForm):
    """A form with both names of a student, of which one is enough."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name"):
            self.fields[name].one_of_several = True  # type: ignore[attr-defined]


class StudentForm(NamesForm):
    phone = PhoneField(label=_("Phone"), required=False)
    street = _line(_("Street and number"))
    line2 = _line(_("Address line 2"))
    postal_code = _line(_("Postal code"), 20)
    city = _line(_("Town or city"))
    region = _line(_("Region"))
    country = _line(_("Country"))
    contacts = crud.JSONRowsField(
        ContactRow,
        label=_("Emergency contacts"),
        max_num=8,
        blank_rows=1,
        add_label=_("Add a contact"),
        row_label=_("Contact"),
    )
    conditions = crud.JSONRowsField(
        ConditionRow,
        label=_("Medical conditions"),
        max_num=20,
        add_label=_("Add a condition"),
        row_label=_("Condition"),
    )
    medical_note = forms.CharField(
        label=_("Medical note"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Anything else that staff must know to keep the student safe."),
    )

    class Meta:
        model = Student
        fields = (
            "first_name",
            "last_name",
            "date_of_birth",
            "email",
            "phone",
            "enrollment_date",
            "status",
        )
        labels = {"email": _("E-mail")}
        help_texts = {"last_name": _("For somebody with one name only, fill in either of the two.")}
        widgets = {
            "first_name": forms.TextInput(attrs=NO_SUGGESTIONS),
            "last_name": forms.TextInput(attrs=NO_SUGGESTIONS),
            "email": EmailInput(attrs=NO_SUGGESTIONS),
        }
        json_paths = {
            "street": "address.street",
            "line2": "address.line2",
            "postal_code": "address.postal_code",
            "city": "address.city",
            "region": "address.region",
            "country": "address.country",
            "contacts": "emergency_contact.contacts",
            "conditions": "medical_info.conditions",
            "medical_note": "medical_info.note",
        }
        spans = {"street": 6, "line2": 6, "postal_code": 2, "city": 4}
        sections = (
            crud.Section(
                "identity",
                _("Identity"),
                "user",
                _("The student number is given automatically and never changes."),
                ("first_name", "last_name", "date_of_birth"),
            ),
            crud.Section(
                "address",
                _("Contact and address"),
                "map-pin",
                _("Where the student lives and is reached."),
                ("email", "phone", "street", "line2", "postal_code", "city", "region", "country"),
            ),
            crud.Section(
                "contacts", _("Emergency contacts"), "phone", _("Called in this order."), ("contacts",)
            ),
            crud.Section(
                "health",
                _("Health"),
                "heartbeat",
                _("A condition or a note puts the medical alert beside the student's name."),
                ("conditions", "medical_note"),
            ),
            crud.Section("enrolment", _("Enrolment"), "school", "", ("enrollment_date", "status")),
        )

    def clean_date_of_birth(self) -> datetime.date | None:
        born = self.cleaned_data["date_of_birth"]
        if born is not None and born > timezone.localdate():
            raise ValidationError(_("The date of birth is in the future."))
        if born is not None and born < EARLIEST_BIRTH:
            raise ValidationError(_("Enter a date from %(year)d on.") % {"year": EARLIEST_BIRTH.year})
        return born

    def clean_enrollment_date(self) -> datetime.date:
        enrolled = self.cleaned_data["enrollment_date"]
        if enrolled < EARLIEST_ENROLLMENT:
            raise ValidationError(_("Enter a date from %(year)d on.") % {"year": EARLIEST_ENROLLMENT.year})
        return enrolled
