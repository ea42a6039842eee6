"""Fills an empty database with the demo and collects the static files (run as a program), and serves them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from environ import Env

import database
from tools.ports import ROOT, serving, unused_port

CONFIG = ROOT / "deploy" / "gunicorn.conf.py"
STATIC_ROOT = str(database.data_folder(Env()) / "served" / "static")
"""Where the files that tests serve are collected, once for all of them."""


def environment_of(dsn: str, **more: str) -> dict[str, str]:
    """The environment of a server that browser tests ask: one process on the database `dsn`, and the variables of `more`."""
    known = {name: value for name, value in os.environ.items() if name != "DATABASE_POOL_SIZE"}
    own = {
        "DATABASE_URL": dsn,
        "STATIC_ROOT": STATIC_ROOT,
        "WEB_CONCURRENCY": "1",
        "DEBUG": "0",
        "LOG_LEVEL": "ERROR",
    }
    return {**known, **own, **more}


@contextmanager
def gunicorn(environment: dict[str, str], application: str = "") -> Iterator[int]:
    """The port of a server with the settings of a deployment, for the length of the block.

    It serves `application`, by default the one of the deployment.
    """
    port = unused_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIG), f"--bind=127.0.0.1:{port}"]
    if application:
        command.append(application)
    elif os.environ.get("E2E_SLOW"):
        command.append("e2e.slow:application")
    with serving(command, port, environment):
        yield port


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")
    import django
    from django.core.management import call_command

    from academy.run import collect_static

    django.setup()
    call_command("seed_demo", force=True, verbosity=0)
    collect_static(Env())


if __name__ == "__main__":
    main()
