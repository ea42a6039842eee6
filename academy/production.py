"""What a deployment must not start with: secrets that can be guessed, and hosts that mean everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SHORTEST_KEY, FEWEST_CHARACTERS = 50, 10
# What stands in examples and guides, and is tried first by whoever guesses.
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


def weaknesses(
    *,
    secret_key: str,
    allowed_hosts: Sequence[str],
    databases: Mapping[str, Mapping[str, Any]],
    makes_key: bool = False,
) -> list[str]:
    """Why these settings must not serve; empty where they may. The reasons name no secret.

    With `makes_key` a key that is not set is made at the start.
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
