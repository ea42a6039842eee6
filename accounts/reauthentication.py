"""Reauthentication: users confirm who they are again before sensitive changes."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode


def recently_authenticated(request: Any) -> bool:
    """Whether the user has signed in or confirmed who they are in this session, within the last ten minutes."""
    records = get_authentication_records(request, request.user)
    known = [one["at"] for one in records if one["method"] in app_settings.REAUTHENTICATION_METHODS]
    return bool(known) and time.time() - known[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def require_reauthentication(request: HttpRequest, back_to: str = "") -> HttpResponse | None:
    """Redirect to the page of reauthentication, or None where the user has authenticated within ten minutes.

    The page leads back to `back_to`, or to the address of `request`. POST data is lost on the way: call this before
    a form is shown and again before it is saved. A view that takes only POST stores what was posted and gives as
    `back_to` the page that offers it again. Raises PermissionDenied where the user has no way to reauthenticate.
    """
    if recently_authenticated(request):
        return None
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied
    return HttpResponseRedirect(
        f"{methods[0]['url']}?{urlencode({'next': back_to or request.get_full_path()})}"
    )
