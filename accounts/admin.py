from __future__ import annotations

from typing import Any

# They register what is taken out below, whoever is imported first.
import allauth.account.admin  # noqa: F401
import allauth.mfa.admin  # noqa: F401
import allauth.socialaccount.admin  # noqa: F401
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from crud.admin import AcademyAdmin, SwitchActions, tell_changed, tones

from .models import Role, RolePolicy, User
from .services import HAS_SECOND_FACTOR, remove_second_factors
from .usernames import validate_new_name

admin.site.unregister(Group)
# What belongs to persons alone, secrets among it, or is not used.
for model in (EmailAddress, Authenticator, UserSession, SocialApp, SocialAccount, SocialToken):
    admin.site.unregister(model)


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email", "full_name", "role")

    def clean_username(self) -> str:
        name: str = super().clean_username()
        validate_new_name(name)
        return name


class ChangeUserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}


@admin.register(User)
class StaffAdmin(SwitchActions, UserAdmin, AcademyAdmin):
    form, add_form, change_password_form = ChangeUserForm, NewUserForm, AdminPasswordChangeForm
    list_display = (
        "username",
        "full_name",
        "email",
        "shown_role",
        "has_second_factor",
        "is_active",
        "last_login",
    )
    list_filter: Any = ("role", "is_active")
    actions: Any = (*SwitchActions.actions, "remove_second_factor")
    search_fields = ("username", "full_name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("full_name", "email")}),
        (_("Rights"), {"fields": ("role", "is_active")}),
        (_("Times"), {"fields": ("last_login", "created_at", "updated_at")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "email",
                    "full_name",
                    "role",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    @display(description=_("role"), ordering="role", label=tones(Role, super_admin="warning"))
    def shown_role(self, user: User) -> tuple[str, str]:
        return user.role, user.get_role_display()

    @display(description=_("second factor"), boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return user.second_factor  # type: ignore[attr-defined]

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).annotate(second_factor=HAS_SECOND_FACTOR)

    @admin.action(description=_("Remove the second factor (a lost phone)"), permissions=["change"])
    def remove_second_factor(self, request: Any, queryset: Any) -> None:
        """Remove the second factor of users who lost theirs. Not one's own: that is done on the profile."""
        users = queryset.order_by().filter(second_factor=True).exclude(pk=request.user.pk)
        tell_changed(request, remove_second_factors(request, users))

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False  # users are deactivated

    def set_field(self, request: Any, queryset: Any, name: str, value: Any) -> None:
        """Refuse changes by which super admins would lock themselves out, so one is always left."""
        super().set_field(request, queryset.exclude(pk=request.user.pk), name, value)


@admin.register(RolePolicy)
class RolePolicyAdmin(AcademyAdmin):
    list_display = ("role", "requires_second_factor")
    fields = ("role", "requires_second_factor")
