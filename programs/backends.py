"""Signing in, and what a user may do in the active program."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User

from .memberships import role_in
from .registry import scoped_models
from .roles import may
from .scope import NoActiveProgram, current_program_id


class ProgramBackend(BaseBackend):
    """Answers `user.has_perm("students.change_student")` by the user's role in the active program.

    Rows in Django's permission tables grant nothing here: a global permission must not leak into programs.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Sign in by user name or e-mail. An unknown name costs the same hashing as a wrong password."""
        if not username or password is None or "\0" in username:
            return None
        user = User.objects.filter(Q(username=username) | Q(email__iexact=username)).order_by("pk").first()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        try:
            program_id = current_program_id()
        except NoActiveProgram:
            return False
        return may(role_in(user_obj, program_id), perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(
            self.has_perm(user_obj, f"{app_label}.view_{model._meta.model_name}")
            for model in scoped_models()
            if model._meta.app_label == app_label
        )
