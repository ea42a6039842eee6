"""What every page has: its program, its language, its theme, toasts, skeletons, and a focus that stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.conftest import Academy

Open = Callable[..., Page]


def test_the_program_is_unmistakable(open_as: Open) -> None:
    page = open_as("coordinator", "/students/")
    name = page.locator("body").get_attribute("data-program-name")
    expect(page).to_have_title(re.compile(f"· {name} ·"))
    icon = page.locator("link[rel=icon][type='image/svg+xml']").get_attribute("href")
    assert icon.startswith("data:image/svg+xml")
    letters = page.locator(".side .glyph").inner_text()
    assert f"%3E{letters}%3C" in icon
    expect(page.locator(".print-head")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".print-head")).to_be_visible()
    expect(page.locator(".print-head")).to_contain_text(name)
    expect(page.locator(".side")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_there_before_any_script(academy: Academy, theme: str) -> None:
    with academy.context("tutor", java_script_enabled=False, color_scheme="light") as context:
        context.add_cookies([{"name": "theme", "value": theme, "url": academy.url}])
        page = context.new_page()
        page.goto("/")
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        expect(page.locator("meta[name=color-scheme]")).to_have_attribute("content", theme)


def test_german(academy: Academy) -> None:
    with academy.context("tutor", locale="de-DE") as context:
        page = context.new_page()
        page.goto("/students/")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("h1")).to_have_text("Schüler:innen")
        expect(page.locator("#list-tabs a").first).to_contain_text("Alle")
        page.evaluate("academy.toast('Hallo')")
        expect(page.locator("#toasts .toast button").last).to_have_attribute("aria-label", "Schließen")


def test_a_toast_takes_back(open_as: Open) -> None:
    page = open_as("swim-admin", "/students/")
    said = {"message": "“Ana” archived.", "undo": "/students/undo/"}
    page.evaluate("(toast) => htmx.trigger(document.body, 'toast', toast)", said)
    toast = page.locator("#toasts .toast")
    expect(toast).to_contain_text("“Ana” archived.")
    form = toast.locator("form[method=post]")
    expect(form).to_have_attribute("action", re.compile("/students/undo/$"))
    expect(form.locator("[name=program_context]")).to_have_value(
        page.locator("body").get_attribute("data-program")
    )
    assert form.locator("[name=csrfmiddlewaretoken]").input_value()
    expect(form.get_by_role("button", name="Undo")).to_be_visible()


@pytest.mark.parametrize(
    "undo", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"]
)
def test_a_toast_posts_to_no_other_site(open_as: Open, undo: str) -> None:
    page = open_as("tutor", "/students/")
    page.evaluate("(undo) => academy.toast('x', 'success', undo)", undo)
    expect(page.locator("#toasts .toast")).to_have_count(1)
    expect(page.locator("#toasts form")).to_have_count(0)


def test_what_loads_long_shows_where_it_will_stand(open_as: Open) -> None:
    page = open_as("tutor", "/students/")
    page.wait_for_load_state("networkidle")

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/students/?*", hold)
    box: Any = "() => [document.querySelector('#list').offsetHeight, document.documentElement.scrollHeight]"
    before = page.evaluate(box)
    page.locator(".pager a[rel=next]").click()
    expect(page.locator("#list")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#list tbody .who").first).to_have_css("opacity", "0")
    assert page.evaluate(box) == before
    held.pop().continue_()
    expect(page.locator("#list .pager [aria-current=page]")).to_contain_text("2")
    expect(page.locator("#list[aria-busy=true]")).to_have_count(0)


def test_the_focus_stays_in_the_pager(open_as: Open) -> None:
    page = open_as("tutor", "/students/")
    for expected in ("2", "3"):
        page.locator(".pager a[rel=next]").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".pager [aria-current=page]")).to_contain_text(expected)
        expect(page.locator(".pager a[rel=next]")).to_be_focused()


def test_skip_link(open_as: Open) -> None:
    page = open_as("tutor", "/students/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("path", ["/students/", "/", "/facilities/"])
def test_a_dark_screen_is_printed_dark_on_white(academy: Academy, path: str) -> None:
    with academy.context("coordinator", color_scheme="dark") as context:
        context.add_cookies([{"name": "theme", "value": "dark", "url": academy.url}])
        page = context.new_page()
        page.goto(path)
        assert brightness(page, "body", "backgroundColor") < 0.3
        page.emulate_media(media="print", color_scheme="dark")
        assert brightness(page, "body", "backgroundColor") > 0.95
        for text in ("h1", ".print-head", "main"):
            assert brightness(page, text, "color") < 0.4


def brightness(page: Page, selector: str, what: str) -> float:
    """From 0 for black to 1 for white. What is transparent shows the paper."""
    return page.locator(selector).first.evaluate(
        """(element, what) => {
          const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          canvas.fillStyle = "white";
          canvas.fillRect(0, 0, 1, 1);
          canvas.fillStyle = getComputedStyle(element)[what];
          canvas.fillRect(0, 0, 1, 1);
          const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
          return (red + green + blue) / 765;
        }""",
        what,
    )
