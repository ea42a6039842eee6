"""Servers on ports of this machine, for tools and tests that start them."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int, path: str = "/readyz") -> bool:
    """Whether a server on the port answers a request for `path` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def serving(
    command: list[str],
    port: int,
    environment: dict[str, str],
    *,
    path: str = "/readyz",
    seconds: float = 60,
    **options: Any,
) -> Iterator[subprocess.Popen[Any]]:
    """Run a server for the length of the block, which begins when it answers. Raises as `wait_until_ready` does."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, **options)
    try:
        wait_until_ready(process, port, path, seconds)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(
    process: subprocess.Popen[Any], port: int, path: str = "/readyz", seconds: float = 60
) -> None:
    """Wait until the server answers. Raises RuntimeError where it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not is_ready(port, path):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("The server did not start.")
        time.sleep(0.1)
