"""Check the scripts of the browser: static/js is what static/src/js builds, and scripts and styles are in form.

Without Node: neither the sources nor the versions of the tools changed since the last build, and nobody edited the
result. With Node: built again and compared, and Biome lints scripts and styles and compares them with its format.

    python tools/check_js.py             check
    python tools/check_js.py --record    after a build: `npm run js` does it
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import builds

SOURCES = builds.ROOT / "static" / "src" / "js"
BUILT = builds.ROOT / "static" / "js"


def main(arguments: list[str]) -> int:
    if arguments == ["--record"]:
        builds.JS.write_record()
        return 0
    troubles = [*builds.JS.changed(), *without_source()] or [
        *builds.run_npm("check:js", "esbuild"),
        *builds.run_npm("lint", "biome"),
    ]
    for trouble in troubles:
        print(trouble)
    return 1 if troubles else 0


def without_source() -> list[str]:
    """The files of static/js that no entry builds, and entries that were not built."""
    entries = {path.name for path in SOURCES.glob("*.js")}
    built = {path.name for path in BUILT.glob("*.js")}
    return [
        *(f"static/js/{name} has no source in static/src/js" for name in sorted(built - entries)),
        *(f"static/src/js/{name} is not built" for name in sorted(entries - built)),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
