"""Forms in a browser: nothing that was typed is lost, and nobody's change."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import PHONE, Academy, Open
from programs.models import Program
from programs.scope import use_program
from students.factories import StudentFactory

PROGRAM, ADMIN = "Music", "music-admin"


@pytest.fixture
def edit(academy: Academy) -> str:
    """The form of a student of the test's own."""
    with academy.working(), use_program(Program.objects.get(name=PROGRAM)):
        return f"/students/{StudentFactory(first_name='Clara', last_name='Formby').pk}/edit/"


def save(page: Page) -> None:
    page.locator("[data-save]").click()


def test_a_form_whose_sending_was_stopped_can_be_sent_again(open_as: Open, edit: str) -> None:
    page = open_as(ADMIN, edit)
    page.locator("[name=first_name]").fill("Clarissa")
    page.route(f"**{edit}", lambda route: route.abort("aborted"))  # as Escape does
    button = page.locator("[data-save]")
    button.click(no_wait_after=True)
    expect(page.locator("#form .alert")).to_contain_text("No connection.")
    expect(button).to_be_enabled()
    page.unroute(f"**{edit}")
    button.click()
    expect(page.locator("h1")).to_have_text("Clarissa Formby")


def test_both_versions_are_shown_and_one_is_picked(open_as: Open, edit: str) -> None:
    mine, theirs = open_as(ADMIN, edit), open_as(ADMIN, edit)
    theirs.locator("[name=email]").fill("theirs@example.org")
    theirs.locator("[name=phone]").fill("+44 111")
    theirs.locator("[name=contacts-0-name]").fill("Their contact")
    save(theirs)
    expect(theirs.locator("h1")).to_have_text("Clara Formby")
    mine.locator("[name=phone]").fill("+44 222")
    save(mine)
    expect(mine.get_by_role("alert")).to_contain_text("E-mail, Phone, Emergency contacts")
    take = {name: mine.locator(f"[name=take][value={name}]") for name in ("email", "phone", "contacts")}
    expect(take["email"]).to_be_checked()
    expect(take["phone"]).not_to_be_checked()
    expect(take["contacts"]).to_be_checked()
    # Who goes on typing wants what is typed.
    mine.locator("[name=contacts-0-name]").fill("My contact")
    expect(take["contacts"]).not_to_be_checked()
    take["phone"].check()
    save(mine)
    main = mine.locator("main")
    expect(main).to_contain_text("theirs@example.org")
    expect(main).to_contain_text("+44 111")
    expect(main).to_contain_text("My contact")


# ---- without a connection, and without a session


def test_a_form_saved_without_a_connection_stays_and_is_sent_when_it_is_back(
    open_as: Open, edit: str
) -> None:
    page = open_as(ADMIN, edit)
    page.locator("[name=first_name]").fill("Clarissa")
    page.context.set_offline(True)
    save(page)
    alert = page.locator("#form [data-notices] .alert")
    expect(alert).to_contain_text("No connection.")
    expect(page.locator("[data-save]")).to_be_enabled()
    expect(page.locator("[name=first_name]")).to_have_value("Clarissa")
    page.context.set_offline(False)
    expect(page.locator("h1")).to_have_text("Clarissa Formby")


def test_what_is_typed_while_waiting_is_sent_on_request_alone(open_as: Open, edit: str) -> None:
    page = open_as(ADMIN, edit)
    page.context.set_offline(True)
    page.locator("[name=first_name]").fill("Clar")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#form .alert")).to_contain_text("as soon as the connection is back")
    page.locator("[name=first_name]").press_sequentially("issa")
    expect(page.locator("#form .alert")).to_contain_text("sent when you say so")
    page.context.set_offline(False)
    page.wait_for_timeout(500)
    expect(page).to_have_url(re.compile("/edit/([?&]in=[^&]*)?$"))
    page.locator("#form .alert [data-send-now]").click()
    expect(page.locator("h1")).to_have_text("Clar" + "issa Formby")


GUARDED = [
    (ADMIN, "/students/new/", "first_name"),
    (ADMIN, "/courses/new/", "name"),
    (ADMIN, "/facilities/new/", "name"),
    (ADMIN, "/staff/invite/", "email"),
    (ADMIN, "/desk/views/save/?page=students:student-list&query=", "name"),
    ("super", "/programs/all/", "reason"),
]


def test_every_guarded_form_stays_without_a_connection(open_as: Open) -> None:
    for user, url, name in GUARDED:
        page = open_as(user, url)
        field = page.locator(f"form[data-guard] [name={name}]")
        field.fill("typed@example.org")
        page.context.set_offline(True)
        page.keyboard.press("Control+Enter")
        expect(page.locator("main")).to_contain_text("No connection")
        expect(page).to_have_url(re.compile(re.escape(url)))
        assert field.input_value() == "typed@example.org"


def session_of(cookies: Any) -> str | None:
    return next((cookie["value"] for cookie in cookies if cookie["name"] == "sessionid"), None)


# ---- keys


def test_the_cursor_stands_in_the_first_field_of_an_add_form(open_as: Open) -> None:
    for url, name in (
        ("/students/new/", "first_name"),
        ("/courses/new/", "name"),
        ("/facilities/new/", "name"),
        ("/students/quick/", "first_name"),
    ):
        page = open_as(ADMIN, url)
        expect(page.locator(f"#form [name={name}]")).to_be_focused()


def test_control_enter_saves_every_form(open_as: Open, edit: str) -> None:
    for url, field in (
        ("/students/new/", "#form [name=last_name]"),
        (edit, "#form [name=medical_note]"),
        ("/accounts/profile/", "#form [name=time_zone]"),
        ("/accounts/password/", "main form [name=old_password]"),
        ("/staff/invite/", "#form [name=full_name]"),
        ("/desk/views/save/?page=students:student-list&query=", "main form [name=name]"),
    ):
        page = open_as(ADMIN, url)
        page.locator(field).focus()
        with page.expect_request(
            lambda request: request.method == "POST" and "/desk/drafts/" not in request.url
        ):
            page.keyboard.press("Control+Enter")


def test_who_is_signed_out_while_typing_is_told_signs_in_beside_and_sends_the_same(
    academy: Academy, open_as: Open, edit: str
) -> None:
    page = open_as(ADMIN, edit)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.locator("[name=first_name]").fill("Clarissa")
    alert = page.locator("#form [data-notices] .alert")
    expect(alert).to_contain_text("You are no longer signed in.")  # by the draft, without saving
    save(page)
    expect(alert).to_contain_text("You are no longer signed in.")
    with page.expect_popup() as popup:
        alert.get_by_role("link", name="Sign in").click()
    beside = popup.value
    beside.locator("[name=username]").fill(ADMIN)
    beside.locator("[name=password]").fill("academy-demo")
    beside.keyboard.press("Enter")
    expect(beside.locator("h1")).to_contain_text("You are signed in as")
    assert session_of(page.context.cookies()) not in (None, session_of(cookies))
    beside.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(alert).to_contain_text("You are signed in again")
    save(page)
    expect(page.locator("h1")).to_have_text("Clarissa Formby")


def test_a_form_whose_token_is_out_of_date_is_sent_with_the_new_one(open_as: Open, edit: str) -> None:
    page = open_as(ADMIN, edit)
    page.locator("[name=first_name]").fill("Clarissa")
    page.context.clear_cookies(name="csrftoken")
    save(page)
    expect(page.locator("h1")).to_have_text("Clarissa Formby")


def test_what_stands_alone_is_said_beside_the_form(open_as: Open, edit: str) -> None:
    page = open_as(ADMIN, edit)
    page.route(
        f"**{edit}", lambda route: route.fulfill(status=503, content_type="text/html", body=UNAVAILABLE)
    )
    page.locator("[name=first_name]").fill("Clarissa")
    save(page)
    expect(page.locator("#form .alert")).to_contain_text(
        "Not available just now Try again in a minute. Nothing"
    )
    page.unroute(f"**{edit}")
    save(page)
    expect(page.locator("h1")).to_have_text("Clarissa Formby")


UNAVAILABLE = "<p>503</p><h1>Not available just now</h1><p>Try again in a minute.</p>"


@pytest.mark.parametrize("notice", [False, True], ids=["plain", "with a notice"])
def test_the_buttons_of_a_german_form_fit_a_phone(open_as: Open, notice: bool) -> None:
    page = open_as(ADMIN, "/facilities/new/", locale="de-DE", **PHONE)
    page.get_by_label("Name", exact=True).fill("Saal")
    if notice:
        page.evaluate("academy.notice(document.querySelector('#form'), 'signed-out')")
    expect(page.locator("[data-dirty]")).to_be_visible()
    parts = page.locator(".savebar > .btn")
    assert parts.count() == 2
    for button in parts.all():
        assert button.evaluate("e => e.scrollWidth <= e.clientWidth"), button.inner_text()
    boxes = [page.locator(".savebar .state").bounding_box(), *[each.bounding_box() for each in parts.all()]]
    for left, right in pairwise(boxes):
        assert left and right and left["x"] + left["width"] <= right["x"]
