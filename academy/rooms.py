"""The list of the project's packages: settings, tests, import contracts, translations and scripts read it from here.

Highest first: a package imports from those below it only (`scripts/imports.py`). A new Django app is one line in
`APPS`, above every package that it imports from. This module imports nothing, so that anything can import it.
"""

from __future__ import annotations

APPS = (
    "students",
    "courses",
    "facilities",
    "desk",
    "staff",
    "programs",
    "accounts",
)
"""The Django apps that have models, in the order in which they are installed."""

ROOMS = ("academy", *APPS, "crud", "web", "performance", "database")
"""The packages that Academy runs on."""

WORKSHOP = ("bench", "scripts", "e2e", "deploy", "tools")
"""Folders of programs for developers and operators. They may use every room; no room uses them."""

if __name__ == "__main__":
    print(*APPS)  # noqa: T201  for the Makefile
