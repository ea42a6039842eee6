"""Content-Security-Policy and caching headers of every response, the Django admin included."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# What Unfold needs, and no more: Alpine makes functions of attributes, and styles stand in the pages. Set by
# `AcademyAdminSite.admin_view` on what super admins get from the admin, and by nothing else.
ADMIN_CONTENT_SECURITY_POLICY = CONTENT_SECURITY_POLICY.replace(
    "script-src 'self'", "script-src 'self' 'unsafe-eval'"
).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
}

# Nobody keeps a page: not a proxy, and not the browser for whoever sits down after the sign-out. Static files are
# answered before this, by WhiteNoise, and kept for good.
NOT_KEPT = "private, no-store"


class CSPMiddleware:
    """Adds the headers to every answer that doesn't set its own. First in the list, so errors carry them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = NOT_KEPT
        return response
