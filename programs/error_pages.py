"""The plain pages of refused and failed requests, and Django's error handlers."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.views import defaults

from crud.submitted_values import resend_fields, submitted_values
from web.form_answers import OUT_OF_DATE, SENT_BY_SCRIPT
from web.http import match_of, theme_of

from .outages import is_outage, outage_reason

PASSWORD = re.compile(r"(password\s*=\s*|://[^:@/\s]*:)('[^']*'|[^@\s]*)", re.IGNORECASE)

log = logging.getLogger(__name__)


# ---- Django's handlers


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler403`."""
    return refused(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler404`; shows the submitted values of a POST."""
    return refused(request, 404)


def form_out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The view for a failed CSRF check."""
    response = refused(request, 403, template="403_csrf.html", sendable=True)
    response[OUT_OF_DATE] = "1"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: 503 for an outage, which a middleware may have raised, else Django's page."""
    error = sys.exc_info()[1]
    return unavailable(request, error) if error and is_outage(error) else defaults.server_error(request)


# ---- responses


def outage(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The 503 response for an outage. Raises any other error again."""
    if not is_outage(error):
        raise error
    return unavailable(request, error)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The 503 response for an outage, whose cause is logged."""
    match = match_of(request)
    # Not the path: a link of a mail carries its secret there.
    address = match.route if match is not None else "an unknown address"
    log.error("503 for %s %s: %s", request.method, address, error_cause(error))
    reason = outage_reason(error)
    return refused(request, 503, reason, "outage.html" if reason else "", sendable=True)


def error_cause(error: BaseException) -> str:
    """Class and first sentence of the error, in one line; further sentences may contain values."""
    cause = error.__cause__ or error
    said = getattr(getattr(cause, "diag", None), "message_primary", None) or str(error).partition("\n")[0]
    state = getattr(cause, "sqlstate", None)
    kind = type(cause).__name__ + (f" {state}" if state else "")
    return f"{kind}: " + PASSWORD.sub(r"\1…", said)[:300]


def refused(
    request: Any, status: int, reason: str = "", template: str = "", *, sendable: bool = False
) -> HttpResponse:
    """The plain page of `status`, which shows what had been typed, so that nothing is lost.

    With `sendable` it offers to send the same once more, where that is safe.
    """
    # A script still has the form; giving it another token would put the one of a sign-in page beside it out of date.
    to_send = resend_fields(request) if sendable and SENT_BY_SCRIPT not in request.headers else []
    context = {
        "reason": reason,
        "submitted_values": submitted_values(request) if request.method == "POST" else [],
        "again": to_send,
        "here": request.path,
        "csrf_token": get_token(request) if to_send else "",
        "theme": theme_of(request),
        "view_as": getattr(request, "view_as", None),
    }
    # Without the request: context processors would query, and the database may be what is missing.
    return HttpResponse(render_to_string(template or f"{status}.html", context), status=status)
