"""Each command of the documentation is run by a test, or stands here with the reason why it is not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from academy.configuration import VARIABLES
from database.embedded import Cluster

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "AGENTS.md",
    "SECURITY.md",
    "docs/operations.md",
    "docs/architecture.md",
)
STARTS_LIKE_ONE = re.compile(
    r"(make|docker|git|cp|mv|python|pg_\w+|manage\.py|\.venv/bin/\S+|deploy/\S+|npm|PORT=\d+) "
)

# Run elsewhere, or nowhere, and why.
ELSEWHERE = {
    "make run": "test_run runs what it runs, python -m academy.run, from an empty folder and again",
    "PORT=8080 make run": "test_run uses other ports",
    "PORT=8001 make run": "test_run uses other ports",
    "make test": "is what runs this test",
    "make test TESTS=students/tests": "is what runs this test, of a folder",
    "make test-all": "the same with TEST_ALL: test_contracts looks at what that changes",
    "make dev": "test_workplace runs it, and looks at what starts again",
    "make check": "is the beginning of make test",
    "make format": "changes the code; its check is part of make test",
    "make shell PROGRAM=Swimming": "test_shell runs it",
    "make migrations": "changes the code; test_new_entity runs its commands",
    "make migrations NAME=lockers": "changes the code; test_new_entity runs its commands",
    "make messages": "changes the code; test_translations runs its parts",
    "make css": "needs Node; tools/check_css.py builds the style sheet where it is",
    "make js": "needs Node; tools/check_js.py builds the scripts where it is",
    "npm run css": "needs Node; tools/check_css.py builds the style sheet where it is",
    "npm run js": "needs Node; tools/check_js.py builds the scripts where it is",
    "npm run lint": "needs Node; tools/check_js.py runs it where it is",
    "npm run format": "changes the code; tools/check_js.py compares its form where Node is",
    "make lock": "asks a registry; test_environment compares the locks with their inputs",
    "make lock UPGRADE=--upgrade": "asks a registry",
    "make screenshots": "takes minutes; e2e looks at the pages",
    "make fuzz": "takes an hour; test_fuzz sends 800 requests",
    "make clean": "removes what runs this test",
    "python scripts/audit.py": "asks a registry; test_audit looks at what it says of the answer",
    "make bench": "takes ten minutes; bench/test_bench.py runs its parts",
    "make bench PYTHON=/usr/bin/python3": "takes ten minutes",
    "python -m bench.admin": "takes ten minutes; academy/tests/test_admin_plans.py looks at the plans",
    "python -m scripts.starts": "test_starts runs a round of it",
    "git pull": "changes the code",
    "cp .env.example .env": "test_deployment reads the file",
    "docker compose up": "there is no container engine; deploy/check.py does its steps",
    "docker compose up --build --detach": "there is no container engine; deploy/check.py does its steps",
    "docker compose exec web python manage.py createsuperuser": "deploy/check.py runs it without a container",
    "deploy/entrypoint.sh gunicorn --config deploy/gunicorn.conf.py": "deploy/check.py runs it",
    "make kills": "takes minutes under load",
    "python -m bench.slow_clients URL": "takes minutes under load",
    "manage.py check --database default": "programs/tests/test_unsafe_database.py runs it",
    "python deploy/check.py": "the continuous integration runs it",
    "manage.py check --deploy": "test_production runs it",
    "manage.py collectstatic": "test_configuration looks at what it leaves, deploy/check.py runs it",
    "apt install postgresql-client": "changes the machine",
}
CHAPTERS = ("Backup and restore", "Upgrade")


def commands() -> dict[str, str]:
    """Every command of the documentation, with the page that it stands on."""
    found = {}
    for page in PAGES:
        text = (ROOT / page).read_text()
        code = re.sub(r"```\w*\n.*?```", "", text, flags=re.DOTALL)  # Python, which test_new_entity builds
        for line in re.findall(r"^ {4}(\S.*)$", code, re.MULTILINE):
            if STARTS_LIKE_ONE.match(f"{line} "):
                found[line.partition("  #")[0].strip()] = page
        for quoted in re.findall(r"`([^`\n]+)`", code):
            if STARTS_LIKE_ONE.match(quoted) and "…" not in quoted:
                found[quoted] = page
    return found


def blocks(chapter: str) -> list[str]:
    """The blocks of commands of a chapter of docs/operations.md, in their order."""
    text = (
        (ROOT / "docs" / "operations.md").read_text().partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    )
    return [
        "\n".join(re.findall(r"^ {4}(.*)$", block, re.MULTILINE))
        for block in re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)
    ]


def test_each_command_is_run_here_or_elsewhere() -> None:
    here = {line for chapter in CHAPTERS for block in blocks(chapter) for line in block.splitlines()}
    known = here | set(ELSEWHERE)
    found = commands()
    assert len(found) > 20
    unknown = {command: page for command, page in found.items() if command not in known}
    untried = {command: page for command, page in unknown.items() if not is_named(command)}
    assert untried == {}, "run them in a test, and name it in ELSEWHERE"


def is_named(command: str) -> bool:
    """Whether it only names a command of manage.py or of make, which is there."""
    words = command.removeprefix("python ").split()
    if words[0] == "manage.py":
        return any((ROOT / "academy" / "management" / "commands").glob(f"{words[1]}.py"))
    return False


def test_no_exemption_is_stale() -> None:
    text = "".join((ROOT / page).read_text() for page in PAGES)
    assert [command for command in ELSEWHERE if command not in text] == []


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that looks like the project, with data of its own: a program in an embedded database."""
    with tempfile.TemporaryDirectory(prefix="academy-test-") as folder:
        path = Path(folder)
        for name in ("manage.py", ".venv"):
            (path / name).symlink_to(ROOT / name)
        (path / ".data").mkdir()
        shell(path, ".venv/bin/python manage.py prepare_database --verbosity=0")
        keep_program(path, "Swimming")
        yield path


def shell(folder: Path, text: str) -> str:
    """Run commands as they stand in the documentation; those of ELSEWHERE are left out."""
    lines = [line for line in text.splitlines() if line not in ELSEWHERE]
    known = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    run = subprocess.run(
        ["/bin/sh", "-e", "-c", "\n".join(lines)],
        check=False,
        cwd=folder,
        env=known | {"ACADEMY_DATA": str(folder / ".data")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def owner(folder: Path, statement: str, database: str = "academy") -> list[tuple[object, ...]]:
    cluster = Cluster(folder / ".data")
    cluster.start()
    try:
        with psycopg.connect(cluster.url("academy_owner", database), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []
    finally:
        cluster.release()


def keep_program(folder: Path, name: str) -> None:
    owner(
        folder,
        f"INSERT INTO programs (id, name, initials) VALUES (gen_random_uuid(), '{name}', '{name[:2]}')",
    )


def programs(folder: Path, database: str = "academy") -> list[str]:
    return sorted(str(name) for (name,) in owner(folder, "SELECT name FROM programs", database))


@pytest.mark.slow
def test_the_chapters_do_what_they_say(place: Path) -> None:
    backup, beside, drop, replaced = blocks("Backup and restore")
    assert "academy.dump" in shell(place, backup)
    assert (place / "academy.dump").stat().st_mode & 0o077 == 0
    keep_program(place, "Football")

    assert "academy_restored" in shell(place, beside)
    assert programs(place, "academy_restored") == ["Swimming"]
    assert programs(place) == ["Football", "Swimming"]
    shell(place, drop)

    told = shell(place, replaced)
    assert programs(place) == ["Swimming"]
    (before,) = re.findall(r"academy_before_\d{8}_\d{6}", told)
    assert programs(place, before) == ["Football", "Swimming"]
    # The restored one is whole: migrated, with its roles and rights, and passes every isolation check.
    shell(place, ".venv/bin/python manage.py prepare_database --verbosity=0")
    assert "Nothing is wrong." in shell(place, "DEBUG=on .venv/bin/python manage.py doctor")

    first, new_version = blocks("Upgrade")
    shell(place, first)
    shell(place, new_version)
    assert (place / ".data" / "postgres-before").is_dir()
    assert programs(place) == ["Swimming"]


@pytest.mark.slow
def test_what_can_not_be_restored_is_a_sentence_and_leaves_nothing(place: Path) -> None:
    (place / "academy.dump").write_bytes(b"no dump")
    known = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    run = subprocess.run(
        [sys.executable, "manage.py", "restore", str(place / "academy.dump"), "--replace"],
        check=False,
        cwd=ROOT,
        env=known | {"ACADEMY_DATA": str(place / ".data")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "pg_restore failed" in run.stderr and "Traceback" not in run.stderr
    assert programs(place) == ["Swimming"]
    assert owner(place, "SELECT FROM pg_database WHERE datname ~ 'restored|before'") == []
