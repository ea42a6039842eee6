"""Buttons that lead to another page by a POST: none of them ends on the error page of the browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.axe import Look
from e2e.conftest import PHONE, WIDER, Academy, Open, at_address
from e2e.test_emergency import NOTE_PRINTS
from e2e.test_forms import ADMIN, PROGRAM, session_of
from programs.models import Program
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import EmergencyLook, Student

OFFLINE = "No connection."


@pytest.fixture
def student(academy: Academy) -> Student:
    with academy.working(), use_program(Program.objects.get(name=PROGRAM)):
        return StudentFactory(first_name="Mara", last_name="Offline")


def looks(academy: Academy, student: Student) -> int:
    with academy.working(), use_program(Program.objects.get(name=PROGRAM)):
        return EmergencyLook.objects.filter(student_key=student.pk).count()


def path_of(student: Student) -> str:
    return f"/students/{student.pk}/"


def emergency(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^(Emergency details|Notfallangaben)$"))


def notice(page: Page) -> Locator:
    return page.locator("main .form-notices .alert")


def test_emergency_details_wait_for_the_connection_and_open_when_it_is_back(
    academy: Academy, open_as: Open, student: Student
) -> None:
    page = open_as(ADMIN, path_of(student), reduced_motion="reduce", **PHONE)
    page.context.set_offline(True)
    emergency(page).tap()
    expect(notice(page)).to_contain_text(OFFLINE)
    expect(page).to_have_url(at_address(path_of(student)))
    expect(emergency(page)).to_be_enabled()
    button, said = emergency(page).bounding_box(), notice(page).bounding_box()
    assert button and said and 0 <= said["y"] - button["y"] - button["height"] <= 20
    assert page.evaluate(WIDER) <= 0
    assert Look().at(page) == []
    assert looks(academy, student) == 0
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="Emergency contacts")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Ada Contact")
    expect(page).to_have_url(at_address(f"{path_of(student)}emergency/"))
    expect(page).to_have_title(re.compile("^Emergency details"))
    assert looks(academy, student) == 1
    # A reload and a step back lead to the student and note no other look.
    page.reload()
    expect(page).to_have_url(at_address(path_of(student)))
    emergency(page).tap()
    expect(page).to_have_url(at_address(f"{path_of(student)}emergency/"))
    page.go_back()
    expect(emergency(page)).to_be_visible()
    assert looks(academy, student) == 2


def test_what_waits_is_sent_on_request_or_given_up(academy: Academy, open_as: Open, student: Student) -> None:
    page = open_as(ADMIN, path_of(student))
    page.route("**/emergency/", lambda route: route.abort("connectionfailed"))
    emergency(page).click()
    notice(page).get_by_role("button", name="Cancel").click()
    expect(notice(page)).to_have_count(0)
    emergency(page).click()
    expect(notice(page)).to_contain_text(OFFLINE)
    page.unroute("**/emergency/")
    notice(page).get_by_role("button", name="Try now").click()
    expect(page).to_have_url(at_address(f"{path_of(student)}emergency/"))
    assert looks(academy, student) == 1


def test_only_the_last_of_the_buttons_is_waited_for(open_as: Open, student: Student) -> None:
    page = open_as(ADMIN, path_of(student))
    page.context.set_offline(True)
    page.get_by_role("button", name="Print sheet").click()
    expect(notice(page)).to_have_count(1)
    emergency(page).click()
    expect(page.locator("form[action$='/emergency/'] .alert")).to_contain_text(OFFLINE)
    expect(notice(page)).to_have_count(1)


def test_who_is_signed_out_is_told_beside_the_button_and_goes_on_after_signing_in(
    academy: Academy, open_as: Open, student: Student
) -> None:
    page = open_as(ADMIN, path_of(student))
    before = session_of(page.context.cookies())
    page.context.clear_cookies()
    emergency(page).click()
    expect(notice(page)).to_contain_text("You are no longer signed in.")
    with page.expect_popup() as popup:
        notice(page).get_by_role("link", name="Sign in").click()
    beside = popup.value
    beside.locator("[name=username]").fill(ADMIN)
    beside.locator("[name=password]").fill("academy-demo")
    beside.keyboard.press("Enter")
    expect(beside.locator("h1")).to_contain_text("You are signed in as")
    assert session_of(page.context.cookies()) not in (None, before)
    beside.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(notice(page)).to_contain_text("Press the button again.")
    emergency(page).click()
    expect(page).to_have_url(at_address(f"{path_of(student)}emergency/"))
    assert looks(academy, student) == 1


def test_the_sheet_waits_and_is_printed(open_as: Open, student: Student) -> None:
    page = open_as(ADMIN, path_of(student))
    page.evaluate(f"() => {{ {NOTE_PRINTS} }}")
    page.context.set_offline(True)
    page.get_by_role("button", name="Print sheet").click()
    expect(notice(page)).to_contain_text(OFFLINE)
    page.context.set_offline(False)
    expect(page.locator(".sheet")).to_have_count(1)
    page.wait_for_function("() => window.printed === 1")


def test_the_sheets_of_a_list_wait_in_their_dialog(open_as: Open) -> None:
    page = open_as("coordinator", "/students/")
    page.locator("#list [name=ids]").first.click()
    page.evaluate(f"() => {{ {NOTE_PRINTS} }}")
    page.locator("#bulk").get_by_role("button", name="Emergency sheets").click()
    dialog = page.locator("#bulk-dialog")
    expect(dialog.get_by_role("button", name="Print")).to_be_visible()
    page.context.set_offline(True)
    dialog.get_by_role("button", name="Print").click()
    expect(dialog).to_contain_text(OFFLINE)
    page.context.set_offline(False)
    expect(page.locator(".sheet")).to_have_count(1)
    expect(dialog).to_be_hidden()
    page.wait_for_function("() => window.printed === 1")
    page.reload()
    expect(page.locator("#list tbody tr").first).to_be_visible()


def test_archiving_restoring_and_undoing_wait_each(open_as: Open, student: Student) -> None:
    page = open_as(ADMIN, path_of(student))

    def cut(press: Any, where: str) -> None:
        page.context.set_offline(True)
        press()
        expect(page.locator(where)).to_contain_text(OFFLINE)
        page.context.set_offline(False)

    def archive() -> None:
        page.get_by_role("button", name="More actions").click()
        page.get_by_role("link", name="Archive").click()
        page.locator("#confirm").get_by_role("button", name="Archive").click()

    cut(archive, "#notices")
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    cut(undo.click, "#toasts .toast.error")
    undo.click()
    expect(page.locator("#toasts")).to_contain_text(re.compile("restored|undone", re.IGNORECASE))
    page.goto(path_of(student))
    archive()
    expect(page.locator("#toasts .toast")).to_be_visible()
    page.goto(path_of(student))
    cut(page.get_by_role("button", name="Restore").first.click, "main .form-notices .alert")
    expect(emergency(page)).to_be_visible()


def test_another_program_and_signing_out_wait_in_their_menus(open_as: Open, student: Student) -> None:
    page = open_as(ADMIN, path_of(student))
    page.context.set_offline(True)
    page.locator("[popovertarget=pop-user]:visible").click()
    page.locator("#pop-user").get_by_role("button", name="Sign out").click()
    expect(page.locator("#pop-user")).to_contain_text(OFFLINE)
    page.locator("#pop-user").get_by_role("button", name="Cancel").click()
    page.keyboard.press("Escape")
    page.locator("[popovertarget=pop-program]:visible").click()
    page.locator("#pop-program").locator("[name=program]").first.click()
    expect(page.locator("#pop-program")).to_contain_text(OFFLINE)
    page.context.set_offline(False)
    expect(page).to_have_url(at_address("/students/"))
    expect(page.locator("#list tbody tr").first).to_be_visible()
    expect(page.locator(".form-notices .alert")).to_have_count(0)


def test_a_list_says_in_a_toast_that_nothing_was_changed(open_as: Open) -> None:
    page = open_as(ADMIN, "/students/")
    page.context.set_offline(True)
    page.locator("[popovertarget=pop-program]:visible").click()
    page.locator("#pop-program").locator("[name=program]").first.click()
    expect(page.locator("#toasts")).to_contain_text("No connection. Nothing was changed.")
    expect(page.locator("#list tbody tr").first).to_be_visible()
    page.context.set_offline(False)
    page.context.clear_cookies()
    page.locator("#pop-program").locator("[name=program]").first.click()
    expect(page.locator("[name=password]")).to_be_visible()


def test_what_is_typed_elsewhere_on_the_page_is_asked_about_first(open_as: Open, student: Student) -> None:
    page = open_as(ADMIN, f"{path_of(student)}edit/")
    page.locator("[name=first_name]").fill("Marta")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("[popovertarget=pop-user]:visible").click()
    page.locator("#pop-user").get_by_role("button", name="Sign out").click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(page.locator("[name=first_name]")).to_have_value("Marta")
    assert session_of(page.context.cookies())


def test_the_notice_in_german_fits_a_phone(open_as: Open, student: Student) -> None:
    page = open_as(ADMIN, path_of(student), locale="de-DE", **PHONE)
    page.context.set_offline(True)
    emergency(page).tap()
    expect(notice(page)).to_contain_text("Es geht weiter, sobald wieder eine da ist.")
    assert page.evaluate(WIDER) <= 0
