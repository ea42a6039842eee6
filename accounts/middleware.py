"""Middlewares for the lifetime of sessions and for the preferences of the user."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from .models import User
from .preferences import TIME_ZONE_COOKIE, cookies_of, preference, set_cookies, zone

SEEN_EVERY = 60  # seconds


class SessionLimitsMiddleware:
    """Ends a session that was idle too long or has lasted too long, and notes when somebody was last seen.

    Both times are in the session, which is read for every page anyway; they are written once a minute at most.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        user = _user(request)
        if user is not None:
            now = int(time.time())
            started = request.session.get("started_at", now)
            seen = request.session.get("seen_at", 0)
            too_old = now - started >= settings.SESSION_MAX_HOURS * 3600
            if too_old or (seen and now - seen >= settings.SESSION_IDLE_MINUTES * 60):
                UserSession.objects.filter(session_key=request.session.session_key).delete()
                logout(request)
            elif now - seen >= SEEN_EVERY:
                _note_seen(request, user, started, now)
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            _end_of_nobody(request)
        return self.get_response(request)


def _end_of_nobody(request: Any) -> None:
    """End the session of a user who was deactivated, so that it is not valid again after a reactivation."""
    if SESSION_KEY in request.session:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        logout(request)


def _note_seen(request: Any, user: User, started: int, now: int) -> None:
    request.session.update({"started_at": started, "seen_at": now})
    # At once, and not when the page is done: another request may change the session meanwhile.
    request.session.save()
    request.session.modified = False
    seen = timezone.now()
    User.objects.filter(pk=user.pk).update(last_seen_at=seen)
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=seen)


class PreferencesMiddleware:
    """Activates the language and the time zone of the user, before anything is rendered.

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
    """The user who is signed in; None for visitors."""
    return request.user if request.user.is_authenticated else None
