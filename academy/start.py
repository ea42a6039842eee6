"""Checks before Academy serves, besides those of its variables (`academy/configuration.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
from environ import Env
from psycopg.conninfo import conninfo_to_dict

import database
from database import log_settings

# What a server answers that is there and takes nobody with this URL. Another failure may pass by itself.
REFUSALS = ("password authentication failed", "no password supplied", "no pg_hba.conf entry")


def problems(env: Env) -> list[str]:
    """A sentence for each reason why pages could not be served; empty where they can."""
    return [*_static_files(env), *refused_role(database.runtime_url(env))]


def warnings(env: Env) -> list[str]:
    """A sentence for each fault that does not keep Academy from serving."""
    try:
        return log_settings.warnings(database.runtime_url(env))
    except psycopg.OperationalError:  # it is not there yet
        return []


def static_root(env: Env) -> Path:
    """Where collected static files lie (STATIC_ROOT, default `static` in the data folder)."""
    return Path(env.str("STATIC_ROOT", default="") or database.data_folder(env) / "static")


def _static_files(env: Env) -> list[str]:
    """A problem where static files are not collected, or are those of another version."""
    if env.bool("DEBUG", default=False):  # served from where they are
        return []
    root, source = static_root(env), database.BASE_DIR / "static"
    try:
        collected = json.loads((root / "staticfiles.json").read_text())["paths"]
    except (OSError, ValueError, KeyError):
        return [f"There are no collected static files in {root}. Run: manage.py collectstatic"]
    files = (path.relative_to(source) for path in source.rglob("*") if path.is_file())
    # As academy.apps says what is collected.
    wanted = {str(path) for path in files if path.parts[0] != "src" and not path.match("*.inputs.json")}
    missing = sorted(name for name in wanted if not name.startswith(".") and name not in collected)
    missing += sorted(name for name in wanted & set(collected) if not (root / collected[name]).exists())
    said = (
        "The static files in {} are not those of this version ({} is missing). Run: manage.py collectstatic"
    )
    return [said.format(root, missing[0])] if missing else []


def refused_role(url: str, variable: str = "DATABASE_URL") -> list[str]:
    """A problem where the server of `url` answers and refuses the role; else empty."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return refusal_of(error, url, variable)
    return []


def refusal_of(error: psycopg.OperationalError, url: str, variable: str) -> list[str]:
    """A problem where `error` says that the server of `url` refuses the role; empty for other errors."""
    if reason := next((said for said in REFUSALS if said in str(error)), ""):
        role = conninfo_to_dict(url)["user"]
        todo = f"Put its password there, or give it the one that stands there: ALTER ROLE {role} PASSWORD '…'"
        return [f"{variable}: the database does not take the role {role} ({reason}). {todo}"]
    return []
