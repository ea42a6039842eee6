"""HTTP helpers: partial responses for HTMX, URLs, posted values, the theme."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import Resolver404, ResolverMatch, get_script_prefix, resolve
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme

Templates = str | Sequence[str]

PROGRAM_PARAMETER = "in"
"""The query parameter that names the program of a page. Removed from `request.GET` before a view sees it."""


def query_string(request: Any, pairs: Sequence[tuple[str, str]]) -> str:
    """`pairs` as a query string for a URL of this page, with the program of the page where there is one."""
    program = getattr(request, "page_program", "")
    return urlencode([*pairs, (PROGRAM_PARAMETER, program)] if program else pairs)


def works_in_several(request: Any) -> bool:
    """Whether the user has several programs, so that a URL must name one."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return False
    return user.is_superuser or len(request.memberships) > 1


def in_program(request: Any) -> str:
    """The query string of links to other pages, which names the program of this page; "" for users of one program."""
    program = getattr(request, "page_program", "")
    return f"?{PROGRAM_PARAMETER}={program}" if program and works_in_several(request) else ""


def is_partial(request: HttpRequest) -> bool:
    """Whether HTMX requests a part of a page to swap in, not a whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def whole_number(text: str, digits: int) -> int | None:
    """The non-negative integer in a text; None where it is not one or has more than `digits` digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def posted_event(request: HttpRequest) -> int:
    """The posted key `event` of a history event. Raises BadRequest where it is missing or no number."""
    event = whole_number(request.POST.get("event", ""), 18)
    if event is None:
        raise BadRequest("The change to undo is not named.")
    return event


def match_of(request: Any) -> ResolverMatch | None:
    """The resolver match of a request, None where no URL matches. Cached on the request for all middleware."""
    if not hasattr(request, "match_found"):
        try:
            request.match_found = resolve(request.path_info)
        except Resolver404:
            request.match_found = None
    found: ResolverMatch | None = request.match_found
    return found


def model_of(match: ResolverMatch) -> Any:
    """The model of a resolved view, in the product or in the Django admin; None where it has none."""
    view: Any = match.func
    return getattr(getattr(view, "view_class", None) or getattr(view, "model_admin", None), "model", None)


def parts_of(address: str) -> SplitResult:
    """The parts of a URL from a request; empty parts where it is malformed."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def address_sent(request: HttpRequest, name: str = "next", default: str = "") -> str:
    """The posted URL `name` to redirect to, if it is a path or URL of this host; else `default`, or the first page."""
    target = request.POST.get(name, "")
    here = target.startswith("/") or bool(parts_of(target).netloc)
    safe = here and url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if safe else default or get_script_prefix()


def render(
    request: HttpRequest,
    template: Templates,
    context: Mapping[str, Any] | None = None,
    *,
    partial: Templates | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render ``template``, or for HTMX its ``partial``, which the full template includes.

    Both may be lists of names, of which the first that exists is used. The context variable ``partial`` tells which is
    rendered. With a partial the response varies by ``HX-Request``, so that caches keep both apart.
    """
    part = partial is not None and is_partial(request)
    body = _template(partial if part else template).render({**(context or {}), "partial": part}, request)  # type: ignore[arg-type]
    response = HttpResponse(body, status=status)
    if partial is not None:
        patch_vary_headers(response, ["HX-Request"])
    return response


def _template(names: Templates) -> Any:
    return loader.get_template(names) if isinstance(names, str) else loader.select_template(list(names))


THEMES = ("light", "dark", "system")


def theme_of(request: HttpRequest) -> str:
    """The theme of the cookie; "system" where there is none or it says something else."""
    theme = request.COOKIES.get("theme", "system")
    return theme if theme in THEMES else "system"


def parse_moment(text: str) -> datetime.datetime | None:
    """The moment, in UTC, of a text in ISO 8601 with an offset; None for others, and for what PostgreSQL can't store.

    Its offsets end at 16 hours, and its calendar begins with the year 1.
    """
    try:
        moment = parse_datetime(text)
        return moment.astimezone(datetime.UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
