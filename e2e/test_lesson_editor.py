"""The editor of a lesson has room for a page of text, and the line for a new one shows that it has the focus."""

from __future__ import annotations

from courses.models import Lesson
from programs.models import Program
from programs.scope import use_program

OUTLINE = "() => getComputedStyle(document.activeElement).outline"


def test_a_lesson_is_written_with_room_and_focus_is_seen(academy, open_as):
    with academy.working(), use_program(Program.objects.get(name="Swimming")):
        lesson = Lesson.objects.select_related("module__curriculum").order_by("pk")[0]
        path = f"/courses/{lesson.module.curriculum.course_id}/lessons/{lesson.pk}/"
    page = open_as("swim-admin", path)
    editor = page.locator("[name=content]")
    room = editor.bounding_box()
    assert room["width"] >= 520 and room["height"] >= 400, room
    page.locator("[data-add] input[name=name]").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "name"
    focus = page.evaluate(OUTLINE)
    page.keyboard.press("Shift+Tab")
    assert "2px" in focus and focus == page.evaluate(OUTLINE)


def test_ending_an_assignment_is_not_the_loudest_button(academy, open_as):
    page = open_as("swim-admin", "/staff/")
    page.locator("main tbody a:has-text('Nwosu')").first.click()
    button = page.locator("a.danger[href*='/end/']")
    colour = "(element) => getComputedStyle(element).backgroundColor"
    assert button.evaluate(colour) == page.locator("form button.btn:visible:not(.primary)").first.evaluate(
        colour
    )
