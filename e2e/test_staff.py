"""Somebody is invited, comes in by the link, gets another role, leaves and comes back."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from e2e.conftest import PHONE
from programs.models import Program
from staff.invitations import LIFETIME, hash_token
from staff.models import Invitation, InvitationProgram


def invitation(academy, token: str, email: str) -> None:
    """An invitation into Swimming with a known link: mails don't reach these tests."""
    with academy.working():
        row = Invitation.objects.create(
            email=email,
            role="tutor",
            invited_by=User.objects.get(username="swim-admin"),
            token_hash=hash_token(token),
            expires_at=timezone.now() + LIFETIME,
            sent_at=timezone.now(),
        )
        InvitationProgram.objects.create(invitation=row, program=Program.objects.get(name="Swimming"))


@pytest.mark.parametrize(
    "window", [{}, PHONE, {"java_script_enabled": False}], ids=["desktop", "phone", "noscript"]
)
def test_from_the_invitation_to_the_end_and_back(academy, open_as, window, request):
    name = request.node.callspec.id
    scripted = window.get("java_script_enabled", True)
    admin = open_as("swim-admin", "/staff/", **window)
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("E-mail").fill(f"{name}-asked@example.org")
    admin.get_by_role("button", name="Send the invitation").click()
    expect(admin.locator("#list")).to_contain_text(f"{name}-asked@example.org")
    row = admin.locator("#list li", has_text=f"{name}-asked@example.org")
    row.get_by_role("button", name="Withdraw").click()
    if scripted:
        admin.locator("#confirm [value=yes]").click()
    expect(admin.locator("#list")).not_to_contain_text(f"{name}-asked@example.org")

    invitation(academy, f"link-{name}", f"{name}@example.org")
    newcomer = open_as("", f"/invitations/link-{name}/", **window)
    expect(newcomer).to_have_url(re.compile("/invitations/accept/$"))
    newcomer.get_by_label("Full name").fill(f"Newcomer {name}")
    newcomer.get_by_label("User name").fill(f"new-{name}")
    newcomer.get_by_label("Password", exact=True).fill("12345")
    newcomer.get_by_label("Password again").fill("12345")
    newcomer.get_by_role("button", name="Create the account and start").click()
    expect(newcomer).to_have_title(re.compile("^Error:"))
    newcomer.get_by_label("Password", exact=True).fill("quite a long one")
    newcomer.get_by_label("Password again").fill("quite a long one")
    newcomer.get_by_role("button", name="Create the account and start").click()
    expect(newcomer).to_have_title(re.compile("· Swimming ·"))

    admin.goto(f"/staff/?q={name}")
    admin.get_by_role("link", name=f"Newcomer {name}").click()
    expect(admin.locator("main")).to_contain_text("Through the role Tutor in Swimming, assigned by")
    admin.get_by_label("Role").select_option("program_coordinator")
    admin.get_by_role("button", name="Change role").click()
    expect(admin.locator("main")).to_contain_text("Through the role Coordinator in Swimming")
    admin.get_by_role("link", name="End the assignment").click()
    if scripted:
        admin.locator("#confirm [value=yes]").click()
    else:
        admin.get_by_role("button", name="End the assignment").click()
    expect(admin.locator("main")).to_contain_text("Nothing: the assignment to Swimming has ended.")
    newcomer.reload()
    expect(newcomer.locator("h1")).to_have_text("You don't work in any program yet")
    admin.get_by_role("button", name="Bring back").click()
    expect(admin.locator("main")).to_contain_text("Through the role Coordinator in Swimming")


def test_countries_of_phone_numbers_have_names_in_their_order(open_as):
    page = open_as("swim-admin", "/programs/settings/", locale="de-DE")
    options = page.get_by_label("Land der Telefonnummern").locator("option")
    expect(options.first).to_have_text("Keines: wählen wie eingegeben")
    expect(options.nth(1)).to_have_text("Afghanistan (+93)")
    names = options.all_inner_texts()
    assert names.index("Dänemark (+45)") < names.index("Deutschland (+49)") < names.index("Dominica (+1)")
    assert names.index("Ägypten (+20)") < names.index("Albanien (+355)")
    page.get_by_label("Land der Telefonnummern").select_option("Deutschland (+49)")
    assert page.get_by_label("Land der Telefonnummern").input_value() == "DE"
    plain = open_as("swim-admin", "/programs/settings/", java_script_enabled=False)
    assert "DE (+49)" in plain.get_by_label("Country of phone numbers").locator("option").all_inner_texts()


def test_an_address_is_invited_as_it_was_typed(academy, open_as):
    page = open_as("swim-admin", "/staff/invite/")
    page.get_by_label("E-mail").fill("typed@exa\u200bmple.org")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.locator(".alert").first).to_contain_text("U+200B ZERO WIDTH SPACE")
    page.get_by_label("E-mail").fill("typed@straße.example")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.locator("#list")).to_contain_text("typed@straße.example")
    with academy.working():
        assert Invitation.objects.filter(email="typed@straße.example").delete()[0]
