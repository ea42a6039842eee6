"""A running academy with the demo in it and nothing else, for tools that look at its pages."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.ports import is_ready, unused_port

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120


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
    process = subprocess.Popen(
        [sys.executable, "-m", "academy.run"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The demo academy did not start.")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
