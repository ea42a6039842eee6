"""Signing in and out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.factories import PASSWORD, UserFactory
from accounts.models import Role, User
from crud.testing import dom, text_of
from programs.models import Program
from programs.testing import ClientFor, PageClient, make_member

LOGIN, LOGOUT = "/accounts/login/", "/accounts/logout/"


@pytest.fixture
def grace(program: Program) -> User:
    return make_member(Role.TUTOR, program, username="grace", email="Grace@example.org")


def sign_in(client: Client, username: str, password: str = PASSWORD, **data: str) -> Any:
    return client.post(LOGIN, {"username": username, "password": password, **data})


@pytest.mark.parametrize(
    "name", ["grace", "Grace", "GRACE", "Grace@example.org", "GRACE@EXAMPLE.ORG", "  grace  "]
)
def test_a_user_signs_in_by_name_or_email(grace: User, client: Client, name: str) -> None:
    response = sign_in(client, name)
    assert (response.status_code, response.url) == (302, "/")
    page = client.get("/")
    assert page.status_code == 200
    assert page.context["user"] == grace


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("grace", "wrong"),
        ("grace", PASSWORD.upper()),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("grace", ""),
        ("gra\0ce", PASSWORD),
        ("grace", PASSWORD + "\0"),
        ("grace\n", "x"),
        ("%", PASSWORD),
        ("g" * 100_000, PASSWORD),
        ("grace", "p" * 100_000),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_anything_else_is_refused_with_a_clear_word(
    grace: User, client: Client, name: str, password: str
) -> None:
    response = sign_in(client, name, password)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert text_of(dom(response).title).startswith("Error: Sign in")
    assert "_auth_user_id" not in client.session
    if len(password) > 1:
        assert password not in response.text


def test_an_unknown_name_and_a_wrong_password_are_told_alike(grace: User, client: Client) -> None:
    answers = [
        sign_in(client, name, "wrong").context["form"].non_field_errors() for name in ("grace", "nobody")
    ]
    assert list(answers[0]) == list(answers[1]) != []


def test_an_inactive_user_is_told_the_same(grace: User, client: Client) -> None:
    User.objects.update(is_active=False)
    assert (
        sign_in(client, "grace").context["form"].non_field_errors()
        == sign_in(client, "nobody").context["form"].non_field_errors()
    )


@pytest.mark.parametrize("name", ["grace", "nobody"])
def test_an_unknown_name_costs_the_same_hashing(
    grace: User, monkeypatch: pytest.MonkeyPatch, settings: Any, name: str
) -> None:
    calls = []
    encode = PBKDF2PasswordHasher.encode
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    monkeypatch.setattr(
        PBKDF2PasswordHasher,
        "encode",
        lambda self, password, salt, iterations=None: (
            calls.append(password) or encode(self, password, salt, iterations)
        ),
    )
    grace.set_password(PASSWORD)
    grace.save()
    calls.clear()
    assert authenticate(RequestFactory().post("/"), username=name, password="wrong") is None
    assert calls == ["wrong"]


@pytest.mark.parametrize(
    ("target", "goal"),
    [
        ("/students/", "/students/"),
        ("/students/?q=a", "/students/?q=a"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("\0", "/"),
    ],
)
def test_next_never_leads_elsewhere(grace: User, client: Client, target: str, goal: str) -> None:
    assert sign_in(client, "grace", next=target).url == goal


def test_signing_in_changes_the_session_key(grace: User, client: Client) -> None:
    client.get(LOGIN)
    session = client.session
    session["before"] = "x"
    session.save()
    client.cookies["sessionid"] = session.session_key
    sign_in(client, "grace")
    assert client.cookies["sessionid"].value != session.session_key


def test_another_user_on_the_same_browser_inherits_no_program(
    grace: User, client: Client, other_program: Program
) -> None:
    make_member(Role.TUTOR, other_program, username="otto")
    sign_in(client, "grace")
    client.get("/")
    client.post(LOGOUT)
    sign_in(client, "otto")
    assert client.get("/").context["program"] == other_program


def test_signing_out_ends_the_session(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR, program)
    key = client.cookies["sessionid"].value
    response = client.post(LOGOUT, program=None)
    assert (response.status_code, response.url) == (302, LOGIN)
    assert client.get("/").url == f"{LOGIN}?next=/"
    old = PageClient()
    old.cookies["sessionid"] = key
    assert old.get("/").url == f"{LOGIN}?next=/"


def test_signing_out_needs_a_post_with_the_token(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR, program)
    assert client.get(LOGOUT).status_code == 405
    client.handler.enforce_csrf_checks = True
    assert client.post(LOGOUT, program=None).status_code == 403
    client.handler.enforce_csrf_checks = False
    assert client.get("/").status_code == 200


def test_signing_in_needs_the_token_and_says_so(grace: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = sign_in(client, "grace")
    assert response.status_code == 403
    assert PASSWORD not in response.text


def test_a_signed_in_user_needs_no_sign_in_page(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR, program)
    assert client.get(LOGIN).url == "/"
    assert client.get(f"{LOGIN}?next=//evil.example/").url == "/"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    grace: User, client: Client, settings: Any
) -> None:
    sign_in(client, "grace")
    session = client.cookies["sessionid"]
    assert session["httponly"] is True
    assert session["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_SECURE is settings.CSRF_COOKIE_SECURE is settings.HTTPS


def test_the_pages_carry_the_headers(grace: User, client: Client) -> None:
    for response in (client.get(LOGIN), sign_in(client, "grace"), client.get("/"), client.get("/nowhere/")):
        policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "connect-src": "'self'",
            "manifest-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_no_user_name_stands_in_the_way_of_an_address(grace: User, client: Client) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(username="grace@example.org", email="other@example.org")
    assert sign_in(client, "grace@example.org").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2F%2Fevil.example/../..//evil.example",
        "https:evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "\tjavascript:alert(1)",
        "data:text/html,x",
        "http://testserver@evil.example/",
        "http://localhost/",
    ],
)
def test_nothing_that_was_sent_leads_to_another_site(grace: User, client: Client, target: str) -> None:
    for response in (
        sign_in(client, "grace", next=target),
        client.post(LOGOUT, {"next": target}),
        client.post(f"{LOGIN}?{urlencode({'next': target})}", {"username": "grace", "password": PASSWORD}),
    ):
        assert response.status_code == 302
        leads = urlsplit(urljoin("http://testserver/accounts/login/", response.url))
        assert (leads.scheme, leads.netloc) == ("http", "testserver")


@pytest.mark.parametrize("host", ["evil.example", "testserver:80@evil.example", "testserver.evil.example"])
def test_a_host_that_is_not_ours_is_refused(grace: User, host: str) -> None:
    client = Client(headers={"host": host}, raise_request_exception=False)
    assert sign_in(client, "grace").status_code == 400
    assert client.post("/accounts/password/reset/", {"email": grace.email}).status_code == 400
    assert mail.outbox == []
    assert sign_in(Client(headers={"x-forwarded-host": host}), "grace", next="//" + host).url == "/"


def test_keys_that_the_form_does_not_have_change_nothing(grace: User, client: Client) -> None:
    forged = {
        "role": "super_admin",
        "is_staff": "1",
        "is_superuser": "1",
        "program": "all",
        "email": "x@example.org",
    }
    assert sign_in(client, "grace", **forged).status_code == 302
    grace.refresh_from_db()
    assert (grace.role, grace.is_superuser, grace.email) == (Role.TUTOR, False, "Grace@example.org")
    assert client.session.get("program") in (None, "")


def test_a_key_set_before_the_sign_in_is_worth_nothing_after_it(grace: User, client: Client) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    sign_in(client, "grace")
    assert client.session.session_key != planted
    stranger = Client()
    stranger.cookies["sessionid"] = planted
    assert stranger.get("/").url == f"{LOGIN}?next=/"


def test_refusals_are_logged_without_secrets(
    grace: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(11):
        sign_in(client, "grace", "a secret of mine")
    assert "Too many failed tries of one both." in caplog.text
    assert "secret of mine" not in caplog.text and "grace" not in caplog.text


def test_last_login_and_last_seen_are_noted(grace: User, client: Client) -> None:
    before = timezone.now()
    sign_in(client, "grace")
    changed = User.objects.get().updated_at
    client.get("/")
    kept = User.objects.get()
    assert kept.last_login >= before and kept.last_seen_at >= before
    assert kept.updated_at == changed and kept.history.count() == 1


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "inactive/", "3rdparty/", "social/signup/", "password/set/"]
)
def test_what_allauth_could_do_besides_is_not_there(
    client_for: ClientFor, program: Program, path: str
) -> None:
    client = client_for(Role.SUPER_ADMIN, program)
    assert client.get(f"/accounts/{path}").status_code == 404
