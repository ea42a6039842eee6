"""The main path with JavaScript switched off: everything but drag and drop."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from academy.demo.catalogue import PASSWORD
from e2e.conftest import Academy

LAST = "Ohneskript"


def sign_in(page: Page) -> None:
    page.goto("/students/")
    page.fill("[name=username]", "coordinator")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page).to_have_url(re.compile("/students/([?&]in=[^&]*)?$"))


def switch(page: Page, program: str) -> None:
    page.locator("button[popovertarget=pop-program]:visible").click()
    page.locator(f"#pop-program button:has-text('{program}')").click()
    expect(page.locator(".side .switch").first).to_contain_text(program)


def test_students(academy: Academy) -> None:
    with academy.context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page)
        switch(page, "Football")
        switch(page, "Swimming")

        page.locator("a[href='/students/new/']").first.click()
        page.fill("[name=first_name]", "Nora")
        page.fill("[name=last_name]", LAST)
        page.locator("button[name=add_rows][value=contacts]").click()  # the server adds a row
        expect(page.locator("[name=first_name]")).to_have_value("Nora")
        page.locator("[data-rows=contacts] input[name$=-name]").first.fill("Mara")
        page.locator("[data-rows=contacts] input[name$=-phone]").first.fill("+49 151 23456789")
        page.locator("[data-save]").click()
        expect(page.locator("h1")).to_have_text(f"Nora {LAST}")
        expect(page.locator("body")).to_contain_text("Mara")
        address = page.url.partition("?")[0]

        page.goto("/students/")
        page.fill("#f-q", LAST.lower())
        page.press("#f-q", "Enter")
        expect(page.locator("#list tbody tr")).to_have_count(1)
        page.goto("/students/")
        page.locator("[popovertarget=pop-filters]").first.click()
        page.fill("#pop-filters [name=enrolled_from]", "2020-01-31")
        page.locator("#pop-filters button:has-text('Show results')").last.click()
        expect(page.locator(".chips .chip")).to_have_count(1)

        page.goto(address)
        page.locator("main a[href$='/edit/'], header a[href$='/edit/']").first.click()
        page.fill("[name=first_name]", "Norah")
        page.locator("[data-save]").click()
        expect(page.locator("h1")).to_have_text(f"Norah {LAST}")

        page.goto(address + "archive/")
        page.locator("main form button").last.click()
        expect(page.locator("#toasts")).to_contain_text("archived")
        page.locator("#toasts button:has-text('Undo')").click()
        expect(page.locator("h1")).to_have_text(f"Norah {LAST}")
        page.goto(address + "archive/")
        page.locator("main form button").last.click()
        page.goto(address)
        page.locator("form[action$='/restore/'] button").first.click()
        expect(page.locator("[role=note] :text('archived')")).to_have_count(0)

        page.locator("button[popovertarget=pop-user]").first.click()
        page.locator("#pop-user button:has-text('Sign out')").click()
        expect(page).to_have_url(re.compile("/accounts/login/"))


def test_tree(academy: Academy) -> None:
    with academy.context("swim-admin", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/courses/new/")
        page.fill("[name=name]", "Without a script")
        page.locator("[data-save]").click()
        course = page.url

        add = page.locator("form[action$='/curricula/new/']").first
        for name in ("First", "Second"):
            add.locator("[name=name]").fill(name)
            add.locator("button").last.click()
        expect(page.locator("#outline [data-node]")).to_have_text(["First", "Second"])

        page.locator("#outline [data-node]", has_text="Second").click()
        page.locator("#panel [name=name]").fill("Renamed")
        page.locator("#panel [data-save]").click()
        expect(page.locator("#outline [data-node]")).to_have_text(["First", "Renamed"])

        page.goto(course)
        page.locator("#outline [data-node]", has_text="Renamed").click()
        page.locator("#panel button[formaction$='/move/'][value=up]").click()
        expect(page.locator("#outline [data-node]")).to_have_text(["Renamed", "First"])

        page.goto(course)
        page.locator("#outline [data-node]", has_text="First").click()
        page.locator("#panel a[href$='/archive/']").click()
        page.locator("main form button.danger").click()
        expect(page.locator("#outline [data-node]")).to_have_text(["Renamed"])
