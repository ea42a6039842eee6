"""A super admin enters all programs with a reason, looks as somebody else, and finds both in the record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from e2e.axe import Look
from e2e.conftest import DESKTOP, PHONE, WIDER, Academy, Open, at_address
from e2e.test_pages_axe import SMALL, TARGET

REASON = "She does not find her group"


def troubles(page: Page, look: Look, phone: bool) -> list[str]:
    found = page.evaluate(SMALL, TARGET) if phone else []
    if (wider := page.evaluate(WIDER)) > 0:
        found.append(f"{wider} px wider than the screen")
    return found + look.at(page)


def sign_in_anew(academy: Academy, open_as: Open, **options: Any) -> Page:
    """A window of its own session: what happens in it is nobody else's."""
    page = open_as("", "/accounts/login/", **options)
    page.fill("[name=username]", "super")
    page.fill("[name=password]", "academy-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("#main")
    return page


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_looking_as_another_user(academy: Academy, open_as: Open, phone: bool, scripts: bool) -> None:
    options = {"java_script_enabled": scripts, "reduced_motion": "reduce", **(PHONE if phone else DESKTOP)}
    page, look = sign_in_anew(academy, open_as, **options), Look()

    def check() -> list[str]:
        return troubles(page, look, phone) if scripts else []

    page.goto("/view-as/")
    page.get_by_role("searchbox", name="Find a person").fill("tutor")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("radio").first.check()
    name = page.locator("label:has(input:checked) .font-medium").inner_text()
    page.get_by_role("button", name="Start looking").click()
    expect(page).to_have_title(re.compile("^Error: Look as another user"))
    page.get_by_role("textbox", name="Reason").fill(REASON)
    page.get_by_role("button", name="Start looking").click()
    expect(page).to_have_title(re.compile(f"^As {name} · Dashboard"))
    for path in ("/", "/students/", "/students/new/"):
        page.goto(path)
        expect(page).to_have_title(re.compile(f"^As {name} · "))
        expect(page.get_by_role("region", name="Looking as another user")).to_contain_text(
            f"You look as {name}."
        )
        assert check() == []
    page.goto("/students/")
    page.get_by_role("button", name="Stop looking").click()
    expect(page.locator("h1")).to_have_text("Look as another user")
    page.goto("/visits/?q=her+group")
    expect(page.locator("tbody tr").first).to_contain_text(re.compile("as tutor"))
    page.locator("tbody tr .who a").first.click()
    expect(page.locator("tbody")).to_contain_text("GET /students/")
    expect(page.locator("tbody")).to_contain_text("Left")


def test_the_browser_brings_no_page_back_after_the_sign_out(academy: Academy, open_as: Open) -> None:
    page = sign_in_anew(academy, open_as)
    page.goto("/students/")
    expect(page.locator("#list tbody tr").first).to_be_visible()
    page.goto("/accounts/profile/")
    page.locator("button[popovertarget=pop-user]:visible").first.click()
    page.locator("#pop-user").get_by_role("button", name="Sign out").click()
    page.wait_for_url(at_address("/accounts/login/"))
    page.go_back()
    page.wait_for_load_state()
    page.go_back()
    page.wait_for_load_state()
    expect(page.locator("#list")).to_have_count(0)
    assert "/accounts/login/" in page.url
