"""Files that are built from sources and committed, so that nobody needs Node to run or to test: are they in step.

A build leaves a record beside its sources: the fingerprints of its sources, of the versions of its tools and of the
result. Who changes one of them without building again is told so.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Build(NamedTuple):
    command: str
    """The script of package.json that builds."""
    record: Path
    recorded: tuple[str, ...]
    """The sources, the versions of the tools and the result, as patterns below the project's folder."""

    def fingerprints(self) -> dict[str, str]:
        paths = sorted(path for pattern in self.recorded for path in ROOT.glob(pattern))
        return {
            path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
        }

    def write_record(self) -> None:
        self.record.write_text(json.dumps(self.fingerprints(), indent=2) + "\n")

    def changed(self) -> list[str]:
        """What differs from the last build, a sentence each."""
        recorded = json.loads(self.record.read_text()) if self.record.exists() else {}
        now = self.fingerprints()
        return [
            f"{name} changed since the last build: npm install && npm run {self.command}"
            for name in sorted(recorded.keys() | now.keys())
            if recorded.get(name) != now.get(name)
        ]


CSS = Build(
    "css",
    ROOT / "static/src/css/inputs.json",
    ("static/src/css/*.css", "package-lock.json", "static/css/app.css"),
)
JS = Build(
    "js",
    ROOT / "static/src/js/inputs.json",
    ("static/src/js/**/*.js", "package-lock.json", "static/js/*.js"),
)


def run_npm(script: str, tool: str) -> list[str]:
    """Run a script of package.json that checks; return what it says where it fails.

    Nothing where Node or `tool`, the program that the script runs, is not there: on CI they are fetched first.
    """
    npm = shutil.which("npm")
    if npm is None:
        return []
    if not (ROOT / "node_modules" / ".bin" / tool).exists():
        if not os.environ.get("CI"):
            return []
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        if subprocess.call(install, cwd=ROOT, timeout=240):
            print(f"npm could not fetch its packages: `npm run {script}` was left out")
            return []
    run = subprocess.run(
        [npm, "run", "--silent", script], check=False, cwd=ROOT, capture_output=True, text=True
    )
    return [run.stdout + run.stderr] if run.returncode else []
