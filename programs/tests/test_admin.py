"""The Django admin: for super admins alone, following the dropdown."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Role, User
from courses.factories import CourseFactory, CurriculumFactory
from courses.models import Course, Curriculum, Module
from crud.testing import form_data
from desk.models import Draft, SavedView
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.admin import ScopedAdmin
from programs.models import AllProgramsVisit, Program, ProgramScopedModel, UserProgramAssignment
from programs.registry import scoped_models
from programs.scope import use_program
from programs.testing import ClientFor, PageClient, make_member, one_of_each
from staff.models import Invitation
from students.models import Student

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
SCOPED = [model for model in scoped_models() if not getattr(model, "untracked", "")]
# What is only looked at.
READ_ONLY = [AllProgramsVisit, Invitation, SavedView, Draft]


def fill(program: Program) -> dict[str, Any]:
    """Id of a row in the program by table."""
    return {model._meta.db_table: row.pk for model, row in one_of_each(program).items()}


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def super_admin(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    return client_for(Role.SUPER_ADMIN, program, full_name="Boss")


def test_every_model_of_ours_is_there() -> None:
    """But what is no data of the academy, and has no history either."""
    assert set(SCOPED) <= set(MODELS)
    assert {User, Program, UserProgramAssignment, Invitation, AllProgramsVisit} <= set(MODELS)


@pytest.mark.parametrize("role", [Role.PROGRAM_ADMIN, Role.PROGRAM_COORDINATOR, Role.TUTOR])
def test_the_admin_is_refused_to_everybody_else(client_for: ClientFor, program: Program, role: str) -> None:
    client = client_for(role, program)
    ids = fill(program)
    for path in (
        "/admin/",
        "/admin/login/",
        "/admin/jsi18n/",
        "/admin/autocomplete/",
        "/admin/password_change/",
        "/admin/nowhere/",
        *(url(model, "changelist") for model in MODELS),
        *(url(model, "add") for model in MODELS),
        *(url(model, "change", ids[model._meta.db_table]) for model in SCOPED),
    ):
        assert client.get(path).status_code == 403, path
    assert client.post(url(Facility, "add"), {"name": "Mine"}).status_code == 403


def test_nobody_signed_in_is_led_to_the_sign_in_page_and_back(
    super_admin: PageClient, program: Program
) -> None:
    client = PageClient()
    response = client.get("/admin/students/student/", follow=True)
    assert response.request["PATH_INFO"] == "/accounts/login/"
    user = User.objects.get()
    user.set_password("academy-demo")
    user.save()
    response = client.post(
        response.request["PATH_INFO"] + "?" + response.request["QUERY_STRING"],
        {"username": user.username, "password": "academy-demo", "next": response.context["next"]},
        follow=True,
    )
    assert (response.status_code, response.request["PATH_INFO"]) == (200, "/admin/students/student/")


@pytest.mark.parametrize("mode", ["one", "all"])
def test_every_list_of_the_admin_can_be_searched(
    super_admin: PageClient, program: Program, mode: str
) -> None:
    """That each page works: test_admin_matrix.py."""
    fill(program)
    if mode == "all":
        super_admin.enter("all")
    assert super_admin.get("/admin/").status_code == 200
    for model in MODELS:
        assert super_admin.get(url(model, "changelist"), {"q": "a b"}).status_code == 200, model
        assert super_admin.get(url(model, "changelist"), {"q": "\0"}).status_code in (200, 400), model


def test_the_lists_show_one_program_or_all(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    own, foreign = fill(program), fill(other_program)
    for model in SCOPED:
        table = model._meta.db_table
        shown = super_admin.get(url(model, "changelist")).context["cl"].result_list
        assert [row.pk for row in shown] == [own[table]]
        # A row of another program is not there.
        response = super_admin.get(url(model, "change", foreign[table]), follow=True)
        assert response.request["PATH_INFO"] == "/admin/"
        assert super_admin.get(url(model, "delete", foreign[table])).status_code == 302
    super_admin.enter("all")
    for model in SCOPED:
        table = model._meta.db_table
        page = super_admin.get(url(model, "changelist"))
        assert {row.pk for row in page.context["cl"].result_list} == {own[table], foreign[table]}
        assert "program" in page.context["cl"].list_display
        assert super_admin.get(url(model, "change", foreign[table])).status_code == 200


def test_archived_rows_are_in_the_admin(super_admin: PageClient, program: Program) -> None:
    with use_program(program):
        FacilityFactory(name="Closed hall", deleted_at="2025-01-01T00:00Z")
    assert "Closed hall" in super_admin.get(url(Facility, "changelist")).text


def test_a_link_is_searched_unless_its_rows_can_not_be(
    rf: Any, super_admin: PageClient, program: Program
) -> None:
    request = rf.get("/")
    request.all_programs = False
    assert [*ScopedAdmin(Curriculum, admin.site).get_autocomplete_fields(request)] == ["course"]
    # A course is found by its folded name in all programs as well, a curriculum in one alone.
    request.all_programs = True
    assert [*ScopedAdmin(Curriculum, admin.site).get_autocomplete_fields(request)] == ["course"]
    assert [*ScopedAdmin(Module, admin.site).get_autocomplete_fields(request)] == []
    assert ScopedAdmin(Student, admin.site).get_search_fields(request) == ["search_name"]


def test_links_offer_rows_of_the_program_alone(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    with use_program(program):
        CourseFactory(name="Own course")
    with use_program(other_program):
        foreign = CourseFactory(name="Foreign course")
        below = CurriculumFactory(course=foreign)
    query = {"app_label": "courses", "model_name": "curriculum", "field_name": "course"}
    found = super_admin.get("/admin/autocomplete/", query).json()["results"]
    assert [row["text"] for row in found] == ["Own course"]
    response = super_admin.post(url(Curriculum, "add"), {"course": str(foreign.pk), "name": "Mine"})
    assert response.status_code == 200
    assert "course" in response.context["adminform"].form.errors
    with use_program(program):
        assert not Curriculum.objects.exists()
    # In all programs a row keeps its parent: the link is not even shown for editing.
    super_admin.enter("all")
    renaming = {"name": "Renamed", "modules-TOTAL_FORMS": "0", "modules-INITIAL_FORMS": "0"}
    response = super_admin.post(url(Curriculum, "change", below.pk), renaming, program="all")
    assert response.status_code == 302
    with use_program(other_program):
        renamed = Curriculum.objects.get()
        assert (renamed.name, renamed.course_id) == ("Renamed", foreign.pk)


def test_a_row_is_added_to_the_program_of_the_page(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    course = {"name": "Added", "level": "1"}
    assert super_admin.post(url(Course, "add"), course, program=other_program).status_code == 302
    with use_program(other_program):
        added = Course.objects.get()
        assert added.history.get().pgh_context["username"] == super_admin.user.username
    assert super_admin.post(url(Course, "add"), course, program=None).status_code == 400
    super_admin.enter("all")
    assert super_admin.post(url(Course, "add"), course, program="all").status_code == 403


def test_extra_keys_change_nothing(super_admin: PageClient, program: Program, other_program: Program) -> None:
    response = super_admin.post(
        url(Student, "add"),
        {
            "first_name": "New",
            "last_name": "Row",
            "enrollment_date": "2025-01-01",
            "status": "active",
            "address": "{}",
            "emergency_contact": "{}",
            "medical_info": "{}",
            "program": str(other_program.pk),
            "program_id": str(other_program.pk),
            "student_id": "STU-1999-0001",
            "id": str(uuid.uuid4()),
            "deleted_at": "2025-01-01",
        },
    )
    assert response.status_code == 302
    with use_program(program):
        student = Student.objects.get()
    assert student.program_id == program.pk
    assert student.student_id.startswith("STU-2025-")


def test_rows_can_be_deleted_in_their_program_and_in_all(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    own, foreign = fill(program), fill(other_program)
    assert super_admin.post(url(Course, "delete", own["courses"]), {"post": "yes"}).status_code == 302
    with use_program(program):
        assert not Course.with_archived.exists() and not Curriculum.with_archived.exists()
    super_admin.enter("all")
    action = {"action": "delete_selected", "_selected_action": str(foreign["courses"]), "post": "yes"}
    assert super_admin.post(url(Course, "changelist"), action, program="all").status_code == 302
    with use_program(other_program):
        assert not Course.with_archived.exists()


# ---- people and programs


def test_users_programs_assignments_and_visits_are_never_deleted(
    super_admin: PageClient, program: Program
) -> None:
    assignment = UserProgramAssignment.objects.create(user=make_member(Role.TUTOR), program=program)
    for row in (super_admin.user, program, assignment):
        assert super_admin.post(url(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403
        action = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        super_admin.post(url(type(row), "changelist"), action)
        assert type(row).objects.filter(pk=row.pk).exists()


def test_a_user_is_made_with_a_role(super_admin: PageClient) -> None:
    response = super_admin.post(
        url(User, "add"),
        {
            "username": "grace",
            "email": "Grace@example.org",
            "full_name": "Grace",
            "role": "tutor",
            "usable_password": "true",
            "password1": "long enough to pass",
            "password2": "long enough to pass",
        },
    )
    assert response.status_code == 302
    grace = User.objects.get(username="grace")
    assert grace.role == Role.TUTOR
    assert grace.check_password("long enough to pass")


def test_an_email_that_differs_by_case_alone_is_an_error_at_the_form(super_admin: PageClient) -> None:
    make_member(Role.TUTOR, email="grace@example.org")
    response = super_admin.post(
        url(User, "add"),
        {
            "username": "grace2",
            "email": "GRACE@example.org",
            "role": "tutor",
            "usable_password": "true",
            "password1": "long enough to pass",
            "password2": "long enough to pass",
        },
    )
    assert response.status_code == 200
    assert not User.objects.filter(username="grace2").exists()


def test_a_password_is_set_in_the_admin(super_admin: PageClient) -> None:
    user = make_member(Role.TUTOR)
    path = reverse("admin:auth_user_password_change", args=[user.pk])
    assert super_admin.get(path).status_code == 200
    data = {"usable_password": "true", "password1": "long enough to pass", "password2": "long enough to pass"}
    assert super_admin.post(path, data).status_code == 302
    user.refresh_from_db()
    assert user.check_password("long enough to pass")


def test_an_assignment_notes_who_made_it(super_admin: PageClient, program: Program) -> None:
    user = make_member(Role.TUTOR)
    data = {"user": str(user.pk), "program": str(program.pk), "role": "program_admin", "is_active": "on"}
    assert super_admin.post(url(UserProgramAssignment, "add"), data).status_code == 302
    made = UserProgramAssignment.objects.get()
    assert (made.user, made.role, made.assigned_by) == (user, "program_admin", super_admin.user)
    assert made.assigned_at is not None
    data["role"] = "super_admin"
    response = super_admin.post(url(UserProgramAssignment, "change", made.pk), data)
    assert response.status_code == 200
    assert "role" in response.context["adminform"].form.errors


def test_staff_are_assigned_on_the_page_of_a_program_and_never_deleted_there(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    first, second = (make_member(Role.TUTOR) for _ in range(2))
    there = UserProgramAssignment.objects.create(user=first, program=other_program)
    path = url(Program, "change", other_program.pk)
    rows = {
        "name": "Football",
        "initials": "FO",
        "color": "blue",
        "is_active": "on",
        "assignments-TOTAL_FORMS": "2",
        "assignments-INITIAL_FORMS": "1",
        "assignments-0-id": str(there.pk),
        "assignments-0-program": str(other_program.pk),
        "assignments-0-user": str(first.pk),
        "assignments-0-DELETE": "on",
        "assignments-1-program": str(other_program.pk),
        "assignments-1-user": str(second.pk),
        "assignments-1-role": "program_admin",
        "assignments-1-is_active": "on",
    }
    assert "DELETE" not in super_admin.get(path).text
    assert super_admin.post(path, rows).status_code == 302
    found = UserProgramAssignment.objects.filter(program=other_program)
    assert {(row.user, row.role, row.is_active, row.assigned_by) for row in found} == {
        (first, None, False, None),
        (second, "program_admin", True, super_admin.user),
    }


def test_a_visit_can_not_be_made_changed_or_deleted(super_admin: PageClient) -> None:
    super_admin.enter("all").get("/admin/")
    visit = AllProgramsVisit.objects.first()
    assert visit is not None
    assert super_admin.post(url(AllProgramsVisit, "add"), {"reason": "x"}, program="all").status_code == 403
    assert super_admin.post(url(AllProgramsVisit, "change", visit.pk), {}, program="all").status_code == 403
    assert super_admin.post(url(AllProgramsVisit, "delete", visit.pk), {}, program="all").status_code == 403


def test_every_admin_of_a_scoped_model_follows_the_dropdown() -> None:
    from programs.admin import ScopedAdmin

    for model, options in admin.site._registry.items():
        if issubclass(model, ProgramScopedModel):
            assert isinstance(options, ScopedAdmin), model


def test_the_admin_opens_to_who_has_just_proved_who_they_are(client_for: ClientFor, program: Program) -> None:
    client = client_for("super_admin", program)
    client.prove(ago=601)
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/confirm/?next=%2Fadmin%2F"
    client.prove()
    assert client.get("/admin/").status_code == 200
    client.prove(ago=601)
    assert client.get("/admin/").status_code == 200  # it is in use


@pytest.fixture
def left_open(client_for: ClientFor, program: Program) -> PageClient:
    """The browser of a super admin who entered the administration and left it for days."""
    client = client_for("super_admin", program)
    assert client.get("/admin/").status_code == 200
    client.prove(ago=3 * 86400)
    session = client.session
    session["admin_seen"] -= 3 * 86400
    session.save()
    return client


def is_open(client: PageClient) -> bool:
    return client.get("/admin/").status_code == 200


def test_a_form_that_lay_open_for_long_is_sent_again_after_the_proof(
    left_open: PageClient, program: Program
) -> None:
    path = f"/admin/programs/program/{program.pk}/change/"
    left_open.prove()
    form = form_data(left_open.get(path), "program_form")
    left_open.prove(ago=3 * 86400)
    session = left_open.session
    session["admin_seen"] -= 3 * 86400
    session.save()
    typed = {**form, "description": "Typed before lunch"}
    answer = left_open.post(path, typed)
    assert answer.status_code == 403
    assert "Confirm that it is you in another tab" in answer.text
    assert "<dd>Typed before lunch</dd>" in answer.text
    program.refresh_from_db()
    assert program.description == ""
    left_open.prove()
    assert left_open.post(path, typed).status_code == 302
    program.refresh_from_db()
    assert program.description == "Typed before lunch"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "search/",
        "search/?s=an&extended",
        "history/",
        "jsi18n/",
        "password_change/",
        "autocomplete/",
        "students/student/",
        "students/student/add/",
        "accounts/user/add/",
        "r/1/1/",
        "nowhere/",
    ],
)
def test_no_request_opens_what_was_left_open(left_open: PageClient, method: str, path: str) -> None:
    data = {"program_context": str(left_open.program.pk)} if method in ("POST", "PUT") else None
    send = getattr(left_open, method.lower())
    answer = send(f"/admin/{path}", data, program=None) if method == "POST" else send(f"/admin/{path}", data)
    assert answer.status_code in (302, 400, 403, 404, 405), answer.status_code
    assert not is_open(left_open)
    assert left_open.post("/admin/search/", {}).status_code == 403
    assert left_open.get("/students/").status_code == 200
    assert not is_open(left_open)


def test_nothing_is_posted_by_who_never_entered(client_for: ClientFor, program: Program) -> None:
    client = client_for("super_admin", program)
    client.prove(ago=601)
    answer = client.post(f"/admin/programs/program/{program.pk}/change/", {"name": "Taken over"})
    assert answer.status_code == 403 and "Confirm that it is you" in answer.text
    program.refresh_from_db()
    assert program.name == "Swimming"
