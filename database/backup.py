"""Dumps the database and restores dumps, with PostgreSQL's own programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from environ import Env
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import database
from database.server_files import EmbeddedError, program_folder


class BackupError(Exception):
    """A dump could not be made or restored; the message says why and what to do."""


def dump(env: Env, file: Path) -> None:
    """Write everything in the database into `file`, which its owner alone can read; whole or not at all."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.touch(mode=0o600)
    try:
        _run("pg_dump", _owner(env), "--format=custom", f"--file={unfinished}")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(env: Env, file: Path) -> str:
    """Restore `file` into a new database beside the present one; return its name. Leaves nothing where it fails."""
    owner, runtime, administrator = _owner(env), database.runtime_url(env), database.administrator_url(env)
    name = _restored_name(owner)
    if _exists(administrator or owner, name):
        raise BackupError(f"There is a database {name} already. To drop it: manage.py restore --drop")
    made = make_conninfo(owner, dbname=name)
    database.prepare(made, make_conninfo(runtime, dbname=name), administrator_url=administrator)
    try:
        _refuse_later_version(file, made)
        _run("pg_restore", made, "--no-owner", "--exit-on-error", str(file))
    except BaseException:
        _execute(administrator or owner, "DROP DATABASE {} WITH (FORCE)", name)
        raise
    return name


def drop_restored(env: Env) -> str:
    """Drop the database that `restore` made, where there is one; return its name."""
    owner = _owner(env)
    _execute(
        database.administrator_url(env) or owner,
        "DROP DATABASE IF EXISTS {} WITH (FORCE)",
        _restored_name(owner),
    )
    return _restored_name(owner)


def _restored_name(owner: str) -> str:
    return f"{conninfo_to_dict(owner)['dbname']}_restored"


def replace(env: Env, restored: str) -> str:
    """Let `restored` take the place of the present database, which is kept; return its new name, empty if there was none.

    Raises BackupError where somebody still works with one of them.
    """
    owner = _owner(env)
    url, name = database.administrator_url(env) or owner, str(conninfo_to_dict(owner)["dbname"])
    before = f"{name}_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    try:
        if kept := _exists(url, name):
            _execute(url, "ALTER DATABASE {} RENAME TO {}", name, before)
        _execute(url, "ALTER DATABASE {} RENAME TO {}", restored, name)
    except psycopg.errors.ObjectInUse as error:
        raise BackupError(f"Somebody still works with {name}: stop Academy, and try again.") from error
    return before if kept else ""


def _owner(env: Env) -> str:
    url = database.owner_url(env)
    if not url:
        raise BackupError("Set DATABASE_OWNER_URL: only the owner of the tables sees every row.")
    return url


def _refuse_later_version(file: Path, url: str) -> None:
    """A dump goes into a server of the same major version or a later one."""
    listed = _run("pg_restore", "", "--list", str(file))
    found = re.search(r"Dumped from database version: (\d+)", listed)
    with psycopg.connect(url) as connection:
        here = connection.info.server_version // 10000
    if found and int(found[1]) > here:
        raise BackupError(
            f"{file} was made by PostgreSQL {found[1]}, and this server is {here}: a dump goes into the same version or "
            f"a later one."
        )


def _run(program: str, url: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs on the database of `url`; return what it says. The password is in no argument."""
    path = _program(program)
    environment = dict(os.environ)
    words = [str(path), *arguments]
    if url:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
        if password := parts.pop("password", None):
            environment["PGPASSWORD"] = str(password)
        words.append(f"--dbname={make_conninfo(**parts)}")
    run = subprocess.run(words, check=False, env=environment, capture_output=True, text=True)  # noqa: S603
    if run.returncode:
        raise BackupError(f"{program} failed: {run.stderr.strip()}")
    return run.stdout


def _program(name: str) -> Path:
    """The program of the embedded server, which reads every older one, else that of the system."""
    try:
        return program_folder() / name
    except EmbeddedError:
        found = shutil.which(name)
    if not found:
        raise BackupError(f"{name} is not here. On Debian and Ubuntu: apt install postgresql-client")
    return Path(found)


def _maintenance(url: str) -> str:
    return make_conninfo(url, dbname="postgres")


def _exists(url: str, name: str) -> bool:
    with psycopg.connect(_maintenance(url), autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


def _execute(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(_maintenance(url), autocommit=True) as connection:
        text: Any = statement
        connection.execute(sql.SQL(text).format(*map(sql.Identifier, names)))
