"""Saved views and drafts. Everybody manages the own ones; what others share can be opened, not changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import crud
from accounts.roles import Role, ranks_at_least
from crud.submitted_values import labels_from
from web.http import address_sent

from . import services
from .forms import SavedViewForm
from .models import SavedView

LONGEST_QUERY = SavedView._meta.get_field("query").max_length or 0


def may_share(request: Any) -> bool:
    return ranks_at_least(request.role, Role.PROGRAM_COORDINATOR)


def list_url(page: str) -> str:
    """The address of the list named `page`. Raises Http404 where there is no such list."""
    if not page.endswith("-list"):
        raise Http404
    try:
        return reverse(page)
    except NoReverseMatch as error:
        raise Http404 from error


@labels_from(SavedViewForm)
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: Any) -> HttpResponse:
    """Save the list of `page` with its `query` under a name."""
    asked = request.POST if request.method == "POST" else request.GET
    page, query = asked.get("page", ""), services.tidy(asked.get("query", ""))
    url = list_url(page)
    if len(query) > LONGEST_QUERY:
        raise BadRequest("The address of this list is too long to keep.")
    form = SavedViewForm(request.POST if request.method == "POST" else None, may_share=may_share(request))
    if request.method == "POST" and form.is_valid():
        view = services.save_view(user=request.user, page=page, query=query, **form.cleaned_data)
        messages.success(request, _("View “%(name)s” saved.") % {"name": view.name})
        return redirect(f"{url}?{query}" if query else url)
    context = {"form": form, "page": page, "query": query, "back": f"{url}?{query}"}
    return render(request, "desk/view_form.html", context, status=422 if form.errors else 200)


@require_safe
def manage(request: Any) -> HttpResponse:
    """The views of a list: open, make default, delete."""
    page = request.GET.get("page", "")
    url = list_url(page)
    views = services.views_of(user=request.user, role=request.role, page=page)
    listed = crud.view_of_list(page, request)
    runs = {view.pk for view in views if listed is not None and listed.can_list(view.query)}
    # Of one's own, those that can't be run stand here to be deleted.
    views = [view for view in views if view.pk in runs or view.user_id == request.user.pk]
    return render(request, "desk/views.html", {"views": views, "runs": runs, "page": page, "back": url})


@require_POST
def change(request: Any, pk: Any) -> HttpResponse:
    """Delete one of the own views, or make it the default or no longer so: `do` is delete, default or plain."""
    view = SavedView.objects.filter(pk=pk, user=request.user).first()
    if view is None:
        raise Http404
    back = f"{reverse('desk:views')}?page={view.page}"
    match request.POST.get("do"):
        case "delete":
            view.delete()
            messages.success(request, _("View “%(name)s” deleted.") % {"name": view.name})
        case "default" | "plain" as do:
            services.save_view(
                user=request.user,
                page=view.page,
                name=view.name,
                query=view.query,
                shared_with=view.shared_with,
                is_default=do == "default",
            )
            messages.success(request, _("Saved."))
        case _other:
            raise BadRequest
    return redirect(back)


@require_POST
def keep_draft(request: HttpRequest) -> HttpResponse:
    """Keep what is typed in a form: the browser posts it now and then. 204, or 413 where it is too large."""
    form = request.POST.get("draft_form", "")
    texts = [form, *(text for _name, values in request.POST.lists() for text in values)]
    if not form or len(form) > 120 or any("\0" in text for text in texts):
        raise BadRequest
    posted = request.POST.copy()
    del posted["draft_form"]
    kept = services.keep_draft(user=request.user, form=form, posted=posted)  # type: ignore[arg-type]
    return HttpResponse(status=204 if kept else 413)


@require_POST
def discard_draft(request: HttpRequest) -> HttpResponse:
    """Forget the draft of a form and go back to the form."""
    services.discard_draft(user=request.user, form=request.POST.get("draft_form", ""))  # type: ignore[arg-type]
    return redirect(address_sent(request))
