"""The embedded server: started once, shared, stopped by the last, and nothing lost when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from academy.embedded import SUPERUSER, Cluster

# A process that uses the server until it is told to end.
USER = """
    import sys
    from pathlib import Path
    from academy.embedded import Cluster
    Cluster(Path(sys.argv[1]), throwaway=True).start()
    print("started", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can enter; pytest's own are closed to it again and again."""
    with tempfile.TemporaryDirectory(prefix="academy-test-") as path:
        yield Path(path)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder / "data", throwaway=True)
    cluster.start()
    yield cluster
    cluster.release()


@pytest.fixture
def another_process() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def use_in_another_process(folder: Path, started: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(USER), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def run(cluster: Cluster, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def server_process(cluster: Cluster) -> psutil.Process:
    return psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0]))


def test_server_listens_on_a_closed_socket_only(cluster: Cluster) -> None:
    assert run(cluster, "SHOW listen_addresses") == [("",)]
    assert cluster.socket_folder.stat().st_mode & 0o077 == 0
    assert cluster.data.stat().st_mode & 0o077 == 0


def test_starting_twice_uses_the_same_server(
    cluster: Cluster, another_process: list[subprocess.Popen[str]]
) -> None:
    before = server_process(cluster)
    cluster.start()
    use_in_another_process(cluster.folder, another_process)
    assert server_process(cluster) == before


def test_last_user_stops_the_server(cluster: Cluster, another_process: list[subprocess.Popen[str]]) -> None:
    other = use_in_another_process(cluster.folder, another_process)
    cluster.release()
    assert run(cluster, "SELECT 1") == [(1,)]  # the other one still needs it
    other.communicate()  # ends normally
    with pytest.raises(psycopg.OperationalError):
        run(cluster, "SELECT 1")
    assert not (cluster.data / "postmaster.pid").exists()


def test_killed_user_keeps_nothing_running_for_ever(
    cluster: Cluster, another_process: list[subprocess.Popen[str]]
) -> None:
    other = use_in_another_process(cluster.folder, another_process)
    other.kill()
    other.wait()
    cluster.release()
    assert not (cluster.data / "postmaster.pid").exists()


def test_killed_server_starts_again_with_its_data(folder: Path) -> None:
    cluster = Cluster(folder / "data")
    cluster.start()
    run(cluster, "CREATE TABLE kept AS SELECT 42 AS value")
    server = server_process(cluster)
    os.kill(server.pid, signal.SIGKILL)
    wait_for_death(server)
    assert (cluster.data / "postmaster.pid").exists()
    cluster.start()
    assert run(cluster, "SELECT value FROM kept") == [(42,)]
    cluster.release()


def test_lock_file_with_the_number_of_a_stranger_is_cleared(cluster: Cluster) -> None:
    lock_file = cluster.data / "postmaster.pid"
    lines = lock_file.read_text().split("\n")
    cluster.release()
    lock_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    cluster.start()
    assert run(cluster, "SELECT 1") == [(1,)]


def test_server_that_lost_its_socket_is_replaced(cluster: Cluster) -> None:
    server = server_process(cluster)
    for path in cluster.socket_folder.iterdir():
        path.unlink()
    cluster.start()
    assert run(cluster, "SELECT 1") == [(1,)]
    assert server_process(cluster) != server


def test_interrupted_first_start_leaves_nothing_half_made(folder: Path) -> None:
    (folder / "postgres.unfinished").mkdir(parents=True)
    (folder / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    cluster = Cluster(folder, throwaway=True)
    cluster.start()
    assert run(cluster, "SELECT 1") == [(1,)]
    cluster.release()


def test_path_too_long_for_a_socket_works(folder: Path) -> None:
    cluster = Cluster(folder / ("a long name with 'quotes' and, commas " * 4).strip(), throwaway=True)
    assert len(os.fsencode(cluster.socket_folder)) < 90
    cluster.start()
    assert run(cluster, "SELECT 1") == [(1,)]
    cluster.release()
    assert not cluster.socket_folder.exists()


def wait_for_death(process: psutil.Process) -> None:
    deadline = time.monotonic() + 10
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
