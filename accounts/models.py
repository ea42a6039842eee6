"""Who works here. Rights inside a program live in `programs.roles`, not here."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from .history import track
from .triggers import touch_updated_at


class Role(models.TextChoices):
    SUPER_ADMIN = "super_admin", _("Super admin")
    PROGRAM_ADMIN = "program_admin", _("Program admin")
    PROGRAM_COORDINATOR = "program_coordinator", _("Coordinator")
    TUTOR = "tutor", _("Tutor")


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a user; without a password the account can't sign in until one is set."""
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.password = make_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, email, password, **{**fields, "role": Role.SUPER_ADMIN})


@track(exclude=("password", "last_login", "preferences"))
class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff. `role` holds in every assigned program unless the assignment names another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    username = models.CharField(_("username"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), max_length=254)
    password = models.CharField(_("password"), max_length=128, db_column="password_hash")
    full_name = models.CharField(_("full name"), max_length=200, blank=True, default="", db_default="")
    role = models.CharField(
        _("role"), max_length=32, choices=Role.choices, default=Role.TUTOR, db_default=Role.TUTOR
    )
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    # Read and written by `accounts.preferences` alone.
    preferences = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), editable=False
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("last changed"), db_default=Now(), editable=False)

    # One source of truth for "may do everything": the role.
    is_superuser = property(lambda self: self.role == Role.SUPER_ADMIN)
    is_staff = property(lambda self: self.role == Role.SUPER_ADMIN)
    groups = None  # type: ignore[assignment]
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
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="users_role_known"),
        ]
        triggers = [touch_updated_at()]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return (self.full_name or self.username).split(" ")[0]
