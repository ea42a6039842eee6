"""Forms in a browser: nothing that was typed is lost, and nobody's change."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from e2e.conftest import Academy, Open
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
    page = open_as(ADMIN)
    page.clock.install()
    page.goto(edit)
    page.locator("[name=first_name]").fill("Clarissa")
    page.route(f"**{edit}", lambda route: route.abort("aborted"))  # as Escape does
    button = page.locator("[data-save]")
    button.click(no_wait_after=True)
    page.clock.run_for(1_000)
    expect(button).to_be_disabled()
    page.clock.run_for(10_000)
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
