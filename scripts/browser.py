"""The browser for the browser tests: the one that is there, else one that can be installed.

python scripts/browser.py      installs one where none is found; never fails
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

# The first has no window to draw, so tests take two thirds of the time.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
MAC = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
INSTALL_SECONDS = 300


@cache
def find() -> str | None:
    """Path of a Chromium or Chrome; ACADEMY_BROWSER names one, or "none" to do without."""
    named = os.environ.get("ACADEMY_BROWSER")
    if named:
        return None if named == "none" else named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return next((path for path in MAC if Path(path).exists()), None) or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def launch_arguments() -> list[str]:
    """What the browser needs to run here: as root its sandbox doesn't work."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        # Where there is no graphics card, one that is emulated draws more slowly than none.
        "--disable-gpu",
    ]
    return ["--no-sandbox", *quiet] if os.geteuid() == 0 else quiet


def install() -> None:
    """Debian's package where it may, else Playwright's own build."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        package = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends"]
        attempts = [["apt-get", "update", "--quiet"], *([*package, name] for name in NAMES[:2]), *attempts]
    for command in attempts:
        print("No browser yet:", " ".join(command), flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            subprocess.run(
                command, check=False, timeout=INSTALL_SECONDS, stdin=subprocess.DEVNULL, env=environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            print(error, flush=True)
        find.cache_clear()
        if find():
            return


if __name__ == "__main__" and os.environ.get("ACADEMY_BROWSER") is None and not find():
    try:
        install()
    except KeyboardInterrupt:
        sys.exit("Interrupted while a browser was looked for. ACADEMY_BROWSER=none does without one.")
