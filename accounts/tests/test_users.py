"""Users as the database keeps them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import DataError, IntegrityError, transaction

from accounts.factories import UserFactory
from accounts.models import Role, User
from programs.testing import rows


def test_a_user_gets_a_role_and_an_email_in_normal_form(db: None) -> None:
    user = User.objects.create_user("grace", "Grace@EXAMPLE.org", "secret enough")
    assert (user.role, user.email, user.is_active) == (Role.TUTOR, "Grace@example.org", True)
    assert user.check_password("secret enough")
    super_admin = User.objects.create_superuser("boss", "boss@example.org", "secret enough", role=Role.TUTOR)
    assert super_admin.role == Role.SUPER_ADMIN


def test_a_user_without_a_password_can_not_sign_in(db: None) -> None:
    user = User.objects.create_user("grace", "grace@example.org")
    assert not user.has_usable_password()


def test_passwords_are_stored_hashed_in_the_column_of_that_name(db: None) -> None:
    User.objects.create_user("grace", "grace@example.org", "secret enough")
    ((stored,),) = rows("SELECT password_hash FROM users")
    assert "secret" not in stored
    assert identify_hasher(stored).verify("secret enough", stored)


@pytest.mark.parametrize(
    "values",
    [
        {"email": "GRACE@Example.ORG"},
        {"username": "grace"},
        {"role": "owner"},
        {"role": ""},
        {"role": None},
        {"email": None},
        {"is_active": None},
    ],
    ids=str,
)
def test_the_database_refuses(values: dict[str, Any], db: None) -> None:
    UserFactory(username="grace", email="grace@example.org")
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        UserFactory(**values)
    assert User.objects.count() == 1


def test_names(db: None) -> None:
    user = UserFactory(username="grace", full_name="Grace Brewster Hopper")
    assert (str(user), user.get_full_name(), user.get_short_name()) == (
        "Grace Brewster Hopper",
        "Grace Brewster Hopper",
        "Grace",
    )
    assert str(UserFactory(username="ada", full_name="")) == "ada"


def test_history_of_users_is_kept_without_the_password(db: None) -> None:
    user = UserFactory(username="grace")
    User.objects.filter(pk=user.pk).update(role=Role.PROGRAM_ADMIN)
    rows("UPDATE users SET is_active = false")
    events = user.history.order_by("pgh_id").values_list("pgh_label", "role", "is_active")
    assert list(events) == [
        ("insert", "tutor", True),
        ("update", "program_admin", True),
        ("update", "program_admin", False),
    ]


def test_signing_in_leaves_no_trace_in_the_history(db: None) -> None:
    user = UserFactory()
    User.objects.update(last_login="2025-01-01T00:00Z")
    assert user.history.count() == 1
