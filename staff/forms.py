"""Forms of the staff pages and of invitations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.addresses import validate_address
from accounts.models import Role, User
from accounts.roles import assignable_role_choices
from accounts.usernames import validate_new_name
from crud.forms.fields import EmailInput
from crud.names import CleanCharField
from programs.models import Program

from .services import programs_to_staff, roles_to_give

NOT_FIELDS = {"csrfmiddlewaretoken", "program_context", "next"}
FEW = 12
"""Up to this number, programs are check boxes; more are a select."""


class StrictForm(forms.Form):
    """Refuses submitted keys that it has no field for, such as a role or a program added by hand."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if set(self.data) - set(self.fields) - NOT_FIELDS:
            raise ValidationError(_("Something was sent that does not belong to this form."), "unknown")
        return cleaned


def role_choices(roles: list[str]) -> list[tuple[str, Any]]:
    return [(role, label) for role, label in assignable_role_choices() if role in roles]


class InviteForm(StrictForm):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        validators=[validate_address],
        widget=EmailInput(attrs={"autocomplete": "off"}),
    )
    full_name = CleanCharField(
        label=_("Full name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"))
    programs = forms.ModelMultipleChoiceField(
        Program.objects.none(), label=_("Programs"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, user: User, program: Program, data: Any = None) -> None:
        super().__init__(data, initial={"role": Role.TUTOR, "programs": [program.pk]})
        offered = programs_to_staff(user)
        if len(offered) > FEW:
            self.fields["programs"].widget = forms.SelectMultiple(attrs={"size": 8, "class": "!h-auto"})
        roles: Any = self.fields["role"]
        roles.choices = role_choices(roles_to_give(user, program))
        programs: Any = self.fields["programs"]
        programs.queryset = Program.objects.filter(pk__in=[p.pk for p in offered]).order_by("name")

    def clean_email(self) -> str:
        return User.objects.normalize_email(self.cleaned_data["email"])


class RoleForm(StrictForm):
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, roles: list[str], current: str, data: Any = None) -> None:
        super().__init__(data, initial={"role": current})
        field: Any = self.fields["role"]
        field.choices = role_choices(roles)


class AcceptForm(StrictForm):
    """Accepts an invitation.

    `token` identifies it, so that the second request of a double click still finds it.
    """

    token = forms.CharField(widget=forms.HiddenInput)


class AccountForm(AcceptForm):
    """Accepts an invitation and creates the account."""

    full_name = CleanCharField(
        label=_("Full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    # Django's field writes letters that look alike in one form (NFKC), before the characters are judged.
    username = UsernameField(
        label=_("User name"),
        max_length=150,
        validators=[
            RegexValidator(
                r"^[\w.+-]+\Z", _("A user name has letters, digits and the characters . + - _ only.")
            )
        ],
        help_text=_("You sign in with it, or with your e-mail address."),
    )
    password1 = forms.CharField(
        label=_("Password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password1"].help_text = " ".join(map(str, password_validators_help_texts()))

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        validate_new_name(name)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        if first:
            try:
                validate_password(first, self.account())
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def account(self) -> User:
        """An unsaved user with the values of the form, without a password."""
        names = {name: self.cleaned_data.get(name, "") for name in ("username", "full_name")}
        return User(email=self.email, **names)
