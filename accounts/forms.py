"""Forms of signing in, passwords, second factors, passkeys and preferences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crud.forms.fields import EmailInput
from web.http import theme_of

from .addresses import validate_address
from .limits import CodeAttempt, LoginAttempt
from .models import User
from .preferences import preference, set_preferences, time_zones

# The areas of current time zone names; other names are aliases of the same zones.
AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
THEMES = (("light", _("Light")), ("dark", _("Dark")), ("system", _("As the device")))
DENSITIES = (("normal", _("Comfortable")), ("compact", _("Compact")))


def language_choices() -> list[tuple[str, str]]:
    return [("", gettext("As the browser asks")), *settings.LANGUAGES]


def time_zone_choices() -> Iterator[Any]:
    """The time zones grouped by area, labelled by city, so that typing the beginning of a city finds it."""
    yield "", gettext("As this device")
    yield "UTC", "UTC"
    for area, label in AREAS.items():
        names = sorted(name for name in time_zones() if name.startswith(f"{area}/"))
        yield label, [(name, name.partition("/")[2].replace("_", " ").replace("/", ", ")) for name in names]


class SignInForm(AuthenticationForm):
    """Django's form with a limit of failed attempts. `login` continues with the second factor, where the user has one."""

    username = forms.CharField(
        label=_("User name or e-mail"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username webauthn", "autocapitalize": "none"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return self.cleaned_data
        known = User.objects.by_name_or_email(name)
        assert self.request
        # Unknown names are compared without case, as those of users are.
        with LoginAttempt(self.request, str(known.pk) if known else name.lower()):
            super().clean()
        return self.cleaned_data

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        user = self.get_user()
        return perform_password_login(
            request, {"username": user.username}, Login(user, redirect_url=redirect_url)
        )


class PasswordForm(PasswordChangeForm):
    """Django's form with the password rules as a sentence, and a limit of failed attempts for the old password."""

    def __init__(self, user: Any, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request
        self.fields["new_password1"].help_text = " ".join(map(str, password_validators_help_texts()))

    def clean_old_password(self) -> str:
        with LoginAttempt(self.request, str(self.user.pk)):
            return super().clean_old_password()


# ---- forms of django-allauth


class ReauthenticateForm(account_forms.ReauthenticateForm):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class ResetForm(forms.Form):
    """Looks no address up, so that neither answer nor response time tells whether an account exists."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        validators=[validate_address],
        widget=EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def save(self, request: HttpRequest) -> None:
        """Does nothing: the view sends the mail after the response."""


class ResetLinkForm(account_forms.UserTokenForm):
    """Validates the link of a password reset; links of inactive users are invalid."""

    def _get_user(self, uidb36: str) -> User | None:
        user = super()._get_user(uidb36)
        return user if user and user.is_active else None


class NewPasswordForm(SetPasswordForm):
    """Django's form with the constructor arguments of allauth."""

    def __init__(self, *args: Any, user: Any = None, temp_key: str = "", **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields["new_password1"].help_text = " ".join(map(str, password_validators_help_texts()))


def _code_field(label: Any, help_text: Any = "") -> forms.CharField:
    attrs = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "autofocus": True,
        "spellcheck": "false",
    }
    return forms.CharField(
        label=label, help_text=help_text, max_length=20, widget=forms.TextInput(attrs=attrs)
    )


class _CountedCode(forms.Form):
    """A form with a `code` of the user whose failed attempts are counted and limited."""

    user: User

    def clean_code(self) -> str:
        with CodeAttempt(context.request, str(self.user.pk)):
            return super().clean_code()  # type: ignore[misc, no-any-return]


class CodeForm(_CountedCode, mfa_forms.AuthenticateForm):
    code = _code_field(_("Code"), _("Of the authenticator app, or one of your recovery codes."))


class CodeAgainForm(_CountedCode, mfa_forms.ReauthenticateForm):
    code = _code_field(_("Code"), _("Of the authenticator app, or one of your recovery codes."))


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):
    code = _code_field(_("Code from the app"))

    def clean_code(self) -> str:
        """Marks the code as used, so that it can't be used again to sign in."""
        with CodeAttempt(context.request, str(self.user.pk)):
            code = super().clean_code()
            used_by = TOTP(Authenticator(user=self.user, type=Authenticator.Type.TOTP))
            if not used_by._mark_code_used(code):  # noqa: SLF001 - as its own form of the sign-in does
                raise get_adapter().validation_error("incorrect_code")
        return code


UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, RecursionError)


class CredentialField(forms.JSONField):
    """The response of a passkey as JSON. Values that are too long or can't be parsed are incorrect codes, not errors."""

    longest = 20_000

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > self.longest:
            raise get_adapter().validation_error("incorrect_code")
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):  # numbers of thousands of digits, lists within lists
            raise get_adapter().validation_error("incorrect_code") from None


class _CredentialForm(forms.Form):
    credential = CredentialField()

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


class PasskeySignInForm(_CredentialForm, webauthn_forms.LoginWebAuthnForm):
    pass


class PasskeyCodeForm(_CredentialForm, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_CredentialForm, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):
    """Every passkey can be used to sign in without a password, so the form does not ask."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        help_text=_("To tell it from others: the device, or where it lies."),
    )
    passwordless = forms.BooleanField(widget=forms.HiddenInput, required=False, initial=True)
    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


class RenamePasskeyForm(webauthn_forms.EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=100)


class PreferencesForm(forms.Form):
    """The preferences of a user. The theme belongs to the device: the view stores it in a cookie."""

    language = forms.ChoiceField(label=_("Language"), choices=language_choices, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        required=False,
        help_text=_("Times are shown in it. Open the list and type the name of a city."),
    )
    theme = forms.ChoiceField(
        label=_("Theme of this device"), choices=THEMES, widget=forms.RadioSelect, required=False
    )
    density = forms.ChoiceField(
        label=_("Rows of lists"), choices=DENSITIES, widget=forms.RadioSelect, required=False
    )
    shortcuts = forms.BooleanField(
        label=_("Use single-key shortcuts"),
        required=False,
        help_text=_(
            "Such as / to search and N to add. Switch them off if you dictate or press keys by accident."
        ),
    )

    @classmethod
    def of(cls, request: Any, data: Any = None) -> PreferencesForm:
        """The form with the current preferences of the user and the browser of `request`."""
        return cls(
            data,
            initial={
                "language": preference(request.user, "language", ""),
                "time_zone": preference(request.user, "time_zone", ""),
                "theme": theme_of(request),
                "density": request.COOKIES.get("density", "normal"),
                "shortcuts": request.COOKIES.get("shortcuts") != "off",
            },
        )

    def save(self, user: User) -> None:
        values = self.cleaned_data
        set_preferences(
            user,
            language=values["language"] or None,
            time_zone=values["time_zone"] or None,
            density=values["density"] or None,
            shortcuts=values["shortcuts"],
        )
