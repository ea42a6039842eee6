"""Answers to forms that a script sends (static/src/js/forms/sending.js)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

SENT_BY_SCRIPT = "X-Form"
"""The request header that a script sets."""

LOCATION = "X-Location"
SIGNED_OUT = "X-Signed-Out"
OUT_OF_DATE = "X-Form-Out-Of-Date"


class FormAnswerMiddleware:
    """Answers 204 with the header `X-Location` where a form that a script sent is redirected.

    A `fetch()` follows a redirect by itself and reads the next page, with the messages in it; the browser would then
    open that page a second time, without them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if SENT_BY_SCRIPT in request.headers and 300 <= response.status_code < 400 and "Location" in response:
            response[LOCATION] = response["Location"]
            del response["Location"]
            response.status_code = 204
        return response
