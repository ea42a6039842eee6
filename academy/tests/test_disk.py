"""A full disk: said in a sentence at the start, which goes on by itself when there is room."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from academy.tests.test_run import (
    SECONDS_FIRST,
    get,
    kill_database,
    read_until_ready,
    run_academy,
    stop,
    wait_until_ready_again,
)
from bench.kills import fill, small_disk
from database import disk
from e2e.server import STATIC_ROOT
from tools.ports import unused_port


@pytest.fixture
def full_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="academy-full-", dir="/tmp") as path:
        Path(path).chmod(0o755)
        with small_disk(Path(path), size="400m") as place:
            yield place or pytest.skip("this user can't make a file system")


def read_until_full(process: subprocess.Popen[str], folder: Path, needed: int) -> None:
    """Read what a start says until it waits for room on the disk of `folder`."""
    assert process.stdout is not None
    said = next(line for line in process.stdout if not line.endswith(" …\n"))  # the steps it has come to
    sentence = rf"academy: The disk of {folder} is full \(\d+ MB free\): free some space\. "
    assert re.fullmatch(rf"{sentence}It goes on by itself when {needed} MB are free\.\n", said), said


@pytest.mark.slow
def test_a_start_on_a_full_disk_says_so_and_goes_on_when_there_is_room(full_disk: Path) -> None:
    port, data = unused_port(), full_disk / "data"
    filler = fill(full_disk)
    process = run_academy(full_disk, port, STATIC_ROOT=STATIC_ROOT)  # the first one
    try:
        read_until_full(process, data, 200)
        filler.unlink()
        read_until_ready(process, SECONDS_FIRST)
        fill(full_disk)
        kill_database(full_disk)  # while it serves
        time.sleep(1)
        filler.unlink()
        wait_until_ready_again(port)
    finally:
        assert stop(process, signal.SIGTERM) == 0

    fill(full_disk)
    process = run_academy(full_disk, port, STATIC_ROOT=STATIC_ROOT)  # and a later one
    try:
        read_until_full(process, data, 32)
        os.truncate(filler, filler.stat().st_size - 40_000_000)
        read_until_ready(process, SECONDS_FIRST)
        assert get(port, "/readyz") == "ready\n"
    finally:
        stop(process, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("leave", [20_000_000, 42_000_000])  # while initdb works; at the first connection
def test_a_first_start_that_fills_the_disk_says_so(full_disk: Path, leave: int) -> None:
    fill(full_disk, leave)
    process = run_academy(full_disk, unused_port(), STATIC_ROOT=STATIC_ROOT)
    try:
        read_until_full(process, full_disk / "data", 200)
    finally:
        stop(process, signal.SIGKILL)
        if (full_disk / "data" / "postgres" / "postmaster.pid").exists():
            kill_database(full_disk)


# ---- what counts as a full disk


def error_of(error: Exception, cause: Exception | None = None) -> Exception:
    error.__cause__ = cause
    return error


NO_ROOM = psycopg.errors.DiskFull('could not extend file "base/1/2": No space left on device')


@pytest.mark.parametrize(
    ("error", "beside_database", "elsewhere"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True, True),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "/srv/file"), True, True),
        (error_of(ValueError("x"), OSError(errno.ENOSPC, "No space left on device")), True, True),
        (NO_ROOM, True, False),  # elsewhere it is the disk of the database's server
        (error_of(OperationalError("could not extend file"), NO_ROOM), True, False),
        (psycopg.OperationalError("the server closed the connection"), False, False),
        (OSError(errno.EACCES, "Permission denied"), False, False),
        (ValueError("No space left on device"), False, False),
    ],
)
def test_a_full_disk_is_told_from_other_faults(
    tmp_path: Path, error: Exception, beside_database: bool, elsewhere: bool
) -> None:
    for holds_database, expected in ((True, beside_database), (False, elsewhere)):
        with pytest.raises(disk.DiskFullError if expected else type(error)) as raised:
            with disk.told_when_full(tmp_path / "not" / "there", holds_database=holds_database):
                raise error
        assert isinstance(raised.value, disk.DiskFullError) is expected


def test_the_sentence_names_the_folder(tmp_path: Path) -> None:
    said = str(disk.DiskFullError(tmp_path))
    assert re.fullmatch(rf"The disk of {tmp_path} is full \(\d+ MB free\): free some space\.", said)
