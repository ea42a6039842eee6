"""Writes under load while everything is killed in turn: `python -m bench.kills [--rounds 2] [--writers 8]`.

Starts a PostgreSQL, a PgBouncer where one is installed, and Academy as it is deployed, all for this run alone. Writers
add and change students through the pages, as a browser does, and note what was acknowledged. Meanwhile a worker is
killed, connections are terminated, PgBouncer is killed, the database is restarted, stopped (it hangs), its disk is
filled (as root, on a small file system in memory), and at last everything is killed at once. Then SQL is asked: what
was acknowledged must be there once, what was not acknowledged at most once. Ends with 1 where it is not, where a page
was a 500, or where somebody was signed out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg

from academy.run import GUNICORN_CONFIG
from database import BASE_DIR, DATABASE, OWNER, RUNTIME
from database.embedded import Cluster
from database.server_files import SERVER_ACCOUNT, SUPERUSER
from tools.ports import unused_port

from .database import COLLECT, STATIC_ROOT
from .writers import Record, Writer

DISK = "1500m"
PAUSE, STEADY = 3.0, 4.0
HANG_SECONDS, FULL_SECONDS = 7, 4
POOLER = shutil.which("pgbouncer") or next((p for p in ["/usr/sbin/pgbouncer"] if Path(p).exists()), None)

POOLER_CONFIG = """\
[databases]
{database} = host={socket} port=5432 dbname={database} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
server_connect_timeout = 3
server_login_retry = 1
query_wait_timeout = 5
ignore_startup_parameters = extra_float_digits
logfile = {log}
"""

SIGN_IN = """
import json
from django.test import Client
from accounts.factories import UserFactory
from programs.factories import AssignmentFactory
from programs.models import Program
program, cookies = Program.objects.create(name="Load"), []
for number in range({writers}):
    user = UserFactory(role="program_admin", username=f"writer{{number}}")
    AssignmentFactory(user=user, program=program)
    client = Client()
    client.force_login(user)
    cookies.append(client.cookies["sessionid"].value)
print(json.dumps(cookies))
"""


class Stage:
    """The processes of one run, and what can happen to them."""

    def __init__(self, folder: Path, disk: Path | None) -> None:
        self.folder, self.disk = folder, disk
        self.cluster = Cluster((disk or folder) / "database")
        self.port, self.pooler_port = unused_port(), unused_port()
        self.server: subprocess.Popen[bytes] | None = None
        self.pooler: subprocess.Popen[bytes] | None = None

    def url(self, user: str) -> str:
        return self.cluster.url(user, DATABASE)

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_") and k != "MAKELEVEL"}
        pooled = f"postgresql://{RUNTIME}@127.0.0.1:{self.pooler_port}/{DATABASE}"
        return kept | {
            "DATABASE_URL": pooled if POOLER else self.url(RUNTIME),
            "STATIC_ROOT": str(STATIC_ROOT),
            "SECRET_KEY": "only-for-this-run-abcdefghij" + "x" * 40,
            "DEBUG": "0",
            "LOG_LEVEL": "critical",
            "WEB_CONCURRENCY": "2",
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "academy.settings",
        }

    # --- beginning and end

    def set_up(self, writers: int) -> list[str]:
        """Start everything; return the session of each writer."""
        self.cluster.start()
        direct = self.environment | {
            "DATABASE_URL": self.url(RUNTIME),
            "DATABASE_OWNER_URL": self.url(OWNER),
            "DATABASE_ADMIN_URL": self.cluster.url(SUPERUSER, "postgres"),
        }
        self.run("manage.py", "prepare_database", "--verbosity", "0", environment=direct)
        self.run("-c", COLLECT, environment=direct)
        code = SIGN_IN.format(writers=writers)
        made = self.run("manage.py", "shell", "--verbosity", "0", "-c", code, environment=direct)
        self.start_pooler()
        self.start_server()
        cookies: list[str] = json.loads(made.splitlines()[-1])
        return cookies

    def run(self, *arguments: str, environment: dict[str, str]) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def start_server(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_CONFIG)]
        with open(self.folder / "server.log", "ab") as log:
            self.server = subprocess.Popen(command, cwd=BASE_DIR, env=self.environment, stderr=log)

    def start_pooler(self) -> None:
        if not POOLER:
            return
        config = self.folder / "pgbouncer.ini"
        log = self.folder / "pgbouncer.log"
        log.touch()
        log.chmod(0o666)
        config.write_text(
            POOLER_CONFIG.format(
                database=DATABASE,
                socket=self.cluster.socket_folder,
                user=RUNTIME,
                port=self.pooler_port,
                log=log,
            )
        )
        account = pwd.getpwnam(SERVER_ACCOUNT) if os.geteuid() == 0 else None  # it refuses to be root, too
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        self.pooler = subprocess.Popen([POOLER, "--quiet", str(config)], **identity)  # type: ignore[call-overload]

    def end(self) -> None:
        for process in (self.server, self.pooler):
            if process:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(40)
        self.cluster.release()

    # --- what happens

    def database_processes(self) -> list[psutil.Process]:
        pid = int((self.cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        server = psutil.Process(pid)
        return [server, *server.children(recursive=True)]

    def a_worker_is_killed(self) -> None:
        assert self.server
        psutil.Process(self.server.pid).children()[0].kill()

    def connections_are_terminated(self) -> None:
        with psycopg.connect(self.cluster.url(SUPERUSER, "postgres"), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [DATABASE]
            )

    def the_pooler_is_killed(self) -> None:
        if self.pooler:
            self.pooler.kill()
            self.pooler.wait()
            time.sleep(1)
            self.start_pooler()

    def the_database_is_restarted(self) -> None:
        self.database_processes()[0].send_signal(signal.SIGINT)
        time.sleep(1)
        self.cluster.start()

    def the_database_is_killed(self) -> None:
        for process in self.database_processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(1)
        self.cluster.start()

    def the_database_hangs(self) -> None:
        stopped = self.database_processes()
        for process in stopped:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        time.sleep(HANG_SECONDS)
        for process in reversed(stopped):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def the_disk_is_full(self) -> None:
        assert self.disk
        filler = fill(self.disk)
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(self.cluster.url(SUPERUSER, "postgres"), autocommit=True) as admin,
        ):
            for _ in range(50):  # until there is no room for the next part of the write-ahead log
                admin.execute("SELECT pg_logical_emit_message(true, 'full', 'x'), pg_switch_wal()")
        time.sleep(FULL_SECONDS)
        filler.unlink()
        time.sleep(1)
        self.cluster.start()

    def everything_is_killed(self) -> None:
        assert self.server
        processes = [*self.database_processes(), *psutil.Process(self.server.pid).children()]
        processes += [psutil.Process(self.server.pid)]
        processes += [psutil.Process(self.pooler.pid)] if self.pooler else []
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.server.wait()
        if self.pooler:
            self.pooler.wait()
        self.cluster.start()
        self.start_pooler()
        self.start_server()

    def events(self) -> list[Callable[[], None]]:
        found = [self.a_worker_is_killed, self.connections_are_terminated]
        found += [self.the_pooler_is_killed] if POOLER else []
        found += [self.the_database_is_restarted, self.the_database_is_killed, self.the_database_hangs]
        found += [self.the_disk_is_full] if self.disk else []
        return [*found, self.everything_is_killed]


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill a disk up to its last `leave` bytes; return the file to remove for all of them."""
    filler = disk / "filler"
    for size in (1_000_000, 512):
        with contextlib.suppress(OSError), open(filler, "ab", buffering=0) as file:
            while True:
                file.write(b"x" * size)
    os.truncate(filler, filler.stat().st_size - leave)
    return filler


@contextlib.contextmanager
def small_disk(folder: Path, size: str = DISK) -> Iterator[Path | None]:
    """A file system that can be filled without harm, None where this user can't make one."""
    place = folder / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "academy-kills", str(place)]
    mounted = (
        os.geteuid() == 0 and subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    )
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def wait_until_it_serves(writers: list[Writer], seconds: float = 60) -> float:
    """The seconds until every writer has had something acknowledged again."""
    began = time.monotonic()
    before = [writer.record.acknowledged for writer in writers]
    while any(
        writer.record.acknowledged <= count and writer.is_alive()
        for writer, count in zip(writers, before, strict=True)
    ):
        if time.monotonic() - began > seconds:
            break
        time.sleep(0.1)
    return time.monotonic() - began


def compare(stage: Stage, record: Record) -> list[str]:
    with psycopg.connect(stage.url(OWNER)) as connection:
        rows = connection.execute("SELECT id::text, first_name, last_name FROM students").fetchall()
    by_name: dict[str, list[str]] = {}
    for _, first_name, last_name in rows:
        by_name.setdefault(first_name, []).append(last_name)
    wrong = [f"lost: {name}" for name in record.added if name not in by_name]
    wrong += [f"doubled: {name}" for name in record.sent if len(by_name.get(name, ())) > 1]
    for name, (acknowledged, later) in record.changed.items():
        found = by_name.get(name, [""])
        if found[0] not in {acknowledged, *later}:
            wrong.append(f"change lost: {name} is {found[0]}, acknowledged {acknowledged}")
    return wrong


def main(rounds: int, writers: int, only: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="academy-kills-", dir="/tmp")))
        folder.chmod(0o755)
        stage = Stage(folder, stack.enter_context(small_disk(folder)))
        stack.callback(stage.end)
        record = Record()
        crew = [Writer(stage.port, cookie, record) for cookie in stage.set_up(writers)]
        for each in crew:
            each.start()
        wait_until_it_serves(crew)
        time.sleep(STEADY)
        for _ in range(rounds):
            for event in (each for each in stage.events() if only in each.__name__):
                record.slowest = (0.0, "")
                event()
                seconds = wait_until_it_serves(crew)
                time.sleep(PAUSE)
                name, (longest, path) = event.__name__.replace("_", " "), record.slowest
                print(
                    f"{name}: all write again after {seconds:.1f} s; slowest answer {longest:.1f} s, {path}"
                )
        for each in crew:
            each.leave()
        wrong = compare(stage, record)
        for missing in [*([] if POOLER else ["PgBouncer"]), *([] if stage.disk else ["a full disk"])]:
            print(f"not tried here: {missing}")
        print(f"acknowledged: {record.acknowledged} writes, {len(record.added)} students added")
        print(f"answers: {dict(sorted(record.answers.items()))}")
        print(f"signed out: {record.signed_out}")
        print(f"lost or doubled: {len(wrong)}")
        for line in [*wrong, *record.refused][:20]:
            print("  " + line)
    failed = wrong or record.refused or record.signed_out or record.answers.get("500") or not record.added
    return 1 if failed else 0


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=1)
    reader.add_argument("--writers", type=int, default=8)
    reader.add_argument("--only", default="", help="a word of what is to happen, such as disk")
    given = reader.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left behind
    sys.exit(main(given.rounds, given.writers, given.only))
