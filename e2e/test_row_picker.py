"""The row picker of a form with many courses: by keyboard, by touch, without a connection and without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from courses.models import Course, Curriculum
from e2e.axe import Look
from e2e.conftest import PHONE, Academy, at_address, watch
from e2e.server import environment_of, gunicorn
from e2e.test_composing import commit, compose
from programs.models import Program
from programs.scope import use_program

NEW = "/plans/new/"
ZOOMED = {"viewport": {"width": 320, "height": 256}}
OpenForm = Callable[..., Page]


@pytest.fixture(scope="module")
def url(academy: Academy) -> Iterator[str]:
    """The address of a server that has the form, with 200 more courses in Music."""
    with academy.working(), use_program(Program.objects.get(name="Music")):
        Course.objects.bulk_create(Course(name=f"Keeping goal G{n:03}", level=n % 5) for n in range(200))
    with gunicorn(environment_of(academy.dsn), "e2e.picker:application") as port:
        yield f"http://127.0.0.1:{port}"
    with academy.working(), use_program(Program.objects.get(name="Music")):
        made = Course.with_archived.filter(name__startswith="Keeping goal")
        Curriculum.with_archived.filter(course__in=made).update(deleted_at="2026-01-01T00:00Z")
        made.update(deleted_at="2026-01-01T00:00Z")


@pytest.fixture
def open_form(academy: Academy, url: str) -> Iterator[OpenForm]:
    contexts, wrong = [], []  # type: ignore[var-annotated]

    def make(**options: object) -> Page:
        context = academy.context("music-admin", reduced_motion="reduce", **options)
        contexts.append(context)
        watch(context, wrong)
        page = context.new_page()
        page.goto(url + NEW)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []


def test_by_keyboard_alone_and_for_a_screen_reader(open_form: OpenForm) -> None:
    page = open_form()
    page.fill("[name=name]", "By keyboard")
    page.press("[name=name]", "Tab")
    course = page.get_by_role("combobox", name="Course", exact=True)
    expect(course).to_be_focused()
    expect(course).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-picker-search]")).to_have_count(0)
    page.keyboard.type("goal g01", delay=20)
    options = page.get_by_role("listbox", name="Results").get_by_role("option")
    expect(options).to_have_count(10)
    expect(course).to_have_attribute("aria-expanded", "true")
    said = page.locator("[data-picker]").first.get_by_role("status")
    expect(said).to_have_text("10 results.")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Keeping goal G010")
    first = options.first.get_attribute("id")
    assert first == "id_course-list-0"
    expect(course).to_have_attribute("aria-activedescendant", first)
    assert Look().at(page) == []

    page.keyboard.press("ArrowUp")  # from the first to the last
    expect(page.get_by_role("option", selected=True)).to_contain_text("Keeping goal G019")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Results")).to_have_count(0)
    expect(course).to_have_value("goal g01")
    page.keyboard.press("ArrowDown")
    expect(options).to_have_count(10)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(course).to_have_value("Keeping goal G015")
    expect(course).to_have_attribute("aria-expanded", "false")
    expect(page.locator("[data-dirty]")).to_be_visible()

    page.keyboard.press("Tab")  # the field is required: no button clears it
    later = page.get_by_role("combobox", name="Course after it Optional")
    expect(later).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(options).to_have_count(20)
    expect(page.locator("[data-picker]").last.get_by_role("status")).to_have_text(
        "20 results. There are more. Type more of the name to find them."
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")  # takes what the arrows chose
    expect(later).not_to_have_value("")
    clear = page.get_by_role("button", name="Clear: Course after it")
    expect(clear).to_be_focused()
    page.keyboard.press("Enter")
    expect(later).to_have_value("")
    expect(later).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="By keyboard")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Keeping goal G015")


def test_enter_and_tab_take_nothing_that_was_not_chosen(open_form: OpenForm) -> None:
    page = open_form()
    course = page.locator("#id_course")
    course.focus()
    page.keyboard.type("goal g10")
    page.keyboard.press("Enter")  # before the answer: it is waited for
    expect(page.get_by_role("option")).to_have_count(10)
    expect(page).to_have_url(at_address(NEW))
    page.keyboard.press("Tab")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(course).to_have_value("goal g10")
    page.fill("[name=name]", "Not chosen")
    page.locator("[data-save]").click()
    expect(page.locator(".errorlist")).to_have_text("Choose one of the matches for “goal g10”.")
    expect(page.locator("[data-picker-matches]")).to_have_count(0)
    expect(page.locator("#id_course")).to_have_value("goal g10")
    page.locator("#id_course").click()
    page.get_by_role("option", name="Keeping goal G103").click()
    page.locator("[data-save]").click()
    expect(page.get_by_role("heading", name="Not chosen")).to_be_visible()


def test_nothing_is_asked_before_a_word_is_committed(open_form: OpenForm) -> None:
    page = open_form()
    page.locator("#id_course").focus()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/choices/" in request.url else None)
    compose(page, "k", "か")
    page.wait_for_timeout(500)
    assert asked == []
    commit(page, "蟹")
    expect(page.locator("[data-picker-popup]").first).to_have_text("Nothing found for “蟹”")
    assert len(asked) == 1


def test_without_a_connection_it_says_so_and_searches_again(open_form: OpenForm) -> None:
    page = open_form()
    page.context.set_offline(True)
    page.locator("#id_course").press_sequentially("goal g0")
    expect(page.locator("#toasts")).to_contain_text("connection")
    expect(page.locator("#id_course")).to_have_value("goal g0")
    page.context.set_offline(False)
    page.locator("#id_course").press_sequentially("42")
    expect(page.get_by_role("option")).to_have_text(["Keeping goal G042Level 2"])


def test_after_the_session_the_form_stays_and_says_so(open_form: OpenForm) -> None:
    page = open_form()
    page.fill("[name=name]", "Typed")
    page.context.clear_cookies()
    page.locator("#id_course").press_sequentially("goal")
    expect(page.locator("[data-notices] .alert")).to_contain_text("no longer signed in")
    expect(page.locator("[name=name]")).to_have_value("Typed")
    expect(page.locator("#id_course")).to_have_value("goal")


@pytest.mark.parametrize("window", [PHONE, {**ZOOMED, "locale": "de-DE"}], ids=["phone", "zoomed in German"])
def test_on_a_phone_and_at_400_percent(open_form: OpenForm, window: dict[str, object]) -> None:
    page = open_form(**window)
    course = page.locator("#id_course")
    course.click()
    course.press_sequentially("goal g0")
    options = page.get_by_role("option")
    expect(options).to_have_count(20)
    boxes = [option.bounding_box() for option in options.all()[:3]]
    assert all(
        box is not None and box["x"] >= 0 and box["height"] >= (44 if window is PHONE else 34)
        for box in boxes
    )
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    expect(options.first).to_be_in_viewport(ratio=0.9)
    assert Look().at(page) == []
    (options.first.tap if window is PHONE else options.first.click)()
    expect(course).to_have_value("Keeping goal G000")


def test_without_a_script_the_whole_way(open_form: OpenForm) -> None:
    page = open_form(java_script_enabled=False)
    page.fill("[name=name]", "Without a script")
    page.fill("#id_course", "goal g05")
    page.get_by_role("button", name="Search: Course", exact=True).click()
    expect(page.get_by_role("group", name="Matches for “goal g05”").get_by_role("radio")).to_have_count(10)
    expect(page.locator("[name=name]")).to_have_value("Without a script")
    page.get_by_role("radio", name="Keeping goal G057").check()
    page.locator("[data-save]").click()
    expect(page.get_by_role("heading", name="Without a script")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Keeping goal G057")
