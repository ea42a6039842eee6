"""The locks say what is installed, with hashes, and `scripts/environment.py` installs nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def locked(name: str) -> dict[Requirement, list[str]]:
    """The packages of a lock with their hashes."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.strip().startswith("#"):
            requirement, *hashes = re.split(r"\s+(?=--hash)", line.strip())
            found[Requirement(requirement)] = hashes
    return found


def wanted(name: str) -> dict[str, Requirement]:
    """The packages of an input, by their canonical names."""
    lines = (ROOT / name).read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith(("#", "-c "))]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes_and_installed(name: str) -> None:
    packages = locked(name)
    assert len(packages) > 30
    for requirement, hashes in packages.items():
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        assert hashes and all(HASH.fullmatch(given) for given in hashes), requirement
        if Marker(str(requirement.marker or "python_version > '3'")).evaluate():
            assert version(requirement.name) == pin.version


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_follows_from_its_input_and_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text and "index" not in text.lower()
    pins = {canonicalize_name(requirement.name): requirement.specifier for requirement in locked(name)}
    inputs = wanted(name.replace(".txt", ".in"))
    assert {package: pins.get(package) for package in inputs} == {
        package: requirement.specifier for package, requirement in inputs.items()
    }, "make lock"
    one_line = text.replace("\\\n", " ").replace("\n    #", " #")
    direct = re.findall(
        rf"^([\w.-]+)==.* # via .*-r {re.escape(name.removesuffix('.txt'))}\.in\b", one_line, re.MULTILINE
    )
    assert {canonicalize_name(package) for package in direct} == set(inputs), "make lock"


def test_both_locks_agree() -> None:
    run, dev = ({r.name: r.specifier for r in locked(name)} for name in LOCKS)
    assert {name: dev[name] for name in run.keys() & dev.keys()} == {
        name: run[name] for name in run.keys() & dev.keys()
    }


# ---- installing


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project with one locked package, which lies beside it."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "environment.py", tmp_path / "scripts")
    digest = make_wheel(tmp_path / "wheels", "1.0")
    write_lock(tmp_path, "1.0", digest)
    return tmp_path


def make_wheel(folder: Path, number: str) -> str:
    """A wheel of a package `tiny`; its SHA-256."""
    folder.mkdir(exist_ok=True)
    path, info = folder / f"tiny-{number}-py3-none-any.whl", f"tiny-{number}.dist-info"
    files = {
        "tiny.py": f"NUMBER = '{number}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {number}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        record = ""
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_lock(place: Path, number: str, digest: str) -> None:
    options = f"--no-index\n--find-links {place / 'wheels'}\n"
    (place / "requirements.txt").write_text(f"{options}tiny=={number} --hash=sha256:{digest}\n")


def install(place: Path, programs: str) -> subprocess.CompletedProcess[str]:
    """Run environment.py where only the `programs` are on the PATH."""
    environment = {"PATH": programs, "HOME": str(place), "UV_CACHE_DIR": str(place / "cache")}
    command = [sys.executable, "scripts/environment.py", "requirements.txt"]
    return subprocess.run(command, check=False, cwd=place, env=environment, capture_output=True, text=True)


def number(place: Path) -> str:
    command = [place / ".venv/bin/python", "-c", "import tiny; print(tiny.NUMBER)"]
    return subprocess.run(command, check=True, cwd="/", capture_output=True, text=True).stdout.strip()


def folder_of_uv() -> str:
    """The folder of uv, where a uv is there that runs."""
    found = shutil.which("uv")
    if not found or subprocess.call([found, "--version"], stdout=subprocess.DEVNULL):
        pytest.skip("no uv")
    return os.environ["PATH"]


def broken_uv(place: Path) -> str:
    folder = place / "bin"
    folder.mkdir()
    (folder / "uv").write_text("#!/bin/sh\necho this uv does nothing >&2\nexit 2\n")
    (folder / "uv").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.slow
@pytest.mark.parametrize("program", ["uv", "a broken uv, then pip"])
def test_the_lock_is_installed_and_nothing_else(place: Path, program: str) -> None:
    path = folder_of_uv() if program == "uv" else broken_uv(place)
    told = install(place, path)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout == "Making .venv …\nInstalling requirements.txt …\n"
    assert number(place) == "1.0"
    assert install(place, path).stdout == ""  # nothing to do

    # Another lock is installed into the same environment; a file that is not the locked one is refused.
    digest = make_wheel(place / "wheels", "2.0")
    write_lock(place, "2.0", "0" * 64)
    told = install(place, path)
    assert told.returncode != 0 and "hash" in (told.stdout + told.stderr).lower()
    assert number(place) == "1.0"
    write_lock(place, "2.0", digest)
    assert install(place, path).returncode == 0
    assert number(place) == "2.0"
