"""What of the deployment can be read; `python deploy/check.py` tries it."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = re.compile(
    r"""env\.(?:str|int|bool|float|list)\(\s*["'](\w+)["']|os\.environ\.get\(["'](\w+)["']"""
)


def test_dockerfile_and_compose_are_right() -> None:
    command = [sys.executable, str(ROOT / "deploy" / "check.py"), "--quick"]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Not tried here" in run.stdout


def test_every_variable_is_described() -> None:
    described = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "operations.md").read_text()))
    files = [*(ROOT / "academy").glob("*.py"), ROOT / "deploy" / "gunicorn.conf.py"]
    files += (ROOT / "academy" / "management" / "commands").glob("*.py")
    read = {a or b for path in files for a, b in READERS.findall(path.read_text())}
    assert len(read) > 15
    assert read - described - {"MAKELEVEL", "ACADEMY_GREETING", "PATH", "SCRIPT_NAME"} == set()


def test_gunicorn_listens_where_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    conf = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
    assert (conf["bind"], conf["workers"], conf["preload_app"]) == ("127.0.0.1:8123", 3, False)


def test_pool_has_a_connection_for_each_thread() -> None:
    from environ import Env

    from database import databases

    conf = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_POOL_SIZE")
        assert databases(Env())["default"]["OPTIONS"]["pool"]["max_size"] >= conf["threads"]
