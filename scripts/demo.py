"""A running academy with the demo in it and nothing else, for tools that look at its pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.ports import serving, unused_port


@contextmanager
def demo_academy(folder: Path) -> Iterator[str]:
    """The URL of an academy that keeps its own database in `folder`; it is filled the first time."""
    folder.mkdir(parents=True, exist_ok=True)
    port = unused_port()
    environment = os.environ | {
        "ACADEMY_DATA": str(folder),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "DEBUG": "0",
        "LOG_LEVEL": "ERROR",
    }
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "STATIC_ROOT"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "academy.run"]
    with serving(command, port, environment, seconds=120, stdout=subprocess.DEVNULL):
        yield f"http://127.0.0.1:{port}"
