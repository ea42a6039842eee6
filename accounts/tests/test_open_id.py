"""Signing in through OpenID Connect: off until configured, and for users who are there alone."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.core import context
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory

from accounts.models import Role, User
from programs.testing import make_member

APP = {
    "provider_id": "oidc",
    "name": "School",
    "client_id": "academy",
    "secret": "s",
    "settings": {"server_url": "https://id.example.org"},
}


@pytest.fixture
def grace(db: None, settings: Any) -> User:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [APP]}}
    return make_member(Role.TUTOR, username="grace", email="grace@example.org")


def come_back(**claims: Any) -> Any:
    """The request that came back from the other side with `claims`, after it was answered."""
    request = RequestFactory().get("/accounts/oidc/login/callback/")
    request.session, request.user = SessionStore(), AnonymousUser()
    request._messages = FallbackStorage(request)
    with context.request_context(request):
        provider = get_adapter().get_provider(request, "oidc")
        login = provider.sociallogin_from_response(request, {"userinfo": {"sub": "1", **claims}})
        request.answer = complete_login(request, login)
    return request


def test_it_is_off_until_configured(client: Client, db: None) -> None:
    for path in ("/accounts/oidc/login/", "/accounts/oidc/login/callback/", "/accounts/google/login/"):
        assert client.get(path).status_code == 404
    assert "/accounts/oidc/login/" not in client.get("/accounts/login/").text


def test_the_sign_in_page_offers_it(grace: User, client: Client) -> None:
    assert "Sign in with School" in client.get("/accounts/login/").text


def test_a_verified_address_signs_in(grace: User) -> None:
    request = come_back(email="Grace@example.org", email_verified=True)
    assert request.answer.status_code == 302 and request.answer.url == "/"
    assert request.session["_auth_user_id"] == str(grace.pk)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "grace@example.org", "email_verified": False},
        {"email": "grace@example.org"},
        {"email": "nobody@example.org", "email_verified": True},
        {},
        {"preferred_username": "grace", "email_verified": True},
    ],
)
def test_only_an_active_user_with_a_verified_address_comes_in(grace: User, claims: dict[str, Any]) -> None:
    request = come_back(**claims)
    assert request.answer.url == "/accounts/login/"
    assert "_auth_user_id" not in request.session
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("own", "verified"),
    [
        ("ida@example.org", "\u0131da@example.org"),  # ı, in upper case I
        ("sam@example.org", "\u017fam@example.org"),  # ſ, in upper case S
        ("kim@example.org", "\u212aim@example.org"),  # the Kelvin sign, in lower case k
        ("ida@example.org", "\u0130da@example.org"),  # İ, in lower case i to some databases
        ("ida@example.org", "ida@\u0435xample.org"),  # a Cyrillic е
        ("ida@strasse.de", "ida@stra\u00dfe.de"),
        ("ida@example.org", "ida@exa\u200bmple.org"),
        ("ida@example.org", "ida@example.org\u200f"),
    ],
)
def test_an_address_that_looks_like_anothers_signs_in_nobody(grace: User, own: str, verified: str) -> None:
    make_member(Role.SUPER_ADMIN, username="other", email=own)
    request = come_back(email=verified, email_verified=True)
    assert "_auth_user_id" not in request.session
    assert "_auth_user_id" in come_back(email=own.upper(), email_verified=True).session


def test_somebody_deactivated_does_not_come_in(grace: User) -> None:
    User.objects.update(is_active=False)
    assert "_auth_user_id" not in come_back(email="grace@example.org", email_verified=True).session
