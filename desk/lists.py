"""What the desk adds to the kit's lists and forms; named in the settings CRUD_LIST and CRUD_FORM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from web.http import parts_of

from . import services
from .models import SavedView


def default_view(request: Any, page: str, views: list[SavedView]) -> str:
    """The query of the user's default view, where the bare list is entered from elsewhere; else "".

    From the list itself its bare address means what it says: everything.
    """
    if request.GET or request.headers.get("HX-Request"):
        return ""
    came_from = parts_of(request.headers.get("Referer", "")).path
    if came_from == request.path:
        return ""
    return next((v.query for v in views if v.is_default and v.user_id == request.user.pk), "")


def list_context(request: Any, page: str, runs: Callable[[str], bool]) -> dict[str, Any]:
    """`saved_views` of the list, `current_view` where the address is one, and `default_query` to open first.

    `runs` says whether the list answers a query for this user. Views that it does not answer are left out.
    """
    if getattr(request, "program", None) is None:
        return {}
    views = services.views_of(user=request.user, role=getattr(request, "role", None), page=page)
    views = [view for view in views if runs(view.query)]
    here = services.tidy(request.META.get("QUERY_STRING", ""))
    return {
        "saved_views": views,
        "current_view": next((v for v in views if here and v.query == here), None),
        "default_query": default_view(request, page, views),
        "list_page": page,
        "list_query": here,
    }


def form_name(model: Any, pk: Any) -> str:
    """The name under which the draft of a form is kept."""
    return f"{model._meta.label_lower}:{pk or 'new'}"


def draft_for(request: Any, model: Any, pk: Any) -> Any:
    """What this user typed and did not save; nothing for somebody who looks as another user."""
    if getattr(request, "view_as", None) is not None:
        return None
    return services.draft_of(user=request.user, form=form_name(model, pk))


def forget_draft(request: HttpRequest, model: Any, pk: Any) -> None:
    """The form that was posted is saved."""
    token, named = (
        request.POST.get("token", "").replace("\0", ""),
        {"user": request.user, "form": form_name(model, pk)},
    )
    if token:
        services.close_draft(**named, token=token)  # type: ignore[arg-type]
    else:
        services.discard_draft(**named)  # type: ignore[arg-type]
