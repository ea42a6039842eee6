"""Which models are scoped. Checks, grants and contract tests are generated over this."""

from __future__ import annotations

from functools import cache
from typing import Any

import pghistory.models
from django.apps import apps

from .models import ProgramScopedModel


@cache
def scoped_models() -> tuple[type[ProgramScopedModel], ...]:
    """Every concrete model whose rows belong to a program, in the order of their names."""
    return tuple(
        sorted(
            (m for m in apps.get_models() if issubclass(m, ProgramScopedModel)), key=lambda m: m._meta.label
        )
    )


@cache
def history_models() -> tuple[type[Any], ...]:
    """Every history model, scoped or not."""
    return tuple(
        sorted(
            (m for m in apps.get_models() if issubclass(m, pghistory.models.Event)),
            key=lambda m: m._meta.label,
        )
    )


@cache
def scoped_history_models() -> tuple[type[Any], ...]:
    """The history models of the scoped models."""
    return tuple(m for m in history_models() if issubclass(m.pgh_tracked_model, ProgramScopedModel))


def history_of(model: type[Any]) -> Any:
    """The history model of `model`, or None where it is not tracked."""
    return next((m for m in history_models() if m.pgh_tracked_model is model), None)
