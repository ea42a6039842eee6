"""Fields of the Django admin that look a row up while one types."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import models


class KeySelect(AutocompleteSelect):
    """Shows the row whose key was sent, and none for what can be no key, which Django would ask the database for."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_key(self.field, key)], attr)


class KeyLookups:
    """For an admin or an inline: its `autocomplete_fields` take whatever is sent."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        admin: Any = self
        if "widget" not in kwargs and db_field.name in admin.get_autocomplete_fields(request):
            kwargs["widget"] = KeySelect(db_field, admin.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


def is_key(field: Any, key: Any) -> bool:
    """Whether the key could be one of the rows that the foreign key leads to."""
    target: models.Field = field.target_field
    try:
        target.to_python(key)
    except (ValidationError, ValueError, TypeError):
        return False
    return True
