"""Every check and every test, in the order of how soon they fail.

python scripts/test.py              everything
python scripts/test.py --check      the static checks alone
python scripts/test.py students …   the tests of these folders alone
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = (
    ("format", [f"{BIN}/ruff", "format", "--check", "--quiet", "."]),
    ("lint", [f"{BIN}/ruff", "check", "--quiet", "."]),
    ("imports", [sys.executable, "scripts/imports.py"]),
    ("types", [f"{BIN}/mypy", "."]),
    ("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("style sheet", [sys.executable, "tools/check_css.py"]),
    ("scripts of the browser", [sys.executable, "tools/check_js.py"]),
    ("templates", [sys.executable, "tools/check_templates.py"]),
    ("sizes", [sys.executable, "tools/check_sizes.py"]),
    ("translations", [sys.executable, "scripts/translations.py", "check"]),
)


def main(arguments: list[str]) -> int:
    if arguments and arguments != ["--check"]:
        return run("tests", [sys.executable, "-m", "pytest", *arguments])
    for name, command in CHECKS:
        if code := run(name, command):
            return code
    if arguments:
        return 0
    return run("tests", [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"])


def run(name: str, command: list[str]) -> int:
    """Run one step, telling its name first and its time where it failed; return its exit code."""
    print(f"· {name}", flush=True)
    began = time.monotonic()
    code = subprocess.call(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=os.environ)
    if code:
        print(f"· {name} failed after {time.monotonic() - began:.0f} s (exit {code})", flush=True)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
