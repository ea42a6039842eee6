"""Signing in, and what a user may do in the active program."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import BooleanField, Func, QuerySet
from django.http import HttpRequest
from guardian.core import ObjectPermissionChecker

from accounts.models import User
from performance.prepared_queries import prepared_query

from .memberships import role_in
from .models import ProgramScopedModel
from .registry import scoped_models
from .roles import may
from .scope import NoActiveProgram, current_program_id

# Whether somebody must set up a second factor before anything else: through the own role, through the role in a
# program, or through a program. Super admins work in every program.
LACKS_SECOND_FACTOR = Func(
    "pk", "role", function="public.academy_lacks_second_factor", output_field=BooleanField()
)
NOBODY = uuid.UUID(int=0)


@prepared_query(pk=NOBODY)
def _active_user(pk: Any) -> QuerySet[User]:
    rows = User.objects.filter(pk=pk, is_active=True).order_by()
    return rows.annotate(lacks_second_factor=LACKS_SECOND_FACTOR)


class ProgramBackend(BaseBackend):
    """Answers `user.has_perm("students.change_student")` by the user's role in the active program.

    Asked about a row, `user.has_perm("courses.change_course", course)`, it also counts what the user has been
    granted there; rows of other programs are nobody's here. Rows in Django's permission tables grant nothing: a
    global permission must not leak into programs.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Sign in by user name or e-mail. An unknown name costs the same hashing as a wrong password."""
        if not username or password is None:
            return None
        user = User.objects.by_name_or_email(username)
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session, annotated with `lacks_second_factor`."""
        user: User | None = _active_user.first(pk=user_id)
        return user

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        try:
            program_id = current_program_id()
        except NoActiveProgram:
            return False
        if getattr(obj, "program_id", None) not in (None, program_id):
            return False
        role = role_in(user_obj, program_id)
        return may(role, perm) or (role is not None and has_row_permission(user_obj, perm, obj))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(
            self.has_perm(user_obj, f"{app_label}.view_{model._meta.model_name}")
            for model in scoped_models()
            if model._meta.app_label == app_label
        )


# ---- rights on a single row. They never widen a list: they count only where a row is given.


def has_row_permission(user: User, permission: str, obj: Any) -> bool:
    """Whether `user` has been let change the row that the rights on `obj` follow, and `permission` comes with it.

    Asked once for each user object and row: one query, and none where `permission` is never granted. Expects a row
    of the active program.
    """
    if not isinstance(obj, ProgramScopedModel):
        return False
    try:
        while obj.grant_parent:
            obj = getattr(obj, obj.grant_parent)
    except ObjectDoesNotExist:  # a new row without a place yet
        return False
    if permission not in obj.granted or obj._state.adding:
        return False
    # Attributes, not the instance's __dict__: the user of a request is a lazy object that hands attributes on.
    if getattr(user, "row_permissions", None) is None:
        user.row_permissions = ObjectPermissionChecker(user)  # type: ignore[attr-defined]
    return user.row_permissions.has_perm(f"change_{obj._meta.model_name}", obj)  # type: ignore[attr-defined]
