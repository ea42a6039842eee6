"""The last super admin and the last admin of a program stay, whoever writes, also when two write at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from accounts.models import Role, User
from crud.testing import form_data
from programs.factories import AssignmentFactory
from programs.last_admin import LAST_PROGRAM_ADMIN, LAST_SUPER_ADMIN, last_admin_reason
from programs.models import Program, UserProgramAssignment
from programs.testing import ClientFor, make_member, rows

LAST_SUPER = "This is the last active super admin of the academy. Make somebody else super admin first."
LAST_ADMIN = "This is the last active admin of Swimming. Make somebody else admin there first."


def refused(change: Callable[[], Any], constraint: str) -> str:
    """The reason in words; fails unless the database refused for exactly this constraint."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        change()
    cause: Any = caught.value.__cause__
    assert cause.diag.constraint_name == constraint
    return last_admin_reason(caught.value)


def sql(query: str, *values: Any) -> Callable[[], Any]:
    return lambda: rows(query, *values)


# ---- super admins


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE users SET role = 'program_admin' WHERE id = %s",
        "UPDATE users SET is_active = false WHERE id = %s",
        "DELETE FROM users WHERE id = %s",
    ],
)
def test_the_last_super_admin_stays(db: None, query: str) -> None:
    last = make_member(Role.SUPER_ADMIN)
    make_member(Role.SUPER_ADMIN, is_active=False)
    assert refused(sql(query, last.pk), LAST_SUPER_ADMIN) == LAST_SUPER
    make_member(Role.SUPER_ADMIN)
    sql(query, last.pk)()


def test_all_super_admins_can_not_be_taken_away_by_one_statement(db: None) -> None:
    for _ in range(3):
        make_member(Role.SUPER_ADMIN)
    refused(lambda: User.objects.update(is_active=False), LAST_SUPER_ADMIN)
    refused(lambda: User.objects.update(role=Role.TUTOR), LAST_SUPER_ADMIN)


def test_one_statement_may_hand_the_role_on(db: None) -> None:
    last, heir = make_member(Role.SUPER_ADMIN), make_member(Role.TUTOR)
    rows(
        "UPDATE users SET role = CASE WHEN id = %s THEN 'super_admin' ELSE 'tutor' END WHERE id IN (%s, %s)",
        heir.pk,
        heir.pk,
        last.pk,
    )
    assert [user.pk for user in User.objects.filter(role=Role.SUPER_ADMIN)] == [heir.pk]


# ---- admins of a program

ON_THE_ASSIGNMENT = [
    "UPDATE user_program_assignments SET role = 'tutor' WHERE user_id = %s",
    "UPDATE user_program_assignments SET is_active = false WHERE user_id = %s",
    "DELETE FROM user_program_assignments WHERE user_id = %s",
]
ON_THE_USER = [
    "UPDATE users SET role = 'tutor' WHERE id = %s",
    "UPDATE users SET is_active = false WHERE id = %s",
]


@pytest.mark.parametrize("query", ON_THE_ASSIGNMENT + ON_THE_USER)
def test_the_last_admin_of_a_program_stays(program: Program, other_program: Program, query: str) -> None:
    last = make_member(Role.PROGRAM_ADMIN, program)
    # None of these is a second active admin of this program.
    make_member(Role.PROGRAM_ADMIN, other_program)
    make_member(Role.PROGRAM_ADMIN, program, is_active=False)
    make_member(Role.TUTOR, program)
    AssignmentFactory(user=make_member(Role.PROGRAM_ADMIN), program=program, role=Role.PROGRAM_COORDINATOR)
    AssignmentFactory(user=make_member(Role.PROGRAM_ADMIN), program=program, is_active=False)
    assert refused(sql(query, last.pk), LAST_PROGRAM_ADMIN) == LAST_ADMIN
    AssignmentFactory(user=make_member(Role.TUTOR), program=program, role=Role.PROGRAM_ADMIN)
    sql(query, last.pk)()


@pytest.mark.parametrize("query", [*ON_THE_ASSIGNMENT, "UPDATE users SET is_active = false WHERE id = %s"])
def test_the_role_of_the_assignment_counts_before_that_of_the_user(program: Program, query: str) -> None:
    last = make_member(Role.TUTOR)
    AssignmentFactory(user=last, program=program, role=Role.PROGRAM_ADMIN)
    rows("UPDATE users SET role = 'program_coordinator' WHERE id = %s", last.pk)  # takes nothing away
    assert refused(sql(query, last.pk), LAST_PROGRAM_ADMIN) == LAST_ADMIN


def test_an_assignment_of_the_last_admin_does_not_move_to_another_program(
    program: Program, other_program: Program
) -> None:
    last = make_member(Role.PROGRAM_ADMIN, program)
    move = "UPDATE user_program_assignments SET program_id = %s WHERE user_id = %s"
    refused(sql(move, other_program.pk, last.pk), LAST_PROGRAM_ADMIN)


def test_what_takes_no_admin_away_is_not_refused(program: Program, other_program: Program) -> None:
    tutor = make_member(Role.TUTOR, program)  # of a program that never had an admin
    assignment = UserProgramAssignment.objects.get(user=tutor)
    for changes in ({"role": Role.PROGRAM_COORDINATOR}, {"is_active": False}, {"is_active": True}):
        UserProgramAssignment.objects.filter(pk=assignment.pk).update(**changes)
    User.objects.filter(pk=tutor.pk).update(is_active=False)
    last = make_member(Role.PROGRAM_ADMIN, other_program)
    User.objects.filter(pk=last.pk).update(full_name="Another Name", role=Role.SUPER_ADMIN)
    UserProgramAssignment.objects.filter(user=last).update(role=Role.PROGRAM_ADMIN)
    Program.objects.filter(pk=other_program.pk).update(is_active=False)
    UserProgramAssignment.objects.filter(user=last).update(is_active=False)  # the program is closed


# ---- two at once


def at_once(*changes: Callable[[], Any]) -> list[str]:
    """What became of changes that were all made before any of them was committed."""
    ready, results = threading.Barrier(len(changes), timeout=10), [""] * len(changes)

    def run(place: int, change: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                rows("SELECT 1")
                ready.wait()
                change()
            results[place] = "done"
        except IntegrityError as error:
            cause: Any = error.__cause__
            results[place] = cause.diag.constraint_name
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, change)) for place, change in enumerate(changes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(results)


@pytest.mark.django_db(transaction=True)
def test_two_super_admins_can_not_take_each_other_away() -> None:
    people = [make_member(Role.SUPER_ADMIN) for _ in range(2)]
    update = "UPDATE users SET is_active = false WHERE id = %s"
    assert at_once(*(sql(update, user.pk) for user in people)) == ["done", LAST_SUPER_ADMIN]
    assert User.objects.filter(role=Role.SUPER_ADMIN, is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", [*ON_THE_ASSIGNMENT, *ON_THE_USER])
def test_two_admins_of_a_program_can_not_take_each_other_away(second: str) -> None:
    program = Program.objects.create(name="Swimming")
    one, other = (make_member(Role.PROGRAM_ADMIN, program) for _ in range(2))
    assert at_once(sql(ON_THE_ASSIGNMENT[0], one.pk), sql(second, other.pk)) == ["done", LAST_PROGRAM_ADMIN]


@pytest.mark.django_db(transaction=True)
def test_the_second_waits_for_the_first_and_sees_what_it_left() -> None:
    """The first is not committed yet when the second begins: it must not answer from before."""
    first, second = (make_member(Role.SUPER_ADMIN) for _ in range(2))
    outcome: list[str] = []

    def run() -> None:
        try:
            sql("UPDATE users SET is_active = false WHERE id = %s", second.pk)()
            outcome.append("done")
        except IntegrityError:
            outcome.append("refused")
        finally:
            connection.close()

    with transaction.atomic():
        sql("UPDATE users SET is_active = false WHERE id = %s", first.pk)()
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(0.5)
        assert outcome == []  # waits
    thread.join(20)
    assert outcome == ["refused"]


# ---- on the pages


def test_the_administration_says_so_and_keeps_what_was_typed(client_for: ClientFor, program: Program) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, program)
    page = reverse("admin:accounts_user_change", args=[super_admin.user.pk])
    data = form_data(super_admin.get(page), "user_form")
    response = super_admin.post(page, {**data, "full_name": "New Name", "role": "tutor"})
    assert response.status_code == 409
    assert LAST_SUPER in response.text
    assert "<dd>New Name</dd>" in response.text
    super_admin.user.refresh_from_db()
    assert (super_admin.user.role, super_admin.user.full_name) != ("tutor", "New Name")


def test_the_administration_refuses_to_end_the_last_assignment_of_an_admin(
    client_for: ClientFor, program: Program
) -> None:
    super_admin, last = client_for(Role.SUPER_ADMIN, program), make_member(Role.PROGRAM_ADMIN, program)
    row = UserProgramAssignment.objects.get(user=last)
    page = reverse("admin:programs_userprogramassignment_change", args=[row.pk])
    response = super_admin.post(page, {"user": str(last.pk), "program": str(program.pk), "role": ""})
    assert (response.status_code, LAST_ADMIN in response.text) == (409, True)
    row.refresh_from_db()
    assert row.is_active
