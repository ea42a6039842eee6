"""No room names a URL, a template or a tag library of a room above it: not in its templates, not in its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.urls import URLPattern, get_resolver

from academy.rooms import ROOMS

from .test_rooms import ROOT, sources

TEMPLATES = ROOT / "templates"
NAMED = re.compile(r"{%\s*(url|extends|include|load)\s+([^%]*)%}")
QUOTED = re.compile(r"""["']([^"']+)["']""")
# What all pages are made of; they belong to no room.
FRAME = {"base.html", "components", "errors", "registration", "account"}


@cache
def rooms_of_urls() -> dict[str, str]:
    """The room of every URL: that of its namespace, or of the module of its view; libraries are nobody's."""
    found: dict[str, str] = {}

    def walk(patterns: list[Any], namespace: str) -> None:
        for entry in patterns:
            if isinstance(entry, URLPattern):
                room = namespace or entry.callback.__module__.partition(".")[0]
                name = f"{namespace}:{entry.name}" if namespace else str(entry.name)
                found[name] = room
            else:
                walk(entry.url_patterns, entry.namespace or namespace)

    walk(get_resolver().url_patterns, "")
    return found


def is_above(room: str, other: str) -> bool:
    """Whether `other` is a room that `room` may know nothing of."""
    return room in ROOMS and other in ROOMS and ROOMS.index(other) < ROOMS.index(room)


def names_in(text: str) -> Iterator[tuple[str, str]]:
    """(name, its room) of each URL, template and tag library that a template names."""
    for tag, rest in NAMED.findall(text):
        if tag == "load":
            for library in rest.split(" from ")[-1].split():
                yield library, engines["django"].engine.libraries.get(library, "").partition(".")[0]
            continue
        for name in QUOTED.findall(rest)[:1]:
            yield name, rooms_of_urls().get(name, "") if tag == "url" else name.partition("/")[0]


def templates_above(room: str, text: str) -> list[str]:
    return [name for name, other in names_in(text) if name not in FRAME and is_above(room, other)]


@pytest.mark.parametrize("room", ROOMS)
def test_no_template_names_what_is_above_its_room(room: str) -> None:
    files = (TEMPLATES / room).rglob("*.*")
    found = {str(path.relative_to(TEMPLATES)): templates_above(room, path.read_text()) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_code_names_a_url_above_its_room() -> None:
    found = [
        (str(path), node.value)
        for path in sources()
        if path.name != "factories.py"
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and is_above(path.parts[0], rooms_of_urls().get(node.value, ""))
        and (":" in node.value or _is_reversed(path, node.value))
    ]
    assert found == []


def _is_reversed(path: Path, name: str) -> bool:
    """Whether a name without a namespace, which could be any word, is used as that of a URL."""
    return (
        re.search(rf"""(reverse|redirect|resolve_url)\(["']{name}["']""", (ROOT / path).read_text())
        is not None
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("""{% url "staff:list" %}""", ["staff:list"]),
        ("""{% url 'dashboard' %}""", ["dashboard"]),
        ("""{% url "programs:switch" %}{% url 'profile' %}{% load ui i18n %}""", []),
        ("""{% include "staff/_crumbs.html" %}{% extends "base.html" %}""", ["staff/_crumbs.html"]),
        ("""{% include name %}{% url name %}""", []),
    ],
)
def test_what_is_above_is_found(text: str, names: list[str]) -> None:
    assert templates_above("programs", text) == names
