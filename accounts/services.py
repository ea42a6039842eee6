"""Services of accounts: mails, and removing second factors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.core.mail import send_mail
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .addresses import deliverable
from .models import User

logger = logging.getLogger(__name__)

# Recovery codes alone are none.
HAS_SECOND_FACTOR = Exists(
    Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
)


def after_answer(response: HttpResponse, work: Callable[[], None]) -> None:
    """Call `work` after the response has been sent, so that the time of the response reveals nothing."""
    response._resource_closers.append(work)  # type: ignore[attr-defined]  # noqa: SLF001  what closes a request's files


def send_reset_link(request: HttpRequest, email: str, language: str) -> None:
    """Send the link to set a new password to the active user of that address, if there is one.

    The link works once and ends with the password, the address or the next sign-in.
    """
    try:
        user = User.objects.with_address(email).filter(is_active=True).first()
        if user is None:
            return
        key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
        path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
        with translation.override(user.preferences.get("language") or language):
            context = {"user": user, "link": request.build_absolute_uri(path)}
            send_mail(
                _("Set a new password"),
                render_to_string("account/reset_mail.txt", context),
                None,
                [deliverable(user.email)],
            )
    except (OSError, DatabaseError):  # the answer has gone; a mail server's errors are of the first kind
        logger.exception("The mail with the link for a new password could not be sent.")


REMOVED = gettext_lazy(
    "An administrator removed your second factor. Set up a new one after you have signed in."
)


def remove_second_factors(request: HttpRequest, users: QuerySet[User]) -> int:
    """Let `users` sign in by password alone, until they set up a second factor again; return how many.

    Each is told by mail. Who did it stands in the log.
    """
    chosen = list(users)
    Authenticator.objects.filter(user__in=chosen).delete()
    for user in chosen:
        logger.warning("The second factor of %s was removed by %s.", user.pk, request.user.pk)
        tell_of_change(request, user, REMOVED, "")
    return len(chosen)


def tell_of_change(request: HttpRequest, user: User, text: Any, address: str) -> None:
    """Send `user` a mail that says what was changed at the account, when and from where, once it is committed.

    `text` is a sentence, translated when the mail is written; `address` is where the browser is. A mail that can't
    be sent is logged: the change stands.
    """
    if not user.email:
        return

    def deliver() -> None:
        language = user.preferences.get("language") or translation.get_language()
        try:
            with translation.override(language):
                context = {
                    "user": user,
                    "text": str(text),
                    "now": timezone.now(),
                    "address": address,
                    "browser": request.headers.get("User-Agent", "")[:200],
                    "link": request.build_absolute_uri(reverse("account_reset_password")),
                }
                body = render_to_string("account/change_mail.txt", context)
                send_mail(_("Your account in Academy was changed"), body, None, [deliverable(user.email)])
        except (OSError, DatabaseError):
            logger.exception("The mail about a changed account could not be sent.")

    transaction.on_commit(deliver)
