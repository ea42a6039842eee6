"""Templates are in the form that `make format` gives them, and no line of theirs is longer than a screen is wide.

python tools/check_templates.py          check; tells what is wrong
python tools/check_templates.py format   format
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
LONGEST_LINE = 110
FORMAT = [
    f"{Path(sys.executable).parent}/djangofmt",
    "--quiet",
    "--line-length",
    str(LONGEST_LINE),
    "--indent-width",
    "2",
]


def main(arguments: list[str]) -> int:
    if arguments == ["format"]:
        return format_templates(TEMPLATES)
    problems = [*unformatted(TEMPLATES), *long_lines(TEMPLATES)]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def format_templates(folder: Path) -> int:
    """Format the templates in `folder`; the exit code of the formatter."""
    return subprocess.call([*FORMAT, str(folder)])


def unformatted(folder: Path) -> list[str]:
    """A line for each template in `folder` that the formatter would change or can't read."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(shutil.copytree(folder, Path(temporary) / folder.name))
        code = format_templates(copy)
        changed = [
            path
            for path in templates(folder)
            if path.read_text() != (copy / path.relative_to(folder)).read_text()
        ]
    found = [f"{path.relative_to(folder.parent)} is not formatted: make format" for path in changed]
    return found if code == 0 else [*found, "The formatter can't read a template; see above."]


def long_lines(folder: Path) -> list[str]:
    """A line for each line of a template in `folder` that is too long."""
    return [
        f"{path.relative_to(folder.parent)}:{number} has {len(line)} characters, {LONGEST_LINE} at most"
        for path in templates(folder)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]


def templates(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.html"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
