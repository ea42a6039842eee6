"""Quick add in a browser: nothing that is typed is dropped, however slow the line and quick the hands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.conftest import Academy, Open
from programs.models import Program
from programs.scope import use_program
from students.models import Student

PROGRAM, ADMIN, QUICK = "Music", "music-admin", "/students/quick/"
A_KEY = 120  # milliseconds
IN_THE_FUTURE = "01012199"  # as it is typed into the date field


@pytest.fixture
def last_name(academy: Academy) -> Iterator[str]:
    """A last name of the test's own, whose students are gone afterwards."""
    name = "Hastig"
    yield name
    with academy.working(), use_program(Program.objects.get(name=PROGRAM)):
        Student.with_archived.filter(last_name=name).delete()


def saved(academy: Academy, last_name: str) -> list[str]:
    with academy.working(), use_program(Program.objects.get(name=PROGRAM)):
        found = Student.objects.filter(last_name=last_name)
        return sorted(found.values_list("first_name", flat=True))


def slow(page: Page, milliseconds: int = 400) -> None:
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def type_one(page: Page, first: str, last: str, delay: int = 0, birth: str = "") -> None:
    page.keyboard.type(first, delay=delay)
    page.keyboard.press("Tab")
    page.keyboard.type(last, delay=delay)
    if birth:
        page.keyboard.press("Tab")
        page.keyboard.type(birth)
    page.keyboard.press("Enter")


def test_rows_queue_while_the_next_is_typed(academy: Academy, open_as: Open, last_name: str) -> None:
    page = open_as(ADMIN, QUICK)
    slow(page)
    for first in ("Ada", "Ben", "Cleo", "Steven", "Ina"):
        type_one(page, first, last_name, A_KEY)
    expect(page.locator("[data-quick-state]")).to_have_text("All saved")
    lines = page.locator("[data-quick-list] > li[data-saved]", has_text=last_name)
    expect(lines).to_have_count(5)
    assert saved(academy, last_name) == ["Ada", "Ben", "Cleo", "Ina", "Steven"]
    expect(page.locator("#form [name=first_name]")).to_be_focused()
    page.close(run_before_unload=True)


def test_what_is_refused_comes_back_in_its_line(academy: Academy, open_as: Open, last_name: str) -> None:
    page = open_as(ADMIN, QUICK)
    slow(page)
    type_one(page, "Ada", last_name)
    type_one(page, "Zukunft", last_name, birth=IN_THE_FUTURE)
    type_one(page, "Morgen", last_name, birth=IN_THE_FUTURE)
    type_one(page, "Ben", last_name)
    refused = page.locator("[data-quick-list] > li[data-refused]")
    expect(refused).to_have_count(2)
    expect(page.locator("[data-quick-state]")).to_have_text("2 not saved yet")
    expect(page.locator("#form [name=first_name]")).to_be_focused()
    assert saved(academy, last_name) == ["Ada", "Ben"]
    line = refused.filter(has=page.locator("[name=first_name][value=Zukunft]"))
    line.locator("[name=date_of_birth]").fill("2015-04-03")
    line.locator("[name=date_of_birth]").press("Enter")
    expect(page.locator("li[data-saved]", has_text=f"Zukunft {last_name}")).to_be_visible()
    refused.locator("[data-quick-drop]").click()
    expect(page.locator("[data-quick-state]")).to_have_text("All saved")
    assert saved(academy, last_name) == ["Ada", "Ben", "Zukunft"]


def test_rows_wait_for_the_connection(academy: Academy, open_as: Open, last_name: str) -> None:
    page = open_as(ADMIN, QUICK)
    page.context.set_offline(True)
    type_one(page, "Ada", last_name)
    expect(page.locator("#form .alert")).to_contain_text("No connection.")
    type_one(page, "Ben", last_name)
    page.keyboard.type("Cle")
    expect(page.locator("[data-quick-state]")).to_have_text("2 not saved yet")
    page.context.set_offline(False)
    expect(page.locator("[data-quick-list] > li[data-saved]", has_text=last_name)).to_have_count(2)
    expect(page.locator("#form [name=first_name]")).to_have_value("Cle")
    assert saved(academy, last_name) == ["Ada", "Ben"]


def test_an_answer_that_is_lost_adds_once(academy: Academy, open_as: Open, last_name: str) -> None:
    page = open_as(ADMIN, QUICK)
    lost = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route(re.compile(QUICK), lose_the_first)
    type_one(page, "Ada", last_name)
    page.locator("#form [data-send-now]").click()
    expect(page.locator("[data-quick-state]")).to_have_text("All saved")
    expect(page.locator("[data-quick-list] > li", has_text=last_name)).to_have_count(1)
    assert saved(academy, last_name) == ["Ada"]


def test_leaving_with_rows_that_are_not_saved_is_asked_about(open_as: Open) -> None:
    page = open_as(ADMIN, QUICK)
    type_one(page, "Zukunft", "Hastig", birth=IN_THE_FUTURE)
    expect(page.locator("li[data-refused]")).to_be_visible()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    expect(page.locator("li[data-refused]")).to_be_visible()
    assert asked == ["beforeunload"]
