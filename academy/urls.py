"""The URLs of the project: includes those of every app."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, include, path
from django.views.decorators.http import require_http_methods

from academy.dashboard.views import dashboard
from academy.palette.views import palette
from accounts import views as accounts
from accounts.urls import ENTRANCE, OWN, SET_UP, Address
from accounts.views import session
from programs.program_optional import program_optional
from programs.scope import before_second_factor, in_no_transaction, program_exempt


def head_as_get(view: Any) -> Any:
    """Let `view` handle HEAD as GET; the server leaves the body out.

    allauth counts every method but GET against its limits: a scanner that checks links of mails with HEAD would use up
    the attempts of everybody behind its address.
    """

    @wraps(view)
    def asked(request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "HEAD":
            return view(request, *args, **kwargs)
        request.method = "GET"
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = "HEAD"

    return asked


def framed(frame: Callable[[Any], Any], addresses: list[Address]) -> list[URLPattern]:
    only = require_http_methods(["GET", "HEAD", "POST"])
    return [
        path(route, frame(only(head_as_get(view))), name=name)
        for route, view, names in addresses
        for name in names
    ]


def entrance(view: Any) -> Any:
    """A view for visitors, without a transaction around it: other workers must see its counters at once."""
    return before_second_factor(program_exempt(in_no_transaction(view)))


urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("", include("programs.urls")),
    path("", include("staff.urls")),
    path("students/", include("students.urls")),
    path("courses/", include("courses.urls")),
    path("facilities/", include("facilities.urls")),
    path("desk/", include("desk.urls")),
    path("accounts/session/", before_second_factor(program_exempt(session)), name="session"),
    path("accounts/", include(framed(entrance, ENTRANCE))),
    path("accounts/", include(framed(lambda view: before_second_factor(program_optional(view)), SET_UP))),
    path("accounts/", include(framed(program_optional, OWN))),
    path(
        "accounts/preferences/",
        before_second_factor(program_optional(accounts.preferences)),
        name="preferences",
    ),
    path("palette/", program_optional(palette), name="palette"),
    path("admin/", admin.site.urls),
]

handler404 = "programs.error_pages.not_found"
handler403 = "programs.error_pages.forbidden"
handler500 = "programs.error_pages.server_error"
handler429 = "accounts.limits.too_many"
