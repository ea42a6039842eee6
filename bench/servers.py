"""gunicorn with two workers, for Academy and for the plain admin alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from academy.run import GUNICORN_CONFIG
from tools.ports import serving, unused_port

from .database import Database

WORKERS = 2
THREADS = 4


@contextmanager
def academy(database: Database) -> Iterator[int]:
    """The port of Academy as it is deployed, with its own gunicorn settings."""
    environment = database.environment | {"WEB_CONCURRENCY": str(WORKERS), "WEB_THREADS": str(THREADS)}
    with _gunicorn(["--config", str(GUNICORN_CONFIG)], environment, "/readyz") as port:
        yield port


@contextmanager
def plain(database: Database) -> Iterator[int]:
    """The port of the plain admin, served in the same way."""
    workers = [f"--workers={WORKERS}", "--worker-class=gthread", f"--threads={THREADS}"]
    arguments = ["bench.plain.wsgi", *workers, "--timeout=120", "--log-level=warning", "--no-control-socket"]
    with _gunicorn(arguments, database.plain_environment, "/admin/login/") as port:
        yield port


@contextmanager
def _gunicorn(arguments: list[str], environment: dict[str, str], path: str) -> Iterator[int]:
    port = unused_port()
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", *arguments]
    with serving(command, port, environment | {"GUNICORN_CMD_ARGS": ""}, path=path):
        yield port
