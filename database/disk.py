"""Detection of a full disk, as the cause of other errors."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

FULL = {errno.ENOSPC, errno.EDQUOT}
SERVER_BYTES = 32_000_000
"""What the embedded server may need to start: two files of its write-ahead log."""
FIRST_BYTES = 200_000_000
"""What the first start needs: the empty database, the demo and the static files are some 100 MB."""


class DiskFullError(OSError):
    """There is no room on the disk of `folder`; the message says so and what to do."""

    def __init__(self, folder: Path) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        self.folder = folder

    def __str__(self) -> str:
        return f"The disk of {self.folder} is full ({free_bytes(self.folder) // 1_000_000} MB free): free some space."


def free_bytes(folder: Path) -> int:
    """What this user can still write on the disk of `folder`, which need not be there yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@contextmanager
def told_when_full(folder: Path, *, holds_database: bool = True) -> Iterator[None]:
    """Raise DiskFullError for what fails in the block because the disk of `folder` is full.

    Where the database lies there as well, an error of the database counts too: when it says that there is no room, and
    when there is none, as the server may end without being able to say why.
    """
    try:
        yield
    except DiskFullError:
        raise
    except Exception as error:
        if _is_cause(error, folder, holds_database):
            raise DiskFullError(folder) from error
        raise


def says_full(text: str) -> bool:
    """Whether a program of PostgreSQL says that there is no room."""
    return any(os.strerror(number) in text for number in FULL)


def _is_cause(error: BaseException | None, folder: Path, holds_database: bool) -> bool:
    while error:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        of_database = holds_database and isinstance(error, psycopg.Error)
        if of_database and (says_full(str(error)) or free_bytes(folder) < SERVER_BYTES):
            return True
        error = error.__cause__ or error.__context__
    return False
