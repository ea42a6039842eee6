"""Lists by pointer, keyboard, phone and without a script: selecting, changing many, columns, Back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import PHONE, Open, at_address

LIST = "/students/"
BOX = "#list [name=ids]"


def selected(page: Page) -> int:
    return page.locator(f"{BOX}:checked").count()


def statuses(page: Page) -> list[str]:
    return page.locator("#list tbody td[data-m=end]").all_inner_texts()


def full_loads(page: Page) -> list[str]:
    """The pages that are loaded whole from now on."""
    seen: list[str] = []
    page.on("request", lambda r: seen.append(r.url) if r.is_navigation_request() else None)
    return seen


def test_a_range_is_selected_with_shift_and_escape_clears(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    page.locator(BOX).nth(1).click()
    page.locator(BOX).nth(4).click(modifiers=["Shift"])
    expect(bar).to_be_visible()
    expect(bar.get_by_role("status")).to_have_text("4 selected")
    head = page.locator("[data-bulk-page]")
    assert head.evaluate("box => box.indeterminate")
    head.check()
    assert selected(page) == page.locator(BOX).count()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    assert selected(page) == 0


def test_change_many_with_a_preview_and_take_it_back(open_as: Open) -> None:
    # Football's students belong to the tests.
    page = open_as("coordinator", LIST)
    page.goto(LIST + "?status=active")
    before = page.locator("#list-tabs").inner_text()
    loads = full_loads(page)
    for number in (0, 2):
        page.locator(BOX).nth(number).click()
    page.get_by_role("button", name="Set status").click()
    page.locator("#pop-bulk").get_by_role("button", name="Inactive").click()
    dialog = page.locator("#bulk-dialog")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("2 of 2 change.")
    dialog.get_by_role("button", name="Change 2").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("2 set to “Inactive”.")
    expect(dialog).to_be_hidden()
    expect(page.locator("#list-tabs")).not_to_have_text(before)
    assert loads == []
    assert at_address("?status=active").search(page.url)
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("2 are as they were before.")
    assert page.locator("#list-tabs").inner_text() == before


def test_many_facilities_are_closed_only_with_a_reason(open_as: Open) -> None:
    page = open_as("coordinator", "/facilities/?status=active")
    page.locator(BOX).nth(0).click()
    page.get_by_role("button", name="Set status").click()
    page.locator("#pop-bulk").get_by_role("button", name="Maintenance").click()
    dialog = page.locator("#bulk-dialog")
    dialog.get_by_role("button", name="Change 1").click()
    reason = dialog.get_by_label("Reason")
    expect(reason).to_be_focused()
    expect(reason).to_have_accessible_description("Say why.")
    reason.fill("New turf")
    dialog.get_by_role("button", name="Change 1").click()
    expect(page.locator(".toast")).to_contain_text("1 set to “Maintenance”.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("1 is as it was before.")


def test_all_that_match_are_more_than_the_page(open_as: Open) -> None:
    page = open_as("coordinator", LIST + "?status=active")
    total = int(page.locator("#list").get_attribute("data-total") or 0)
    assert total > 25
    page.locator(BOX).first.click()
    page.get_by_label(f"All {total} that match").check()
    expect(page.locator("[data-bulk-count]")).to_have_text(str(total))
    page.get_by_role("button", name="Archive").click()
    dialog = page.locator("#bulk-dialog")
    expect(dialog).to_contain_text(f"{total} of {total} leave every list and count")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.locator(BOX).first.uncheck()
    expect(page.locator("#bulk [name=all]")).not_to_be_checked()


def test_keys_move_select_and_open(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    names = page.locator("#list tbody .who a")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(names.nth(at)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(BOX).nth(1)).to_be_checked()
    page.keyboard.press("j")
    expect(names.nth(2)).to_be_focused()
    page.keyboard.press("x")
    assert selected(page) == 2
    for _ in range(40):
        page.keyboard.press("j")
    expect(names.last).to_be_focused()
    box = names.last.bounding_box()
    assert box and 56 < box["y"] < 900 - 80  # neither under the top bar nor under the bulk bar
    page.keyboard.press("k")
    href = names.nth(names.count() - 2).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(at_address(href))


def test_keys_are_off_in_fields_and_where_they_are_switched_off(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    page.keyboard.press("/")
    expect(page.locator("#f-q")).to_be_focused()
    page.keyboard.type("jx")
    expect(page.locator("#f-q")).to_have_value("jx")
    page.goto(LIST)
    page.evaluate("document.documentElement.dataset.shortcuts = 'off'")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")


def test_the_keyboard_stays_on_the_tab_and_the_page_it_chose(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    tab = page.locator("#list-tabs").get_by_role("link", name=re.compile("^Active"))
    tab.press("Enter")
    expect(page.locator("#list-tabs [aria-current]")).to_contain_text("Active")
    expect(tab).to_be_focused()
    page.get_by_role("link", name="Next page").press("Enter")
    page.wait_for_url("**page=2**")
    expect(page.locator(".pager a[rel=next]")).to_be_focused()


def test_the_keyboard_stays_on_the_heading_that_sorts(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    for direction in ("descending", "ascending"):
        page.locator("#sort-name").focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"th[aria-sort={direction}] #sort-name")).to_be_focused()


def test_tabs_pages_chips_and_search_swap_in_place(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    loads = full_loads(page)
    page.locator("#list-tabs").get_by_role("link", name=re.compile("^Active")).click()
    page.wait_for_url(at_address("/students/?status=active"))
    expect(page.locator("#list-tabs [aria-current]")).to_contain_text("Active")
    page.get_by_role("link", name="Next page").click()
    page.wait_for_url(at_address("/students/?status=active&page=2"))
    page.locator("#f-q").fill("a")
    page.wait_for_url("**q=a**")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Age from").fill("6")
    page.get_by_label("Age from").press("Tab")
    page.wait_for_url("**age_from=6**")
    page.keyboard.press("Escape")
    chip = page.get_by_role("link", name="Remove the filter Age from")
    chip.click()
    expect(chip).to_have_count(0)
    # The panel follows the address: the next search does not bring the filter back.
    expect(page.locator("[name=age_from]")).to_have_value("")
    page.locator("#f-q").fill("an")
    page.wait_for_url("**q=an**")
    assert "age_from" not in page.url
    assert loads == []


def test_back_brings_the_filters_and_the_place_back(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    page.locator("#list-tabs").get_by_role("link", name=re.compile("^Active")).click()
    page.wait_for_url("**status=active*")
    page.get_by_role("link", name="Next page").click()
    page.wait_for_url("**page=2*")
    address = page.url
    page.locator("#list tbody .who a").nth(18).scroll_into_view_if_needed()
    page.wait_for_function("scrollY > 100")
    place = page.evaluate("scrollY")
    page.locator("#list tbody .who a").nth(18).click()
    page.wait_for_selector("h1")
    page.wait_for_function("!document.querySelector('#list')")
    page.go_back()
    page.wait_for_selector("#list tbody tr")
    assert page.url == address
    page.wait_for_function(f"Math.abs(scrollY - {place}) < 60")
    expect(page.locator("#list-tabs [aria-current]")).to_contain_text("Active")
    # And once more, to the list before it.
    page.go_back()
    page.wait_for_url(at_address("/students/?status=active"))
    expect(page.locator(".pager [aria-current]")).to_contain_text("1")


def test_rows_below_the_fold_come_with_the_frame_after_the_first(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    assert page.evaluate("innerHeight") <= 930
    page.evaluate("""() => {
      window.frames_ = [];
      const note = () => frames_.push([document.querySelectorAll("#list tbody tr").length, scrollY]);
      addEventListener("htmx:afterSwap", () => requestAnimationFrame(note));
    }""")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator(".pager a[rel=next]").click()
    expect(page.locator(".pager [aria-current]")).to_contain_text("2")
    expect(page.locator("#list tbody tr:visible")).to_have_count(25)
    assert page.evaluate("frames_[0]") == [15, 0]


def test_columns_are_chosen_and_kept(open_as: Open) -> None:
    page = open_as("music-admin", LIST)
    page.get_by_role("button", name="Columns and density").click()
    page.locator("#pop-columns").get_by_label("E-mail").check()
    page.locator("#pop-columns").get_by_label("Phone").uncheck()
    page.locator("#pop-columns").get_by_role("button", name="Apply").click()
    expect(page.locator("thead")).to_contain_text("E-mail")
    expect(page.locator("thead")).not_to_contain_text("Phone")
    page.goto(LIST)
    expect(page.locator("thead")).to_contain_text("E-mail")
    page.get_by_role("button", name="Columns and density").click()
    page.locator("#pop-columns").get_by_role("button", name="Reset").click()
    expect(page.locator("thead")).to_contain_text("Phone")


def test_density_changes_at_once_and_is_kept(open_as: Open) -> None:
    page = open_as("music-admin", LIST)
    row = page.locator("#list tbody tr").first
    high = row.bounding_box()
    page.get_by_role("button", name="Columns and density").click()
    with page.expect_response("**/accounts/preferences/"):
        page.locator("#pop-columns").get_by_role("button", name="Compact rows").click()
    low = row.bounding_box()
    assert high and low and low["height"] < high["height"]
    page.reload()
    assert page.locator("html").get_attribute("data-density") == "compact"
    page.get_by_role("button", name="Columns and density").click()
    with page.expect_response("**/accounts/preferences/"):
        page.locator("#pop-columns").get_by_role("button", name="Compact rows").click()
    assert page.locator("html").get_attribute("data-density") == "normal"


def test_a_view_is_saved_as_the_list_is_now(open_as: Open) -> None:
    page = open_as("music-admin", LIST)
    page.locator("#list-tabs").get_by_role("link", name=re.compile("^Graduated")).click()
    page.wait_for_url("**status=graduated*")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="Save this view…").click()
    page.get_by_label("Name").fill("Those who made it")
    page.get_by_role("button", name="Save view").click()
    page.wait_for_url(at_address("/students/?status=graduated"))
    expect(page.get_by_role("button", name="Those who made it")).to_be_visible()


def test_on_a_phone_rows_are_selected_in_a_mode_of_its_own(open_as: Open) -> None:
    page = open_as("coordinator", LIST, **PHONE)
    expect(page.locator(BOX).first).to_be_hidden()
    page.get_by_role("button", name="Select", exact=True).tap()
    rows = page.locator("#list tbody tr")
    rows.nth(0).tap()
    rows.nth(2).tap()
    assert at_address(LIST).search(page.url)
    expect(page.locator("#bulk").get_by_role("status")).to_have_text("2 selected")
    bar = page.locator("#bulk").bounding_box()
    assert bar and bar["x"] >= 0 and bar["x"] + bar["width"] <= 390
    for button in page.locator("#bulk > button:visible").all():
        box = button.bounding_box()
        assert box and box["height"] >= 43.9
    page.get_by_role("button", name="Done").tap()
    expect(page.locator("#bulk")).to_be_hidden()
    assert selected(page) == 0
    rows.nth(0).tap()
    page.wait_for_url(re.compile(r"/students/[0-9a-f-]{36}/"))


def test_on_a_phone_the_order_and_the_views_are_in_the_sheet(open_as: Open) -> None:
    page = open_as("coordinator", LIST, **PHONE)
    page.get_by_role("button", name="Filters").tap()
    sheet = page.get_by_role("dialog", name="Filters")
    sheet.get_by_label("Order").select_option(label="Enrolled ↓")
    page.wait_for_url(at_address("/students/?sort=-enrolled"))
    expect(sheet.get_by_role("link", name="Saved views")).to_be_visible()
    sheet.get_by_role("link", name="Save this view…").tap()
    page.wait_for_url(at_address("/desk/views/save/?page=students%3Astudent-list&query=sort%3D-enrolled"))
    page.go_back()
    expect(page.get_by_role("link", name="Quick add")).to_be_visible()


def test_the_search_keeps_the_order_of_a_heading(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    page.get_by_role("link", name="Enrolled").click()
    page.wait_for_url(at_address("/students/?sort=enrolled"))
    page.locator("#f-q").fill("an")
    page.wait_for_url(re.compile(r"/students/\?(q=an&sort=enrolled|sort=enrolled&q=an)([?&]in=[^&]*)?$"))
    page.get_by_role("link", name="Student", exact=True).click()
    page.wait_for_url(at_address("/students/?q=an"))
    page.locator("#f-q").fill("")
    page.wait_for_url(at_address("/students/"))


def test_without_a_script_many_are_changed_too(open_as: Open) -> None:
    page = open_as("coordinator", LIST, java_script_enabled=False)
    page.locator(BOX).nth(0).check()
    page.locator(BOX).nth(1).check()
    name = page.locator("#list tbody .who a").nth(0).inner_text()
    page.locator("#bulk").get_by_role("button", name="Archive").click()
    expect(page.locator("h1")).to_have_text("Archive what is selected?")
    expect(page.locator("#bulk-confirm")).to_contain_text(name)
    page.get_by_role("button", name="Archive 2").click()
    expect(page.locator("#toasts")).to_contain_text("2 archived.")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("2 are as they were before.")
    assert page.locator("#list tbody .who a").nth(0).inner_text() == name


def test_a_tutor_has_nothing_to_select(open_as: Open) -> None:
    page = open_as("tutor", LIST)
    expect(page.locator(BOX)).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("x")  # nothing to tick, and no error
    expect(page.locator("#list tbody .who a").first).to_be_focused()


def test_numbers_and_phones_are_shown_to_their_end(open_as):
    page = open_as("swim-admin", "/students/?size=100")
    cut = """() => [...document.querySelectorAll("#list :is(td, th)")]
      .filter((cell) => cell.checkVisibility() && !cell.querySelector(".who") && cell.scrollWidth > cell.clientWidth)
      .map((cell) => cell.innerText)"""
    shown = {}
    for width in (1440, 1366, 1280, 1100, 940, 820, 740, 710):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(cut) == [], width
        shown[width] = page.locator("#list thead th:visible").count()
    assert shown == {1440: 8, 1366: 8, 1280: 8, 1100: 7, 940: 7, 820: 6, 740: 6, 710: 6}


def test_a_typed_word_is_one_entry_of_the_history(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    before = page.evaluate("history.length")
    for number, letter in enumerate("anna", 1):
        with page.expect_response(lambda response: "q=" in response.url):
            page.locator("#f-q").press(letter)
        page.wait_for_function("words => location.search.includes(`q=${words}`)", arg="anna"[:number])
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    expect(page.locator("#f-q")).to_have_value("")
    assert "q=" not in page.url
    page.go_forward()
    expect(page.locator("#f-q")).to_have_value("anna")


def test_a_wrong_filter_says_so_beside_the_field_and_keeps_the_sheet_open(open_as: Open) -> None:
    for size in (None, PHONE):
        page = open_as("coordinator", LIST, **(size or {}))
        page.get_by_role("button", name="Filters").click()
        sheet, field = page.locator("#pop-filters"), page.locator("#id_age_from")
        field.fill("200")
        sheet.get_by_role("button", name="Show results").click()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(sheet).to_be_visible()
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description("Ensure this value is less than or equal to 125.")
        field.fill("12")
        field.press("Tab")
        expect(page.locator("#pop-filters .errorlist")).to_have_count(0)
        expect(field).not_to_have_attribute("aria-invalid", "true")
        page.goto(LIST + "?age_from=200")
        expect(sheet).to_be_visible()
        expect(page.locator("#id_age_from_error")).to_have_count(1)


def test_the_selection_survives_paging_and_back(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    said = page.locator("#bulk [role=status]")
    page.locator(BOX).nth(0).click()
    page.locator(BOX).nth(2).click()
    page.locator(".pager a", has_text="2").first.click()
    expect(page.locator("#list .tfoot")).to_contain_text("26–")
    expect(said).to_have_text("2 selected")
    page.locator("#list [name=ids]:not([data-carried])").nth(1).click()
    expect(said).to_have_text("3 selected")
    page.go_back()
    expect(page.locator("#list .tfoot")).to_contain_text("1–25")
    expect(said).to_have_text("3 selected")
    expect(page.locator(BOX).nth(2)).to_be_checked()
    page.locator("#list tbody .who a").first.click()
    page.wait_for_url(re.compile("/students/[0-9a-f-]{36}/"))
    page.go_back()
    expect(said).to_have_text("3 selected")
    page.locator("#sort-age").click()
    expect(page).to_have_url(re.compile("sort=age"))
    expect(said).to_have_text("3 selected")
    page.get_by_role("button", name="Set status").click()
    page.locator("#pop-bulk").get_by_role("button", name="Active", exact=True).click()
    expect(page.locator("#bulk-dialog")).to_contain_text("of 3")
    page.keyboard.press("Escape")
    page.locator("[data-bulk-clear]").click()
    expect(page.locator("#bulk")).to_be_hidden()
    page.reload()
    expect(page.locator("#bulk")).to_be_hidden()


@pytest.mark.parametrize("window", [{}, PHONE], ids=["desktop", "phone"])
def test_a_hint_at_another_program_stands_in_one_line_with_its_mark(open_as: Open, window: dict) -> None:
    page = open_as("coordinator", f"{LIST}?q=Ackroyd", **window)
    hint = page.locator("#elsewhere form")
    mark, words = hint.locator(".glyph").bounding_box(), hint.get_by_role("button").bounding_box()
    assert mark and words
    assert mark["x"] + mark["width"] < words["x"] < mark["x"] + mark["width"] + 20
    assert abs(mark["y"] + mark["height"] / 2 - words["y"] - words["height"] / 2) < 4


def test_what_a_search_nearly_found_comes_after_the_list(open_as: Open) -> None:
    page = open_as("coordinator", LIST)
    words = " ".join(page.locator("#list tbody .who a").all_inner_texts()).split()
    word = next(word for word in words if len(word) > 4 and word.isalpha())
    wrong = f"{word[:-1]}{'q' if word[-1] != 'q' else 'z'}"
    page.locator("#f-q").fill(wrong)
    expect(page.get_by_role("heading", name="Similar spellings")).to_be_visible()
    expect(page.locator("#similar").get_by_role("link").filter(has_text=word).first).to_be_visible()
    expect(page.locator("#list-said")).to_contain_text("Similar spellings:")
    page.locator("#f-q").fill(word)
    expect(page.locator("#list tbody .who a").filter(has_text=word).first).to_be_visible()
