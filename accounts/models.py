"""Users, and what roles require of them. Permissions are in `accounts.roles`."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from crud.history import track
from crud.models import ConstraintMessages, touch_updated_at

from .addresses import same, validate_address
from .names import NameField, clean_names
from .role_ranks import RoleIsKnown
from .roles import Role, role_choices

__all__ = ["Role", "RolePolicy", "SharedCache", "User", "UserManager"]


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password the account can't sign in until one is set."""
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.password = make_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, email, password, **{**fields, "role": Role.SUPER_ADMIN})

    def with_address(self, address: str) -> models.QuerySet[User]:
        """The user with this address, compared without case; at most one."""
        return self.filter(same("email", address)) if "\0" not in address else self.none()

    def with_name(self, name: str) -> models.QuerySet[User]:
        """The user with this user name, compared without case; at most one."""
        return self.filter(same("username", name)) if "\0" not in name else self.none()

    def by_name_or_email(self, name: str) -> User | None:
        """The user whom the text in a sign-in form names. No user name is an address."""
        return (self.with_address(name) if "@" in name else self.with_name(name)).first()


@track(exclude=("password", "last_login", "preferences", "last_seen_at"))
class User(ConstraintMessages, AbstractBaseUser, PermissionsMixin):
    """A member of staff. `role` holds in every assigned program unless the assignment names another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    username = models.CharField(_("username"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), max_length=254, validators=[validate_address])
    password = models.CharField(_("password"), max_length=128, db_column="password_hash")
    full_name = NameField(_("full name"), max_length=200, blank=True, default="", db_default="")
    role = models.CharField(
        _("role"), max_length=32, choices=role_choices, default=Role.TUTOR, db_default=Role.TUTOR
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    # Read and written by `accounts.preferences` alone.
    preferences = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), editable=False
    )
    # Written by `accounts.middleware` once a minute at most.
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("last changed"), db_default=Now(), editable=False)

    # One source of truth for "may do everything": the role.
    is_superuser = property(lambda self: self.role == Role.SUPER_ADMIN)
    is_staff = property(lambda self: self.role == Role.SUPER_ADMIN)
    # Nobody has groups; guardian asks for them.
    groups = property(lambda self: Group.objects.none())
    user_permissions = None  # type: ignore[assignment]

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    objects = UserManager()

    class Meta:
        db_table = "users"
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="users_email_unique_any_case"),
            # No second Anna beside an anna: either way it signs in the same person.
            models.UniqueConstraint(
                Lower("username"),
                name="users_username_unique_any_case",
                violation_error_message=_("This user name is taken. Choose another."),
            ),
            models.CheckConstraint(condition=RoleIsKnown("role"), name="users_role_known"),
            # A name that could be somebody's address would stand in that person's way.
            models.CheckConstraint(
                condition=~models.Q(username__contains="@"),
                name="users_username_is_no_email",
                violation_error_message=_("A user name has no @."),
            ),
        ]
        triggers = [touch_updated_at(unless="last_seen_at"), clean_names("full_name")]

    def __str__(self) -> str:
        return self.full_name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """The hash that every session of the user carries: a change of password, role or activity ends the session."""
        value = f"{self.password}\n{self.role}\n{self.is_active}"
        salt = "accounts.models.User.get_session_auth_hash"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return (self.full_name or self.username).split(" ")[0]


@track()
class RolePolicy(ConstraintMessages):
    """Requirements of a role for all who hold it, in the whole academy or in one program."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    role = models.CharField(_("role"), max_length=32, choices=role_choices, unique=True)
    requires_second_factor = models.BooleanField(
        _("requires a second factor"),
        default=False,
        db_default=False,
        help_text=_("Whoever holds the role sets one up before anything else."),
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("last changed"), db_default=Now(), editable=False)

    class Meta:
        db_table = "role_policies"
        verbose_name = _("policy of a role")
        verbose_name_plural = _("policies of roles")
        ordering = ["role"]
        constraints = [
            models.CheckConstraint(condition=RoleIsKnown("role"), name="role_policies_role_known"),
        ]
        triggers = [touch_updated_at()]

    def __str__(self) -> str:
        return self.get_role_display()


class SharedCache(models.Model):
    """The table of Django's database cache, as a model so that it gets its grants like every other."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "shared_cache"
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key
