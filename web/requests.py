"""Limits of every request: its size must be stated and not too large, and its text UTF-8.

They are checked before the session is read and the body is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from web.http import whole_number

from .http import theme_of

CONTENT_TYPE = "CONTENT_TYPE"
CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^;\s]*)", re.IGNORECASE)
EXTENDED = re.compile(r";[^=;]*\*[^=;]*=\s*(?!\"?utf-8')", re.IGNORECASE)
"""A parameter that names the charset of its own value (RFC 2231), or is sent in pieces."""


Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def in_utf_8(application: Application) -> Application:
    """The WSGI application, less charsets that `RequestMiddleware` refuses.

    Django decodes the address of a request by its charset before any middleware is asked.
    """

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if names_other_charset(environ.get(CONTENT_TYPE, "")):
            environ[CONTENT_TYPE] = "application/octet-stream; charset=refused"
        return application(environ, start_response)

    return guarded


def below_path(application: Application, base: str) -> Application:
    """The WSGI application below the path `base`, which is taken off the addresses that begin with it.

    The others are answered too: a proxy may have taken it off already, and a probe asks without it.
    """
    if not base:
        return application

    def below(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == base or path.startswith(f"{base}/"):
            environ["PATH_INFO"] = path[len(base) :] or "/"
        environ["SCRIPT_NAME"] = base
        return application(environ, start_response)

    return below


class RequestMiddleware:
    """Refuses, each with a page: 411 without a stated size, 413 too large, 415 in another charset than UTF-8.

    Django decodes a form by the charset it names, which may be any codec of Python's: some take minutes for what fits
    into a form, others are no charsets at all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = refusal_of(request)
        if not status:
            return self.get_response(request)
        context = {"theme": theme_of(request), "megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1_000_000}
        with translation.override(translation.get_language_from_request(request)):
            return HttpResponse(render_to_string(f"{status}.html", context), status=status)


def refusal_of(request: HttpRequest) -> int:
    """The status with which a request is refused; 0 where it is not."""
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        return 411  # Django reads no such body
    length = whole_number(request.META.get("CONTENT_LENGTH") or "0", 18)
    if length is None:
        return 400
    if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return 413
    content_type = request.META.get("CONTENT_TYPE", "")
    if names_other_charset(content_type):
        return 415
    if request.content_type == "multipart/form-data" and any(
        names_other_charset(head) for head in heads_of_parts(request)
    ):
        return 415
    return 0


def names_other_charset(header: str) -> bool:
    """Whether the value of a header has a parameter that names, or may name, another charset than UTF-8."""
    named = (value.strip('"').strip().lower() for value in CHARSET.findall(header))
    return any(value != "utf-8" for value in named) or bool(EXTENDED.search(header))


def heads_of_parts(request: HttpRequest) -> list[str]:
    """The headers of the parts of a multipart body, undecoded."""
    boundary = (request.content_params or {}).get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        return []
    heads = (part.partition(b"\r\n\r\n")[0] for part in request.body.split(b"--" + boundary)[1:])
    return [head.decode("latin-1").replace("\r\n", " ") for head in heads]
