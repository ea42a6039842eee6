"""The language, the time zone and the look of whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from .preferences import TIME_ZONE_COOKIE, cookies_of, preference, set_cookies, zone


class PreferencesMiddleware:
    """Works after the user is known and before anything is rendered.

    The language is that of the user's preferences, else of the cookie, else what the browser asks for. The time
    zone is that of the preferences, else the one that the browser's script has put into a cookie, else the
    academy's. Reads nothing but the user, who is read for every page anyway.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        sent = dict(request.COOKIES)
        user = _user(request)
        language = preference(user, "language")
        chosen = language in dict(settings.LANGUAGES)
        if not chosen:
            language = translation.get_language_from_request(request)
        # The frame reads these from the cookies. What the user prefers stands above what a browser remembers.
        request.COOKIES.update({name: value for name, value in cookies_of(user).items() if value})
        time_zone = preference(user, "time_zone") or sent.get(TIME_ZONE_COOKIE, "")
        with translation.override(language), timezone.override(zone(time_zone)):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if not chosen:
            patch_vary_headers(response, ["Accept-Language"])
        if user is not None and request.user.is_authenticated:
            set_cookies(response, cookies_of(request.user), sent)
        return response


def _user(request: Any) -> Any:
    """Who is signed in, None for visitors. Also None without a database: what follows says so properly."""
    try:
        return request.user if request.user.is_authenticated else None
    except (OperationalError, InterfaceError):
        return None
