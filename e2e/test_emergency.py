"""A tutor in an emergency, on a phone; lists and sheets for paper."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .axe import Look
from .conftest import PHONE, WIDER, Open

NOTE_PRINTS = "window.printed = 0; window.print = () => { window.printed += 1; };"


def test_a_tutor_calls_from_the_list_and_opens_emergency_details_by_touch(open_as: Open) -> None:
    page = open_as("tutor", "/students/?alert=true", reduced_motion="reduce", **PHONE)
    row = page.locator("#list tbody tr").first
    expect(row).to_contain_text("Medical alert")
    expect(row.locator("td[data-m=end]")).to_contain_text(re.compile(r"\d+ years?"))
    call = row.locator("a.call")
    assert re.fullmatch(r"tel:\+\d+", call.get_attribute("href") or "")
    box = call.bounding_box()
    assert box is not None and box["width"] >= 44 and box["height"] >= 44
    # What a finger hits in the middle of the button is the button, and beside it the row.
    hit = "([x, y]) => document.elementFromPoint(x, y).closest('a').className"
    assert page.evaluate(hit, [box["x"] + 22, box["y"] + 22]) == "call"
    assert page.evaluate(hit, [box["x"] - 60, box["y"] + 22]) != "call"
    row.locator(".who a").click()
    page.get_by_role("button", name="Emergency details").tap()
    expect(page.get_by_role("heading", name="Emergency contacts")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Call ")).first).to_be_visible()
    assert page.evaluate(WIDER) <= 0
    assert Look().at(page) == []


def test_a_sheet_is_printed_by_the_button_alone(open_as: Open) -> None:
    page = open_as("coordinator", "/students/?alert=true")
    page.add_init_script(NOTE_PRINTS)
    page.locator("#list tbody .who a").first.click()
    page.emulate_media(media="print")
    contacts = page.locator(".sheet").get_by_role("heading", name="Emergency contacts")
    expect(contacts).to_have_count(0)
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Print sheet").click()
    expect(contacts).to_have_count(1)
    page.wait_for_function("() => window.printed === 1")
    page.emulate_media(media="print")
    expect(contacts).to_be_visible()


def test_the_keys_that_print_a_list_print_all_of_it(open_as: Open) -> None:
    page = open_as("coordinator", "/students/?status=active")
    page.add_init_script(NOTE_PRINTS)
    page.locator("#list tbody tr").first.wait_for()
    whole = int(page.locator("#list").get_attribute("data-total") or 0)
    page.keyboard.press("Control+p")
    page.wait_for_url(re.compile(r"/students/printout/\?.*status=active"))
    page.wait_for_function("() => window.printed === 1")
    assert page.locator(".printout tbody tr").count() == whole


def test_a_list_to_print_is_scrolled_on_a_phone_and_keeps_numbers_in_a_line(open_as: Open) -> None:
    page = open_as("coordinator", "/students/printout/?q=Ackroyd", **PHONE)
    number = page.locator(".printout tbody td").first
    expect(number).to_have_text(re.compile(r"^STU-\d{4}-\d{4}$"))
    assert (
        number.evaluate(
            "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"
        )
        == 1
    )
    assert page.evaluate(WIDER) == 0


def test_the_sheets_of_a_selection_are_asked_about_and_printed(open_as: Open) -> None:
    page = open_as("coordinator", "/students/")
    page.evaluate(f"() => {{ {NOTE_PRINTS} }}")
    for number in (0, 2):
        page.locator("#list [name=ids]").nth(number).click()
    page.locator("#bulk").get_by_role("button", name="Emergency sheets").click()
    dialog = page.locator("#bulk-dialog")
    expect(dialog).to_contain_text("2 students, each on a page of their own.")
    dialog.get_by_role("button", name="Print").click()
    expect(page.locator(".sheet")).to_have_count(2)
    page.wait_for_function("() => window.printed === 1")
