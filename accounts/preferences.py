"""Preferences of a user: language, time zone, density, shortcuts, visible columns of lists.

They are stored with the user and hold on every device. The theme belongs to the device and is only a cookie; density,
shortcuts and language are copied into cookies too, for pages without a user.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone

from .models import User

DENSITIES = ("normal", "compact")
TIME_ZONE_COOKIE = "time_zone"
YEAR = 365 * 24 * 60 * 60


def preference(user: Any, name: str, default: Any = None) -> Any:
    """One preference of `user`, `default` where none was set or nobody is signed in."""
    return getattr(user, "preferences", {}).get(name, default)


def set_preferences(user: User, **values: Any) -> None:
    """Write preferences; None forgets one. Raises ValueError for a name or a value that does not exist."""
    for name, value in values.items():
        if value is not None and not _known(name, value):
            raise ValueError(f"{name} can't be {value!r}.")
    with transaction.atomic():
        # Read again: another tab may have written others meanwhile.
        stored = User.objects.select_for_update().only("preferences").get(pk=user.pk)
        kept = {**stored.preferences, **values}
        user.preferences = {name: value for name, value in kept.items() if value is not None}
        user.save(update_fields=["preferences"])


def remember_program(user: User, key: str) -> None:
    """Keep the program that `user` opened last, for the next sign-in. To the account it is no change, as a visit is none."""
    with transaction.atomic():
        stored = User.objects.select_for_update().only("preferences").get(pk=user.pk)
        user.preferences = {**stored.preferences, "program": key}
        User.objects.filter(pk=user.pk).update(preferences=user.preferences, last_seen_at=timezone.now())


def _known(name: str, value: Any) -> bool:
    match name:
        case "language":
            return value in dict(settings.LANGUAGES)
        case "time_zone":
            return value in time_zones()
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


@cache
def time_zones() -> frozenset[str]:
    """Names of every time zone this machine knows. Reads a folder, so once for each process."""
    return frozenset(zoneinfo.available_timezones())


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The time zone of that name, None where there is none."""
    return zoneinfo.ZoneInfo(name) if name in time_zones() else None


def cookies_of(user: Any) -> dict[str, str | None]:
    """The cookies that tell pages without a user what `user` prefers. None: there must be no such cookie."""
    density, shortcuts = preference(user, "density"), preference(user, "shortcuts")
    wanted = {settings.LANGUAGE_COOKIE_NAME: preference(user, "language")}
    if density is not None:
        wanted["density"] = density
    if shortcuts is not None:
        wanted["shortcuts"] = "on" if shortcuts else "off"
    return wanted


def set_cookies(response: HttpResponse, wanted: Mapping[str, str | None], sent: Mapping[str, str]) -> None:
    """Set those of the `wanted` cookies that differ from what the browser `sent`. Scripts may change them."""
    for name, value in wanted.items():
        if value is None:
            if name in sent:
                response.delete_cookie(name, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
        elif sent.get(name) != value:
            response.set_cookie(
                name,
                value,
                max_age=YEAR,
                path=settings.SESSION_COOKIE_PATH,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
