"""Choosing a program."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from programs.factories import AssignmentFactory, ProgramFactory
from programs.models import Program, UserProgramAssignment
from programs.scope import use_program
from programs.testing import ClientFor, PageClient, make_member
from students.factories import StudentFactory

SWITCH = "/programs/switch/"
SOME_ID = uuid.UUID(int=7)


@pytest.fixture
def client(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    return client_for(Role.PROGRAM_ADMIN, program, other_program)


def switch(client: PageClient, to: Any, **data: str) -> Any:
    return client.post(SWITCH, {"program": str(getattr(to, "pk", to)), **data}, program=None)


def test_switching_changes_the_program_of_the_session(client: PageClient, other_program: Program) -> None:
    response = switch(client, other_program)
    assert (response.status_code, response.url) == (302, "/")
    assert client.get("/").context["program"] == other_program


@pytest.mark.parametrize(
    ("start", "goal"),
    [
        ("/students/", "/students/"),
        ("/students/?q=sara&page=3", "/students/"),
        ("/students/new/", "/students/new/"),
        ("/courses/", "/courses/"),
        ("/staff/", "/staff/"),
        ("/programs/", "/programs/"),
        ("/", "/"),
        ("", "/"),
        ("/nowhere/", "/"),
        (f"/students/{SOME_ID}/", "/students/"),
        (f"/students/{SOME_ID}/edit/", "/students/"),
        (f"/courses/{SOME_ID}/lessons/{SOME_ID}/", "/courses/"),
        ("/admin/students/student/", "/admin/students/student/"),
    ],
)
def test_switching_keeps_the_section(
    client: PageClient, other_program: Program, start: str, goal: str
) -> None:
    response = switch(client, other_program, next=start)
    assert (response.status_code, response.url) == (302, goal)


def test_opening_a_row_in_its_program_leads_to_the_row(client: PageClient, other_program: Program) -> None:
    with use_program(other_program):
        path = reverse("students:student-detail", args=[StudentFactory().pk])
    response = switch(client, other_program, next=path, exact="1")
    assert response.url == path
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("exact", ["", "1"])
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "http:///evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example/",
        "\t//evil.example/",
        "/\t/evil.example/",
        "/%2f/evil.example/",
        "http://testserver//evil.example/",
        "http://testserver@evil.example/",
        "http://testserver:80@evil.example/",
        "/students\r\nLocation: https://evil.example/",
        "/\0",
        "//testserver/students/\n",
        "@evil.example/",
        "evil.example/",
        "x" * 100_000,
    ],
)
def test_next_never_leads_elsewhere(
    client: PageClient, other_program: Program, target: str, exact: str
) -> None:
    response = switch(client, other_program, next=target, exact=exact)
    assert response.status_code == 302
    assert response.url in ("/", "/students/")
    assert "\n" not in response["Location"] and "evil" not in response["Location"]


def test_a_program_that_is_not_ones_own_is_answered_like_one_that_does_not_exist(
    client: PageClient, program: Program
) -> None:
    left, closed = ProgramFactory(), ProgramFactory(is_active=False)
    AssignmentFactory(user=client.user, program=left, is_active=False)
    AssignmentFactory(user=client.user, program=closed)
    wanted = [str(getattr(to, "pk", to)) for to in (ProgramFactory(), left, closed, uuid.uuid4(), "all")]
    answers = [switch(client, to) for to in wanted]
    assert [answer.status_code for answer in answers] == [403] * 5
    # The page shows what was sent, and else says the same of each.
    assert len({a.text.replace(f"<dd>{to}</dd>", "") for a, to in zip(answers, wanted, strict=True)}) == 1
    assert client.session["program"] == str(program.pk)


@pytest.mark.parametrize("wanted", ["", "x", "\0", "ALL", "0" * 31, "9" * 100_000])
def test_a_malformed_program_is_a_400(client: PageClient, program: Program, wanted: str) -> None:
    assert switch(client, wanted).status_code == 400
    assert client.session["program"] == str(program.pk)


def test_switching_needs_a_post(client: PageClient, other_program: Program, program: Program) -> None:
    for method in (client.get, client.head, client.put, client.delete):
        assert method(SWITCH, {"program": str(other_program.pk)}).status_code == 405
    assert client.session["program"] == str(program.pk)


def test_switching_needs_the_csrf_token(client: PageClient, other_program: Program) -> None:
    client.handler.enforce_csrf_checks = True
    assert switch(client, other_program).status_code == 403


def test_switching_needs_a_user(program: Program) -> None:
    client = PageClient()
    response = switch(client, program)
    assert response.status_code in (302, 403)
    assert "program" not in client.session


def test_a_user_without_any_program_can_still_be_told_so(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR)
    assert switch(client, program).status_code == 403


# ---- super admins


def test_super_admins_enter_any_active_program_and_all_of_them(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, program)
    assert switch(super_admin, other_program).status_code == 302
    assert super_admin.get("/").context["program"] == other_program
    assert switch(super_admin, ProgramFactory(is_active=False)).status_code == 403
    assert switch(super_admin, uuid.uuid4()).status_code == 403
    assert switch(super_admin, "all", next="/admin/").url == "/programs/all/?next=%2Fadmin%2F"
    assert super_admin.get("/").context["program"] == other_program  # not before there is a reason
    data = {"reason": "To look around", "next": "/admin/"}
    assert super_admin.post("/programs/all/", data, program=None).url == "/admin/"
    assert super_admin.get("/admin/").status_code == 200
    assert super_admin.session["program"] == "all"
    assert switch(super_admin, program).status_code == 302
    assert super_admin.get("/").context["program"] == program


# ---- the list to choose from


def test_the_list_shows_ones_own_programs_and_the_role_in_each(
    client: PageClient, other_program: Program
) -> None:
    make_member(Role.PROGRAM_ADMIN, other_program)  # stays: the last one can't be taken away
    UserProgramAssignment.objects.filter(program=other_program, user=client.user).update(role=Role.TUTOR)
    ProgramFactory(name="Foreign")
    response = client.get("/programs/")
    assert [(m.program.name, m.role_label) for m in response.context["page"]] == [
        ("Football", "Tutor"),
        ("Swimming", "Program admin"),
    ]
    assert "Foreign" not in response.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Football", "Swimming"]),
        ("SWIM", ["Swimming"]),
        (" foot ", ["Football"]),
        ("zz", []),
        ("\0swim", ["Swimming"]),
    ],
)
@pytest.mark.parametrize("role", [Role.PROGRAM_ADMIN, Role.SUPER_ADMIN])
def test_the_list_is_searched(
    client_for: ClientFor, program: Program, other_program: Program, role: str, query: str, found: list[str]
) -> None:
    client = client_for(role, program, other_program)
    response = client.get("/programs/", {"q": query})
    assert [m.program.name for m in response.context["page"]] == found


def test_the_list_of_ones_own_programs_reads_them_with_the_user_alone(
    client: PageClient, other_program: Program
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/programs/").status_code == 200
    assert sum('FROM "user_program_assignments"' in query["sql"] for query in queries) == 1


@pytest.mark.parametrize("page", ["x", "-1", "0", "99999999999999999999", "\0", ""])
def test_a_page_that_does_not_exist_is_the_nearest_one(client: PageClient, page: str) -> None:
    assert client.get("/programs/", {"page": page}).status_code == 200


def test_the_dropdown_offers_no_foreign_program(client: PageClient) -> None:
    ProgramFactory(name="Foreign")
    for path in ("/", "/students/", "/programs/"):
        page = client.get(path).text
        assert "Football" in page and "Swimming" in page
        assert "Foreign" not in page


def test_all_programs_is_offered_to_super_admins_alone(
    client: PageClient, client_for: ClientFor, program: Program
) -> None:
    assert 'value="all"' not in client.get("/").text
    assert 'value="all"' in client_for(Role.SUPER_ADMIN, program).get("/").text


# ---- staff


def test_the_staff_page_shows_who_works_in_the_program_alone(
    client: PageClient, client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client_for(Role.TUTOR, program, full_name="Tina Tutor")
    client_for(Role.TUTOR, other_program, full_name="Otto Other")
    client_for(Role.TUTOR, program, full_name="Ina Inactive", is_active=False)
    left = client_for(Role.TUTOR, program, full_name="Lea Left")
    UserProgramAssignment.objects.filter(user=left.user).update(is_active=False)
    page = client.get("/staff/").text
    assert "Tina Tutor" in page
    for name in ("Otto Other", "Ina Inactive", "Lea Left"):
        assert name not in page


@pytest.mark.parametrize("role", [Role.PROGRAM_COORDINATOR, Role.TUTOR])
def test_the_staff_page_is_for_program_admins(client_for: ClientFor, program: Program, role: str) -> None:
    client = client_for(role, program)
    assert client.get("/staff/").status_code == 403
    assert '"/staff/"' not in client.get("/").text
