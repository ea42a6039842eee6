"""The Django admin: for super admins only, with the product's own sign-in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import path, reverse
from django.utils.html import escape
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

from accounts.reauthentication import require_reauthentication
from programs.error_pages import refused
from programs.page_program import SAFE_METHODS
from web.csp import ADMIN_CONTENT_SECURITY_POLICY
from web.http import theme_of

FOUND = 6
"""Rows of a kind that the search shows."""
LONGEST = 100
OPEN_MINUTES = 30
"""How long the administration stays open without a click."""
SEEN = "admin_seen"


def theme(request: HttpRequest) -> str | None:
    """The theme of the product's cookie; None follows the system."""
    chosen = theme_of(request)
    return None if chosen == "system" else chosen


def stays_open(request: Any) -> HttpResponse | None:
    """Redirect to reauthentication where the admin has not been used for a while, else None.

    It opens to somebody who has just proved it, and stays open while it is used. What was typed into a form that lay
    open longer is shown, to be sent again after the proof; nothing that is sent opens it by itself.
    """
    seen, now = request.session.get(SEEN, 0), time.time()
    used = now - seen < OPEN_MINUTES * 60
    if not used and (again := require_reauthentication(request)):
        if request.method in SAFE_METHODS:
            return again
        return refused(request, 403, template="403_confirm.html", sendable=True)
    if now - seen > 60:
        request.session[SEEN] = now
    return None


ICON = re.compile(rb'<span\b([^<>]*)class="([^"]*\bmaterial-symbols-outlined)')


SEARCH_BUTTON = re.compile(rb'(id="(?:searchbar|command)-submit")')


def name_for_screen_readers(response: HttpResponse) -> None:
    """Keep the icons of Unfold from being read aloud, and name the buttons that show nothing else.

    They are words ("arrow_back") in a font that draws them. Text that somebody typed can't look like one: its
    quotation marks are escaped.
    """
    label = b'\\1 aria-label="' + escape(_("Search")).encode() + b'"'
    response.content = SEARCH_BUTTON.sub(label, response.content)
    response.content = ICON.sub(rb'<span aria-hidden="true" translate="no"\1class="\2', response.content)


class AcademyAdminSite(UnfoldAdminSite):
    site_title = site_header = _("Academy administration")
    index_title = _("Overview")
    index_template = "admin/overview.html"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and user.is_superuser)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Any:
        """Signed-in staff who are not super admins are refused at once, not sent to sign in again.

        Responses to super admins carry the wider Content-Security-Policy that Unfold needs.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            if self.has_permission(request) and (again := stays_open(request)):
                return again
            response = inner(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.add_post_render_callback(name_for_screen_readers)
            if self.has_permission(request):
                response.headers["Content-Security-Policy"] = ADMIN_CONTENT_SECURITY_POLICY
            return response

        return guarded

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), settings.LOGIN_URL)

    def get_urls(self) -> list[Any]:
        # Without Django's redirect to "view on site": no model of ours has such a page.
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def extra_urls(self) -> list[Any]:
        return [path("history/", self.admin_view(self.history), name="history")]

    def index(self, request: Any, extra_context: Any = None) -> TemplateResponse:
        from .overview import overview

        return super().index(request, {**overview(request), **(extra_context or {})})

    def history(self, request: Any) -> TemplateResponse:
        """What changed last in the program, or in all: every kind of row, or the one of `?kind=`."""
        from .history import history_page

        context = {**self.each_context(request), **history_page(request)}
        return TemplateResponse(request, "admin/history.html", context)

    def search(self, request: Any, extra_context: Any = None) -> Any:
        """The command palette. Unfold's own would keep the rows of one program and show them in the next."""
        text = " ".join(request.GET.get("s", "").replace("\0", "")[:LONGEST].split())
        if not text:
            return HttpResponse()
        begun = time.monotonic()
        results = [*self._pages(request, text.casefold())]
        if "extended" in request.GET:
            results += self._rows(request, text)
        shown = Paginator(results, max(len(results), 1))
        return TemplateResponse(
            request,
            "unfold/helpers/command_results.html"
            if "extended" in request.GET
            else "unfold/helpers/search_results.html",
            {
                "page_obj": shown,
                "results": shown.page(1),
                "page_counter": 0,
                "command_show_history": False,
                "execution_time": time.monotonic() - begun,
            },
            headers={"HX-Trigger": "search"},
        )

    def _pages(self, request: Any, text: str) -> Iterator[SearchResult]:
        for group in self.get_sidebar_list(request):
            for item in group["items"]:
                if text in str(item["title"]).casefold():
                    yield SearchResult(
                        str(item["title"]), str(group.get("title", "")), item["link"], item["icon"]
                    )

    def _rows(self, request: Any, text: str) -> Iterator[SearchResult]:
        """A few rows of each kind that can be searched, by the search of its own list."""
        for model, options in self._registry.items():
            if not options.get_search_fields(request) or not getattr(options, "in_search", True):
                continue
            rows, _distinct = options.get_search_results(request, options.get_queryset(request), text)
            meta = model._meta
            for row in rows.order_by()[:FOUND]:
                program = getattr(row, "program", None) if request.all_programs else None
                hint = [capfirst(str(meta.verbose_name)), getattr(row, "student_id", ""), program]
                yield SearchResult(
                    str(row),
                    " · ".join(str(part) for part in hint if part),
                    reverse(f"{self.name}:{meta.app_label}_{meta.model_name}_change", args=[row.pk]),
                    "arrow_forward",
                )
