"""Templates are in the form that `make format` gives them, and no line of theirs is longer than a screen is wide.

python tools/check_templates.py          check; tells what is wrong
python tools/check_templates.py format   format
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
LONGEST_LINE = 110
FORMAT = [
    f"{Path(sys.executable).parent}/djangofmt",
    *("--line-length", str(LONGEST_LINE), "--indent-width", "2", str(TEMPLATES)),
]


def main(arguments: list[str]) -> int:
    if arguments == ["format"]:
        return subprocess.call([*FORMAT, "--quiet"])
    check = subprocess.run([*FORMAT, "--check"], check=False, capture_output=True, text=True)
    problems = [*([check.stdout + check.stderr + "make format"] if check.returncode else []), *long_lines()]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def long_lines() -> list[str]:
    """A line for each line of a template that is too long."""
    return [
        f"{path.relative_to(ROOT)}:{number} has {len(line)} characters, {LONGEST_LINE} at most"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
