"""What each role may do inside a program, as data. Super admins may do everything and are not listed.

A right is a verb on a model. Verbs: view, add, change, archive (and restore), and view_private, which covers
the address, the contacts' details and the medical text of a student. view_emergency opens the contacts and the
medical text of one student, and each look is noted; view_looks shows who looked. `"*"` stands for every scoped model.
"""

from functools import cache

from accounts.models import Role

EVERYTHING = frozenset({"view", "view_private", "view_emergency", "add", "change", "archive"})
VIEW = frozenset({"view"})
ADMINISTER = EVERYTHING | {"view_looks"}

ROLES: dict[str, dict[str, frozenset[str]]] = {
    Role.PROGRAM_ADMIN: {
        "*": ADMINISTER,
        # Adding staff is inviting them; changing covers their role, the end and the way back.
        "programs.userprogramassignment": frozenset({"view", "add", "change"}),
        "programs.program": frozenset({"change"}),
    },
    Role.PROGRAM_COORDINATOR: {
        "students.student": EVERYTHING,
        "facilities.facility": frozenset({"view", "change"}),
        "courses.course": frozenset({"view", "change"}),
        # Changing a course or a curriculum includes adding to its tree.
        "courses.curriculum": frozenset({"view", "add", "change"}),
        "courses.module": frozenset({"view", "add", "change"}),
        "courses.lesson": frozenset({"view", "add", "change"}),
    },
    Role.TUTOR: {
        "students.student": VIEW | {"view_emergency"},
        "facilities.facility": VIEW,
        "courses.course": VIEW,
        "courses.curriculum": VIEW,
        "courses.module": VIEW,
        "courses.lesson": VIEW,
    },
}


def may(role: str | None, permission: str) -> bool:
    """Whether `role` grants "app_label.verb_model", such as "students.change_student"."""
    app_label, _, codename = permission.partition(".")
    verb, _, model = codename.rpartition("_")
    rights = ROLES.get(role or "", {})
    granted = rights.get(f"{app_label}.{model}")
    if granted is None:
        granted = rights.get("*", frozenset()) if app_label in scoped_apps() else frozenset()
    return verb in granted


def may_act(role: str | None, permission: str) -> bool:
    """Whether somebody in that role has the right: what `may` grants the role, and everything for super admins."""
    return role == Role.SUPER_ADMIN or may(role, permission)


@cache
def scoped_apps() -> frozenset[str]:
    """Labels of the apps that hold scoped models."""
    from .registry import scoped_models

    return frozenset(model._meta.app_label for model in scoped_models())
