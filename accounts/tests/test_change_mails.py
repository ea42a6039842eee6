"""What changes how somebody signs in is told to them by mail."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.mail.backends import locmem
from django.urls import reverse

from accounts.factories import PASSWORD
from accounts.models import Role, User
from accounts.tests.test_reset import NEW, ask, link, open_link, set_password
from programs.models import Program
from programs.testing import PageClient, make_member

pytestmark = pytest.mark.django_db(transaction=True)
OVERVIEW = "/accounts/second-factor/"


@pytest.fixture
def grace(transactional_db: None) -> User:
    from programs.factories import ProgramFactory

    program: Program = ProgramFactory()
    return make_member(
        Role.TUTOR, program, username="grace", email="grace@example.org", full_name="Grace Hopper"
    )


def told() -> str:
    """The body of the one mail sent since the last call."""
    (sent,) = mail.outbox
    mail.outbox.clear()
    assert (sent.to, sent.subject) == (["grace@example.org"], "Your account in Academy was changed")
    return sent.body


def change_password(grace: User, **extra: Any) -> Any:
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    return PageClient(grace).post(reverse("password"), data, **extra)


def test_a_changed_password_is_told_with_time_and_place(grace: User) -> None:
    change_password(grace, headers={"user-agent": "Firefox"}, REMOTE_ADDR="192.0.2.7")
    body = told()
    assert body.startswith("Hello Grace,\n\nYour password was changed.\n\nWhen: ")
    assert "From: 192.0.2.7, Firefox\n" in body
    assert body.rstrip().endswith("http://testserver/accounts/password/reset/")
    assert NEW not in body


def test_it_is_told_in_the_language_of_the_person(grace: User) -> None:
    User.objects.filter(pk=grace.pk).update(preferences={"language": "de"})
    change_password(User.objects.get(pk=grace.pk))
    (sent,) = mail.outbox
    assert sent.subject == "Ihr Konto in Academy wurde geändert"
    assert "Ihr Passwort wurde geändert." in sent.body


def test_a_password_set_by_a_link_is_told(grace: User) -> None:
    client = PageClient()
    ask(grace.email, client)
    path = link()
    mail.outbox.clear()
    set_password(client, open_link(client, path))
    assert "Your password was set anew, by a link that was sent to this address." in told()


def test_each_change_of_the_second_factor_is_told(grace: User) -> None:
    client = PageClient(grace)
    secret = client.get(f"{OVERVIEW}app/").context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post(f"{OVERVIEW}app/", {"code": code})
    assert "An authenticator app was set up for signing in as you." in told()
    client.post(f"{OVERVIEW}recovery-codes/new/")
    assert "New recovery codes were made; the old ones no longer work." in told()
    key = Authenticator.objects.create(user=grace, type="webauthn", data={"name": "Key"})
    client.post(f"{OVERVIEW}passkeys/{key.pk}/remove/")
    assert "A passkey was removed from your account." in told()
    client.post(f"{OVERVIEW}app/remove/")
    assert "The authenticator app was removed from your account." in told()


def test_a_refused_change_is_not_told(grace: User) -> None:
    data = {"old_password": "wrong", "new_password1": NEW, "new_password2": NEW}
    assert PageClient(grace).post(reverse("password"), data).status_code == 422
    assert mail.outbox == []


def test_a_mail_server_that_is_down_keeps_nobody_from_the_change(
    grace: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def down(*args: Any) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", down)
    assert change_password(grace).status_code == 302
    grace.refresh_from_db()
    assert grace.check_password(NEW)
    assert "The mail about a changed account could not be sent." in caplog.text
