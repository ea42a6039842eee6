"""The health checks /healthz (the process is alive) and /readyz (it can serve)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

# The answers of a database whose first migration has not come to its end.
UNDEFINED_TABLE, INSUFFICIENT_PRIVILEGE = "42P01", "42501"
ASK_SIGN_IN_EVERY, SIGN_IN_TIMEOUT = 30, 2  # seconds

_asked: dict[str, Any] = {}


class HealthMiddleware:
    """/healthz and /readyz, before everything else: without session, host check or program.

    /healthz says that the process answers and asks nobody. Served by `web.worker` it is answered there already.
    /readyz says that the database answers and has every migration this code knows, and that Redis answers where one
    is used; otherwise 503, with the reason in a word. An OpenID Connect server that does not answer is named, and is
    no reason not to serve: passwords still sign in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._known: set[tuple[str, str]] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return _plain("ok", 200)
        if request.path_info == "/readyz":
            trouble = self._trouble() or _cache_trouble()
            return _plain(trouble or f"ready{_sign_in_trouble()}", 503 if trouble else 200)
        return self.get_response(request)

    def _trouble(self) -> str:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT app, name FROM django_migrations")
                applied = set(cursor.fetchall())
        except DatabaseError as error:
            connection.close()
            missing = getattr(error.__cause__, "sqlstate", None) in {UNDEFINED_TABLE, INSUFFICIENT_PRIVILEGE}
            return "migrations are missing" if missing else "the database does not answer"
        if self._known is None:
            loader = MigrationLoader(None, load=False)
            loader.load_disk()
            self._known = set(loader.disk_migrations or ())
        return "" if self._known <= applied else "migrations are missing"


def _cache_trouble() -> str:
    if not settings.REDIS_URL:
        return ""  # the shared cache is in the database
    try:
        cache.get("readyz")
    except RedisError:
        return "Redis does not answer"
    return ""


def _sign_in_trouble() -> str:
    """What to add where the OpenID Connect server does not answer. It is asked once in half a minute."""
    url = settings.OIDC_SERVER_URL
    if not url:
        return ""
    if "/.well-known/" not in url:
        url = f"{url.rstrip('/')}/.well-known/openid-configuration"
    now = time.monotonic()
    if _asked.get("url") != url or now - _asked["at"] > ASK_SIGN_IN_EVERY:
        try:
            requests.get(url, timeout=SIGN_IN_TIMEOUT, stream=True).close()
            away = False
        except requests.RequestException:
            away = True
        _asked.update(url=url, at=now, away=away)
    return ", but the OpenID Connect server does not answer" if _asked["away"] else ""


def _plain(text: str, status: int) -> HttpResponse:
    answer = HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer
