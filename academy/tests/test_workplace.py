"""What helps whoever changes the code: the targets of make, the files about contributing, the settings of editors."""

from __future__ import annotations

import configparser
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from academy.rooms import ROOMS, WORKSHOP
from programs.testing import owner_url, runtime_url, scratch_database
from scripts import develop
from tools.ports import is_ready, unused_port

from .described import DESCRIBED_ROOMS

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDES = ("README.md", "CONTRIBUTING.md", "AGENTS.md", "SECURITY.md", "CHANGELOG.md")
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)


# ---- make


def make(*arguments: str) -> str:
    run = subprocess.run(
        ["make", "--no-print-directory", *arguments], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_make_lists_every_target() -> None:
    listed = re.findall(r"^  make ([a-z-]+) +\S", make(), re.MULTILINE)
    assert listed == TARGETS
    assert set(TARGETS) >= {
        "run",
        "dev",
        "test",
        "test-all",
        "shell",
        "messages",
        "css",
        "js",
        "migrations",
        "lock",
    }


def test_every_target_is_phony() -> None:
    """Else a folder of its name, such as `bench`, would be taken for what it makes."""
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert set(TARGETS) <= set(phony[1].replace("\\", "").split())


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_runs_programs_that_are_there(target: str) -> None:
    lines = make("--dry-run", "--always-make", target).splitlines()
    for words in (shlex.split(line, comments=True) for line in lines if ".venv/bin/python" in line):
        program = words[words.index(".venv/bin/python") + 1 :]
        if program[0] == "-m":
            assert importlib.util.find_spec(program[1]), program
        else:
            assert (ROOT / program[0]).is_file(), program


def test_the_shell_of_a_program_and_the_name_of_a_migration_are_passed_on() -> None:
    assert 'manage.py shell --program "Swimming Pool"' in make("--dry-run", "shell", "PROGRAM=Swimming Pool")
    assert make("--dry-run", "shell").rstrip().endswith("manage.py shell")
    assert 'makemigrations --name "lockers"' in make("--dry-run", "migrations", "NAME=lockers")
    assert "TEST_ALL=1 exec .venv/bin/python scripts/test.py students" in make(
        "--dry-run", "test-all", "TESTS=students"
    )


# ---- guides


def test_the_guide_names_every_target_of_make() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert [target for target in TARGETS if f"make {target}" not in text and target != "help"] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_names_is_there(guide: str) -> None:
    text = (ROOT / guide).read_text()
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    paths = [path for path in re.findall(r"`([\w.*/-]+/[\w.*/-]*)`", text) if not path.startswith("/")]
    targets = re.findall(r"\bmake ([a-z-]+)", " ".join(re.findall(r"`[^`]+`|^ {4}.*", text, re.MULTILINE)))
    assert [link for link in links if not (ROOT / link).exists()] == []
    made = (".data/", ".venv")
    assert [path for path in paths if not path.startswith(made) and not list(ROOT.glob(path))] == []
    assert set(targets) <= set(TARGETS)


def test_the_map_names_every_package_and_fits_a_page() -> None:
    text = (ROOT / "AGENTS.md").read_text()
    assert [room for room in (*DESCRIBED_ROOMS, *WORKSHOP) if f"`{room}/`" not in text] == []
    assert len(text.splitlines()) <= 66


def test_the_architecture_tells_the_order_of_the_packages() -> None:
    text = " ".join((ROOT / "docs" / "architecture.md").read_text().split())
    order = [room for room in ROOMS if room in DESCRIBED_ROOMS or f"`{room}` →" in text]
    assert " → ".join(f"`{room}`" for room in order) in text


def test_the_newest_version_of_the_changelog_is_that_of_the_project() -> None:
    versions = re.findall(
        r"^## \[(.+?)\]( - \d{4}-\d\d-\d\d)?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert versions[0] == ("Unreleased", "")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert versions[1][0] == project["version"] and all(date for _, date in versions[1:])


# ---- settings of tools


def test_before_a_commit_the_checks_of_the_continuous_integration_run() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    (hook,) = repo["hooks"]
    assert repo["repo"] == "local" and hook["always_run"] and not hook["pass_filenames"]
    assert hook["entry"].removeprefix(".venv/bin/") in make("--dry-run", "check").replace(
        "exec .venv/bin/", ""
    )
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_editors_and_the_formatter_agree() -> None:
    parser = configparser.ConfigParser()
    parser.read_string("[top]\n" + (ROOT / ".editorconfig").read_text())
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    assert parser["*"]["max_line_length"] == str(ruff["line-length"])
    assert parser["top"]["root"] == "true" and parser["Makefile"]["indent_style"] == "tab"


def test_templates_of_issues_and_pull_requests_are_complete() -> None:
    folder = ROOT / ".github"
    forms = sorted((folder / "ISSUE_TEMPLATE").glob("*.md"))
    assert [path.stem for path in forms] == ["fault", "wish"]
    for path in forms:
        _, front, body = path.read_text().split("---\n", 2)
        assert set(yaml.safe_load(front)) == {"name", "about", "labels"} and "**" in body
    assert "make test" in (folder / "pull_request_template.md").read_text()


# ---- make dev


@pytest.fixture
def served(django_db_setup: None, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of `make dev` without Node, on a database of its own, and the file with what it says."""
    port, output = unused_port(), tmp_path / "output"
    with scratch_database() as name, output.open("w") as file:
        urls = {"DATABASE_URL": runtime_url(name), "DATABASE_OWNER_URL": owner_url(name)}
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts" / "develop.py")],
            env={**os.environ, **urls, "PORT": str(port), "PATH": "/nowhere", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
        try:
            until(lambda: is_ready(port) or process.poll() is not None)
            yield port, output
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def until(is_so: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_the_development_server_starts_again_when_code_changes(served: tuple[int, Path]) -> None:
    port, output = served
    assert "Academy is ready on" in output.read_text() and develop.NO_WATCHER in output.read_text()

    def changed_and_noticed() -> bool:
        # The reloader compares with what it has seen before, which may be after the server is ready.
        (ROOT / "academy" / "urls.py").touch()
        time.sleep(2)
        return "academy/urls.py changed, reloading" in output.read_text()

    until(changed_and_noticed)
    until(lambda: output.read_text().count("Watching for file changes") >= 2)
    until(lambda: is_ready(port))


@pytest.mark.slow
def test_watchers_of_styles_and_scripts_end_with_the_server(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / ".bin").mkdir(parents=True)
    (tmp_path / "node_modules" / ".bin" / "tailwindcss").touch()
    npm = tmp_path / "npm"  # does as the watchers do: works until its standard input ends
    npm.write_text('#!/bin/sh\necho > "$3-runs"\ncat\necho > "$3-ended"\n')
    npm.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; from scripts import develop; "
        "develop.ROOT = Path(sys.argv[1]); assert develop.watch_sources(); os.execv('/bin/sleep', ['sleep', '60'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    until(lambda: len(list(tmp_path.glob("*-runs"))) == len(develop.WATCHERS))
    process.kill()
    process.wait(10)
    until(lambda: len(list(tmp_path.glob("*-ended"))) == len(develop.WATCHERS), 10)


def test_without_node_modules_nothing_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(develop, "ROOT", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/false")
    assert not develop.watch_sources()
