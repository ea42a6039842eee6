"""Make `.venv` and install the locked requirements; nothing to do takes no time.

Uses uv where it is there and pip elsewhere. Either refuses a file whose hash is not in the lock. Runs with the
machine's own Python and its standard library alone, so that `make` needs nothing else. The installed lock is compared
by content, not by date: a fresh checkout of the same lock installs nothing.

    python3 scripts/environment.py requirements.txt [requirements-dev.txt]
"""

import errno
import fcntl
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def main(lists: list) -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            "Python 3.11 or later is needed; this is %d.%d. Name another: make PYTHON=python3.12 …"
            % sys.version_info[:2]
        )
    with open(os.path.join(ROOT, lists[0])) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once
        if not works():
            create()
        missing = [name for name in lists if not installed(name)]
        if missing:
            print("Installing %s …" % " and ".join(missing), flush=True)
            options = ["--require-hashes", "--no-deps"]  # the locks are complete
            options += [part for name in lists for part in ("-r", os.path.join(ROOT, name))]
            if not by_uv(options):
                by_pip(options)
            for name in missing:
                shutil.copyfile(os.path.join(ROOT, name), stamp(name))


def works() -> bool:
    """Whether the environment is whole and was made for this place by a Python that is still there."""
    if not os.path.exists(PYTHON):
        return False
    check = "import sys; sys.exit(sys.prefix != %r or sys.version_info[:2] != %r)" % (
        os.path.realpath(VENV),
        tuple(sys.version_info[:2]),
    )
    return subprocess.call([PYTHON, "-c", check], stderr=subprocess.DEVNULL, cwd="/") == 0


def create() -> None:
    print("Making .venv …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if not uv("venv", "--quiet", "--python", sys.executable, VENV):
        import venv

        need_ensurepip()
        venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(VENV)


def by_uv(options: list) -> bool:
    """Whether uv is there and has installed everything. It says itself what it could not do."""
    return uv("pip", "install", "--quiet", "--python", PYTHON, *options)


def by_pip(options: list) -> None:
    if subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL):  # uv made it
        need_ensurepip()
        run([PYTHON, "-c", "import ensurepip; ensurepip.bootstrap(verbosity=-1)"])
    quiet = ["--quiet", "--quiet", "--disable-pip-version-check", "--no-input"]
    run([PYTHON, "-m", "pip", "install", *quiet, *options])


def uv(*arguments: str) -> bool:
    """Run uv; whether it is there and did it. Where it fails, pip is tried: it knows other registries and mirrors."""
    program = shutil.which("uv")
    return program is not None and subprocess.call([program, *arguments], cwd=ROOT) == 0


def need_ensurepip() -> None:
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        package = "python%d.%d-venv" % sys.version_info[:2]
        sys.exit(
            "This Python can't make virtual environments. On Debian and Ubuntu: apt install %s" % package
        )


def stamp(name: str) -> str:
    return os.path.join(VENV, "installed-" + os.path.basename(name))


def installed(name: str) -> bool:
    try:
        with open(stamp(name), "rb") as have, open(os.path.join(ROOT, name), "rb") as want:
            return have.read() == want.read()
    except OSError:
        return False


def run(command: list) -> None:
    code = subprocess.call(command)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nInterrupted while .venv was made. Start it again, and it goes on.")
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC):
            raise
        sys.exit("%s can't be written (%s): .venv is made there." % (error.filename, error.strerror))
