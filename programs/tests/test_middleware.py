"""Which program a request works in, and the transaction around it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Role, User
from courses.factories import LessonFactory, ModuleFactory
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.factories import ProgramFactory
from programs.models import AllProgramsVisit, Program, UserProgramAssignment
from programs.scope import NoActiveProgram, current_scope, use_program
from programs.testing import ClientFor, PageClient, make_member, rows
from students.factories import StudentFactory
from students.models import Student

pytestmark = pytest.mark.urls("programs.tests.urls")

NEW = "/facilities/new/"
HALL = {"name": "Great hall", "facility_type": "gym", "status": "active"}


def names(program: Program) -> list[str]:
    """The facilities of the program."""
    with use_program(program):
        return list(Facility.with_archived.values_list("name", flat=True))


@pytest.fixture
def client(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    """A program admin of both programs whose session is in the first."""
    return client_for(Role.PROGRAM_ADMIN, program, other_program)


# ---- which program


def test_a_page_shows_the_program_of_the_session(
    client: PageClient, program: Program, other_program: Program
) -> None:
    for where, name in ((program, "Blue basin"), (other_program, "North pitch")):
        with use_program(where):
            FacilityFactory(name=name)
    shown = client.get("/facilities/")
    assert shown.context["program"] == program
    assert "Blue basin" in shown.text and "North pitch" not in shown.text
    client.enter(other_program)
    shown = client.get("/facilities/")
    assert "North pitch" in shown.text and "Blue basin" not in shown.text


def test_a_user_with_one_program_never_has_to_choose(client_for: ClientFor, program: Program) -> None:
    client = PageClient(make_member(Role.TUTOR, program))
    response = client.get("/")
    assert (response.status_code, response.context["program"]) == (200, program)
    assert client.session["program"] == str(program.pk)


def test_a_user_without_a_program_gets_a_page_that_says_so(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.PROGRAM_ADMIN)
    for path in ("/", "/students/", "/students/new/", "/programs/", "/nowhere/"):
        response = client.get(path)
        assert response.status_code == 403
        assert "You don't work in any program yet" in response.text
    assert client.post(NEW, HALL, program=program).status_code == 403
    assert client.post("/accounts/logout/").status_code == 302


def test_every_form_and_every_htmx_request_of_a_page_carry_its_program(
    client: PageClient, program: Program
) -> None:
    page = client.get(NEW).text
    field = f'<input type="hidden" name="program_context" value="{program.pk}">'
    assert page.count('<form method="post"') + page.count('method="post"') > 0
    assert page.count("csrfmiddlewaretoken") == page.count(field) > 0
    assert f'"X-Program-Context": "{program.pk}"' in page


def test_a_write_lands_in_the_program_of_its_page_whatever_another_tab_switched_to(
    client: PageClient, program: Program, other_program: Program
) -> None:
    first_tab = client.get(NEW).context["page_program"]
    client.post("/programs/switch/", {"program": str(other_program.pk)})
    assert client.get("/").context["program"] == other_program
    response = client.post(NEW, HALL, program=first_tab)
    assert response.status_code == 302
    assert names(program) == ["Great hall"]
    assert names(other_program) == []
    assert client.session["program"] == str(other_program.pk)


def test_the_header_names_the_program_as_well(
    client: PageClient, program: Program, other_program: Program
) -> None:
    headers = {"X-Program-Context": str(other_program.pk)}
    assert client.post(NEW, HALL, program=None, headers=headers).status_code == 302
    assert (names(program), names(other_program)) == ([], ["Great hall"])


def test_a_get_with_the_header_shows_that_program_and_leaves_the_session(
    client: PageClient, program: Program, other_program: Program
) -> None:
    with use_program(other_program):
        FacilityFactory(name="North pitch")
    shown = client.get("/facilities/", headers={"X-Program-Context": str(other_program.pk)})
    assert shown.context["program"] == other_program
    assert "North pitch" in shown.text
    assert client.get("/facilities/").context["program"] == program


def test_the_role_is_the_one_held_in_the_program_of_the_page(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program, other_program)
    make_member(Role.PROGRAM_ADMIN, other_program)  # stays: the last one can't be taken away
    UserProgramAssignment.objects.filter(program=other_program, user=client.user).update(role=Role.TUTOR)
    assert client.post(NEW, HALL, program=other_program).status_code == 403
    assert client.post(NEW, HALL, program=program).status_code == 302
    assert (names(program), names(other_program)) == (["Great hall"], [])


# ---- refusals


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_an_unsafe_request_that_names_no_program_is_refused(client: PageClient, method: str) -> None:
    send = client.generic
    response = send(method.upper(), NEW)
    assert response.status_code == 400
    assert "The page did not say which program it belongs to." in response.text


def test_what_was_typed_is_shown_when_no_program_is_named(client: PageClient, program: Program) -> None:
    response = client.post(NEW, {**HALL, "name": "<b>Hall</b>", "token": "t"}, program=None)
    assert response.status_code == 400
    assert "<dd>&lt;b&gt;Hall&lt;/b&gt;</dd>" in response.text
    assert "<dt>token</dt>" not in response.text
    assert names(program) == []


MALFORMED = [
    "x",
    "1",
    "null",
    "' OR 1=1",
    "\0",
    "00000000-0000-0000-0000",
    "é" * 40,
    "9" * 5000,
    "ALL",
    "All",
]


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_field_is_a_400(client: PageClient, program: Program, value: str) -> None:
    response = client.post(NEW, HALL, program=value)
    assert response.status_code == 400
    assert "The page named a program in a form that can&#x27;t be read." in response.text
    assert "<dd>Great hall</dd>" in response.text
    assert names(program) == []


@pytest.mark.parametrize("value", [value for value in MALFORMED if value.isascii() and value.isprintable()])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_a_malformed_header_is_a_400(client: PageClient, value: str, method: str) -> None:
    response = client.generic(method, NEW, headers={"X-Program-Context": value})
    assert response.status_code == 400


def test_a_program_that_is_not_ones_own_is_answered_like_one_that_does_not_exist(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    closed = ProgramFactory(is_active=False)
    left = ProgramFactory()
    UserProgramAssignment.objects.create(user=client.user, program=left, is_active=False)
    answers = [
        client.post(NEW, HALL, program=named)
        for named in (other_program, uuid.uuid4(), closed, left, "all", uuid.UUID(int=0))
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert "You no longer work in the program this page belongs to." in answers[0].text
    assert "<dd>Great hall</dd>" in answers[0].text
    headers = [
        client.get("/facilities/", headers={"X-Program-Context": str(getattr(named, "pk", named))})
        for named in (other_program, uuid.uuid4(), closed, left, "all")
    ]
    assert {answer.status_code for answer in headers} == {403}
    assert len({answer.content for answer in headers}) == 1
    assert [names(one) for one in (program, other_program, closed, left)] == [[], [], [], []]


def test_a_program_revoked_while_a_form_is_open_loses_nothing_that_was_typed(
    client: PageClient, program: Program
) -> None:
    assert client.get(NEW).status_code == 200
    make_member(Role.PROGRAM_ADMIN, program)  # stays: the last one can't be taken away
    UserProgramAssignment.objects.filter(program=program, user=client.user).update(is_active=False)
    response = client.post(NEW, {**HALL, "amenities_other": "Sauna\nSteam room"})
    assert response.status_code == 403
    assert "You no longer work in the program this page belongs to." in response.text
    for label, value in (("Name", "Great hall"), ("Type", "Gym"), ("Amenities", "Sauna\nSteam room")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in response.text
    for secret in ("program_context", "csrfmiddlewaretoken"):
        assert f"<dt>{secret}</dt>" not in response.text
    assert names(program) == []


def test_passwords_are_never_shown_back(client: PageClient) -> None:
    response = client.post(NEW, {"password1": "hunter22222", "new_password": "hunter22222"}, program=None)
    assert response.status_code == 400
    assert "hunter22222" not in response.text


def test_the_refusals_stand_alone_and_carry_the_policy(client: PageClient) -> None:
    response = client.post(NEW, HALL, program=None)
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "<form" not in response.text and "hx-headers" not in response.text


# ---- outside programs


def test_exempt_pages_need_no_program(client: PageClient, other_program: Program) -> None:
    assert (
        client.post("/programs/switch/", {"program": str(other_program.pk)}, program=None).status_code == 302
    )
    assert client.post("/accounts/logout/", program=None).status_code == 302
    assert client.get("/accounts/login/").status_code == 200
    assert (
        client.post("/accounts/login/", {"username": "x", "password": "y"}, program=None).status_code == 200
    )


def test_an_exempt_page_reaches_no_scoped_row(client: PageClient) -> None:
    with pytest.raises(NoActiveProgram):
        client.get("/t/outside/")


def test_a_write_to_an_address_that_does_not_exist_is_a_404(client: PageClient) -> None:
    assert client.post("/nowhere/", HALL, program=None).status_code == 404
    assert client.get("/nowhere/").status_code == 404


def test_nobody_signed_in_reaches_no_page(client_for: ClientFor, program: Program) -> None:
    client = PageClient()
    for path in ("/", "/students/", "/programs/", "/staff/"):
        assert client.get(path).url == f"/accounts/login/?next={path}"
    assert client.get("/nowhere/").status_code == 404
    answer = client.post(NEW, HALL, program=program)
    assert answer.status_code == 403
    assert "<dd>Great hall</dd>" in answer.text
    assert names(program) == []
    assert client.post("/nowhere/", HALL, program=program).status_code == 404


# ---- rows of another program


def page_of(model: Any, pk: Any) -> str:
    return reverse(f"{model._meta.app_label}:{model._meta.model_name}-detail", args=[pk])


def test_a_row_of_another_program_of_ones_own_can_be_opened_there(
    client: PageClient, program: Program, other_program: Program
) -> None:
    with use_program(other_program):
        student = StudentFactory(first_name="Finn")
    path = page_of(Student, student.pk)
    response = client.get(path)
    assert response.status_code == 404
    assert "Open in Football" in response.text
    assert "Finn" not in response.text
    # The frame around it is that of the session's program, menu and all.
    assert response.context["program"] == program
    assert [entry["label"] for entry in response.context["nav"]] == [
        entry["label"] for entry in client.get("/").context["nav"]
    ]
    opened = client.post(
        "/programs/switch/", {"program": str(other_program.pk), "next": path, "exact": "1"}, follow=True
    )
    assert opened.status_code == 200
    assert "Finn" in opened.text


def test_a_row_of_any_other_program_is_answered_like_a_random_id(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    with use_program(other_program):
        foreign = StudentFactory()
        archived = StudentFactory(deleted_at="2025-01-01T00:00Z")
    answers = [client.get(page_of(Student, pk)) for pk in (foreign.pk, archived.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    assert "Open in" not in answers[0].text


def test_a_program_where_one_may_not_see_the_row_is_not_offered(
    client: PageClient, other_program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with use_program(other_program):
        foreign = StudentFactory()
    from programs import roles

    make_member(Role.PROGRAM_ADMIN, other_program)  # stays: the last one can't be taken away
    UserProgramAssignment.objects.filter(program=other_program, user=client.user).update(role=Role.TUTOR)
    monkeypatch.setitem(roles.RIGHTS, Role.TUTOR, {"facilities.facility": frozenset({"view"})})
    assert (
        client.get(page_of(Student, foreign.pk)).content == client.get(page_of(Student, uuid.uuid4())).content
    )


def test_only_pages_are_offered_elsewhere_never_writes(client: PageClient, other_program: Program) -> None:
    with use_program(other_program):
        foreign = StudentFactory()
    for verb in ("edit", "archive", "restore"):
        known, random = (
            client.post(f"/students/{pk}/{verb}/", {"first_name": "x"}) for pk in (foreign.pk, uuid.uuid4())
        )
        assert known.status_code == random.status_code == 404
        assert known.content == random.content


# ---- the transaction


def test_the_transaction_carries_program_and_user_and_reads_only(
    client: PageClient, program: Program
) -> None:
    role, program_id, user_id, read_only = client.get("/t/settings/").text.split("|")
    assert (program_id, user_id, read_only) == (str(program.pk), str(client.user.pk), "on")
    assert [(role,)] == rows("SELECT session_user")
    written = client.post("/t/settings/").text.split("|")
    assert written == [role, str(program.pk), str(client.user.pk), "off"]
    with pytest.raises(NoActiveProgram):
        current_scope()


def test_a_page_that_writes_on_get_fails(client: PageClient, program: Program) -> None:
    client.raise_request_exception = False
    assert client.get("/t/write-on-get/").status_code == 500
    assert client.head("/t/write-on-get/").status_code == 500
    assert names(program) == []


def test_rows_are_there_while_the_answer_is_rendered(client: PageClient, program: Program) -> None:
    with use_program(program):
        FacilityFactory.create_batch(2)
    assert client.get("/t/late/fine/").text == "2 facilities"
    assert client.post("/t/late/fine/").text == "3 facilities"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/t/fail/crash/", 500),
        ("/t/fail/404/", 404),
        ("/t/fail/403/", 403),
        ("/t/fail/400/", 400),
        ("/t/fail/503/", 503),
        ("/t/fail-quietly/", 500),
        ("/t/answer/500/", 500),
        ("/t/answer/502/", 502),
        ("/t/late/fails/", 500),
    ],
)
def test_what_fails_leaves_nothing_behind(
    client: PageClient, program: Program, path: str, status: int
) -> None:
    client.raise_request_exception = False
    assert client.post(path).status_code == status
    assert names(program) == []
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("status", [200, 302, 409, 422])
def test_what_succeeds_or_is_refused_politely_is_kept(
    client: PageClient, program: Program, status: int
) -> None:
    assert client.post(f"/t/answer/{status}/").status_code == status
    assert names(program) == ["Written"]


def test_streaming_after_the_transaction_fails_loudly(client: PageClient) -> None:
    response = client.get("/t/stream/")
    with pytest.raises(NoActiveProgram):
        list(response.streaming_content)


@pytest.mark.django_db(transaction=True)
class TestCommitted:
    """What happens at the real commit."""

    @pytest.fixture
    def session(self, transactional_db: None) -> PageClient:
        program = Program.objects.create(name="Swimming")
        return PageClient(make_member(Role.PROGRAM_ADMIN, program), program)

    def test_a_deferred_constraint_is_a_409_and_nothing_is_written(self, session: PageClient) -> None:
        with use_program(session.program):
            module = ModuleFactory()
            for _ in range(2):
                LessonFactory(module=module)
        response = session.post("/t/same-place/", {"name": "Kept"})
        assert response.status_code == 409
        assert "<dd>Kept</dd>" in response.text
        with use_program(session.program):
            assert rows("SELECT sequence_order FROM lessons ORDER BY 1") == [(1,), (2,)]

    def test_reading_after_the_commit_fails_loudly(self, session: PageClient) -> None:
        with pytest.raises(NoActiveProgram):
            session.post("/t/after-commit/")

    def test_what_fails_leaves_nothing_behind(self, session: PageClient) -> None:
        session.raise_request_exception = False
        for path in ("/t/fail/crash/", "/t/fail-quietly/", "/t/late/fails/"):
            assert session.post(path).status_code == 500
        assert names(session.program) == []
        assert session.post("/t/answer/200/").status_code == 200
        assert names(session.program) == ["Written"]

    def test_nothing_of_a_request_stays_on_the_connection(self, session: PageClient) -> None:
        session.get("/t/settings/")
        assert rows(
            "SELECT current_user = session_user, current_setting('app.program_id', true),"
            " current_setting('app.user_id', true), current_setting('pghistory.context_metadata', true),"
            " current_setting('transaction_read_only')"
        ) == [(True, "", "", "", "off")]

    def test_the_visit_to_all_programs_stays_when_the_request_fails(self, session: PageClient) -> None:
        User.objects.update(role=Role.SUPER_ADMIN)
        session.force_login(User.objects.get())  # the role ended the session
        session.prove()
        session.enter("all").raise_request_exception = False
        student = uuid.uuid4()
        assert session.get(f"/admin/students/student/{student}/change/?q=1").status_code == 302
        assert session.post("/admin/students/student/", {"action": "x"}, program="all").status_code in (
            200,
            302,
        )
        visit = uuid.UUID(session.session["all_programs"]["visit"])
        shown = ("visit", "event", "reason", "method", "path", "what")
        assert list(AllProgramsVisit.objects.order_by("created_at").values_list(*shown)) == [
            (
                visit,
                "look",
                "for a test",
                "GET",
                f"/admin/students/student/{student}/change/?q=1",
                f"students.student {student}",
            ),
            (visit, "look", "for a test", "POST", "/admin/students/student/", "students.student"),
        ]


# ---- all programs


@pytest.fixture
def super_admin(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    client = client_for(Role.SUPER_ADMIN, program)
    for where, name in ((program, "Blue basin"), (other_program, "North pitch")):
        with use_program(where):
            FacilityFactory(name=name)
    return client


def test_a_super_admin_enters_one_program_like_everybody(super_admin: PageClient, program: Program) -> None:
    response = super_admin.get("/facilities/")
    assert response.context["program"] == program
    assert "Blue basin" in response.text and "North pitch" not in response.text
    assert AllProgramsVisit.objects.count() == 0


def test_a_super_admin_may_write_in_any_program_without_an_assignment(
    super_admin: PageClient, other_program: Program
) -> None:
    assert super_admin.post(NEW, HALL, program=other_program).status_code == 302
    assert set(names(other_program)) == {"North pitch", "Great hall"}
    assert super_admin.post(NEW, HALL, program=uuid.uuid4()).status_code == 403


def test_pages_of_one_program_ask_to_choose_one_in_all_programs(super_admin: PageClient) -> None:
    super_admin.enter("all")
    for path in ("/", "/students/", "/facilities/new/", f"/students/{uuid.uuid4()}/", "/staff/"):
        response = super_admin.get(path)
        assert response.status_code == 200
        assert "This page works inside one program" in response.text
        assert "Blue basin" not in response.text


def test_a_write_to_a_page_of_one_program_is_refused_in_all_programs(
    super_admin: PageClient, program: Program
) -> None:
    super_admin.enter("all")
    response = super_admin.post(NEW, HALL, program="all")
    assert response.status_code == 400
    assert "<dd>Great hall</dd>" in response.text
    assert names(program) == ["Blue basin"]


def test_the_admin_shows_every_row_in_all_programs_with_a_banner(super_admin: PageClient) -> None:
    one = super_admin.get("/admin/facilities/facility/")
    assert "Blue basin" in one.text and "North pitch" not in one.text
    super_admin.enter("all")
    every = super_admin.get("/admin/facilities/facility/")
    assert "Blue basin" in every.text and "North pitch" in every.text
    assert super_admin.get("/programs/").status_code == 200
    assert "this visit is recorded" in super_admin.get("/programs/").text
    visits = AllProgramsVisit.objects.order_by("created_at").values_list("username", "reason", "path")
    assert next(iter(visits)) == (super_admin.user.username, "for a test", "/admin/facilities/facility/")


def test_all_programs_is_refused_to_everybody_else(client: PageClient) -> None:
    assert client.post(NEW, HALL, program="all").status_code == 403
    assert client.get("/", headers={"X-Program-Context": "all"}).status_code == 403
    client.enter("all")
    assert client.get("/").context["all_programs"] is False
    assert AllProgramsVisit.objects.count() == 0


def test_an_unknown_address_is_a_404_in_all_programs_too(super_admin: PageClient) -> None:
    super_admin.enter("all")
    assert super_admin.get("/no/such/page/").status_code == 404
