"""Is static/css/app.css what the sources build? Asked without Node, and with it where it is there.

Without Node: the style sheet's own source and the versions of its tools are those recorded at the last build,
nobody edited the result, and every class that a page uses is in it. With Node: built again and compared.

    python tools/check_css.py             check
    python tools/check_css.py --record    after a build: `npm run css` does it
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "static" / "css" / "app.css"
RECORD = ROOT / "static" / "css" / "app.css.inputs.json"
RECORDED = ("static/src/css/*.css", "package-lock.json", "static/css/app.css")
TEMPLATES = ("templates", "*/templates")

# Classes that style nothing themselves: Tailwind's markers, and what scripts look for.
MARKERS = {"group", "peer"}


def main(arguments: list[str]) -> int:
    if arguments == ["--record"]:
        RECORD.write_text(json.dumps(fingerprints(), indent=2) + "\n")
        return 0
    troubles = [*changed_since_build(), *unknown_classes()] or rebuild_differs()
    for trouble in troubles:
        print(trouble)
    if troubles:
        print("Build it again: npm install && npm run css")
    return 1 if troubles else 0


def fingerprints() -> dict[str, str]:
    paths = sorted(path for pattern in RECORDED for path in ROOT.glob(pattern))
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def changed_since_build() -> list[str]:
    recorded = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    now = fingerprints()
    return [
        f"{name} changed since the last build"
        for name in sorted(recorded.keys() | now.keys())
        if recorded.get(name) != now.get(name)
    ]


def unknown_classes() -> list[str]:
    """Classes in templates that the built style sheet does not know."""
    known = {
        name for sheet in BUILT.parent.glob("*.css") for name in styled_classes(sheet.read_text())
    } | MARKERS
    scripts = "".join(path.read_text() for path in (ROOT / "static" / "js").glob("*.js"))
    known |= set(re.findall(r"[\w-]+", scripts))
    paths = sorted(
        {path for pattern in TEMPLATES for folder in ROOT.glob(pattern) for path in folder.rglob("*.html")}
    )
    return [
        f"{path.relative_to(ROOT)}: the style sheet has no class {name}"
        for path in paths
        if "admin" not in path.parts  # styled by Django's own sheets too
        for name in sorted(set(used_classes(path.read_text())))
        if name not in known and name.partition("/")[0] not in MARKERS
    ]


def styled_classes(css: str) -> Iterator[str]:
    for escaped in re.findall(r"\.((?:\\[0-9a-f]{1,6} ?|\\.|[\w-])+)", css):
        name = re.sub(r"\\([0-9a-f]{1,6}) ?", lambda code: chr(int(code[1], 16)), escaped)
        yield re.sub(r"\\(.)", r"\1", name)


def used_classes(template: str) -> Iterator[str]:
    """Literal class names; one that a variable completes can't be told from here."""
    template = re.sub(r"{#.*?#}", "", template, flags=re.DOTALL)
    template = re.sub(r"{%.*?%}", " ", re.sub(r"{{.*?}}", "\0", template, flags=re.DOTALL), flags=re.DOTALL)
    for value in re.findall(r"""\sclass="([^"]*)\"""", template):
        yield from (name for name in value.split() if "\0" not in name)


def rebuild_differs() -> list[str]:
    """Build again with Node. Where it is not there, or can't fetch its packages, the checks above must do."""
    npm = shutil.which("npm")
    if npm is None:
        return []
    if not (ROOT / "node_modules" / ".bin" / "tailwindcss").exists():
        if not os.environ.get("CI"):
            return []
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        if subprocess.call(install, cwd=ROOT, timeout=240):
            print("npm could not fetch its packages: the style sheet was not built again")
            return []
    run = subprocess.run(
        [npm, "run", "--silent", "check"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    return [run.stdout + run.stderr] if run.returncode else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
