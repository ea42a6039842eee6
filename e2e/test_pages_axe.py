"""Every page, light and dark, on a desk and on a phone: no finding of axe for WCAG 2.2 A and AA, whatever the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from e2e import pages
from e2e.axe import SCRIPT, Look
from e2e.conftest import DESKTOP, PHONE, Academy, watch
from e2e.hostile import broken, hostile, note_dialogs

TARGET = 44  # px, on touch
# What a finger must hit and is smaller. Links inside sentences may be: WCAG exempts them.
SMALL = """(least) => [...document.querySelectorAll(
    "button, .btn, .menu-item, .tabbar a, .nav, .tabs a, .pager a, summary, select, input:not([type=hidden])")]
  .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .filter((e) => !e.matches("[tabindex='-1'], .check, .sr-only, .sr-only *"))
  .map((e) => [e.outerHTML.slice(0, 110), e.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < least - 0.5 || box.height < least - 0.5))
  .map(([html, box]) => `${html} is ${Math.round(box.width)}×${Math.round(box.height)}`)"""


@pytest.fixture(scope="module")
def every(academy: Academy) -> Iterator[list[pages.Visit]]:
    """A visit to every address, with rows whose every text breaks pages elsewhere."""
    with hostile(academy) as (_, found):
        yield found


@pytest.fixture(scope="module")
def visits(academy: Academy, every: list[pages.Visit]) -> list[pages.Visit]:
    """Those that answer."""
    with academy.context(pages.USER) as context:
        return pages.answering(every, context.request)


class Windows:
    """A page for each user, kept open: starting up only once is what makes the walk quick."""

    def __init__(self, academy: Academy, look: Look, options: dict) -> None:
        # Without motion, for a colour on its way to another has the contrast of neither.
        self.academy, self.options = academy, {**options, "reduced_motion": "reduce"}
        self.pages: dict[str, Page] = {}
        self.look = look
        self.contexts: list[BrowserContext] = []
        self.thrown: list[str] = []

    def of(self, user: str) -> Page:
        if user not in self.pages:
            context = self.academy.context(user, **self.options)
            self.contexts.append(context)
            watch(context, self.thrown)
            # With every page, which takes a third of the time of sending it to each.
            context.add_init_script(SCRIPT)
            self.pages[user] = context.new_page()
            note_dialogs(self.pages[user], self.thrown)
        return self.pages[user]

    def troubles(self, user: str) -> list[str]:
        """What is wrong with the page that the user looks at, as it stands."""
        page = self.pages[user]
        found = page.evaluate(SMALL, TARGET) if "is_mobile" in self.options else []
        found += broken(page)
        found += self.look.at(page) + self.thrown
        self.thrown.clear()
        return found


@pytest.fixture(scope="module")
def look() -> Look:
    return Look()


@pytest.fixture(params=["desktop", "phone"])
def windows(academy: Academy, look: Look, request: pytest.FixtureRequest) -> Iterator[Windows]:
    made = Windows(academy, look, {"desktop": DESKTOP, "phone": PHONE}[request.param])
    yield made
    for context in made.contexts:
        context.close()


def test_every_page_is_accessible(windows: Windows, visits: list[pages.Visit]) -> None:
    found = []
    for visit in visits:
        page = windows.of(visit.user)
        answer = page.goto(visit.path)
        if answer is None or answer.status != visit.status:
            found.append(f"{visit.name}: answered {answer and answer.status}, not {visit.status}")
        elif not page.evaluate("document.title"):
            found.append(f"{visit.name}: no page; name it among the parts in e2e/pages.py if it is none")
        else:
            found += [f"{visit.name}, {trouble}" for trouble in windows.troubles(visit.user)]
    assert not found, f"{len(found)} findings:\n" + "\n".join(dict.fromkeys(found))


def opening(*popovers: str) -> Callable[[Page], None]:
    buttons = ", ".join(f"[popovertarget={popover}]:visible" for popover in popovers)
    return lambda page: page.locator(buttons).first.click()


# Parts of pages that only show when somebody asks for them.
SCENES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "programs": ("/students/", opening("pop-program")),
    "account": ("/students/", opening("pop-user", "pop-more")),
    "filters": ("/students/", opening("pop-filters")),
    "keys": ("/students/", lambda page: page.keyboard.press("?")),
    "errors": ("/students/new/", lambda page: page.locator("[data-save]").click()),
}


def test_what_opens_on_a_page_is_accessible(windows: Windows) -> None:
    found = []
    page = windows.of(pages.USER)
    for name, (path, act) in SCENES.items():
        page.goto(path)
        act(page)
        page.wait_for_timeout(50)
        found += [f"{name}, {trouble}" for trouble in windows.troubles(pages.USER)]
    assert not found, "\n".join(dict.fromkeys(found))


def test_every_named_url_is_visited_or_exempt(every: list[pages.Visit]) -> None:
    names = {name for name, _ in pages.url_names()}
    assert names == {visit.name for visit in every if visit.name in names} | (set(pages.EXEMPT) & names)
    assert set(pages.EXEMPT) <= names, "exempt, but no longer there"
