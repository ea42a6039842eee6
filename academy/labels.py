"""Verbose names for model fields that set none, as the Django admin and the history show them.

A foreign key gets the name of the model that it refers to. Names that a field sets stay. These names are not part of
migrations.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

NAMES = {
    "created_at": _("created"),
    "updated_at": _("last changed"),
    "deleted_at": _("archived since"),
}


def name_fields() -> None:
    """Name the fields of every model; once, when the models are loaded."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if (name := _name_of(field)) is not None:
                field.verbose_name = name  # type: ignore[assignment]  # lazy, as a name that is given


def _name_of(field: Any) -> Any:
    if field._verbose_name is not None:  # noqa: SLF001 - where Django keeps whether a name was given
        return None
    if field.is_relation:
        return field.related_model._meta.verbose_name
    return NAMES.get(field.name)
