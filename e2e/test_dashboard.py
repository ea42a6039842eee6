"""The dashboard, the facilities and the page of a student as people use them."""

import re

import pytest
from playwright.sync_api import Page, expect

from academy.dashboard import views
from e2e.conftest import PHONE
from facilities.models import Facility
from programs.models import Program
from programs.scope import use_program
from students.factories import StudentFactory


@pytest.fixture
def football(academy):
    """Football, to work in: a student with everything, and a facility that is overdue."""
    with academy.working():
        program = Program.objects.get(name="Football")
        with use_program(program):
            student = StudentFactory(first_name="Imani", last_name="Okafor-Lindqvist")
            facility = Facility.objects.filter(status="active").order_by("pk")[0]
    return student, facility


def enter(page: Page, program: str, path: str) -> None:
    page.goto("/programs/")
    with page.expect_navigation():  # sent by a script, so the click does not wait for it
        page.locator(f"main button:has-text('{program}')").click()
    page.goto(path)


def test_a_period_is_chosen_in_place_and_kept_in_the_address(open_as):
    page = open_as("coordinator")
    heading = page.locator("h1").element_handle()
    page.get_by_role("link", name="3 months").click()
    expect(page).to_have_url(re.compile(r"/\?range=3m([?&]in=[^&]*)?$"))
    expect(page.locator("#range-3m")).to_have_attribute("aria-current", "true")
    expect(page.locator("#period-said")).to_contain_text("–")
    assert heading.evaluate("element => element.isConnected")  # the page itself stayed
    page.get_by_role("link", name="Custom").click()
    page.get_by_label("From").fill("2026-06-01")
    page.get_by_label("To", exact=True).fill("2026-05-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("This day is before the first one.")).to_be_visible()
    page.get_by_label("To", exact=True).fill("2026-06-30")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("range=custom&since=2026-06-01&until=2026-06-30"))
    expect(page.locator("#dash")).to_contain_text("1 June 2026 – 30 June 2026")
    page.reload()
    expect(page.locator("#dash")).to_contain_text("1 June 2026 – 30 June 2026")
    page.go_back()
    expect(page).not_to_have_url(re.compile("06-30"))


def test_a_point_of_a_chart_leads_to_its_students(open_as):
    page = open_as("coordinator")
    chart = page.locator("section[aria-labelledby=h-new]")
    point = chart.locator("a.hit").last
    number = re.search(r": (\d+)", point.locator(".sr-only").inner_text())[1]
    point.focus()
    expect(point.locator(".tip")).to_be_visible()
    point.press("Enter")
    expect(page.locator(".tfoot")).to_contain_text(f"of {number}")


def test_every_chart_has_its_table(open_as):
    page = open_as("coordinator")
    for chart in page.locator("details.astable").all():
        chart.locator("summary").click()
        expect(chart.locator("table")).to_be_visible()
        assert chart.locator("tbody tr").count() > 0


def test_it_works_without_a_script(open_as):
    page = open_as("coordinator", "/", java_script_enabled=False)
    page.get_by_role("link", name="This year").click()
    expect(page.locator("#range-year")).to_have_attribute("aria-current", "true")
    page.goto("/facilities/")
    page.get_by_role("link", name="Cards").click()
    expect(page.locator(".tile").first).to_be_visible()
    page.goto("/students/?alert=true")
    page.locator("#list tbody a").first.click()
    page.locator("#tab-health").click()
    expect(page.locator("#h-health")).to_be_visible()
    expect(page.get_by_role("button", name="Print sheet")).to_be_visible()


def test_a_tutor_searches_from_the_first_page_of_any_width_without_a_script(open_as):
    page = open_as("tutor", "/", java_script_enabled=False, **PHONE)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.locator("#dash")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("searchbox").first.fill("ma")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page).to_have_url(re.compile(r"/students/\?(.*&)?q=ma"))
    expect(page.locator("#list tbody tr").first).to_be_visible()


@pytest.mark.parametrize(
    ("window", "widths"), [({}, (1440, 820)), (PHONE, (390, 320))], ids=["desk", "phone"]
)
def test_no_page_is_wider_than_its_window(open_as, window, widths, football):
    student, facility = football
    page = open_as("coordinator", **window)
    enter(page, "Football", "/")
    for path in (
        "/",
        "/?range=custom",
        "/facilities/?view=cards",
        f"/students/{student.pk}/",
        f"/facilities/{facility.pk}/edit/",
    ):
        page.goto(path)
        for details in page.locator("details.astable summary").all():
            details.click()
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_tabs_of_a_student_swap_in_place(open_as, football):
    student, _ = football
    page = open_as("coordinator")
    enter(page, "Football", f"/students/{student.pk}/")
    expect(page.get_by_role("link", name="Call Ada Contact")).to_have_attribute("href", "tel:+447700900456")
    page.locator("#tab-health").click()
    expect(page).to_have_url(re.compile(r"\?tab=health([?&]in=[^&]*)?$"))
    expect(page.locator("#tab-health")).to_be_focused()
    expect(page.locator("#tab")).to_contain_text("Salbutamol")
    expect(page.locator("#tab")).not_to_contain_text("Ada Contact")
    page.go_back()
    expect(page.locator("#tab")).to_contain_text("Ada Contact")


def test_a_student_is_printed_on_one_page(open_as, football):
    student, _ = football
    page = open_as("coordinator")
    enter(page, "Football", f"/students/{student.pk}/?tab=history")
    page.emulate_media(media="print")
    for words in (
        "Imani Okafor-Lindqvist",
        student.student_id,
        "Medical alert",
        "Hiddenham",
    ):
        expect(page.locator(".sheet")).to_contain_text(words)
    for words in ("Ada Contact", "Asthma", "Private note"):  # these are printed by a form that notes it
        expect(page.locator(".sheet")).not_to_contain_text(words)
    expect(page.locator(".sheet")).to_be_visible()
    expect(page.locator(".print-head")).to_contain_text("Football")
    for hidden in (".side", ".top", "#tab", "h1"):
        expect(page.locator(hidden)).to_be_hidden()
    pages = re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="A4"))
    assert len(pages) == 1
    page.emulate_media(media="screen")
    expect(page.locator(".sheet")).to_be_hidden()


def test_a_facility_is_closed_with_a_reason_and_opened_again(open_as, football):
    _, facility = football
    page = open_as("coordinator")
    enter(page, "Football", f"/facilities/{facility.pk}/edit/")
    reason, day = page.locator("[name=status_reason]"), page.locator("[name=available_again_on]")
    expect(reason).to_be_hidden()
    page.locator("[name=status]").select_option("maintenance")
    expect(reason).to_be_visible()
    page.locator("[data-save]").click()
    expect(page.get_by_text("Say why it is not in use.").first).to_be_visible()
    reason.fill("New turf")
    day.fill("2199-01-31")
    page.locator("[data-save]").click()
    expect(page.get_by_role("note")).to_contain_text("Available again on 31 January 2199. New turf")
    page.goto("/facilities/?view=cards&status=maintenance")
    expect(page.locator(".tile", has_text=facility.name)).to_contain_text("Until 31 Jan 2199 · New turf")
    page.goto(f"/facilities/{facility.pk}/edit/")
    page.locator("[name=status]").select_option("active")
    page.locator("[data-save]").click()
    expect(page.get_by_role("note")).to_have_count(0)


def test_cards_keep_the_search(open_as):
    page = open_as("coordinator")
    enter(page, "Swimming", "/facilities/")
    page.get_by_role("link", name="Cards").click()
    expect(page.locator(".tile").first).to_be_visible()
    expect(page).to_have_url(re.compile("view=cards"))
    page.locator("#f-q").fill("pool")
    expect(page).to_have_url(re.compile("q=pool"))
    expect(page.locator(".tile").first).to_be_visible()
    page.get_by_role("link", name="Table").click()
    expect(page.locator("#list table")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=pool([?&]in=[^&]*)?$"))


def test_the_limit_for_what_comes_later_is_the_one_that_was_measured():
    assert views.AT_ONCE == 10_000
