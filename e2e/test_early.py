"""Who is quicker than the scripts of a page: what is typed before they are there counts as typed after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Academy, Open
from programs.models import Program
from programs.scope import use_program
from students.factories import StudentFactory

PROGRAM, ADMIN = "Music", "music-admin"
Arrive = Callable[[], None]
Early = Callable[[str, str], tuple[Page, Arrive]]


@pytest.fixture
def early(open_as: Open) -> Early:
    """`early(path, scripts)`: a page without `scripts`, and what lets them arrive."""

    def make(path: str, scripts: str) -> tuple[Page, Arrive]:
        page = open_as(ADMIN)
        # Held until the route is taken away, which lets go of all.
        page.route(re.compile(scripts), lambda _: None)
        page.goto(path, wait_until="commit")

        def arrive() -> None:
            page.unroute(re.compile(scripts))
            page.wait_for_load_state("load")

        return page, arrive

    return make


def test_a_search(early: Early) -> None:
    page, arrive = early("/students/", r"\.js$")
    page.locator("#f-q").press_sequentially("zzz")
    arrive()
    expect(page).to_have_url(re.compile(r"\?q=zzz([?&]in=[^&]*)?$"))
    expect(page.locator("#list tbody tr")).to_have_count(0)
    expect(page.locator("#f-q")).to_be_focused()


def test_the_palette_opens_while_one_script_is_missing(early: Early) -> None:
    page, arrive = early("/students/", r"/js/list\.[^/]*js$")
    dialog = page.locator("#palette")
    for _ in range(100):  # until its own script is there
        page.keyboard.press("Control+k")
        if dialog.is_visible():
            break
        page.wait_for_timeout(50)
    page.keyboard.type("cour")
    expect(page.locator("#palette-input")).to_have_value("cour")
    arrive()
    expect(page.locator("#palette [role=option]", has_text="Courses").first).to_be_visible()


def test_a_form_is_guarded_and_kept(academy: Academy, early: Early) -> None:
    with academy.working(), use_program(Program.objects.get(name=PROGRAM)):
        edit = f"/students/{StudentFactory(first_name='Early', last_name='Bird').pk}/edit/"
    page, arrive = early(edit, r"\.js$")
    page.locator("[name=first_name]").fill("Earlier")
    with page.expect_request("**/desk/drafts/") as kept:
        arrive()
        expect(page.locator("[data-dirty]")).to_be_visible()
    assert parse_qs(kept.value.post_data or "")["first_name"] == ["Earlier"]
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    expect(page.locator("[name=first_name]")).to_have_value("Earlier")
    assert asked == ["beforeunload"]


def test_a_form_as_it_came_is_not_guarded(open_as: Open) -> None:
    for path in ("/students/new/", "/courses/new/", "/facilities/new/", "/accounts/profile/"):
        page = open_as(ADMIN, path)
        expect(page.locator("main form[data-guard]")).to_have_attribute("data-guard", "")
        expect(page.locator("[data-dirty]").first).to_be_hidden()
