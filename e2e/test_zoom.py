"""At 400 % zoom, which leaves 320 × 256, and on a phone: what has the focus is never behind a bar (WCAG 2.4.11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from e2e import pages
from e2e.conftest import PHONE, Academy

ZOOMED = {"viewport": {"width": 320, "height": 256}}
MOST = 120  # presses of Tab on one page
OUTSIDE = "outside the window"
# Where the keyboard is, and which bar lies over it: looked at in the corners and the middle of what can be seen of it.
COVERED = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return { at: "", bars: [] };
  // A box or a circle that is drawn by its label is looked for there.
  const shown = focused.getBoundingClientRect().width > 2 ? focused : focused.closest("label") ?? focused;
  const box = shown.getBoundingClientRect();
  const [left, top] = [Math.max(box.left, 0) + 2, Math.max(box.top, 0) + 2];
  const [right, bottom] = [Math.min(box.right, innerWidth) - 2, Math.min(box.bottom, innerHeight) - 2];
  const at = `${focused.tagName} ${focused.name || focused.id || focused.textContent.trim().slice(0, 30)}`;
  if (right < left || bottom < top) return { at, bars: ["%s"] };
  const bars = new Set();
  const middle = [(left + right) / 2, (top + bottom) / 2];
  // Of a text that is longer than half the window the middle counts: the browser follows what is being typed.
  const points = box.height > innerHeight / 2 ? [middle] : [middle, [left, top], [right, top], [left, bottom], [right, bottom]];
  for (const [x, y] of points) {
    for (let over = document.elementFromPoint(x, y); over && !over.contains(shown) && !shown.contains(over); over = over.parentElement)
      if (["sticky", "fixed"].includes(getComputedStyle(over).position)) bars.add(over.className || over.tagName);
  }
  return { at, bars: [...bars] };
}""".replace("%s", OUTSIDE)
FIELDS = """[...document.querySelectorAll("main input:not([type=hidden]), main textarea, main select")]
  .filter((field) => field.checkVisibility() && !field.closest("[role=search]")).length"""


@pytest.fixture(scope="module")
def forms(academy: Academy) -> list[pages.Visit]:
    """The pages where something can be typed, by their address: one for each kind."""
    with academy.working():
        pages.prepare()
        found = pages.visits()
    forms = []
    for visit in found:
        with_fields = _with_fields(academy, visit)
        if with_fields:
            forms.append(visit)
    return forms


def _with_fields(academy: Academy, visit: pages.Visit) -> bool:
    page = _page(academy, visit.user)
    answer = page.goto(visit.path, wait_until="domcontentloaded")  # after the style sheet and the scripts
    return answer is not None and answer.status == 200 and bool(page.evaluate(FIELDS))


_open: dict[str, tuple[BrowserContext, Page]] = {}


def _page(academy: Academy, user: str) -> Page:
    if user not in _open:
        context = academy.context(user, **ZOOMED, reduced_motion="reduce")
        _open[user] = context, context.new_page()
    return _open[user][1]


@pytest.fixture(scope="module", autouse=True)
def closing() -> Iterator[None]:
    yield
    for context, _ in _open.values():
        context.close()
    _open.clear()


def walk(page: Page, path: str) -> list[str]:
    """Press Tab from the top of a page to its end and back up again, and tell what lay behind a bar."""
    page.goto(path)
    found: list[str] = []
    for key in ("Tab", "Shift+Tab"):
        seen: list[Any] = []
        for _ in range(MOST):
            page.keyboard.press(key)
            focus = page.evaluate(COVERED)
            if not focus["at"]:
                break
            seen.append(focus["at"])
            if focus["bars"] == [OUTSIDE]:
                # A part that came while one tabbed moved it: that is no bar. Where it is looked for, none may be.
                page.wait_for_load_state("networkidle")
                page.evaluate("document.activeElement.scrollIntoView({ block: 'nearest' })")
                focus = page.evaluate(COVERED)
            found += [f"{path} {key} {focus['at']}: {bar}" for bar in focus["bars"]]
        assert seen, path
    return found


def test_each_form_is_there(forms: list[pages.Visit]) -> None:
    names = {visit.name for visit in forms}
    assert {
        "students:student-create",
        "students:student-update",
        "students:student-quick",
        "facilities:facility-create",
        "facilities:facility-update",
        "courses:course-create",
        "courses:course-update",
        "profile",
        "staff:invite",
        "staff:view-as",
    } <= names, names


@pytest.mark.parametrize("size", ["zoomed", "phone"])
def test_the_focus_is_never_behind_a_bar(academy: Academy, forms: list[pages.Visit], size: str) -> None:
    found = []
    for visit in forms:
        page = _page(academy, visit.user)
        page.set_viewport_size(ZOOMED["viewport"] if size == "zoomed" else PHONE["viewport"])  # type: ignore[arg-type]
        found += walk(page, visit.path)
    assert found == [], "\n".join(dict.fromkeys(found))
