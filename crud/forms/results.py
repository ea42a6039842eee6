"""What `ModelForm.save_once` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from .conflicts import Difference


@dataclass(frozen=True)
class Saved:
    """The row is stored as the form says. An existing row that would not change is not written."""

    row: models.Model


@dataclass(frozen=True)
class AlreadySaved:
    """The same form, posted before, has added ``row``; nothing was written now.

    ``differences`` are the fields whose values differ from those that were saved the first time.
    """

    row: models.Model
    differences: Sequence[Difference] = ()


@dataclass(frozen=True)
class Refused:
    """Nothing was written; the errors of the form say why."""


SaveResult = Saved | AlreadySaved | Refused
