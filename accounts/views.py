"""Views of the account: signing in, profile, preferences, password, second factor, sessions."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account import views as allauth_account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.views import LoginView
from allauth.core.internal.sessionkit import get_session_user
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView, PasswordChangeView
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import TemplateView
from django.views.generic.edit import FormMixin

from crud.submitted_values import labels_from
from web.http import THEMES, address_sent

from .forms import PasswordForm, PreferencesForm, SignInForm
from .preferences import set_cookies, set_preferences
from .services import after_answer, send_reset_link


@labels_from(PreferencesForm)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Any) -> HttpResponse:
    """The profile of the user: the account and its preferences."""
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

    An empty value removes one. Redirects to `next` where it is posted, else answers 204; 400 for invalid values.
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
    if not request.POST.get("next"):
        return HttpResponse(status=204)
    return redirect(address_sent(request))


# ---- signing in and out


class SignIn(LoginView):
    """The sign-in page. allauth redirects from here to the second factor and to the page that was asked for."""

    form_class = SignInForm
    template_name = "registration/login.html"
    http_method_names = ["get", "head", "post"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        oidc = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
        context = super().get_context_data(**kwargs)
        return {**context, "next": context["redirect_field_value"] or "", "oidc": oidc[0] if oidc else None}


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """Signs out, also a user who has entered the password but not yet the second factor."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        return super().post(request, *args, **kwargs)  # type: ignore[return-value]


class PasswordChange(PasswordChangeView):
    form_class = PasswordForm
    http_method_names = ["get", "head", "post"]
    template_name = "accounts/password.html"
    success_url = reverse_lazy("profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        # The other sessions have ended with the password; this one has a new key.
        UserSession.objects.purge_and_list(self.request.user)
        UserSession.objects.create_from_request(self.request)
        messages.success(self.request, _("Your password was changed."))
        get_adapter(self.request).send_notification_mail("account/email/password_changed", self.request.user)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class PasswordReset(allauth_account.PasswordResetView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        if response.status_code == 302:
            send = partial(
                send_reset_link, self.request, form.cleaned_data["email"], translation.get_language()
            )
            after_answer(response, send)
        return response


# ---- the second factor


class RecoveryCodes(TemplateView):
    """The recovery codes that are left, as a page and as a file. The view of allauth would write on a GET."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        raise_if_reauthentication_required(request, app="allauth.mfa")
        own = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.RECOVERY_CODES)
        return super().get(request, *args, codes=own.wrap().get_unused_codes(), **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if not self.content_type:
            return super().render_to_response(context, **kwargs)
        lines = "".join(f"{code}\n" for code in context["codes"])
        headers = {"Content-Disposition": 'attachment; filename="recovery-codes.txt"'}
        return HttpResponse(lines, content_type=self.content_type, headers=headers)


# ---- sessions


class Sessions(ListUserSessionsView):
    """The sessions of the user. Those that have ended are left out, and deleted on a POST."""

    http_method_names = ["get", "head", "post"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = UserSession.objects.filter(user=self.request.user).order_by("-last_seen_at")
        sessions = [one for one in own if get_session_user(one._session_store(one.session_key))]  # noqa: SLF001
        return FormMixin.get_context_data(self, sessions=sessions, **kwargs)


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
