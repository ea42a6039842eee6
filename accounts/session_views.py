"""The view that tells a form, whose session ended while it was open, who is signed in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def session(request: Any) -> HttpResponse:
    """The page after signing in again in another tab.

    A script that asks for JSON gets {"user": id or null, "name", "token"}: the token of a form that was open before.
    """
    user = request.user if request.user.is_authenticated else None
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(
            {
                "user": str(user.pk) if user else None,
                "name": user.full_name or user.username if user else "",
                "token": get_token(request),
            }
        )
    if user is None:
        return redirect(f"{reverse('login')}?next={request.path}")
    return render(request, "accounts/signed_in.html")
