"""The packages that the guides describe, and the domains that were added since by the guide to a new entity."""

from __future__ import annotations

from academy.rooms import APPS, ROOMS

DOMAINS = ("students", "courses", "facilities")
"""The domains that Academy comes with."""
ADDED_DOMAINS = tuple(app for app in APPS[: APPS.index("desk")] if app not in DOMAINS)
"""A new entity needs neither a line in the guides nor labels in German: both may follow."""
DESCRIBED_ROOMS = tuple(room for room in ROOMS if room not in ADDED_DOMAINS)
