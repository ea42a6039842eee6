"""Saved views and drafts, as the lists and forms of the page kit use them (`crud.hooks`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from web.http import parts_of

from . import services
from .models import Draft, SavedView


@dataclass(frozen=True)
class ViewsMenu:
    views: list[SavedView]
    current: SavedView | None
    list_name: str
    query: str
    default_query: str
    menu_template: str = "desk/_views_menu.html"
    panel_template: str = "desk/_views_panel.html"

    @property
    def save_url(self) -> str:
        """The page that saves what the list shows as a view."""
        return f"{reverse('desk:view-save')}?{urlencode({'page': self.list_name, 'query': self.query}, safe=':')}"


class StoredViews:
    def menu(self, request: Any, list_name: str, is_valid: Callable[[str], bool]) -> ViewsMenu | None:
        """The views that the user has saved or that are shared with the user; those alone that the list answers."""
        if getattr(request, "program", None) is None:
            return None
        views = services.views_of(user=request.user, role=getattr(request, "role", None), page=list_name)
        views = [view for view in views if is_valid(view.query)]
        query = services.tidy(request.META.get("QUERY_STRING", ""))
        current = next((view for view in views if query and view.query == query), None)
        return ViewsMenu(views, current, list_name, query, _default_query(request, views))


def _default_query(request: Any, views: list[SavedView]) -> str:
    """The query of the user's default view, where the list is opened without a query from another page; else "".

    A link from the list to itself without a query shows all rows.
    """
    if request.GET or request.headers.get("HX-Request"):
        return ""
    came_from = parts_of(request.headers.get("Referer", "")).path
    if came_from == request.path:
        return ""
    return next((view.query for view in views if view.is_default and view.user_id == request.user.pk), "")


class StoredDrafts:
    notice_template = "desk/_draft.html"
    url_name = "desk:draft-keep"

    def form_name(self, model: Any, pk: Any) -> str:
        return f"{model._meta.label_lower}:{pk or 'new'}"

    def get(self, request: Any, model: Any, pk: Any) -> Draft | None:
        """The user's draft; None for a super admin who looks as another user."""
        if getattr(request, "view_as", None) is not None:
            return None
        return services.draft_of(user=request.user, form=self.form_name(model, pk))

    def close(self, request: HttpRequest, model: Any, pk: Any) -> None:
        user: Any = request.user
        form = self.form_name(model, pk)
        if token := request.POST.get("token", "").replace("\0", ""):
            services.close_draft(user=user, form=form, token=token)
        else:
            services.discard_draft(user=user, form=form)
