"""The statuses of a model: the choices of one of its fields, each with a label and a colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .templatetags.ui import tone


@dataclass(frozen=True)
class Status:
    value: Any
    label: str
    tone: str

    @property
    def badge(self) -> SafeString:
        return format_html('<span class="badge {}">{}</span>', self.tone, self.label)


def status_key(value: Any) -> str:
    """A status as an address names it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def statuses_of(field: models.Field, tones: Mapping[str, str]) -> dict[str, Status]:
    """The statuses by their key; `tones` are the colours, by key, of those whose usual one does not fit."""
    choices: Any = field.flatchoices or [(True, _("Active")), (False, _("Inactive"))]
    return {
        (key := status_key(value)): Status(value, str(label), tones.get(key, _usual_tone(value)))
        for value, label in choices
    }


def _usual_tone(value: Any) -> str:
    if isinstance(value, bool):
        return "success" if value else ""
    return tone(value)
