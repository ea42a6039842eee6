"""Serves with reload of code, templates and styles, behind `make dev`.

Sets up what is missing as `make run` does, then becomes Django's development server with DEBUG on: it starts again when
a Python file changes, reads templates anew for each page, and serves static files from where they lie. Where Node and
`node_modules` are there, the style sheet and the scripts of the browser are built again whenever a source changes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from academy import run  # noqa: E402

WATCHERS = ("css:watch", "js:watch")
NO_WATCHER = (
    "Styles and scripts are not built again when they change: that needs Node and, once, `npm install`."
)


def main() -> None:
    os.environ |= {"DEBUG": "on", "DJANGO_RUNSERVER_HIDE_WARNING": "true"}
    run.prepare_or_exit()
    print(os.environ["ACADEMY_GREETING"])
    if not watch_sources():
        print(NO_WATCHER)
    sys.stdout.flush()
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    os.execv(sys.executable, [sys.executable, str(ROOT / "manage.py"), "runserver", address])


def watch_sources() -> bool:
    """Start the watchers beside this process, where they can run; whether they can.

    They end when their standard input does: a pipe whose other end this process holds, also as the server that it
    becomes. So no watcher is left behind, however the server ends.
    """
    npm = shutil.which("npm")
    if not npm or not (ROOT / "node_modules" / ".bin" / "tailwindcss").exists():
        return False
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    for watcher in WATCHERS:
        subprocess.Popen([npm, "run", "--silent", watcher], cwd=ROOT, stdin=reading)
    os.close(reading)
    return True


if __name__ == "__main__":
    main()
