"""`python -m bench.interactions`: from a key or a click to the new picture, in a headless Chromium on the demo.

Prints the median of 20 for searching, filtering, paging and changing the tab on the student list. The goal is
100 ms for each. Measured in the page: from the time stamp of the event to the end of the first frame that shows the
answer. What the page does after that frame (htmx settles the new part) is not in it.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from academy.demo.catalogue import PASSWORD
from scripts import browser
from scripts.demo import demo_academy
from tools.ports import ROOT

ROUNDS = 20
WARM_UP = 3
GOAL = 100  # ms

# Set before the action: resolves with the milliseconds from the event to the end of the frame that shows the answer. A
# task of the highest priority comes right after the frame; a message would wait for timers that are due.
ARM = """(kind) => {
  window.measured = new Promise((resolve) => {
    document.addEventListener(kind, (event) => {
      const began = event.timeStamp;
      document.addEventListener("htmx:afterSwap", () => requestAnimationFrame(() => {
        scheduler.postTask(() => resolve(performance.now() - began), { priority: "user-blocking" });
      }), { once: true });
    }, { capture: true, once: true });
  });
}"""


def search(page: Page, number: int) -> Callable[[], None]:
    box = page.locator("#f-q")
    box.focus()
    return lambda: page.keyboard.press("aeiou"[number % 5] if number % 2 == 0 else "Backspace")


def filter_(page: Page, number: int) -> Callable[[], None]:
    if not page.locator("#pop-filters").is_visible():
        page.locator("[popovertarget=pop-filters]:visible").first.click()
    chosen = page.locator("#pop-filters select").first
    return lambda: chosen.select_option(index=1 - number % 2)


def next_page(page: Page, number: int) -> Callable[[], None]:
    return press(page, page.locator(f".pager a[rel={'next' if number % 2 == 0 else 'prev'}]"))


def tab(page: Page, number: int) -> Callable[[], None]:
    return press(page, page.locator("#list-tabs a").nth(1 - number % 2))


def press(page: Page, link: Locator) -> Callable[[], None]:
    """A click of the mouse alone: `Locator.click` also asks the page what it hits, within the time measured."""
    link.scroll_into_view_if_needed()
    box = link.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    return lambda: page.mouse.click(x, y)


INTERACTIONS: dict[str, tuple[str, Callable[[Page, int], Callable[[], None]]]] = {
    "search": ("keydown", search),
    "filter": ("change", filter_),
    "page": ("click", next_page),
    "tab": ("click", tab),
}


def measure(page: Page, event: str, prepare: Callable[[Page, int], Callable[[], None]]) -> list[float]:
    """Milliseconds of each round, without the rounds that warm up."""
    page.goto("/students/")
    page.wait_for_load_state("networkidle")
    times = []
    for number in range(WARM_UP * 2 + ROUNDS):
        act = prepare(page, number)
        page.evaluate(ARM, event)
        act()
        times.append(float(page.evaluate("measured")))
        page.wait_for_timeout(30)
    return times[WARM_UP * 2 :]


def main() -> int:
    """Print the table; 0 also where a goal is not met, 1 where nothing could be measured."""
    if not browser.find():
        print("bench: no Chromium or Chrome; set ACADEMY_BROWSER to one", file=sys.stderr)
        return 1
    folder = Path(os.environ.get("ACADEMY_DATA") or ROOT / ".data") / "demo"
    with demo_academy(folder) as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.launch_arguments())
        page = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
        page.goto("/accounts/login/")
        page.fill("[name=username]", "swim-admin")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("#main")
        print(
            f"From key or click to paint, ms, {ROUNDS} rounds each on the demo's student list (goal {GOAL}):"
        )
        for name, (event, prepare) in INTERACTIONS.items():
            times = sorted(measure(page, event, prepare))
            median = statistics.median(times)
            verdict = "" if median <= GOAL else "  over the goal"
            print(f"  {name:8} median {median:5.0f}   slowest {times[-1]:5.0f}{verdict}", flush=True)
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
