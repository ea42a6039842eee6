"""Database constraints in words: the fields that a constraint concerns, and the message when it is violated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import F
from django.db.models.constants import LOOKUP_SEP
from django.utils.translation import gettext as _


def constraint_message(constraint: models.BaseConstraint, labels: Sequence[str]) -> str:
    """The message for a violated constraint, without its name; `labels` are those of the fields it concerns."""
    if constraint.violation_error_message != constraint.default_violation_error_message:
        return str(constraint.get_violation_error_message())
    if isinstance(constraint, models.UniqueConstraint) and labels:
        return _("This is taken already: %(what)s.") % {"what": ", ".join(labels)}
    return _("This value is not allowed.")


def constraint_fields(model: type[models.Model], constraint: models.BaseConstraint) -> set[str]:
    """The names of the fields in a constraint; with a generated field also those it is computed from."""
    names: set[str] = set(getattr(constraint, "fields", ()))
    for expression in getattr(constraint, "expressions", ()):
        names |= _names_in(expression)
    if isinstance(constraint, models.CheckConstraint):
        names |= _names_in(constraint.condition)
    for name in list(names):
        field: Any = model._meta.get_field(name) if is_column(model, name) else None
        if field is not None and field.generated:
            names |= _names_in(field.expression)
    return names


def _names_in(node: Any) -> set[str]:
    """The field names in a condition or an expression: keys of lookups and F() at any depth."""
    if isinstance(node, models.Q):
        names: set[str] = set()
        for child in node.children:
            lookup, value = child if isinstance(child, tuple) else ("", child)
            names |= _names_in(value) | ({lookup.split(LOOKUP_SEP)[0]} if lookup else set())
        return names
    if isinstance(node, F):
        return {str(node.name).split(LOOKUP_SEP)[0]}  # type: ignore[attr-defined]
    if hasattr(node, "get_source_expressions"):
        return {name for child in node.get_source_expressions() for name in _names_in(child)}
    return set()


def is_column(model: Any, name: str) -> bool:
    """Whether the model has a field of this name with a column in its table."""
    try:
        return bool(model._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False
