"""Adapters of django-allauth: its decisions that this project overrides."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .addresses import is_address
from .limits import LoginAttempt, too_many
from .models import User
from .reauthentication import recently_authenticated
from .services import tell_of_change

# What is said after which step; about the others nothing is said.
MESSAGES = {
    "account/messages/password_changed.txt": _("Your password was changed."),
    "mfa/messages/totp_activated.txt": _("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is no longer used."),
    "mfa/messages/webauthn_added.txt": _("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey was removed."),
    "usersessions/messages/sessions_logged_out.txt": _("Everywhere else you are signed out."),
}

# What is told by mail, so that nobody else can do it unnoticed.
CHANGES = {
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_reset": _("Your password was set anew, by a link that was sent to this address."),
    "mfa/email/totp_activated": _("An authenticator app was set up for signing in as you."),
    "mfa/email/totp_deactivated": _("The authenticator app was removed from your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made; the old ones no longer work."),
    "mfa/email/webauthn_added": _("A passkey was added to your account."),
    "mfa/email/webauthn_removed": _("A passkey was removed from your account."),
}


class Refusals:
    """Messages for refusals, and 429 after too many attempts."""

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code in ("too_many_login_attempts", "rate_limited"):
            raise ImmediateHttpResponse(too_many(self.request))  # type: ignore[attr-defined]
        return super().validation_error(code, *args)  # type: ignore[misc]


class AccountAdapter(Refusals, DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": _("That is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Answer as to every other refusal, so that nobody learns whether an account exists."""
        return refused(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not recently_authenticated(self.request)

    def reauthenticate(self, user: Any, password: str) -> bool:
        with LoginAttempt(self.request, str(user.pk)) as attempt:
            right: bool = user.check_password(password)
            if not right:
                attempt.mark_failed()
        return right

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `url` has the host and the scheme of this site."""
        return url_has_allowed_host_and_scheme(url, {self.request.get_host()}, self.request.is_secure())

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        text = kwargs.get("message") or MESSAGES.get(message_template or "")
        if text:
            messages.add_message(request, level, text)

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        if text := CHANGES.get(template_prefix):
            tell_of_change(self.request, user, text, client_address(self.request))


class SecondFactorAdapter(Refusals, DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That did not work. Try again; a code is used once."),
    }

    def _get_site_name(self) -> str:
        return "Academy"


class OpenIDAdapter(DefaultSocialAccountAdapter):
    """Signs in active users who are there, by an address that the other side has verified. Stores nothing."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        # An address that looks like another is nobody's here, whatever the other side has verified. allauth has folded
        # it by now, and with it the Kelvin sign to a k: what counts is how it was sent.
        known = verified and all(map(is_address, [*verified, *_addresses_sent(sociallogin)]))
        user = User.objects.with_address(verified[0]).filter(is_active=True).first() if known else None
        if user is None or request.user.is_authenticated:
            raise ImmediateHttpResponse(refused(request))
        record_authentication(request, user, "socialaccount", provider=sociallogin.account.provider)
        login = Login(user=user, redirect_url=sociallogin.get_redirect_url(request))
        raise ImmediateHttpResponse(perform_login(request, login))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False


def _addresses_sent(sociallogin: Any) -> list[str]:
    """The e-mail addresses as the other side has sent them."""
    sent = sociallogin.account.extra_data or {}
    claims = [sent, *(part for part in sent.values() if isinstance(part, dict))]
    return [str(part["email"]) for part in claims if part.get("email")]


def refused(request: HttpRequest) -> HttpResponse:
    """Redirect to the sign-in page, with a message that gives no reason."""
    messages.error(request, gettext("You can't sign in this way."))
    return redirect("login")


def client_address(request: HttpRequest) -> str:
    """The address of the browser. A forwarding header counts only where a trusted proxy has written it.

    The list is read from its end, where the nearest proxy has added what it saw; a browser can only write its
    beginning. `*` trusts whoever connects to the server, and none of the addresses in the list.
    """
    trusted = settings.FORWARDED_ALLOW_IPS
    address = request.META.get("REMOTE_ADDR") or "127.0.0.1"
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    believed = "*" in trusted or address in trusted
    while hops and believed:
        try:
            address = str(ipaddress.ip_address(hops.pop().strip()))
        except ValueError:
            break
        believed = address in trusted
    return address
