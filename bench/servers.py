"""gunicorn with two workers, for Academy and for the plain admin alike."""

from __future__ import annotations

import subprocess
import sys
import time
from types import TracebackType

from academy.run import GUNICORN_CONFIG
from tools.ports import is_ready, unused_port

from .database import BASE_DIR, BenchError, Database

WORKERS = 2
THREADS = 4
START_SECONDS = 60


class Server:
    """A gunicorn on a free port of this machine; a context manager."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], path: str) -> None:
        self.name, self.arguments, self.environment, self.path = name, arguments, environment, path
        self.port = unused_port()

    def __enter__(self) -> Server:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{self.port}", *self.arguments],
            cwd=BASE_DIR,
            env=self.environment | {"GUNICORN_CMD_ARGS": ""},
        )
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(self.port, self.path):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise BenchError(f"The server of {self.name} did not start.")
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def academy(database: Database) -> Server:
    """Academy as it is deployed, with its own gunicorn settings."""
    environment = database.environment | {"WEB_CONCURRENCY": str(WORKERS), "WEB_THREADS": str(THREADS)}
    return Server("Academy", ["--config", str(GUNICORN_CONFIG)], environment, "/readyz")


def plain(database: Database) -> Server:
    """The plain admin, served in the same way."""
    arguments = [
        "bench.plain.wsgi",
        f"--workers={WORKERS}",
        "--worker-class=gthread",
        f"--threads={THREADS}",
        "--timeout=120",
        "--log-level=warning",
        "--no-control-socket",
    ]
    return Server("the plain admin", arguments, database.plain_environment, "/admin/login/")
