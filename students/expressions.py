"""Expressions of the database in the columns and constraints of students."""

from __future__ import annotations

from typing import Any

from django.db import models


class CurrentDate(models.Func):
    """The day in the time zone of the database's session. Only the first migration uses it; see the two below."""

    template = "CURRENT_DATE"
    output_field = models.DateField()


class DayInUTC(models.Func):
    """The day in UTC, whatever the time zone of the session."""

    template = "(now() AT TIME ZONE 'UTC')::date"
    output_field = models.DateField()


class LatestDay(models.Func):
    """The day where it is latest on Earth, UTC+14: no user is later. Forms ask for the day of the user exactly."""

    template = "((now() AT TIME ZONE 'UTC') + interval '14 hours')::date"
    output_field = models.DateField()


class MedicalAlert(models.Func):
    """True where a condition or a medical note is known."""

    template = (
        "(coalesce(medical_info -> 'conditions', '[]'::jsonb) <> '[]'::jsonb"
        " OR coalesce(medical_info ->> 'note', '') <> '')"
    )
    output_field = models.BooleanField()


class PrivateWords(models.Func):
    """Names of conditions and of contacts, their numbers as digits, and their e-mails: folded, for the search."""

    function = "students_private_words"
    output_field = models.TextField()


class NoContact(models.Func):
    """True where nobody is named to be called in an emergency."""

    template = "(coalesce(%(expressions)s -> 'contacts', '[]'::jsonb) = '[]'::jsonb)"
    conditional = True
    output_field = models.BooleanField()

    def __init__(self, field: str = "emergency_contact", **extra: Any) -> None:
        super().__init__(field, **extra)
