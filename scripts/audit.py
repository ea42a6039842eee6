"""Checks the pinned requirements for known faults, by pip-audit. For the continuous integration.

python scripts/audit.py      ends with 1 where a version has a known fault; where the registry does not answer, it says so
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("requirements.txt", "requirements-dev.txt")
SECONDS = 300


def main() -> int:
    told, faults = report(audit())
    print("\n".join(told))
    return 1 if faults else 0


def audit() -> list[dict[str, Any]]:
    """What pip-audit says of each pinned package; empty where it can't ask."""
    lists = [f"--requirement={ROOT / name}" for name in LISTS]
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        *lists,
        "--require-hashes",
        "--disable-pip",
        "--format=json",
    ]
    try:
        run = subprocess.run(
            [*command, "--progress-spinner=off"], check=False, capture_output=True, text=True, timeout=SECONDS
        )
        found: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return []
    return found


def report(dependencies: list[dict[str, Any]]) -> tuple[list[str], bool]:
    """The lines to print, and whether a version has a known fault."""
    asked = [package for package in dependencies if "vulns" in package]
    if not asked:
        return ["The registry does not answer: nothing was checked for known faults."], False
    lines = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in asked
        for fault in package["vulns"]
    ]
    left = sorted(package["name"] for package in dependencies if "vulns" not in package)
    said = [f"{len(asked)} packages were checked for known faults."]
    if left:
        said.append(f"The registry does not know {len(left)}: {', '.join(left)}.")
    return [*lines, *said], bool(lines)


if __name__ == "__main__":
    sys.exit(main())
