"""A day of each role, as a person would spend it: with a mouse and a keyboard, from sign-in to sign-out."""

import re

import pytest
from playwright.sync_api import Page, expect

from academy.demo.catalogue import PASSWORD
from e2e.conftest import PHONE
from programs.models import Program
from programs.scope import use_program
from students.models import Student


def sign_in(page: Page, user: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("User name").or_(page.locator("[name=username]")).first.fill(user)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_selector("#main")


def switch_to(page: Page, program: str) -> None:
    page.locator("button[popovertarget=pop-program]:visible").first.click()
    with page.expect_navigation():  # sent by a script, so the click does not wait for it
        page.locator(f"#pop-program button:has-text('{program}')").click()
    expect(page).to_have_title(re.compile(f"· {program} ·"))


def add_student(page: Page, first: str, last: str) -> None:
    page.goto("/students/new/")
    page.locator("[name=first_name]").fill(first)
    page.locator("[name=last_name]").fill(last)
    page.locator("[data-save]").click()
    expect(page.locator("h1")).to_have_text(f"{first} {last}")


@pytest.mark.parametrize("window", [{}, PHONE], ids=["desktop", "phone"])
def test_coordinator_from_sign_in_to_sign_out(open_as, academy, window, request):
    last = f"Ferrandiz{request.node.callspec.id.title()}"
    page = open_as("", "/accounts/login/", **window)
    sign_in(page, "coordinator")
    switch_to(page, "Football")
    switch_to(page, "Swimming")

    add_student(page, "Noor", last)
    address = page.url.partition("?")[0]
    expect(page.locator("#toasts")).to_contain_text(f"Noor {last}")

    page.goto(address + "edit/")
    page.locator("[name=first_name]").fill("Noora")
    page.locator("[data-save]").click()
    expect(page.locator("h1")).to_have_text(f"Noora {last}")

    page.goto("/students/")
    page.locator("#f-q").fill(last.lower())
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator("#list tbody a").first.click()
    expect(page.locator("h1")).to_have_text(f"Noora {last}")

    page.goto(address + "archive/")
    page.locator("main form button.danger, main form button.primary").first.click()
    expect(page.locator("#toasts")).to_contain_text("archived")
    page.locator("#toasts button:has-text('Undo')").click()
    expect(page.locator("h1")).to_have_text(f"Noora {last}")

    page.locator(
        "button[popovertarget=pop-user]:visible, button[popovertarget=pop-more]:visible"
    ).first.click()
    page.locator("[popover]:popover-open button:has-text('Sign out')").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.goto("/students/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    with academy.working(), use_program(Program.objects.get(name="Swimming")):
        assert list(Student.objects.filter(last_name=last).values_list("first_name")) == [("Noora",)]


def test_two_tabs_write_where_they_are(open_as, academy):
    first = open_as("coordinator", "/")
    switch_to(first, "Swimming")
    first.goto("/students/new/")
    first.locator("[name=first_name]").fill("Tab")
    first.locator("[name=last_name]").fill("Swimmingson")

    second = first.context.new_page()
    second.goto("/")
    switch_to(second, "Football")

    first.locator("[data-save]").click()
    first.wait_for_url(re.compile("/students/[0-9a-f-]{36}/"))
    with academy.working():
        swimming, football = (Program.objects.get(name=name) for name in ("Swimming", "Football"))
        with use_program(swimming):
            assert Student.objects.filter(last_name="Swimmingson").count() == 1
        with use_program(football):
            assert Student.objects.filter(last_name="Swimmingson").count() == 0
    expect(first.locator("h1")).to_have_text("Tab Swimmingson")
    expect(first).to_have_title(re.compile("· Swimming ·"))
    expect(first).to_have_url(re.compile(f"in={swimming.pk}"))
    expect(first.locator("#toasts")).to_contain_text("added")

    # Each tab stays in its program, by its links; an address without one follows the tab that was used last.
    second.locator("aside a[href^='/students/']").click()
    expect(second).to_have_title(re.compile("· Football ·"))
    second.locator("#list tbody .who a").first.click()
    expect(second).to_have_title(re.compile("· Football ·"))
    first.locator("a[href$='/edit/']:visible").first.click()
    expect(first).to_have_title(re.compile("· Swimming ·"))
    second.goto("/students/")
    expect(second.locator("[data-tab-bar]")).to_be_visible()
    second.locator("[data-tab-bar] button").click()
    expect(second).to_have_title(re.compile("· Football ·"))


def test_tutor_looks_and_changes_nothing(open_as, academy):
    with academy.working(), use_program(Program.objects.get(name="Swimming")):
        student = Student.objects.filter(has_medical_alert=True).order_by("pk")[0]
    page = open_as("tutor", f"/students/{student.pk}/")
    expect(page.locator("h1")).to_have_text(student.full_name)
    text = page.locator("body").inner_text()
    assert "Medical alert" in text
    for secret in (student.address.get("street"), *(c["name"] for c in student.conditions)):
        assert not secret or secret not in text
    assert page.locator("a[href$='/edit/'], a[href$='/archive/'], a[href='/students/new/']").count() == 0
    for path in (f"/students/{student.pk}/edit/", "/students/new/", "/courses/new/", "/staff/", "/admin/"):
        assert page.goto(path).status == 403


def test_music_admin_never_meets_another_program(open_as, academy):
    with academy.working(), use_program(Program.objects.get(name="Swimming")):
        student = Student.objects.order_by("pk")[0]
    page = open_as("music-admin", "/")
    expect(page).to_have_title(re.compile("· Music ·"))
    page.locator("button[popovertarget=pop-program]:visible").first.click()
    expect(page.locator("#pop-program button[name=program]")).to_have_count(1)
    foreign, random = (
        page.request.get(f"/students/{pk}/") for pk in (student.pk, "00000000-0000-4000-8000-000000000000")
    )
    assert (foreign.status, foreign.body()) == (404, random.body())


def test_super_admin_enters_all_programs_and_leaves_them(open_as):
    page = open_as("super", "/")
    switch_to(page, "Music")
    page.goto("/admin/students/student/")
    expect(page.locator(".a-switch-name")).to_have_text("Music")
    page.locator(".a-switch").click()
    page.locator("#pop-program button[value=all]").click()
    page.get_by_label("Reason").fill("A lost student")
    page.get_by_role("button", name="Enter all programs").click()
    expect(page).to_have_url(re.compile("/admin/students/student/([?&]in=[^&]*)?$"))
    expect(page.locator(".a-everywhere")).to_contain_text("this visit is recorded")
    page.goto("/admin/programs/allprogramsvisit/")
    expect(page.locator("#result_list")).to_contain_text("A lost student")
    page.goto("/visits/")
    page.locator("tbody tr .who a").first.click()
    expect(page.locator("tbody")).to_contain_text("GET /admin/students/student/")
    page.goto("/students/")
    expect(page.locator("main")).to_contain_text("This page works inside one program")
    page.goto("/programs/")
    page.locator("main button:has-text('Swimming')").click()
    expect(page).to_have_title(re.compile("· Swimming ·"))


def test_what_is_typed_survives_a_closed_tab(open_as):
    page = open_as("swim-admin", "/students/new/")
    with page.expect_response(re.compile("/desk/drafts/")):
        page.locator("[name=first_name]").fill("Interrupted")
    again = page.context.new_page()
    page.close(run_before_unload=False)
    again.goto("/students/new/")
    again.get_by_role("link", name="Go on with it").click()
    expect(again.locator("[name=first_name]")).to_have_value("Interrupted")
    again.goto("/students/new/")
    again.get_by_role("button", name="Discard it").click()
    expect(again.locator("[name=first_name]")).to_have_value("")


def test_quick_add_with_the_keyboard_alone(open_as):
    page = open_as("swim-admin", "/students/quick/")
    for number in range(3):
        expect(page.locator("[name=first_name]")).to_be_focused()
        page.keyboard.type("Quick")
        page.keyboard.press("Tab")
        page.keyboard.type(f"Person{number}")
        page.keyboard.press("Enter")
        expect(page.locator("main li").first).to_contain_text(f"Quick Person{number}")
    expect(page.locator("main li")).to_have_count(3)
