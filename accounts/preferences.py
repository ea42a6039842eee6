"""How a member of staff likes the pages: language, time zone, density, shortcuts, columns of lists."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.conf import settings

from .models import User

DENSITIES = ("normal", "compact")


def preference(user: Any, name: str, default: Any = None) -> Any:
    """One preference of `user`, `default` where none was set or nobody is signed in."""
    return getattr(user, "preferences", {}).get(name, default)


def set_preferences(user: User, **values: Any) -> None:
    """Write preferences; None forgets one. Raises ValueError for a name or a value that does not exist."""
    for name, value in values.items():
        if value is not None and not _known(name, value):
            raise ValueError(f"{name} can't be {value!r}.")
    kept = {**user.preferences, **values}
    user.preferences = {name: value for name, value in kept.items() if value is not None}
    user.save(update_fields=["preferences"])


def _known(name: str, value: Any) -> bool:
    match name:
        case "language":
            return value in dict(settings.LANGUAGES)
        case "time_zone":
            return value in zoneinfo.available_timezones()
        case "density":
            return value in DENSITIES
        case "shortcuts":
            return isinstance(value, bool)
        case "columns":
            return isinstance(value, dict) and all(
                isinstance(page, str) and isinstance(keys, list) and all(isinstance(key, str) for key in keys)
                for page, keys in value.items()
            )
    return False
