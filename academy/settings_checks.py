"""Checks of the settings of a deployment: guessable secrets, and hosts that match every name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SHORTEST_KEY, FEWEST_CHARACTERS = 50, 10
# Passwords of examples and guides, which attackers try first.
GUESSED = {
    "academy",
    "academy-demo",
    "academy_app",
    "academy_owner",
    "admin",
    "change-me",
    "changeme",
    "example",
    "password",
    "postgres",
    "secret",
    "test",
}


def insecure_settings(
    *,
    secret_key: str,
    allowed_hosts: Sequence[str],
    databases: Mapping[str, Mapping[str, Any]],
    makes_key: bool = False,
) -> list[str]:
    """Reasons why the application must not serve with these settings; an empty list where it may. They contain no secret.

    `makes_key`: a missing SECRET_KEY is generated at the start, and so is no reason.
    """
    reasons = []
    if not secret_key and makes_key:
        pass
    elif not secret_key:
        reasons.append("SECRET_KEY is not set.")
    elif len(secret_key) < SHORTEST_KEY:
        reasons.append(f"SECRET_KEY is shorter than {SHORTEST_KEY} characters.")
    elif len(set(secret_key)) < FEWEST_CHARACTERS:
        reasons.append(f"SECRET_KEY has fewer than {FEWEST_CHARACTERS} different characters.")
    elif "django-insecure" in secret_key:
        reasons.append("SECRET_KEY is one that Django made for trying out.")
    if "*" in allowed_hosts or not allowed_hosts:
        reasons.append("ALLOWED_HOSTS must name the hosts; * lets a forged one into every address.")
    passwords = [str(database["PASSWORD"]) for database in databases.values() if database.get("PASSWORD")]
    for alias, database in databases.items():
        password = str(database.get("PASSWORD") or "").casefold()
        if password and (password in GUESSED or password == str(database.get("USER")).casefold()):
            reasons.append(f"The password of the {NAMES.get(alias, alias)} is one that is guessed first.")
    if len(passwords) != len(set(passwords)):
        reasons.append("DATABASE_URL and DATABASE_OWNER_URL have the same password: one would open both.")
    return reasons


NAMES = {"default": "role in DATABASE_URL", "owner": "role in DATABASE_OWNER_URL"}
