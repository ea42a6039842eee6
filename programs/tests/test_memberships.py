"""Who may work where. Every change takes effect on the next request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Role
from programs.factories import AssignmentFactory, ProgramFactory
from programs.memberships import memberships_of, role_in
from programs.models import Program, UserProgramAssignment
from programs.testing import ClientFor, make_member


def test_memberships_are_the_active_ones_by_name(program: Program, other_program: Program) -> None:
    user = make_member(Role.TUTOR, program, other_program)
    AssignmentFactory(user=user, program__name="Closed", program__is_active=False)
    AssignmentFactory(user=user, program__name="Left", is_active=False)
    ProgramFactory(name="Foreign")
    assert [(m.program.name, m.role, m.role_label) for m in memberships_of(user)] == [
        ("Football", "tutor", "Tutor"),
        ("Swimming", "tutor", "Tutor"),
    ]
    assert [m.program.name for m in memberships_of(user, limit=1)] == ["Football"]


def test_super_admins_have_every_active_program(program: Program, other_program: Program) -> None:
    ProgramFactory(name="Closed", is_active=False)
    found = memberships_of(make_member(Role.SUPER_ADMIN))
    assert [(m.program.name, m.role) for m in found] == [
        ("Football", "super_admin"),
        ("Swimming", "super_admin"),
    ]


def test_inactive_users_have_none(program: Program) -> None:
    for role in Role.values:
        user = make_member(role, program, is_active=False)
        assert memberships_of(user) == []
        assert role_in(user, program.pk) is None


def test_the_role_in_a_program(program: Program, other_program: Program) -> None:
    user = make_member(Role.TUTOR, program)
    assert role_in(user, program.pk) == Role.TUTOR
    assert role_in(user, other_program.pk) is None
    assert role_in(user, None) is None


def test_memberships_are_read_in_one_query(program: Program, django_assert_num_queries: Any) -> None:
    user = make_member(Role.TUTOR, program)
    with django_assert_num_queries(1):
        assert [m.program.name for m in memberships_of(user)] == ["Swimming"]
    with django_assert_num_queries(1):
        role_in(user, program.pk)
        role_in(user, program.pk)


def revoke(user: Any, program: Program) -> None:
    UserProgramAssignment.objects.filter(user=user, program=program).update(is_active=False)


def remove(user: Any, program: Program) -> None:
    UserProgramAssignment.objects.filter(user=user, program=program).delete()


def close(user: Any, program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(is_active=False)


@pytest.mark.parametrize("end", [revoke, remove, close])
def test_the_end_of_an_assignment_takes_effect_on_the_next_request(
    end: Callable[[Any, Program], None], program: Program, client_for: ClientFor
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    make_member(Role.PROGRAM_ADMIN, program)  # stays: the last one can't be taken away
    assert client.get("/students/").status_code == 200
    end(client.user, program)
    response = client.get("/students/")
    assert response.status_code == 403
    assert "You don't work in any program yet" in response.text
    assert client.post("/students/new/", {"first_name": "Late"}).status_code == 403


@pytest.mark.parametrize("end", [revoke, remove, close])
def test_with_another_program_left_the_next_page_is_there_and_says_so(
    end: Callable[[Any, Program], None], program: Program, other_program: Program, client_for: ClientFor
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program, other_program)
    make_member(Role.PROGRAM_ADMIN, program)
    end(client.user, program)
    response = client.get("/")
    assert response.status_code == 200
    assert response.context["program"] == other_program
    assert [str(message) for message in response.context["messages"]] == [
        "Your access to the other program has ended. This is Football."
    ]
    assert client.get("/").context["program"] == other_program
    assert client.session["program"] == str(other_program.pk)


def test_a_new_assignment_takes_effect_on_the_next_request(program: Program, client_for: ClientFor) -> None:
    client = client_for(Role.TUTOR)
    assert client.get("/").status_code == 403
    AssignmentFactory(user=client.user, program=program)
    response = client.get("/")
    assert response.status_code == 200
    assert response.context["program"] == program


def test_a_changed_role_takes_effect_on_the_next_request(program: Program, client_for: ClientFor) -> None:
    client = client_for(Role.TUTOR, program)
    assert client.get("/students/new/").status_code == 403
    UserProgramAssignment.objects.update(role=Role.PROGRAM_COORDINATOR)
    assert client.get("/students/new/").status_code == 200


def test_a_deactivated_user_is_signed_out_on_the_next_request(
    program: Program, client_for: ClientFor
) -> None:
    client = client_for(Role.SUPER_ADMIN, program)
    assert client.get("/admin/").status_code == 200
    make_member(Role.SUPER_ADMIN)  # stays: the last one can't be taken away
    type(client.user).objects.filter(pk=client.user.pk).update(is_active=False)
    for path in ("/", "/students/", "/admin/"):
        response = client.get(path, follow=True)
        assert response.status_code == 200
        assert response.request["PATH_INFO"] == "/accounts/login/"
    refused = client.post("/students/new/", {"first_name": "Late"})
    assert refused.status_code == 403
    assert "<dd>Late</dd>" in refused.text  # what was typed is not lost


def test_a_super_admin_who_no_longer_is_one_leaves_all_programs(
    program: Program, other_program: Program, client_for: ClientFor
) -> None:
    client = client_for(Role.SUPER_ADMIN, program).enter("all")
    assert client.get("/admin/students/student/").status_code == 200
    make_member(Role.SUPER_ADMIN)
    type(client.user).objects.filter(pk=client.user.pk).update(role=Role.TUTOR)
    AssignmentFactory(user=client.user, program=other_program)
    assert client.get("/").url == "/accounts/login/?next=/"  # the sessions end with the role
    client.force_login(type(client.user).objects.get(pk=client.user.pk))
    response = client.enter("all").get("/")
    assert (response.status_code, response.context["program"]) == (200, other_program)
    assert client.get("/admin/").status_code == 403


def test_a_session_ends_with_the_password(program: Program, client_for: ClientFor) -> None:
    client = client_for(Role.TUTOR, program)
    user = type(client.user).objects.get()
    user.set_password("another one entirely")
    user.save()
    assert client.get("/").url == "/accounts/login/?next=/"
