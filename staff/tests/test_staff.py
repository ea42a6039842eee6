"""The staff pages of a program: who works here, why, and what changes."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role, User
from crud.history import event_model
from crud.testing import dom, hidden_fields
from programs.factories import AssignmentFactory
from programs.models import Program, UserProgramAssignment
from programs.testing import ClientFor, PageClient, make_member
from staff.factories import InvitationFactory
from staff.models import Invitation
from staff.services import rights_of, roles_to_give

STAFF = "/staff/"


@pytest.fixture
def admin(client_for: ClientFor, program: Program) -> PageClient:
    return client_for(Role.PROGRAM_ADMIN, program, full_name="Ada Admin", last_login=timezone.now())


@pytest.fixture
def tutor(program: Program) -> UserProgramAssignment:
    """Somebody who works in the program as a tutor."""
    user = make_member(Role.TUTOR, full_name="Tina Tutor", last_login=timezone.now())
    return AssignmentFactory(user=user, program=program)


def page_of(assignment: UserProgramAssignment, action: str = "") -> str:
    return f"{STAFF}{assignment.pk}/{action}"


def names(client: PageClient, query: str = "") -> list[str]:
    return [str(row.user) for row in client.get(STAFF + query).context["assignments"]]


def state(assignment: UserProgramAssignment) -> tuple[str | None, bool]:
    assignment.refresh_from_db()
    return assignment.role, assignment.is_active


# ---- the list


def test_the_list_is_searched_filtered_and_sorted(
    admin: PageClient, program: Program, other_program: Program, tutor: UserProgramAssignment
) -> None:
    carl = make_member(Role.TUTOR, full_name="Carl Coach", email="carl@pool.example")
    AssignmentFactory(user=carl, program=program, role=Role.PROGRAM_COORDINATOR)
    make_member(Role.TUTOR, other_program, full_name="Otto Other")
    assert names(admin) == ["Ada Admin", "Carl Coach", "Tina Tutor"]
    assert names(admin, "?q=Coách, carl") == ["Carl Coach"]
    assert names(admin, "?sort=-name") == ["Tina Tutor", "Carl Coach", "Ada Admin"]
    assert names(admin, "?sort=role") == ["Ada Admin", "Carl Coach", "Tina Tutor"]
    assert names(admin, "?sort=-since")[-1] == "Ada Admin"
    assert names(admin, "?sort=-seen")[-1] == "Carl Coach"  # never
    assert names(admin, "?q=pool.example") == ["Carl Coach"]
    assert names(admin, "?q=coach+carl") == ["Carl Coach"]
    assert names(admin, "?q=otto") == []
    assert names(admin, "?role=program_coordinator") == ["Carl Coach"]
    assert names(admin, "?role=tutor") == ["Tina Tutor"]
    assert names(admin, "?access=none") == ["Carl Coach"]
    UserProgramAssignment.objects.filter(user=carl).update(is_active=False)
    assert names(admin, "?access=ended") == ["Carl Coach"]


@pytest.mark.parametrize("query", ["?access=x", "?role=owner", "?sort=password", "?sort=-"])
def test_what_the_list_does_not_know_is_not_found(admin: PageClient, query: str) -> None:
    assert admin.get(STAFF + query).status_code == 404


@pytest.mark.parametrize("query", ["?q=%00", "?page=0", "?page=x", "?page=99999", "?q=" + "x" * 3000])
def test_senseless_questions_are_no_crash(admin: PageClient, query: str) -> None:
    assert admin.get(STAFF + query).status_code == 200


def test_the_list_has_pages_and_the_same_number_of_queries(
    admin: PageClient, program: Program, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        AssignmentFactory(program=program, assigned_by=admin.user)
    admin.get("/")  # notes that somebody was seen, once a minute
    with django_assert_max_num_queries(12):
        response = admin.get(STAFF)
    assert len(response.context["assignments"]) == 25
    assert len(admin.get(STAFF + "?page=2").context["assignments"]) == 6
    assert len(response.context["tabs"]) == 4
    assert response.context["tabs"][0][2] == 31


def test_for_htmx_the_list_alone_is_answered(admin: PageClient) -> None:
    response = admin.get(STAFF, headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert 'id="list"' in response.text
    assert response.headers["Vary"].find("HX-Request") >= 0


# ---- one person


def test_a_person_is_shown_with_the_role_and_where_it_comes_from(
    admin: PageClient, program: Program, tutor: UserProgramAssignment
) -> None:
    row = AssignmentFactory(
        user=make_member(Role.TUTOR, full_name="Carl Coach", last_login=timezone.now()),
        program=program,
        role=Role.PROGRAM_COORDINATOR,
        assigned_by=admin.user,
    )
    page = admin.get(page_of(row)).text
    assert "Through the role Coordinator in Swimming, assigned by Ada Admin on" in page
    assert "The role is that of the account." not in page
    assert "The role is that of the account." in admin.get(page_of(tutor)).text


def test_the_rights_are_those_of_the_table_of_roles() -> None:
    tutor = dict(rights_of(Role.TUTOR))
    assert tutor["Students"] == ["see", "open emergency details, which is noted"]
    assert tutor["Staff"] == []
    assert dict(rights_of(Role.PROGRAM_COORDINATOR))["Students"] == [
        "see",
        "see private details",
        "open emergency details, which is noted",
        "add",
        "change",
        "archive and restore",
    ]
    assert dict(rights_of(Role.PROGRAM_COORDINATOR))["Facilities"] == ["see", "change"]
    assert all(right.verbs for right in rights_of(Role.PROGRAM_ADMIN))
    assert rights_of(Role.SUPER_ADMIN) == rights_of(Role.PROGRAM_ADMIN)


def test_who_has_no_access_is_told_as_having_none(admin: PageClient, tutor: UserProgramAssignment) -> None:
    UserProgramAssignment.objects.filter(pk=tutor.pk).update(is_active=False)
    page = admin.get(page_of(tutor))
    assert "Nothing: the assignment to Swimming has ended." in page.text
    assert page.context["rights"] == []
    UserProgramAssignment.objects.filter(pk=tutor.pk).update(is_active=True)
    User.objects.filter(pk=tutor.user_id).update(is_active=False)
    page = admin.get(page_of(tutor))
    assert "Nothing: the account is deactivated." in page.text
    assert page.context["rights"] == []


def test_an_assignment_of_another_program_is_answered_like_a_random_one(
    admin: PageClient, other_program: Program
) -> None:
    foreign = AssignmentFactory(program=other_program)
    for action in ("", "role/", "end/", "back/"):
        method = admin.get if not action else admin.post
        answers = [method(f"{STAFF}{pk}/{action}") for pk in (foreign.pk, uuid.uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


# ---- changes


def test_a_role_is_changed_and_the_history_says_by_whom(
    admin: PageClient, tutor: UserProgramAssignment
) -> None:
    response = admin.post(page_of(tutor, "role/"), {"role": "program_coordinator"}, follow=True)
    assert state(tutor) == ("program_coordinator", True)
    assert "Tina Tutor is now Coordinator." in response.text
    change = event_model(UserProgramAssignment).objects.filter(pgh_obj_id=tutor.pk).latest("pgh_id")
    assert change.pgh_context["username"] == admin.user.username
    newest = response.context["history"][0]
    assert (newest.actor, newest.verb, newest.labels) == (
        "Ada Admin",
        "changed",
        ("Role",),
    )


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"role": "super_admin"}, "role"),
        ({"role": "owner"}, "role"),
        ({"role": ""}, "role"),
        ({}, "role"),
        ({"role": "program_coordinator", "is_superuser": "on"}, "__all__"),
        ({"role": "program_coordinator", "program": "x"}, "__all__"),
        ({"role": "program_coordinator", "user": "x"}, "__all__"),
    ],
)
def test_a_role_that_is_not_offered_and_extra_keys_are_refused(
    admin: PageClient, tutor: UserProgramAssignment, data: dict[str, str], where: str
) -> None:
    response = admin.post(page_of(tutor, "role/"), data)
    assert response.status_code == 422
    assert where in response.context["form"].errors
    assert state(tutor) == (None, True)


def test_nobody_changes_or_ends_the_own_role(admin: PageClient, program: Program) -> None:
    make_member(Role.PROGRAM_ADMIN, program)
    own = UserProgramAssignment.objects.get(user=admin.user)
    for action, data in (("role/", {"role": "tutor"}), ("end/", {})):
        response = admin.post(page_of(own, action), data)
        assert response.status_code == 409
        assert "Nobody changes or ends their own role." in response.text
    assert state(own) == (None, True)
    assert "End the assignment" not in admin.get(page_of(own)).text


def test_program_admins_do_not_touch_super_admins(admin: PageClient, program: Program) -> None:
    row = AssignmentFactory(user=make_member(Role.SUPER_ADMIN), program=program, role=Role.TUTOR)
    for action, data in (("role/", {"role": "program_coordinator"}), ("end/", {}), ("back/", {})):
        assert admin.post(page_of(row, action), data).status_code == 409
    assert state(row) == ("tutor", True)


def test_an_assignment_ends_and_comes_back(
    admin: PageClient, client_for: ClientFor, program: Program
) -> None:
    leaving = client_for(Role.TUTOR, program)
    row = UserProgramAssignment.objects.get(user=leaving.user)
    assert leaving.get("/students/").status_code == 200
    assert admin.get(page_of(row, "end/")).status_code == 200
    assert state(row) == (None, True)
    assert admin.post(page_of(row, "end/")).status_code == 302
    assert state(row) == (None, False)
    refused = leaving.get("/students/")
    assert (refused.status_code, "You don't work in any program yet" in refused.text) == (403, True)
    leaving.user.refresh_from_db()
    assert leaving.user.is_active
    assert admin.post(page_of(row, "role/"), {"role": "program_admin"}).status_code == 409
    assert admin.post(page_of(row, "back/")).status_code == 302
    row.refresh_from_db()
    assert (row.is_active, row.assigned_by) == (True, admin.user)
    assert leaving.get("/students/").status_code == 200


def test_a_deactivated_account_is_not_brought_back(admin: PageClient, program: Program) -> None:
    row = AssignmentFactory(user=make_member(Role.TUTOR, is_active=False), program=program, is_active=False)
    response = admin.post(page_of(row, "back/"))
    assert (response.status_code, state(row)) == (409, (None, False))
    assert "The account is deactivated. A super admin can activate it." in response.text


@pytest.mark.parametrize(("action", "data"), [("role/", {"role": "tutor"}), ("end/", {})])
def test_the_last_admin_is_kept_with_a_reason(
    client_for: ClientFor, program: Program, action: str, data: dict[str, str]
) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, program)
    row = AssignmentFactory(user=make_member(Role.PROGRAM_ADMIN), program=program)
    response = super_admin.post(page_of(row, action), data)
    assert response.status_code == 409
    assert "This is the last active admin of Swimming." in response.text
    assert state(row) == (None, True)


def test_the_roles_to_give_end_at_the_own_one(program: Program, other_program: Program) -> None:
    at_most = ["program_admin", "program_coordinator", "tutor"]
    assert roles_to_give(make_member(Role.SUPER_ADMIN), program) == at_most
    admin = make_member(Role.PROGRAM_ADMIN, program)
    assert roles_to_give(admin, program) == at_most
    assert roles_to_give(admin, other_program) == []
    assert roles_to_give(make_member(Role.PROGRAM_COORDINATOR, program), program) == []
    assert roles_to_give(make_member(Role.PROGRAM_ADMIN, program, is_active=False), program) == []


# ---- invitations in the list


def test_an_admin_sees_the_invitations_into_this_program_and_no_other_name(
    admin: PageClient, program: Program, other_program: Program
) -> None:
    super_admin = make_member(Role.SUPER_ADMIN)
    InvitationFactory(email="both@example.org", invited_by=super_admin, programs=[program, other_program])
    InvitationFactory(email="elsewhere@example.org", invited_by=super_admin, programs=[other_program])
    page = admin.get(STAFF + "?access=invited").text
    assert "both@example.org" in page
    for foreign in ("elsewhere@example.org", "Football", str(other_program.pk)):
        assert foreign not in page


def test_an_invitation_of_another_program_is_answered_like_a_random_one(
    admin: PageClient, other_program: Program
) -> None:
    foreign = InvitationFactory(invited_by=make_member(Role.SUPER_ADMIN), programs=[other_program])
    for action in ("resend", "withdraw"):
        answers = [admin.post(f"{STAFF}invitations/{pk}/{action}/") for pk in (foreign.pk, uuid.uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert Invitation.objects.get().withdrawn_at is None


# ---- undo from the history


def ways_back(client: PageClient, assignment: UserProgramAssignment) -> list[str]:
    """The events that the buttons of the history name, the newest first."""
    address = page_of(assignment, "take-back/")
    forms = dom(client.get(page_of(assignment))).select(f'form[method="post"][action="{address}"]')
    return [hidden_fields(form)["event"] for form in forms]


def undo(client: PageClient, assignment: UserProgramAssignment, event: str) -> Any:
    return client.post(page_of(assignment, "take-back/"), {"event": event}, follow=True)


def test_a_changed_role_and_an_ended_work_are_undone_from_the_history(
    admin: PageClient, tutor: UserProgramAssignment
) -> None:
    since = tutor.assigned_at
    admin.post(page_of(tutor, "role/"), {"role": Role.PROGRAM_COORDINATOR})
    (changed,) = ways_back(admin, tutor)
    assert "“Tina Tutor” is as it was before." in undo(admin, tutor, changed).text
    assert state(tutor) == (None, True)
    admin.post(page_of(tutor, "end/"))
    assert state(tutor) == (None, False)
    undo(admin, tutor, ways_back(admin, tutor)[0])
    assert (state(tutor), tutor.assigned_at) == ((None, True), since)
    undo(admin, tutor, ways_back(admin, tutor)[0])  # and the undo can be undone
    assert state(tutor) == (None, False)


def test_who_came_in_leaves_by_the_page_that_asks(
    admin: PageClient, client_for: ClientFor, program: Program, tutor: UserProgramAssignment
) -> None:
    link = f'<a class="btn sm" href="{page_of(tutor, "end/")}">'
    assert link in admin.get(page_of(tutor)).text
    coordinator = client_for(Role.PROGRAM_COORDINATOR, program)
    assert link not in coordinator.get(page_of(tutor)).text
    own = UserProgramAssignment.objects.get(user=admin.user)
    assert 'class="btn sm" href="' not in admin.get(page_of(own)).text
    admin.post(page_of(tutor, "end/"))
    assert link not in admin.get(page_of(tutor)).text


def test_what_was_changed_since_is_not_undone(admin: PageClient, tutor: UserProgramAssignment) -> None:
    admin.post(page_of(tutor, "role/"), {"role": Role.PROGRAM_COORDINATOR})
    (changed,) = ways_back(admin, tutor)
    admin.post(page_of(tutor, "role/"), {"role": Role.PROGRAM_ADMIN})
    assert changed not in ways_back(admin, tutor)
    answer = undo(admin, tutor, changed)
    assert answer.status_code == 409
    assert "This was changed since, so nothing was undone." in answer.text
    assert state(tutor) == (Role.PROGRAM_ADMIN, True)


def test_an_undo_widens_no_right(
    client_for: ClientFor, admin: PageClient, program: Program, tutor: UserProgramAssignment
) -> None:
    admin.post(page_of(tutor, "role/"), {"role": Role.PROGRAM_COORDINATOR})
    (changed,) = ways_back(admin, tutor)
    for role in (Role.PROGRAM_COORDINATOR, Role.TUTOR):
        assert undo(client_for(role, program), tutor, changed).status_code == 403
    # One's own role: not even back to what it was.
    own = UserProgramAssignment.objects.get(user=admin.user)
    other = client_for(Role.PROGRAM_ADMIN, program)
    other.post(page_of(own, "role/"), {"role": Role.TUTOR})
    other.post(page_of(own, "role/"), {"role": Role.PROGRAM_ADMIN})
    assert ways_back(admin, own) == []
    event = ways_back(other, own)[0]
    assert undo(admin, own, event).status_code == 409
    assert state(own) == (Role.PROGRAM_ADMIN, True)
    # The role of the account has become one that is above the own.
    User.objects.filter(pk=tutor.user_id).update(role=Role.SUPER_ADMIN)
    answer = undo(admin, tutor, changed)
    assert answer.status_code == 409
    assert state(tutor) == (Role.PROGRAM_COORDINATOR, True)


def test_an_undo_of_what_is_ended_or_of_nobody_who_can_work_is_told(
    admin: PageClient, tutor: UserProgramAssignment
) -> None:
    admin.post(page_of(tutor, "role/"), {"role": Role.PROGRAM_COORDINATOR})
    (changed,) = ways_back(admin, tutor)
    admin.post(page_of(tutor, "end/"))
    (ended,) = ways_back(admin, tutor)
    assert "The assignment has ended. Bring it back first." in undo(admin, tutor, changed).text
    User.objects.filter(pk=tutor.user_id).update(is_active=False)
    assert "The account is deactivated." in undo(admin, tutor, ended).text
    assert state(tutor) == (Role.PROGRAM_COORDINATOR, False)


def test_an_undo_takes_the_last_admin_from_no_program(
    client_for: ClientFor, program: Program, tutor: UserProgramAssignment
) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, program)
    super_admin.post(page_of(tutor, "role/"), {"role": Role.PROGRAM_ADMIN})
    (changed,) = ways_back(super_admin, tutor)
    answer = undo(super_admin, tutor, changed)
    assert answer.status_code == 409
    assert "This is the last active admin of Swimming." in answer.text
    assert state(tutor) == (Role.PROGRAM_ADMIN, True)


def test_events_of_others_and_nonsense_change_nothing(
    admin: PageClient, program: Program, other_program: Program, tutor: UserProgramAssignment
) -> None:
    other = AssignmentFactory(user=make_member(Role.TUTOR), program=program)
    admin.post(page_of(other, "role/"), {"role": Role.PROGRAM_COORDINATOR})
    (event,) = ways_back(admin, other)
    assert undo(admin, tutor, event).status_code == 409
    elsewhere = AssignmentFactory(user=tutor.user, program=other_program)
    assert undo(admin, elsewhere, event).status_code == 404
    for nonsense in ("", "x", "-1", "9" * 30):
        assert undo(admin, tutor, nonsense).status_code == 400
    assert (state(tutor), state(other)) == ((None, True), (Role.PROGRAM_COORDINATOR, True))
