"""What each role may do inside a program, answered by the tables of `accounts.roles`."""

from functools import cache

from accounts.roles import RIGHTS, Role


def may(role: str | None, permission: str) -> bool:
    """Whether `role` grants "app_label.verb_model", such as "students.change_student"."""
    app_label, _, codename = permission.partition(".")
    verb, _, model = codename.rpartition("_")
    rights = RIGHTS.get(role or "", {})
    granted = rights.get(f"{app_label}.{model}")
    if granted is None:
        granted = rights.get("*", frozenset()) if app_label in scoped_apps() else frozenset()
    return verb in granted


def may_act(role: str | None, permission: str) -> bool:
    """Whether somebody in that role has the right: what `may` grants the role, and everything for super admins."""
    return role == Role.SUPER_ADMIN or may(role, permission)


@cache
def scoped_apps() -> frozenset[str]:
    from .registry import scoped_models

    return frozenset(model._meta.app_label for model in scoped_models())
