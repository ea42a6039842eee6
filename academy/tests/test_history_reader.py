"""The events of the history are read in one package: no other module or template names their columns."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from .test_rooms import ROOT, sources

READER = Path("crud/history")
COLUMNS, LIBRARY = "pgh_", "pghistory"
# What else names the columns or the library, and why.
ALLOWED = {
    "academy/settings.py": "the library's settings are made of its classes",
    "bench/bare.py": "measures the database with SQL of its own",
    "bench/plain/models.py": "maps the same tables for Django's own admin, to compare with",
    "bench/plain/sites.py": "Django's own admin, to compare with",
    "programs/scope.py": "writes the context of the events, in the library's setting",
    "scripts/starts.py": "names the library's migrations",
}


def names(tree: ast.AST) -> Iterator[str]:
    """Every identifier and string of the source, but for the declaration of an index, which reads no events."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Index":
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        for attribute in ("id", "attr", "arg", "name", "module"):
            if isinstance(name := getattr(node, attribute, None), str):
                yield name
        yield from names(node)


def reads_events(source: str) -> bool:
    return any(COLUMNS in name or LIBRARY in name for name in names(ast.parse(source)))


def test_the_columns_of_events_are_named_by_the_reader_alone() -> None:
    found = {str(path) for path in sources() if reads_events((ROOT / path).read_text())}
    others = {path for path in found if not Path(path).is_relative_to(READER)}
    assert others == set(ALLOWED)
    assert others != found  # the reader itself is noticed


def test_no_template_names_them() -> None:
    templates = [*(ROOT / "templates").rglob("*.*")]
    assert templates
    assert not [path for path in templates if COLUMNS in path.read_text()]


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("row.pgh_label", True),
        ("getattr(row, 'pgh_label')", True),
        ("events.filter(pgh_created_at__gte=day)", True),
        ("events.values_list('-pgh_created_at')", True),
        ("SQL = f'SELECT pgh_obj_id FROM {table}'", True),
        ("import pghistory.models", True),
        ("from pghistory import track", True),
        ("models.Index(fields=['pgh_obj'], name='of_row')", False),
        ("models.Index(fields=['pgh_obj'])\nrow.pgh_label", True),
        ("from crud.history import entries_of", False),
        ("entry.actor", False),
    ],
)
def test_what_reads_events(source: str, reads: bool) -> None:
    assert reads_events(source) is reads
