"""A passkey of the browser's own virtual authenticator: made, signed in with, asked for, lost, removed."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from academy.demo.catalogue import PASSWORD
from accounts.models import User
from e2e.conftest import Academy
from programs.models import Program
from programs.testing import make_member

FAILED = "That did not work, or was cancelled. Try again."
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def type_password(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.locator(".side [popovertarget=pop-user]").click()
    page.locator("#pop-user").get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_passkey_from_its_making_to_its_end(academy: Academy) -> None:
    with academy.working():
        user = make_member("tutor", Program.objects.get(name="Football"), username="keys")
        user.password = User.objects.get(username="tutor").password  # hashed as the server does it
        user.save()
    # A browser makes passkeys for names alone, not for 127.0.0.1.
    context = academy.browser.new_context(base_url=academy.url.replace("127.0.0.1", "localhost"))
    with context:
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        device: dict[str, Any] = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        type_password(page, "keys")
        expect(page.locator("#main")).to_be_visible()

        page.goto("/accounts/second-factor/")
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name").fill("My phone")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.locator("h1")).to_have_text("Recovery codes")
        page.goto("/accounts/second-factor/passkeys/")
        expect(page.locator("main li")).to_have_count(1)
        expect(page.locator("main li")).to_contain_text("My phone")

        # Without a name and a password.
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_title(re.compile("· Football ·"))
        page.goto("/accounts/second-factor/passkeys/")
        expect(page.locator("main li")).to_contain_text("last used")

        # After the password, as the second factor.
        sign_out(page)
        type_password(page, "keys")
        expect(page.locator("h1")).to_have_text("Is it you?")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page).to_have_title(re.compile("· Football ·"))

        # The device has lost it: told, and nobody is let in.
        kept = cdp.send("WebAuthn.getCredentials", device)["credentials"][0]
        cdp.send("WebAuthn.clearCredentials", device)
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("status")).to_have_text(FAILED)
        expect(page).to_have_url(re.compile("/accounts/login/"))

        # Removed here, it opens nothing any more, whoever keeps it.
        cdp.send("WebAuthn.addCredential", {**device, "credential": kept})
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_title(re.compile("· Football ·"))
        page.goto("/accounts/second-factor/passkeys/")
        page.get_by_role("link", name="Remove My phone").click()
        page.get_by_role("button", name="Remove the passkey").click()
        expect(page.locator("main")).to_contain_text("No passkeys yet")
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(re.compile("/accounts/login/"))
        expect(page.locator("main")).to_contain_text("did not work")
        type_password(page, "keys")
        expect(page).to_have_title(re.compile("· Football ·"))
