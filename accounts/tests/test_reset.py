"""A new password by e-mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.factories import PASSWORD
from accounts.models import Role, User
from crud.testing import dom
from programs.models import Program
from programs.testing import PageClient, make_member

RESET, NEW = "/accounts/password/reset/", "a rather long new one"


@pytest.fixture
def grace(program: Program) -> User:
    return make_member(
        Role.TUTOR, program, username="grace", email="grace@example.org", full_name="Grace Hopper"
    )


def ask(email: str, client: Client | None = None, **extra: Any) -> Any:
    return (client or Client()).post(RESET, {"email": email}, **extra)


def link() -> str:
    found = re.search(r"http://testserver(\S+)", mail.outbox[-1].body)
    assert found
    return found[1]


def open_link(client: Client, path: str) -> Any:
    return client.get(path, follow=True)


def set_password(client: Client, page: Any, new: str = NEW) -> Any:
    form = dom(page).select_one("form[action]")
    assert form
    return client.post(str(form["action"]), {"new_password1": new, "new_password2": new}, follow=True)


def test_the_link_sets_a_password_once_and_ends_every_session(grace: User, client: Client) -> None:
    signed_in = PageClient(grace)
    assert signed_in.get("/").status_code == 200
    assert ask("GRACE@example.org").url == f"{RESET}sent/"
    (sent,) = mail.outbox
    assert (
        sent.to == ["grace@example.org"]
        and "Hello Grace," in sent.body
        and sent.subject == "Set a new password"
    )
    page = open_link(client, link())
    assert link().split("/")[-2] not in page.request["PATH_INFO"]  # no referrer carries it on
    assert "Your password is set" in set_password(client, page).text
    grace.refresh_from_db()
    assert grace.check_password(NEW)
    assert "_auth_user_id" not in client.session
    assert signed_in.get("/").url == "/accounts/login/?next=/"
    assert "This link no longer works" in open_link(Client(), link()).text
    assert "This link no longer works" in open_link(client, link()).text


def test_known_and_unknown_are_answered_alike_by_the_same_work(grace: User) -> None:
    User.objects.filter(pk=make_member(Role.TUTOR, email="gone@example.org").pk).update(is_active=False)
    answers = [ask(email) for email in ("grace@example.org", "nobody@example.org", "gone@example.org")]
    assert len({(a.status_code, a.url, a.content, tuple(a.headers)) for a in answers}) == 1
    assert [sent.to for sent in mail.outbox] == [["grace@example.org"]]


def test_nothing_is_looked_up_before_the_answer(grace: User, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    monkeypatch.setattr("accounts.views.after_answer", lambda response, work: kept.append(work))
    with CaptureQueriesContext(connection) as queries:
        ask("grace@example.org")
    assert [query["sql"] for query in queries if '"users"' in query["sql"]] == []
    assert mail.outbox == []
    kept[0]()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("change", [{"email": "new@example.org"}, {"is_active": False}, {"password": "x"}])
def test_the_link_ends_with_what_it_was_made_for(grace: User, change: dict[str, Any]) -> None:
    ask("grace@example.org")
    User.objects.update(**change)
    assert "This link no longer works" in open_link(Client(), link()).text


def test_a_link_of_somebody_else_or_a_changed_one_is_refused(grace: User) -> None:
    ada = make_member(Role.TUTOR, username="ada", email="ada@example.org")
    ask("grace@example.org")
    grace_link = link()
    ask("ada@example.org")
    owner, key = link().split("/")[-3:-1]
    forged = f"{RESET}{owner}/{grace_link.split('/')[-2]}/"
    for path in (forged, grace_link[:-2] + "x/", f"{RESET}{'z' * 60}/{key}/", f"{RESET}a/b/"):
        page = open_link(Client(), path)
        assert page.status_code == 200 and "This link no longer works" in page.text
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_a_weak_password_is_refused_at_its_field(grace: User, client: Client) -> None:
    ask("grace@example.org")
    page = set_password(client, open_link(client, link()), "password")
    assert page.context["form"].errors["new_password2"]
    grace.refresh_from_db()
    assert grace.check_password(PASSWORD)


def test_the_mail_speaks_the_language_of_its_reader(grace: User) -> None:
    ask("grace@example.org", headers={"Accept-Language": "de"})
    assert mail.outbox[0].subject == "Neues Passwort setzen"


def test_a_mail_server_that_fails_is_logged_and_not_shown(
    grace: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    assert ask("grace@example.org").status_code == 302
    assert "could not be sent" in caplog.text


def test_bytes_that_are_no_text_are_an_error_at_the_field(client: Client, db: None) -> None:
    for email in ("a\0b@example.org", "", "no address", "x" * 300 + "@example.org"):
        assert ask(email).context["form"].errors["email"]
