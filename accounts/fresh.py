"""Who has just proved who they are: asked again before sensitive changes."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode


def is_fresh(request: Any) -> bool:
    """Whether the user has signed in, or proved it again, within the last ten minutes in this session."""
    records = get_authentication_records(request, request.user)
    known = [one["at"] for one in records if one["method"] in app_settings.REAUTHENTICATION_METHODS]
    return bool(known) and time.time() - known[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def fresh_required(request: HttpRequest, back_to: str = "") -> HttpResponse | None:
    """A redirect to the page that asks again, which leads to `back_to` or to this page; None where it is fresh.

    What is posted meanwhile is not kept: ask before showing a form, and again before saving it. A page that takes POST
    alone keeps what was posted and names the page that offers it again.
    """
    if is_fresh(request):
        return None
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied
    return HttpResponseRedirect(
        f"{methods[0]['url']}?{urlencode({'next': back_to or request.get_full_path()})}"
    )
