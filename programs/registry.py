"""The registry of scoped models, which checks, database privileges and contract tests iterate over."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps

from crud.history import event_models, tracked_model

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
def scoped_history_models() -> tuple[type[Any], ...]:
    return tuple(m for m in event_models() if issubclass(tracked_model(m), ProgramScopedModel))
