"""Logs without secrets: what is written of a request shows no link of a mail, password, code, token or session."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, quote_plus

from django.http import HttpRequest, HttpResponse

SECRET_NAME = re.compile(
    r"pass|secret|token|code|key|credential|state|csrf|session|cookie|authorization|uidb36", re.IGNORECASE
)
SHORTEST = 6
"""Shorter values are no secrets; they would be found in every other word."""

MULTILINE = re.MULTILINE | re.DOTALL
PART_ENDS = (
    r"(?=\n\s*(?:DETAIL|CONTEXT|QUERY|STATEMENT|HINT|LINE \d+):"
    r"|\n\s*(?:The above exception|During handling|Traceback )|\Z)"
)
"""Where a part of an error of the database ends in a traceback: its values may have lines of their own, also empty ones."""

# What stands in a text and is secret wherever it comes from, with what is left of it.
PATTERNS = (
    # The links of mails, also as part of another address.
    (re.compile(r"((?:password/reset|invitations)(?:/|%2F)+)[^\s\"'?#&<>]+", re.IGNORECASE), r"\1…"),
    (
        re.compile(
            r"([?&](?:\w*(?:pass|secret|token|code|key|state|session)\w*)=)[^\s\"'&#<>]+", re.IGNORECASE
        ),
        r"\1…",
    ),
    (re.compile(r"((?:sessionid|csrftoken)=)[^\s\"';,]+"), r"\1…"),
    (re.compile(r"(password\s*=\s*|://[^:@/\s]*:)('[^']*'|[^@\s]*)", re.IGNORECASE), r"\1…"),
    # The further lines of an error of the database name values, and its first one may behind a colon: invalid input
    # syntax for type uuid: "…".
    (re.compile(r"^(\s*LINE \d+:).*$", re.MULTILINE), r"\1 …"),
    (re.compile(rf"^(\s*(?:DETAIL|CONTEXT|QUERY|STATEMENT):).*?{PART_ENDS}", MULTILINE), r"\1 …"),
    (
        re.compile(rf'^((?:psycopg\.errors|django\.db\.utils)\.\w+: [^"\n]*: )".*?{PART_ENDS}', MULTILINE),
        r"\1…",
    ),
)

_request: ContextVar[HttpRequest | None] = ContextVar("web.logs.request", default=None)


class LogMiddleware:
    """Lets the log know the request that is answered. Must stand first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


class LogFormatter(logging.Formatter):
    """Writes a record, with its traceback, without secrets: neither known patterns nor those of the request."""

    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request", None) or _request.get()
        return without_secrets(super().format(record), request)


def without_secrets(text: str, request: Any = None) -> str:
    """The text with … for each secret in it."""
    if isinstance(request, HttpRequest):
        # The longest first: one may be the beginning of another.
        for secret in sorted(set(_secrets_of(request)), key=len, reverse=True):
            for written in {secret, quote(secret), quote_plus(secret), repr(secret)[1:-1]}:
                text = text.replace(written, "…")
    for pattern, left in PATTERNS:
        text = pattern.sub(left, text)
    return text


def _secrets_of(request: Any) -> Iterator[str]:
    """The values of a request that no log may show. Reads nothing of it that was not read before."""
    from web.http import match_of  # not before Django is set up: gunicorn's logger is made earlier

    match = match_of(request)
    named = [*request.GET.lists()]
    if "_post" in request.__dict__:  # to read it now could fail
        named += request.POST.lists()
    named += [(name, [value]) for name, value in request.COOKIES.items()]
    named += [(name, [value]) for name, value in (match.kwargs if match else {}).items()]
    named += [(name, [value]) for name, value in request.headers.items()]
    cookies = set(request.COOKIES)
    for name, values in named:
        if name in cookies or SECRET_NAME.search(name):
            yield from (value for value in map(str, values) if len(value) >= SHORTEST)
    session = getattr(request, "session", None)
    if session is not None and "_session_cache" in session.__dict__:
        yield from _texts(session._session_cache)  # noqa: SLF001


def _texts(value: Any) -> Iterator[str]:
    """The long texts inside a value of the session: secrets of a second factor, tokens, hashes."""
    if isinstance(value, str):
        if len(value) >= 4 * SHORTEST and " " not in value:
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
