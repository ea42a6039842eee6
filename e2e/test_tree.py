"""The tree of a course in a browser: typing, renaming, moving, two people at once, and without a script."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, Route, expect

from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Lesson
from courses.outline import Outline
from e2e.conftest import PHONE, WIDER, Academy, Open, at_address
from programs.models import Program
from programs.scope import use_program

PROGRAM, ADMIN = "Music", "music-admin"
MANY = 60


@dataclass
class Tree:
    """A course of the test's own: Water (Entering: Steps, Swivel, Climb; Breath), Floating (Glide)."""

    academy: Academy
    course: Course

    @property
    def url(self) -> str:
        return f"/courses/{self.course.pk}/"

    def lines(self) -> list[str]:
        """The outline as it is in the database."""
        with self.academy.working(), use_program(self.course.program_id):
            return [f"{node.code} {node.name}" for node in Outline(self.course).walk()]

    def lesson(self, name: str) -> Lesson:
        with self.academy.working(), use_program(self.course.program_id):
            return Lesson.objects.get(module__curriculum__course=self.course, name=name)


@pytest.fixture
def tree(academy: Academy) -> Tree:
    with academy.working(), use_program(Program.objects.get(name=PROGRAM)):
        course = CourseFactory(name="Splash 1")
        water = CurriculumFactory(course=course, name="Water")
        floating = CurriculumFactory(course=course, name="Floating")
        entering = ModuleFactory(curriculum=water, name="Entering")
        ModuleFactory(curriculum=water, name="Breath")
        ModuleFactory(curriculum=floating, name="Glide")
        for name in ("Steps", "Swivel", "Climb"):
            LessonFactory(module=entering, name=name)
    return Tree(academy, course)


def node(page: Page, name: str):
    return page.locator("[data-node]", has_text=re.compile(rf"^\s*{re.escape(name)}\s*$"))


def focused(page: Page) -> str:
    return page.evaluate("(document.activeElement.value ?? document.activeElement.textContent).trim()")


def said(page: Page, words: str) -> None:
    expect(page.locator("[data-tree-said]")).to_have_text(words)


def test_sixty_lessons_are_typed_without_a_page_load(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url)
    page.evaluate("window.stayed = true")
    loads = []
    page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
    line = page.get_by_label("Add a lesson to Glide")
    line.focus()
    start = time.monotonic()
    for number in range(1, MANY + 1):
        page.keyboard.type(f"Lesson {number}")
        page.keyboard.press("Enter")  # the line is free for the next at once
    expect(page.locator("[data-tree-state]")).to_have_text("All changes saved", timeout=120_000)
    expect(page.locator("#totals")).to_contain_text("63")
    took = time.monotonic() - start
    assert tree.lines()[-MANY:] == [f"2.1.{n} Lesson {n}" for n in range(1, MANY + 1)]
    assert page.evaluate("window.stayed") is True and loads == []
    assert page.evaluate("document.activeElement.id") == line.get_attribute("id")
    assert took < 5 * 60


def test_a_name_is_changed_in_place(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url)
    node(page, "Swivel").focus()
    page.keyboard.press("F2")
    assert focused(page) == "Swivel"
    page.keyboard.type("Turn")
    page.keyboard.press("Escape")
    assert focused(page) == "Swivel" and page.locator("form[data-rename]").count() == 0
    page.keyboard.press("F2")
    page.keyboard.type("Turn")
    page.keyboard.press("Enter")
    said(page, "Renamed to “Turn”.")
    expect(node(page, "Turn")).to_be_focused()
    assert "1.1.2 Turn" in tree.lines()

    node(page, "Climb").dblclick()
    field = page.locator("form[data-rename] [name=name]")
    expect(field).to_be_focused()
    expect(page.locator("#id_name")).to_have_value("Climb")  # the first click opened it beside the tree
    expect(field).to_be_focused()
    field.fill("Out")
    field.press("Enter")
    said(page, "Renamed to “Out”.")
    expect(page.locator("#panel-title")).to_have_text("Out")
    expect(page.locator("#id_name")).to_have_value("Out")

    # What is typed in the panel is no conflict with the name that the same person changed beside it.
    page.locator("#id_content").fill("Hold the rail.")
    node(page, "Out").focus()
    page.keyboard.press("F2")
    page.keyboard.type("Up and out")
    page.keyboard.press("Enter")
    expect(page.locator("#id_name")).to_have_value("Up and out")
    page.locator("#panel-save").click()
    said(page, "“Up and out” saved.")
    assert tree.lesson("Up and out").content == "Hold the rail."


@pytest.mark.parametrize("pressed", ["before", "after"])
def test_a_slow_double_click_renames_too(open_as: Open, tree: Tree, pressed: str) -> None:
    """The first click opens the node, which puts the buttons of its row where the second click falls."""
    page = open_as(ADMIN, tree.url)
    box = node(page, "Climb").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down(click_count=1)
    page.mouse.up(click_count=1)
    if pressed == "before":
        page.mouse.down(click_count=2)
    expect(page.locator("#id_name")).to_have_value("Climb")
    assert node(page, "Climb").bounding_box()["width"] < box["width"] / 2
    if pressed == "after":
        page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    expect(page.locator("form[data-rename] [name=name]")).to_be_focused()
    assert [line.split()[-1] for line in tree.lines()][2:5] == ["Steps", "Swivel", "Climb"]


def test_the_second_of_two_people_sees_what_changed(open_as: Open, tree: Tree) -> None:
    mine, theirs = open_as(ADMIN, tree.url), open_as("super", f"/courses/{tree.course.pk}/")
    if theirs.locator("[data-course]").count() == 0:  # a super admin may stand in another program
        with theirs.expect_navigation():  # sent by a script, so the click does not wait for it
            theirs.locator("main form button").first.click()
        theirs.goto(tree.url)
    node(theirs, "Steps").focus()
    theirs.keyboard.press("F2")
    theirs.keyboard.type("Stairs")
    theirs.keyboard.press("Enter")
    said(theirs, "Renamed to “Stairs”.")
    line = theirs.get_by_label("Add a lesson to Breath")
    line.fill("Bubbles")
    line.press("Enter")
    said(theirs, "Lesson “Bubbles” added.")

    node(mine, "Steps").focus()
    mine.keyboard.press("F2")
    mine.keyboard.type("Ladder")
    mine.keyboard.press("Enter")
    expect(mine.locator("#outline [role=alert]")).to_contain_text("“Steps” is called “Stairs” meanwhile.")
    expect(mine.locator("form[data-rename] [name=name]")).to_be_focused()
    assert focused(mine) == "Ladder"
    marks = mine.locator(".news")
    expect(marks).to_have_count(2)
    expect(marks.nth(1)).to_contain_text("Bubbles")
    expect(marks.nth(1).locator(".badge")).to_have_text("New")
    assert "1.1.1 Stairs" in tree.lines()
    mine.keyboard.press("Enter")  # on purpose this time
    said(mine, "Renamed to “Ladder”.")
    expect(mine.locator(".news")).to_have_count(0)
    assert "1.1.1 Ladder" in tree.lines()


def test_a_panel_takes_each_field_that_another_changed(open_as: Open, tree: Tree) -> None:
    panel = f"{tree.url}lessons/{tree.lesson('Steps').pk}/"
    mine, theirs = open_as(ADMIN, panel), open_as(ADMIN, panel)
    theirs.locator("#edit [name=name]").fill("Stairs")
    theirs.locator("#edit [name=duration_minutes]").fill("50")
    theirs.locator("#panel-save").click()
    said(theirs, "“Stairs” saved.")
    mine.locator("#edit [name=content]").fill("Down and up again")
    mine.locator("#panel-save").click()
    expect(mine.locator("#panel [role=alert]")).to_contain_text("Yours is not saved yet")
    expect(mine.locator("[name=take]:checked")).to_have_count(2)
    mine.locator("#panel-save").click()
    said(mine, "“Stairs” saved.")
    lesson = tree.lesson("Stairs")
    assert (lesson.duration_minutes, lesson.content) == (50, "Down and up again")


def test_alt_and_arrows_move_and_keep_the_focus(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url)
    node(page, "Swivel").focus()
    for key, words in (
        ("ArrowUp", "“Swivel” is now 1.1.1, in “Entering”."),
        ("ArrowDown", "“Swivel” is now 1.1.2, in “Entering”."),
        ("ArrowRight", "“Swivel” is now 1.2.1, in “Breath”."),
        ("ArrowRight", "“Swivel” is now 2.1.1, in “Glide”."),
        ("ArrowLeft", "“Swivel” is now 1.2.1, in “Breath”."),
        ("ArrowLeft", "“Swivel” is now 1.1.3, in “Entering”."),
        ("ArrowLeft", "There is nothing before it that “Swivel” could move to."),
    ):
        page.keyboard.press(f"Alt+{key}")
        said(page, words)
        expect(node(page, "Swivel")).to_be_focused()
    assert at_address(tree.url).search(page.url)  # not the browser's own Back
    assert "1.1.3 Swivel" in tree.lines()


def test_preview_keeps_what_is_typed(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, f"{tree.url}lessons/{tree.lesson('Steps').pk}/")
    page.locator("#id_content").fill("# Aim\n\n**Calm**\n- one\n- two")
    page.locator("#panel-mode").click()
    expect(page.locator("#preview h3")).to_have_text("Aim")
    expect(page.locator("#preview li")).to_have_count(2)
    expect(page.locator("#panel [data-dirty]")).to_be_visible()
    expect(page.locator("#panel-mode")).to_be_focused()
    page.locator("#panel-mode").click()
    expect(page.locator("#preview")).to_have_count(0)  # which kept the text too, out of sight
    expect(page.locator("#id_content")).to_have_value("# Aim\n\n**Calm**\n- one\n- two")
    page.locator("#panel-save").click()
    said(page, "“Steps” saved.")


def test_a_press_outlives_the_answer_that_comes_meanwhile(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, f"{tree.url}lessons/{tree.lesson('Steps').pk}/")
    page.locator("#id_content").fill("**Calm**")
    page.locator("#panel-mode").click()
    expect(page.locator("#preview strong")).to_have_text("Calm")
    held: list[Route] = []
    page.route("**/lessons/*/", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/lessons/*/"):
        page.locator("#panel-mode").click()
    page.locator("#panel-save").hover()
    page.mouse.down()
    held[0].continue_()
    expect(page.locator("#preview")).to_have_count(0)  # the button is another, and stands elsewhere
    page.mouse.up()
    said(page, "“Steps” saved.")
    assert tree.lesson("Steps").content == "**Calm**"


def test_a_touch_that_became_a_scroll_saves_nothing_later(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, f"{tree.url}lessons/{tree.lesson('Steps').pk}/")
    page.locator("#id_content").fill("**Calm**")
    posted: list[str] = []
    page.on(
        "request",
        lambda request: posted.append(request.post_data or "") if request.method == "POST" else None,
    )
    page.locator("#panel-save").dispatch_event("pointerdown")
    page.locator("#panel-save").dispatch_event("pointercancel")
    page.locator("#panel-mode").press("Enter")  # without the pointer: the panel is another
    expect(page.locator("#preview strong")).to_have_text("Calm")
    page.locator("body").dispatch_event("pointerup")
    page.locator("#panel-mode").press("Enter")
    expect(page.locator("#preview")).to_have_count(0)
    assert [("mode=" in one) for one in posted if "draft_form" not in one] == [True, True]
    expect(page.locator("#panel [data-dirty]")).to_be_visible()


def test_archive_and_undo(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url)
    page.locator(".node", has=node(page, "Entering")).hover()
    page.locator("#row-acts [data-archive]").click()
    page.locator("#confirm button[value=yes]").click()
    expect(page.locator("#undo")).to_be_focused()
    expect(page.locator("#totals")).not_to_contain_text("1 h 30 min")
    page.keyboard.press("Enter")
    said(page, "“Entering” restored.")
    expect(page.locator("#totals")).to_contain_text("1 h 30 min")


def test_dragging_moves_a_lesson(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url)
    grip = page.locator(".node", has=node(page, "Steps")).locator("[data-grip]")
    goal = page.locator(".node", has=node(page, "Climb"))
    start, end = grip.bounding_box(), goal.bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    for share in (0.3, 0.6, 0.9, 1):
        page.mouse.move(
            start["x"] + 8, start["y"] + (end["y"] + end["height"] - 4 - start["y"]) * share, steps=4
        )
        page.wait_for_timeout(60)
    for wiggle in range(6):  # the rows give way with a short animation
        page.mouse.move(start["x"] + 8 + wiggle % 2, end["y"] + end["height"] - 4)
        page.wait_for_timeout(60)
    page.mouse.up()
    said(page, "“Steps” is now 1.1.3, in “Entering”.")
    assert tree.lines()[2:5] == ["1.1.1 Swivel", "1.1.2 Climb", "1.1.3 Steps"]


def test_a_curriculum_and_a_course_are_duplicated(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url)
    node(page, "Water").click()
    page.locator("#panel-duplicate").click()
    expect(page.locator("#toasts .toast")).to_contain_text("“Water” was copied. This is the copy.")
    expect(page.locator("#totals")).to_contain_text("3 h")
    page.locator("[popovertarget=pop-object]").click()
    page.get_by_role("button", name="Duplicate course").click()
    expect(page.locator("h1")).to_have_text("Splash 1 (copy)")
    expect(page.locator("#totals")).to_contain_text("3 h")


def test_the_history_comes_when_it_is_looked_at(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url)
    page.locator("#course-history, #history-title").first.scroll_into_view_if_needed()
    expect(page.locator("#history-title")).to_be_visible()
    expect(page.locator("section[aria-labelledby=history-title]")).to_contain_text(
        "added the course “Splash 1”"
    )


def test_everything_without_a_script(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url, java_script_enabled=False)
    page.get_by_label("Add a lesson to Glide").fill("Push off")
    page.get_by_label("Add a lesson to Glide").press("Enter")
    assert tree.lines()[-1] == "2.1.1 Push off"
    node(page, "Push off").click()
    page.locator("#id_content").fill("**Far**")
    page.locator("#panel-mode").click()
    expect(page.locator("#preview strong")).to_have_text("Far")
    page.locator("#panel-mode").click()
    page.locator("#id_name").fill("Push and glide")
    page.locator("#id_name").press("Enter")  # saves
    assert tree.lesson("Push and glide").content == "**Far**"
    page.locator("#panel-previous").click()
    assert "1.2.1 Push and glide" in tree.lines()
    page.locator("#panel-parent").select_option(index=1)
    page.locator("#panel-move").click()
    assert "1.1.4 Push and glide" in tree.lines()
    page.get_by_role("link", name="Archive Push and glide").click()
    page.get_by_role("button", name="Archive lesson").click()
    assert "Push and glide" not in "".join(tree.lines())
    page.goto(f"{tree.url}print/")
    expect(page.locator("h1")).to_have_text("Splash 1")


def test_on_a_phone(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url, **PHONE)
    node(page, "Steps").tap()
    expect(page.locator("#panel-title")).to_be_in_viewport()
    page.locator("#panel-next").tap()
    said(page, "“Steps” is now 1.2.1, in “Breath”.")
    assert page.evaluate(WIDER) <= 0


def test_the_panel_stays_without_a_connection_and_is_sent_when_it_is_back(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, f"{tree.url}lessons/{tree.lesson('Steps').pk}/")
    page.locator("#edit [name=content]").fill("Walk in backwards")
    page.context.set_offline(True)
    page.locator("#panel-save").click()
    expect(page.locator("[data-notices] .alert")).to_contain_text("No connection.")
    expect(page.locator("#edit [name=content]")).to_have_value("Walk in backwards")
    page.context.set_offline(False)
    expect(page.locator("[data-tree-state]")).to_have_text("All changes saved")
    expect(page.locator("[data-notices] .alert")).to_have_count(0)
    assert tree.lesson("Steps").content == "Walk in backwards"


def test_who_is_signed_out_with_a_panel_open_is_told_and_loses_nothing(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, f"{tree.url}lessons/{tree.lesson('Steps').pk}/")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.locator("#edit [name=content]").fill("Walk in backwards")
    page.locator("#panel-save").click()
    expect(page.locator("[data-notices] .alert")).to_contain_text("You are no longer signed in.")
    expect(page.locator("#toasts .toast")).to_have_count(0)
    page.context.add_cookies([cookie for cookie in cookies if "csrf" not in cookie["name"]])  # type: ignore[misc]
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("[data-notices] .alert")).to_contain_text("You are signed in again")
    page.locator("#panel-save").click()
    expect(page.locator("[data-tree-state]")).to_have_text("All changes saved")
    assert tree.lesson("Steps").content == "Walk in backwards"


def test_a_copy_of_a_curriculum_is_opened_and_said(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, tree.url, viewport={"width": 1280, "height": 500})
    node(page, "Water").click()
    page.locator("#panel form[action$='/duplicate/'] button").click()
    expect(page.locator("#panel-title")).to_have_text("Water (copy)")
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page.locator("#toasts .toast")).to_contain_text("“Water” was copied. This is the copy.")
    copy = page.locator("[data-node][aria-current=true]")
    expect(copy).to_have_text("Water (copy)")
    expect(copy).to_be_in_viewport()


def test_back_from_a_lesson_comes_to_the_course(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, "/courses/")
    page.goto(tree.url)
    node(page, "Steps").click()
    expect(page.locator("#panel-title")).to_have_text("Steps")
    node(page, "Swivel").click()
    expect(page.locator("#panel-title")).to_have_text("Swivel")
    page.go_back()
    expect(page.locator("#panel-title")).to_have_text("Steps")
    page.go_back()
    expect(page.locator("#panel-title")).to_have_text("About this course")
    assert at_address(tree.url).search(page.url)
    page.go_forward()
    expect(page.locator("#panel-title")).to_have_text("Steps")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(at_address("/courses/"))


def test_a_link_to_a_lesson_shows_it_on_a_phone(open_as: Open, tree: Tree) -> None:
    page = open_as(ADMIN, f"{tree.url}lessons/{tree.lesson('Climb').pk}/", **PHONE)
    expect(page.locator("#panel-title")).to_have_text("Climb")
    expect(page.locator("#panel-title")).to_be_in_viewport()
