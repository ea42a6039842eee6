"""The list of packages is complete and the only one, and no import goes around the contracts made from it."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from academy.rooms import APPS, ROOMS, WORKSHOP

ROOT = Path(__file__).resolve().parent.parent.parent
NO_SOURCE = {"node_modules", "collected"}

# Where a module of another package may be named in a string, and why.
STRINGS_ALLOWED = {
    "academy/settings.py": "Django's settings name classes by strings",
    "academy/urls.py": "Django's handlers and include() take strings; nothing imports what lies above them",
    "conftest.py": "pytest's plugins are named by strings",
    "deploy/gunicorn.conf.py": "gunicorn's settings name classes by strings",
    "scripts/demo.py": "starts `python -m academy.run`, a process of its own",
}
# Where a module is imported by a name that is only known when the program runs, and why.
DYNAMIC_ALLOWED: dict[str, str] = {}
FEW = 3  # so many packages may be named in a row
DYNAMIC = {"import_module", "import_string", "__import__", "autodiscover_modules"}


def packages(root: Path) -> set[str]:
    """The folders of `root` that hold Python files."""
    return {
        folder.name
        for folder in root.iterdir()
        if folder.is_dir()
        and not folder.name.startswith(".")
        and folder.name not in NO_SOURCE
        and any(folder.rglob("*.py"))
    }


def sources() -> Iterator[Path]:
    """Every Python file of the project, relative to its root; without tests, their helpers and migrations."""
    files = [
        *ROOT.glob("*.py"),
        *(path for room in (*ROOMS, *WORKSHOP) for path in (ROOT / room).rglob("*.py")),
    ]
    for path in sorted(file.relative_to(ROOT) for file in files):
        if not {"tests", "migrations"} & set(path.parts) and path.name != "testing.py":
            yield path


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def named_room(text: str, root: Path = ROOT) -> str:
    """The package that a dotted string names a module of; empty where it names none."""
    first, *rest = text.split(".")
    if first not in (*ROOMS, *WORKSHOP) or not rest or not all(part.isidentifier() for part in rest):
        return ""
    place = root / first / rest[0]
    return first if place.is_dir() or place.with_suffix(".py").exists() else ""


# ---- the list


def test_every_folder_with_python_is_in_the_list() -> None:
    assert packages(ROOT) == {*ROOMS, *WORKSHOP}


def test_a_folder_that_is_not_in_the_list_is_noticed(tmp_path: Path) -> None:
    for name in ("lockers", "docs"):
        (tmp_path / name).mkdir()
    (tmp_path / "lockers" / "models.py").touch()
    assert packages(tmp_path) == {"lockers"}


def test_every_app_of_ours_is_installed_in_the_order_of_the_list() -> None:
    ours = [config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
    assert [name for name in ours if name in APPS] == list(APPS)
    assert set(ours) <= set(ROOMS)
    with_models = {model.__module__.partition(".")[0] for model in apps.get_models()}
    assert with_models & set(ROOMS) == set(APPS)


def lists_in(path: Path) -> Iterator[set[Any]]:
    """The lists of texts in a file of Python, TOML or INI."""
    text = (ROOT / path).read_text()
    if sum(bool(re.search(rf"\b{name}[\"' \n]", text)) for name in (*ROOMS, *WORKSHOP)) <= FEW:
        return
    if path.suffix == ".py":
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.List | ast.Tuple | ast.Set):
                yield {item.value for item in node.elts if isinstance(item, ast.Constant)}
    elif path.suffix == ".toml":
        values: list[Any] = [tomllib.loads(text)]
        for value in values:
            values += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
            if isinstance(value, list):
                yield {item for item in value if isinstance(item, str)}
    else:
        parser = configparser.ConfigParser()
        parser.read_string(text)
        yield from (set(value.split()) for section in parser.values() for value in section.values())


def test_the_list_is_written_once() -> None:
    files = [*ROOT.glob("*.toml"), *ROOT.glob("*.ini")]
    files += [path for room in (*ROOMS, *WORKSHOP) for path in (ROOT / room).rglob("tests/**/*.py")]
    found = {
        str(path)
        for path in [*sources(), *(file.relative_to(ROOT) for file in files)]
        for names in lists_in(path)
        if len(names & {*ROOMS, *WORKSHOP}) > FEW
    }
    assert found == {"academy/rooms.py"}


# ---- the contracts


def lint(place: Path, files: dict[str, str]) -> tuple[int, str]:
    """Check the contracts in a project with our packages, empty but for `files`; the exit code and what was said."""
    files = {f"{room}/__init__.py": "" for room in (*ROOMS, *WORKSHOP)} | files
    for name in ("academy/rooms.py", "scripts/imports.py"):
        files[name] = (ROOT / name).read_text()
    for name in ("conftest.py", "scripts/browser.py", "courses/views.py", "students/tests/__init__.py"):
        files.setdefault(name, "")
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    command = [sys.executable, "scripts/imports.py"]
    run = subprocess.run(command, check=False, cwd=place, capture_output=True, text=True)
    return run.returncode, " ".join(run.stdout.split())


def test_an_import_to_a_lower_room_is_kept(tmp_path: Path) -> None:
    files = {"academy/views.py": "import database", "students/tests/test_all.py": "import academy.views"}
    assert lint(tmp_path, files)[0] == 0


def test_an_import_to_a_higher_room_is_refused(tmp_path: Path) -> None:
    code, said = lint(
        tmp_path,
        {
            "crud/views.py": "import students.models",
            "students/models.py": "",
            "database/pool.py": "import performance",
            "web/logs.py": "import scripts.browser",
            "programs/scope.py": "def late():\n    import academy.rooms",
            "desk/models.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import courses.views",
            "courses/services.py": "import courses.views",
            "staff/forms.py": "import staff.visit_views",
            "staff/visit_views.py": "",
            "deploy/check.py": "import conftest",
        },
    )
    assert code == 1
    for pair in (
        ("crud", "students"),
        ("database", "performance"),
        ("web", "scripts"),
        ("programs", "academy"),
        ("desk", "courses"),
        ("courses.services", "courses.views"),
        ("staff.forms", "staff.visit_views"),
        ("deploy", "conftest"),
    ):
        assert "{} is not allowed to import {}".format(*pair) in said


# ---- strings


def test_no_string_stands_for_an_import_of_another_room() -> None:
    found = {
        str(path)
        for path in sources()
        for text in strings(path)
        if named_room(text) not in ("", path.parts[0]) and text != "academy.settings"
    }
    assert found == set(STRINGS_ALLOWED)


def test_no_module_is_imported_by_a_name_made_up_at_run_time() -> None:
    found = {
        str(path)
        for path in sources()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Name | ast.Attribute | ast.alias)
        and DYNAMIC & {getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", "")}
    }
    assert found == set(DYNAMIC_ALLOWED)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("programs.archive.archive", "programs"),
        ("academy.settings", "academy"),
        ("deploy.check", "deploy"),
        ("students.student", ""),
        ("students.view_student", ""),
        ("programs", ""),
        ("programs.a sentence", ""),
        ("django.contrib", ""),
    ],
)
def test_which_strings_name_a_module(text: str, room: str) -> None:
    assert named_room(text) == room
