"""The names in docs/architecture.md exist, and its decisions have the form that they promise."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from academy.rooms import ROOMS, WORKSHOP

from .described import DESCRIBED_ROOMS

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "architecture.md"

# What stands in backticks and is in no file of ours: names of other projects, and examples.
OF_OTHERS = {
    "gthread": "a worker of gunicorn",
    "gevent": "a worker of gunicorn",
    "asgi": "a worker of gunicorn",
    "^@": "an operator of PostgreSQL",
}
SUFFIXES = {".py", ".html", ".js", ".css", ".sql", ".toml", ".json"}


def chapter(title: str) -> str:
    found = PAGE.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    assert found, f"The page has no chapter {title}."
    return found


def prose() -> str:
    """The page without its blocks of code and the guide to a new entity, which test_new_entity follows."""
    text = re.sub(r"```\w*\n.*?```", "", PAGE.read_text(), flags=re.DOTALL)
    return re.sub(r"\n## A new .*?(?=\n## )", "", text, flags=re.DOTALL)


@cache
def sources() -> str:
    """The text of every source file but this page and this test."""
    folders = (*ROOMS, *WORKSHOP, "templates", "static/src")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    files += [ROOT / name for name in ("Makefile", "package.json", "pyproject.toml", "conftest.py")]
    return "\n".join(path.read_text() for path in files if path != Path(__file__))


def is_there(quoted: str) -> bool:
    """Whether what stands in backticks is a path of this project, or a name in its sources."""
    if re.fullmatch(r"\w[\w./-]*(/|\.(py|js|css|html|md|txt|conf))", quoted):
        bases = [
            ROOT / base
            for base in (".", "templates", "static", "static/src", "static/src/css", "static/src/js")
        ]
        named = "/" not in quoted and any(path.name == quoted for path in ROOT.glob("*/*.py"))
        return named or any((base / quoted).exists() for base in bases)
    words = re.findall(r"[A-Za-z_]\w+", quoted)
    return all(re.search(rf"\b{word}\b", sources()) for word in words)


def test_every_path_and_name_exists() -> None:
    quoted = set(re.findall(r"`([^`\n]+)`", prose()))
    assert len(quoted) > 100
    assert sorted(one for one in quoted - set(OF_OTHERS) if not is_there(one)) == []


@pytest.mark.parametrize("gone", ["crud/no_such_module.py", "NoSuchName", "nowhere/"])
def test_a_name_that_does_not_exist_is_noticed(gone: str) -> None:
    assert not is_there(gone)


def test_every_room_stands_in_the_table() -> None:
    table = chapter("Rooms")
    assert [room for room in (*DESCRIBED_ROOMS, *WORKSHOP) if f"`{room}/`" not in table] == []


def test_a_decision_tells_its_context_choice_and_cost_in_six_lines() -> None:
    _, *decisions = re.split(r"\n\n(?=\*\*)", chapter("What is particular"))
    assert len(decisions) > 20
    for decision in decisions:
        text = decision.partition("\n\n### ")[0].strip()
        assert re.findall(r"\*(Context|Choice|Cost):\*", text) == ["Context", "Choice", "Cost"], text
        assert len(text.splitlines()) <= 6 and max(map(len, text.splitlines())) <= 120, text
