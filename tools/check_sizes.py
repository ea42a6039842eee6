"""No module, class or function is too long to be read at once. Tests, migrations and data are exempt.

python tools/check_sizes.py     tells each that is too long
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from academy.rooms import ROOMS, WORKSHOP  # noqa: E402

MOST_LINES = {"file": 400, "class": 250, "function": 50}
EXEMPT_FOLDERS = {"tests", "migrations", "e2e"}
EXEMPT_FILES = {
    "academy/demo/catalogue.py": "data",
    "academy/demo/names.py": "data",
}


def main() -> int:
    found = list(too_long())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


def too_long() -> Iterator[str]:
    """A line for each module, class and function that is too long."""
    for room in (*ROOMS, *WORKSHOP):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT)
            if not EXEMPT_FOLDERS & set(name.parts) and name.as_posix() not in EXEMPT_FILES:
                yield from too_long_in(path.read_text(), name.as_posix())


def too_long_in(source: str, name: str) -> Iterator[str]:
    sizes = [("file", name, source.count("\n"))]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            assert node.end_lineno is not None
            sizes.append((kind, f"{name}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1))
    for kind, what, lines in sizes:
        if lines > MOST_LINES[kind]:
            yield f"{what} has {lines} lines; a {kind} has {MOST_LINES[kind]} at most"


if __name__ == "__main__":
    sys.exit(main())
