"""`python -m academy.run`, the command behind `make run`: set up a local installation and serve it.

Starts the database, migrates, adds the demo data the first time, collects the static files if they changed, and
executes gunicorn in this process. Steps with nothing to do are skipped quickly.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from environ import Env

import database
from academy import configuration
from database import disk
from database.server_files import EmbeddedError

GUNICORN_CONFIG = database.BASE_DIR / "deploy" / "gunicorn.conf.py"
INTERRUPTED = 128 + signal.SIGINT
FULL_SECONDS = 2
"""Interval between checks whether a full disk has free space again."""


def main() -> None:
    """Prepare the installation, then replace this process with gunicorn."""
    prepare_or_exit()
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_CONFIG)])


def prepare_or_exit() -> None:
    """Prepare the installation, and set ACADEMY_GREETING to the message that gunicorn prints when it serves.

    Exits with a message where that fails. With a full disk it waits for free space and continues.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")
    end_with_make()
    env = Env()
    try:
        try:
            _prepare(env)
        except disk.DiskFullError as error:
            _wait_for_room(error, env)
    except (CommandError, EmbeddedError, ImproperlyConfigured, database.DatabaseSetupError) as error:
        sys.exit(f"academy: {error}")
    except OSError as error:
        sys.exit(f"academy: {database.in_the_way(error)}")
    except KeyboardInterrupt:
        print("\nacademy: stopped before it was set up. Start it again, and it goes on.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _wait_for_room(error: disk.DiskFullError, env: Env) -> None:
    """Wait for free space, then start again. Raises the error again where there is enough space already."""
    needed = disk.SERVER_BYTES if _demo_marker(env).exists() else disk.FIRST_BYTES
    if disk.free_bytes(error.folder) >= needed:
        raise error
    print(f"academy: {error} It goes on by itself when {needed // 1_000_000} MB are free.", file=sys.stderr)
    while disk.free_bytes(error.folder) < needed:
        time.sleep(FULL_SECONDS)
    os.execv(sys.executable, [sys.executable, "-m", "academy.run"])


def _prepare(env: Env) -> None:
    configuration.refuse_wrong()
    host, port = env.str("HOST", default="127.0.0.1"), env.int("PORT", default=8000)
    _refuse_taken_port(host, port)
    if not database.data_folder(env).exists():
        print("Preparing the database …", flush=True)
    database.start(env)
    _set_up(env)
    os.environ["ACADEMY_GREETING"] = _greeting(env, host, port)
    sys.stdout.flush()


def _set_up(env: Env) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    folder, embedded = database.data_folder(env), database.embedded_cluster(env) is not None
    with disk.told_when_full(folder, holds_database=embedded):
        django.setup()
        # Always: quick with nothing to apply, and it completes a start that was interrupted.
        call_command("prepare_database", wait=10, verbosity=0)
        if embedded:
            _fill_in_demo(env)
    with disk.told_when_full(Path(settings.STATIC_ROOT), holds_database=False):
        collect_static(env)


def _fill_in_demo(env: Env) -> None:
    from django.core.management import call_command

    with one_process_at_a_time(database.data_folder(env) / "demo.lock"):
        if not _demo_marker(env).exists():
            print("Filling in the demo …", flush=True)
            call_command("seed_demo", force=True, verbosity=0)
            _demo_marker(env).touch()


@contextmanager
def one_process_at_a_time(lock: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `lock` during the block."""
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _demo_marker(env: Env) -> Path:
    return database.data_folder(env) / "demo-filled-in"


def collect_static(env: Env) -> None:
    """Collect and compress the static files, unless none changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    if settings.DEBUG:  # served from where they are
        return
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list(["CVS", ".*", "*~"]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name("static-collected")
    root.parent.mkdir(parents=True, exist_ok=True)
    with one_process_at_a_time(root.with_name("static.lock")):
        if not (stamp.exists() and stamp.read_text() == digest.hexdigest() and root.is_dir()):
            print("Collecting the static files …", flush=True)
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(digest.hexdigest())


def _greeting(env: Env, host: str, port: int) -> str:
    from academy.demo import catalogue

    shown = f"[{host}]" if ":" in host else host
    lines = [f"Academy is ready on http://{shown}:{port}{env.str('SCRIPT_NAME', default='')}"]
    if _demo_marker(env).exists():
        lines.append(f"Sign in with the password {catalogue.PASSWORD} as")
        lines += [f"  {user.username:<12} {user.can}" for user in catalogue.STAFF]
    return "\n".join([*lines, "Stop with Ctrl-C."])


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(
                f"academy: port {port} on {host} can't be used ({error.strerror}). "
                f"Name another: PORT={port + 1} make run"
            )


def end_with_make() -> None:
    """On Linux, have the kernel end this process when `make` is killed, so that the port is released."""
    if sys.platform == "linux" and os.environ.get("MAKELEVEL"):
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


if __name__ == "__main__":
    main()
