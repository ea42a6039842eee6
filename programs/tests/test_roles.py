"""What each role may do, as one table. A change of `accounts.roles` must be written here too."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.contenttypes.models import ContentType

from accounts.models import Role
from accounts.roles import RIGHTS
from programs.all_programs import use_all_programs
from programs.factories import AssignmentFactory
from programs.models import Program
from programs.registry import scoped_models
from programs.roles import may
from programs.scope import use_program
from programs.testing import make_member
from students.models import Student

VERBS = ("view", "view_private", "view_emergency", "view_looks", "add", "change", "archive", "delete")
EVERYTHING = set(VERBS) - {"delete"}
STAFF = "programs.userprogramassignment"
PROGRAM = "programs.program"

# role → model → exactly these verbs; what is not named is not granted. An entity that stands nowhere here has DEFAULTS.
GRANTED: dict[str, dict[str, set[str]]] = {
    Role.PROGRAM_ADMIN: {
        "students.student": EVERYTHING,
        "facilities.facility": EVERYTHING,
        "courses.course": EVERYTHING,
        "courses.curriculum": EVERYTHING,
        "courses.module": EVERYTHING,
        "courses.lesson": EVERYTHING,
        "courses.coursegrant": EVERYTHING,
        STAFF: {"view", "add", "change"},
        PROGRAM: {"change"},
    },
    Role.PROGRAM_COORDINATOR: {
        "students.student": EVERYTHING - {"view_looks"},
        "facilities.facility": {"view", "change"},
        "courses.course": {"view", "change"},
        "courses.curriculum": {"view", "add", "change"},
        "courses.module": {"view", "add", "change"},
        "courses.lesson": {"view", "add", "change"},
        "courses.coursegrant": set(),
        STAFF: set(),
        PROGRAM: set(),
    },
    Role.TUTOR: {
        "students.student": {"view", "view_emergency"},
        "facilities.facility": {"view"},
        "courses.course": {"view"},
        "courses.curriculum": {"view"},
        "courses.module": {"view"},
        "courses.lesson": {"view"},
        "courses.coursegrant": set(),
        STAFF: set(),
        PROGRAM: set(),
    },
}
# What a role may with a new entity of which `accounts.roles` says nothing.
DEFAULTS: dict[str, set[str]] = {
    Role.PROGRAM_ADMIN: EVERYTHING,
    Role.PROGRAM_COORDINATOR: set(),
    Role.TUTOR: set(),
}
# What has no history is nobody's but its owner's: roles have no say in it.
SCOPED = {m._meta.label_lower for m in scoped_models() if not getattr(m, "untracked", "")}
NAMED = {model for models in GRANTED.values() for model in models}
for role, models in GRANTED.items():
    models.update(dict.fromkeys(SCOPED - NAMED, DEFAULTS[role]))
# What stands outside programs: nobody gets it by a role.
OUTSIDE = (
    "accounts.user",
    "programs.allprogramsvisit",
    "auth.permission",
    "sessions.session",
)

TABLE = [
    (role, model, verb, verb in granted)
    for role, models in GRANTED.items()
    for model, granted in models.items()
    for verb in VERBS
] + [(role, model, verb, False) for role in GRANTED for model in OUTSIDE for verb in VERBS]


def permission(model: str, verb: str) -> str:
    app_label, _, name = model.partition(".")
    return f"{app_label}.{verb}_{name}"


def test_the_table_is_complete() -> None:
    assert set(RIGHTS) == set(GRANTED) == set(Role) - {Role.SUPER_ADMIN}
    for models in GRANTED.values():
        assert set(models) == SCOPED | {STAFF, PROGRAM}


@pytest.mark.parametrize(("role", "model", "verb", "expected"), TABLE)
def test_each_role_may_exactly_this(role: str, model: str, verb: str, expected: bool) -> None:
    assert may(role, permission(model, verb)) is expected


@pytest.mark.parametrize("role", [None, "", "nobody", "super_admin", "PROGRAM_ADMIN"])
@pytest.mark.parametrize("verb", VERBS)
def test_without_a_known_role_nothing_is_granted(role: str | None, verb: str) -> None:
    assert may(role, permission("students.student", verb)) is False


@pytest.mark.parametrize(
    "name",
    ["", ".", "students", "students.", "students.student", "view_student", "students.view", "x.view_student"],
)
def test_a_malformed_permission_is_not_granted(name: str) -> None:
    assert may(Role.PROGRAM_ADMIN, name) is False


# ---- the backend


@pytest.mark.parametrize("role", GRANTED)
def test_has_perm_is_answered_for_the_active_program(
    role: str, program: Program, other_program: Program
) -> None:
    user = make_member(role, program)
    with use_program(program):
        assert user.has_perm("students.view_student") is True
        assert user.has_perm("students.archive_student") is may(role, "students.archive_student")
        assert user.has_perms(["students.view_student", "students.delete_student"]) is False
        assert user.has_module_perms("students") is True
        assert user.has_module_perms("accounts") is False
    with use_program(other_program):
        assert user.has_perm("students.view_student") is False
        assert user.has_module_perms("students") is False
    assert user.has_perm("students.view_student") is False
    assert user.has_module_perms("students") is False


def test_the_assignment_overrides_the_role_of_the_user(program: Program, other_program: Program) -> None:
    user = make_member(Role.TUTOR)
    AssignmentFactory(user=user, program=program, role=Role.PROGRAM_ADMIN)
    AssignmentFactory(user=user, program=other_program)
    with use_program(program):
        assert user.has_perm("students.archive_student") is True
    with use_program(other_program):
        assert user.has_perm("students.archive_student") is False
    super_admin = make_member(Role.PROGRAM_ADMIN)
    AssignmentFactory(user=super_admin, program=program, role=Role.TUTOR)
    with use_program(program):
        assert super_admin.has_perm("students.change_student") is False


def test_super_admins_may_everything_everywhere(program: Program) -> None:
    super_admin = make_member(Role.SUPER_ADMIN)
    with use_program(program):
        assert super_admin.has_perm("students.delete_student") is True
    with use_all_programs(user=super_admin, reason="look"):
        assert super_admin.has_perm("accounts.change_user") is True
    assert super_admin.is_staff is super_admin.is_superuser is True


def test_an_inactive_user_may_nothing(program: Program) -> None:
    with use_program(program):
        for role in Role.values:
            user = make_member(role, program, is_active=False)
            assert user.has_perm("students.view_student") is False
        assert AnonymousUser().has_perm("students.view_student") is False


def test_only_super_admins_are_staff_of_the_admin(program: Program) -> None:
    for role in GRANTED:
        user = make_member(role, program)
        assert (user.is_staff, user.is_superuser) == (False, False)


def test_django_permission_rows_grant_nothing(program: Program) -> None:
    """A global permission must not leak into programs: there is not even a link to a user."""
    user = make_member(Role.TUTOR, program)
    row, _ = Permission.objects.get_or_create(
        codename="archive_student",
        content_type=ContentType.objects.get_for_model(Student),
        defaults={"name": "Can archive"},
    )
    assert not hasattr(row, "user_set")
    assert user.user_permissions is None
    assert not hasattr(Group, "user_set") and list(user.groups.all()) == []
    with use_program(program):
        assert user.has_perm("students.archive_student") is False
        assert user.get_all_permissions() == set()


def test_an_object_widens_no_right_that_is_not_granted_there(program: Program) -> None:
    user = make_member(Role.TUTOR, program)
    with use_program(program):
        assert user.has_perm("students.change_student", Student()) is False
