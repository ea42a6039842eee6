"""Permissions on a single row, beyond those of the role.

They never widen a list: they count only where a row is given.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from guardian.core import ObjectPermissionChecker

from accounts.models import User

from .models import ProgramScopedModel


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
