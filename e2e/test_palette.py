"""The command palette by keyboard, by pointer, on a phone and without a script; and the preferences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from academy.demo.catalogue import PASSWORD

from .axe import Look
from .conftest import PHONE, Academy, Open, at_address

INPUT = "#palette-input"


def opened(page: Page) -> Page:
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    return page


def type_text(page: Page, text: str) -> None:
    """Type and wait for the lines that belong to it."""
    page.keyboard.type(text)
    page.locator(f'#palette-list[data-query="{text}"]').wait_for(state="attached")


def active(page: Page) -> str:
    """What a screen reader says is chosen."""
    chosen = page.locator(INPUT).get_attribute("aria-activedescendant")
    return page.locator(f"#{chosen}").inner_text() if chosen else ""


def a_student(page: Page) -> tuple[str, str]:
    """(full name, path) of the first student of the list."""
    link = page.locator("tbody a").first
    return link.inner_text(), str(link.get_attribute("href")).partition("?")[0]


def test_jump_to_a_student_by_keyboard_alone(open_as: Open) -> None:
    page = open_as("coordinator", "/students/")
    name, path = a_student(page)
    opened(page)
    expect(page.locator(INPUT)).to_be_focused()
    expect(page.locator(INPUT)).to_have_attribute("aria-expanded", "true")
    assert active(page) == ""  # Enter by accident leads nowhere
    type_text(page, " ".join(reversed(name.lower().split())))
    assert name in active(page)
    expect(page.locator("#palette mark").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(at_address(path))
    expect(page.locator("#palette")).to_be_hidden()


def test_similar_spellings_come_after_the_answer(open_as: Open) -> None:
    page = open_as("coordinator", "/students/")
    name, path = a_student(page)
    first = name.split()[0]
    opened(page)
    page.keyboard.type(f"{first[:-1]}{'q' if first[-1] != 'q' else 'z'} {' '.join(name.split()[1:])}")
    similar = page.locator("#palette-results").get_by_role("group", name="Similar spellings")
    expect(similar.get_by_role("option").first).to_contain_text(name)
    expect(page.locator("#palette-nothing")).to_be_hidden()
    expect(similar.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(at_address(path))


def test_enter_waits_for_what_was_typed(open_as: Open) -> None:
    page = opened(open_as("coordinator", "/students/"))
    page.keyboard.type("facili")
    page.keyboard.press("Enter")  # before any answer
    page.wait_for_url(at_address("/facilities/"))


def test_arrows_home_and_end_go_round(open_as: Open) -> None:
    page = opened(open_as("coordinator", "/facilities/"))
    options = page.locator("#palette [role=option]")
    first, last = options.first.inner_text(), options.last.inner_text()
    steps = (("ArrowDown", first), ("ArrowUp", last), ("ArrowDown", first), ("End", last), ("Home", first))
    for key, expected in steps:
        page.keyboard.press(key)
        assert active(page) == expected
        expect(page.locator("#palette [aria-selected=true]")).to_have_count(1)
    expect(page.locator(INPUT)).to_be_focused()


def test_the_palette_closes_and_gives_the_focus_back(open_as: Open) -> None:
    page = open_as("coordinator", "/students/")
    page.locator("#f-q").focus()
    for close in ("Escape", "Control+k"):
        opened(page)
        page.keyboard.press(close)
        expect(page.locator("#palette")).to_be_hidden()
        expect(page.locator("#f-q")).to_be_focused()
    page.locator("[data-palette-open]").click()
    expect(page.locator("#palette")).to_be_visible()
    page.locator("#palette").get_by_role("button", name="Close").click()
    expect(page.locator("#palette")).to_be_hidden()
    page.locator("[data-palette-open]").click()
    page.mouse.click(5, 5)  # the backdrop
    expect(page.locator("#palette")).to_be_hidden()


def test_it_says_how_much_was_found(open_as: Open) -> None:
    page = opened(open_as("coordinator", "/students/"))
    type_text(page, "zzzz")
    expect(page.locator("#palette-said")).to_have_text("Nothing found")
    expect(page.locator("#palette-results")).to_contain_text("Nothing found for “zzzz”")
    expect(page.locator(INPUT)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    page.locator(INPUT).fill("facilities")
    expect(page.locator("#palette-said")).to_have_text(re.compile(r"^\d+ results?$"))


def test_ctrl_enter_opens_another_tab_and_saves_no_form(open_as: Open) -> None:
    page = opened(open_as("coordinator", "/students/new/"))
    type_text(page, "facilities")
    with page.context.expect_page() as other:
        page.keyboard.press("Control+Enter")
    other.value.wait_for_url(at_address("/facilities/"))
    assert at_address("/students/new/").search(page.url)
    expect(page.locator("#palette")).to_be_visible()


def test_unsaved_work_is_asked_about(open_as: Open) -> None:
    page = open_as("coordinator", "/students/new/")
    page.locator("input[type=text]:visible").nth(0).fill("Half typed")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    opened(page)
    type_text(page, "facilities")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"] and at_address("/students/new/").search(page.url)


def test_the_theme_changes_in_place(open_as: Open) -> None:
    page = opened(open_as("coordinator", "/facilities/"))
    type_text(page, "dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#palette")).to_be_hidden()
    assert at_address("/facilities/").search(page.url)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.fixture
def alone(academy: Academy) -> Iterator[Callable[[str, str], Page]]:
    """`alone("tutor", "/students/")`: signed in anew, so that the session of other tests stays as it is."""
    with ExitStack() as contexts:

        def make(user: str, path: str) -> Page:
            page = contexts.enter_context(academy.context()).new_page()
            page.goto(f"/accounts/login/?next={path}")
            page.fill("[name=username]", user)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(at_address(path))
            return page

        yield make


def test_sign_out(alone: Callable[[str, str], Page]) -> None:
    page = opened(alone("tutor", "/students/"))
    type_text(page, "sign out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/login/**")


def test_switch_program_and_keep_the_section(alone: Callable[[str, str], Page]) -> None:
    page = opened(alone("super", "/facilities/"))
    now = page.locator("body").get_attribute("data-program-name")
    wanted = "Football" if now != "Football" else "Swimming"
    type_text(page, wanted.lower())
    page.locator("#palette [role=option]", has_text=wanted).click()
    expect(page.locator("body")).to_have_attribute("data-program-name", wanted)
    assert at_address("/facilities/").search(page.url)
    expect(page.locator("[data-tab-bar]")).to_be_hidden()  # one knows


def test_on_a_phone_it_fills_the_screen(open_as: Open) -> None:
    page = open_as("coordinator", "/students/", **PHONE)
    button = page.locator("[data-palette-open]")
    box = button.bounding_box()
    assert box and min(box["width"], box["height"]) >= 44
    button.tap()
    line = page.locator("#palette [role=option]", has_text="Courses")
    expect(line).to_be_visible()
    dialog, target = page.locator("#palette").bounding_box(), line.bounding_box()
    assert dialog == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert target and target["height"] >= 44
    line.tap()
    page.wait_for_url(at_address("/courses/"))


def test_without_a_script_it_is_a_page(open_as: Open) -> None:
    page = open_as("coordinator", "/students/", java_script_enabled=False)
    name, path = a_student(page)
    page.locator("[data-palette-open]").click()
    page.wait_for_url(at_address("/palette/"))
    page.locator("main [name=q]").fill(name)
    page.keyboard.press("Enter")
    page.locator(f'main a[href="{path}"]').click()
    page.wait_for_url(at_address(path))


def test_it_keeps_nothing_in_the_browser(open_as: Open) -> None:
    page = opened(open_as("coordinator", "/students/"))
    type_text(page, "ann")
    page.keyboard.press("Escape")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "ann" not in kept.lower().replace("planner", "")


@pytest.mark.parametrize("text", ["", "an", "0123", "zzzz"])
def test_axe(open_as: Open, text: str) -> None:
    page = opened(open_as("super", "/facilities/", reduced_motion="reduce", bypass_csp=True))
    if text:
        type_text(page, text)
    assert Look().at(page) == []


# ---- preferences


def test_the_language_changes_and_the_time_zone_of_the_browser_is_known(open_as: Open) -> None:
    page = open_as("music-admin", "/accounts/profile/", timezone_id="Asia/Tokyo")
    assert "time_zone=Asia/Tokyo" in page.evaluate("document.cookie")
    page.locator("[name=language]").select_option("de")
    page.locator("[data-save]").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.locator("[name=language]").select_option("")
    page.locator("[data-save]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en-gb")


def test_the_density_follows_the_user_to_another_browser(open_as: Open) -> None:
    page = open_as("music-admin", "/facilities/")
    for density in ("compact", "normal"):
        opened(page)
        type_text(page, "rows")
        with page.expect_response("**/accounts/preferences/") as answer:
            page.keyboard.press("Enter")
        assert answer.value.status == 204
        expect(page.locator("html")).to_have_attribute("data-density", density)
        other = open_as("music-admin", "/facilities/")
        assert (other.locator("html").get_attribute("data-density") or "normal") == density
