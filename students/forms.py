from __future__ import annotations

import datetime
import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from academy import crud

from .models import EARLIEST_BIRTH, EARLIEST_ENROLLMENT, Student

SEVERITIES = (("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe"))
NO_SUGGESTIONS = {"autocomplete": "off"}


def check_phone(number: str) -> None:
    if len(re.sub(r"\D", "", number)) < 3:
        raise ValidationError("Enter a phone number.")


class PhoneField(forms.CharField):
    default_validators = [check_phone]
    widget = forms.TextInput(attrs={"type": "tel", "inputmode": "tel", **NO_SUGGESTIONS})

    def __init__(self, **kwargs: object) -> None:
        super().__init__(max_length=40, **kwargs)  # type: ignore[arg-type]


class ContactRow(crud.RowForm):
    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs=NO_SUGGESTIONS))
    relation = forms.CharField(
        max_length=60, required=False, widget=forms.TextInput(attrs={"list": "relations", **NO_SUGGESTIONS})
    )
    phone = PhoneField()
    email = forms.EmailField(
        label="E-mail", max_length=254, required=False, widget=forms.EmailInput(attrs=NO_SUGGESTIONS)
    )

    sizes = {"name": "wide", "email": "wide"}


class ConditionRow(crud.RowForm):
    name = forms.CharField(label="Condition", max_length=200)
    severity = forms.ChoiceField(choices=SEVERITIES, initial="mild")
    medication = forms.CharField(max_length=200, required=False)
    action = forms.CharField(label="What to do", max_length=500, required=False)

    sizes = {"name": "wide", "severity": "narrow", "action": "wide"}


def _line(label: str, longest: int = 200) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=False, widget=forms.TextInput(attrs=NO_SUGGESTIONS)
    )


class StudentForm(crud.ModelForm):
    phone = PhoneField(required=False)
    street = _line("Street and number")
    line2 = _line("Address line 2")
    postal_code = _line("Postal code", 20)
    city = _line("Town or city")
    region = _line("Region")
    country = _line("Country")
    contacts = crud.RowsField(
        ContactRow,
        label="Emergency contacts",
        max_num=8,
        blank_rows=1,
        add_label="Add a contact",
        row_label="Contact",
    )
    conditions = crud.RowsField(
        ConditionRow,
        label="Medical conditions",
        max_num=20,
        add_label="Add a condition",
        row_label="Condition",
    )
    medical_note = forms.CharField(
        label="Medical note",
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Anything else that staff must know to keep the student safe.",
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
        labels = {"email": "E-mail"}
        widgets = {
            "first_name": forms.TextInput(attrs=NO_SUGGESTIONS),
            "last_name": forms.TextInput(attrs=NO_SUGGESTIONS),
            "email": forms.EmailInput(attrs=NO_SUGGESTIONS),
        }
        parts = {
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
                "Identity",
                "user",
                "The student number is given automatically and never changes.",
                ("first_name", "last_name", "date_of_birth"),
            ),
            crud.Section(
                "address",
                "Contact and address",
                "map-pin",
                "Where the student lives and is reached.",
                ("email", "phone", "street", "line2", "postal_code", "city", "region", "country"),
            ),
            crud.Section("contacts", "Emergency contacts", "phone", "Called in this order.", ("contacts",)),
            crud.Section(
                "health",
                "Health",
                "heartbeat",
                "A condition or a note puts the medical alert beside the student's name.",
                ("conditions", "medical_note"),
            ),
            crud.Section("enrolment", "Enrolment", "school", "", ("enrollment_date", "status")),
        )

    def clean_date_of_birth(self) -> datetime.date | None:
        born = self.cleaned_data["date_of_birth"]
        if born is not None and born > timezone.localdate():
            raise ValidationError("The date of birth is in the future.")
        if born is not None and born < EARLIEST_BIRTH:
            raise ValidationError(f"Enter a date from {EARLIEST_BIRTH.year} on.")
        return born

    def clean_enrollment_date(self) -> datetime.date:
        enrolled = self.cleaned_data["enrollment_date"]
        if enrolled < EARLIEST_ENROLLMENT:
            raise ValidationError(f"Enter a date from {EARLIEST_ENROLLMENT.year} on.")
        return enrolled
