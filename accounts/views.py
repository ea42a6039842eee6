"""What belongs to the person: profile, preferences, password. `academy.urls` says where they stand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from academy.crud.theme import THEMES

from .forms import PasswordForm, PreferencesForm
from .preferences import set_cookies, set_preferences


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Any) -> HttpResponse:
    """Who one is here, and how one likes the pages."""
    data = request.POST if request.method == "POST" else None
    form = PreferencesForm.of(request, data)
    if data is None or not form.is_valid():
        return render(request, "accounts/profile.html", {"form": form}, status=200 if data is None else 422)
    form.save(request.user)
    with translation.override(
        form.cleaned_data["language"] or translation.get_language_from_request(request)
    ):
        messages.success(request, _("Preferences saved."))
    response = redirect("profile")
    if theme := form.cleaned_data["theme"]:
        set_cookies(response, {"theme": theme}, request.COOKIES)
    return response


@require_POST
def preferences(request: Any) -> HttpResponse:
    """Set single preferences: `theme`, `density`, `shortcuts` (on or off), `language`, `time_zone`.

    Empty forgets one. Goes on to `next` where it is posted, else answers 204. What can't be is a 400.
    """
    values: dict[str, Any] = {name: request.POST[name] or None for name in _SINGLE if name in request.POST}
    theme = values.pop("theme", None)
    try:
        if values.get("shortcuts"):
            values["shortcuts"] = {"on": True, "off": False}[values["shortcuts"]]
        if values:
            set_preferences(request.user, **values)
    except (KeyError, ValueError) as error:
        raise BadRequest("There is no such preference.") from error
    if theme not in (None, *THEMES):
        raise BadRequest("There is no such theme.")
    response = _onward(request)
    if theme:
        set_cookies(response, {"theme": theme}, request.COOKIES)
    return response


_SINGLE = ("theme", "density", "shortcuts", "language", "time_zone")


def _onward(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    if not target:
        return HttpResponse(status=204)
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return redirect(target if safe else "/")


class PasswordChange(PasswordChangeView):
    form_class = PasswordForm
    http_method_names = ["get", "head", "post"]
    template_name = "accounts/password.html"
    success_url = reverse_lazy("profile")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your password was changed."))
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response
