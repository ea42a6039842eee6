"""Two answers for whoever watches the process: it is alive; it can serve."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse

# The answers of a database whose first migration has not come to its end.
UNDEFINED_TABLE, INSUFFICIENT_PRIVILEGE = "42P01", "42501"


class HealthMiddleware:
    """/healthz and /readyz, before everything else: without session, host check or program.

    /healthz says that the process answers and asks nobody. /readyz says that the database answers and has
    every migration this code knows; otherwise 503, with the reason in a word.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._known: set[tuple[str, str]] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return _plain("ok", 200)
        if request.path == "/readyz":
            trouble = self._trouble()
            return _plain(trouble or "ready", 503 if trouble else 200)
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


def _plain(text: str, status: int) -> HttpResponse:
    answer = HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer
