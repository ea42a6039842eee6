"""`make run`: from an empty folder to a page, and again, and after a kill."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tools.ports import unused_port

SECONDS_FIRST, SECONDS_AGAIN = (
    120,
    30,
)  # generous: the machine may be busy; `make run` itself promises 60 and 5


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="academy-test-") as path:
        yield Path(path)


@pytest.fixture
def port() -> int:
    return unused_port()


def run_academy(folder: Path, port: int, **more: str) -> subprocess.Popen[str]:
    ours = {"SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_POOL_SIZE", "DEBUG", "STATIC_ROOT"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"ACADEMY_DATA": str(folder / "data"), "PORT": str(port), **more}
    return subprocess.Popen(
        [sys.executable, "-m", "academy.run"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until_ready(process: subprocess.Popen[str], seconds: float) -> str:
    assert process.stdout is not None
    began, lines = time.monotonic(), []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Stop with"):
            assert time.monotonic() - began < seconds
            return "".join(lines)
    raise AssertionError("".join(lines))


def stop(process: subprocess.Popen[str], how: signal.Signals) -> int:
    process.send_signal(how)
    process.communicate(timeout=60)
    return process.returncode


def get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=15) as answer:
        return str(answer.read().decode())


def server_runs(folder: Path) -> bool:
    return (folder / "data" / "postgres" / "postmaster.pid").exists()


def kill_database(folder: Path) -> None:
    """Kill the embedded server, whose data must outlast it."""
    server = psutil.Process(int((folder / "data" / "postgres" / "postmaster.pid").read_text().split()[0]))
    server.kill()
    server.wait(10)


def wait_until_ready_again(port: int) -> None:
    deadline = time.monotonic() + SECONDS_AGAIN
    while True:
        try:
            assert get(port, "/readyz") == "ready\n"
        except OSError:  # 503 while the database is away
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            return


def test_from_nothing_to_a_page_and_again(folder: Path, port: int) -> None:
    process = run_academy(folder, port)
    try:
        told = read_until_ready(process, SECONDS_FIRST)
        assert f"http://127.0.0.1:{port}" in told
        for username in ("super", "swim-admin", "coordinator", "tutor", "music-admin", "academy-demo"):
            assert username in told
        page = get(port, "/accounts/login/")
        sheet = re.search(r'href="(/static/css/app\.\w+\.css)"', page)
        assert sheet
        assert get(port, sheet[1])
        assert get(port, "/readyz") == "ready\n"
        kill_database(folder)
        wait_until_ready_again(port)
    finally:
        code = stop(process, signal.SIGTERM)
    assert code == 0
    assert not server_runs(folder)

    process = run_academy(folder, port)
    try:
        told = read_until_ready(process, SECONDS_AGAIN)
        assert "Filling in" not in told
        assert "Collecting" not in told
        assert "Preparing" not in told
    finally:
        stop(process, signal.SIGKILL)

    process = run_academy(folder, port)  # the database of the killed one still runs, or is started again
    try:
        read_until_ready(process, SECONDS_AGAIN)
        assert get(port, "/readyz") == "ready\n"
    finally:
        code = stop(process, signal.SIGTERM)
    assert code == 0
    assert not server_runs(folder)


def test_taken_port_is_told_at_once(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = run_academy(folder, port)
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"port {port}" in told
    assert f"PORT={port + 1}" in told
