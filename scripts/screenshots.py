"""Pictures of every kind of page, in three widths and two themes: `make screenshots`.

python scripts/screenshots.py [--rtl] [--language de] [NAME …]    into .data/screenshots, which git ignores
python scripts/screenshots.py --readme                            the two pictures of the README, into docs/images
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from scripts import browser  # noqa: E402
from scripts.demo import demo_academy  # noqa: E402

FOLDER = ROOT / ".data" / "screenshots"
IMAGES = ROOT / "docs" / "images"
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "tablet": {"viewport": {"width": 820, "height": 1180}, "has_touch": True},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
THEMES = ("light", "dark")

Opened = tuple[str, str, str]
# What opens on a page, after the pages themselves: (name, path, what to press or click).
OPENED: list[Opened] = [
    ("open-program-menu", "/students/", "[popovertarget=pop-program]:visible"),
    ("open-account", "/students/", "[popovertarget=pop-user]:visible, [popovertarget=pop-more]:visible"),
    ("open-filters", "/students/", "[popovertarget=pop-filters]:visible"),
    ("open-keys", "/students/", "key:?"),
    ("open-palette", "/students/", "key:Control+k"),
    ("form-with-errors", "/students/new/", "[data-save]"),
]


def main() -> None:
    options = _options()
    if not browser.find():
        sys.exit("screenshots: no Chromium or Chrome; set ACADEMY_BROWSER to one")
    began = time.monotonic()
    folder = Path(os.environ.get("ACADEMY_DATA") or ROOT / ".data") / "demo"
    with demo_academy(folder) as url:
        visits = (
            [] if options.readme else _visits(folder)
        )  # before Playwright, whose loop Django would refuse
        made = _pictures(url, visits, options)
    print(f"{made} pictures in {time.monotonic() - began:.0f} s: {IMAGES if options.readme else FOLDER}")


def _pictures(url: str, visits: list[Any], options: argparse.Namespace) -> int:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.launch_arguments())
        made = readme(chromium, url) if options.readme else everything(chromium, url, visits, options)
        chromium.close()
        return made


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pictures of every kind of page.")
    parser.add_argument("--readme", action="store_true", help="the two pictures of the README")
    parser.add_argument(
        "--rtl", action="store_true", help="as in a language that is written from right to left"
    )
    parser.add_argument("--language", default="en", help="the language of the browser")
    parser.add_argument("names", nargs="*", help="names of pages; all without any")
    return parser.parse_args()


def _visits(folder: Path) -> list[Any]:
    """The pages, found as the tests find them, with rows of this demo."""
    os.environ.update({"ACADEMY_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "academy.settings"})
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from e2e import pages

    pages.prepare()
    return pages.visits()


def everything(chromium: Browser, url: str, visits: list[Any], options: argparse.Namespace) -> int:
    from e2e import pages

    made = 0
    states: dict[str, Any] = {}
    for size, window in SIZES.items():
        for theme in THEMES:
            target = FOLDER / size / theme
            target.mkdir(parents=True, exist_ok=True)
            open_pages: dict[str, Page] = {}
            for visit in visits:
                if options.names and visit.name not in options.names:
                    continue
                if visit.user not in open_pages:
                    open_pages[visit.user] = _window(
                        chromium, url, visit.user, window, theme, states, options
                    )
                page = open_pages[visit.user]
                if page.request.get(visit.path, max_redirects=0).status == 405:
                    continue
                page.goto(visit.path)
                made += _take(page, target / f"{visit.name.replace(':', '-')}.png", options)
            page = open_pages.get(pages.USER) or _window(
                chromium, url, pages.USER, window, theme, states, options
            )
            for name, path, action in OPENED:
                if options.names and name not in options.names:
                    continue
                page.goto(path)
                if action.startswith("key:"):
                    page.keyboard.press(action[4:])
                else:
                    page.locator(action).first.click()
                page.wait_for_timeout(250)
                made += _take(page, target / f"{name}.png", options, full=False)
            for opened in {page, *open_pages.values()}:
                opened.context.close()
    return made


def _window(
    chromium: Browser,
    url: str,
    user: str,
    window: dict[str, Any],
    theme: str,
    states: dict[str, Any],
    options: argparse.Namespace,
) -> Page:
    """A page signed in as `user`, in the theme."""
    if user and user not in states:
        states[user] = _sign_in(chromium, url, user)
    context = chromium.new_context(
        base_url=url,
        storage_state=states.get(user),
        locale=options.language,
        reduced_motion="reduce",
        **window,
    )
    context.add_cookies([{"name": "theme", "value": theme, "url": url}])
    return context.new_page()


def _sign_in(chromium: Browser, url: str, user: str) -> Any:
    from academy.demo.catalogue import PASSWORD

    with chromium.new_context(base_url=url) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        page.fill("[name=username]", user)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("#main")
        return context.storage_state()


def _take(page: Page, path: Path, options: argparse.Namespace, *, full: bool = True) -> int:
    if options.rtl:
        page.evaluate("document.documentElement.dir = 'rtl'")
        path = path.with_stem(f"{path.stem}-rtl")
    page.evaluate("document.fonts.ready.then(() => true)")
    if full and (size := page.viewport_size):
        # A window as high as the page: what sticks to its edges stays where people see it.
        height = page.evaluate("Math.min(document.documentElement.scrollHeight, 6000)")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
        page.screenshot(path=path)
        page.set_viewport_size(size)
    else:
        page.screenshot(path=path)
    return 1


def readme(chromium: Browser, url: str) -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    options = argparse.Namespace(language="en", rtl=False)
    page = _window(chromium, url, "swim-admin", SIZES["desktop"], "light", {}, options)
    for name, path in (("dashboard", "/"), ("students", "/students/")):
        page.goto(path)
        _take(page, IMAGES / f"{name}.png", options, full=False)
        if convert := shutil.which("convert"):  # ImageMagick's: half the bytes
            subprocess.run(
                [convert, f"{name}.png", "+dither", "-colors", "255", f"PNG8:{name}.png"],
                cwd=IMAGES,
                check=True,
            )
    page.context.close()
    return 2


if __name__ == "__main__":
    main()
