"""Looking as another user: reading only, for some minutes, under both names."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.urls import reverse
from psycopg import errors

import crud
from accounts.factories import PASSWORD
from accounts.models import Role, User
from crud.testing import dom, text_of
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.models import AllProgramsVisit, Program, UserProgramAssignment
from programs.scope import read_only, use_program
from programs.testing import ClientFor, PageClient, make_member, rows
from students.factories import StudentFactory

START, STOP = "/view-as/start/", "/view-as/stop/"
REASON = "She does not find her group"
BANNER = "You look as Tina Tutor."


@pytest.fixture
def super_admin(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    """A super admin in a program where the other does not work."""
    return client_for(Role.SUPER_ADMIN, other_program, username="boss", full_name="Bea Boss")


@pytest.fixture
def tina(program: Program) -> User:
    return make_member(Role.TUTOR, program, username="tina", full_name="Tina Tutor")


def start(client: PageClient, user: Any, reason: str = REASON) -> Any:
    return client.post(START, {"user": str(getattr(user, "pk", user)), "reason": reason}, program=None)


def state(client: PageClient, **changes: Any) -> None:
    session = client.session
    session["view_as"] = {**session["view_as"], **changes}
    session.save()


def noted(*names: str) -> list[Any]:
    return list(AllProgramsVisit.objects.order_by("created_at").values_list(*names))


def is_oneself(client: PageClient) -> bool:
    page = client.get("/")
    return page.context["user"] == client.user and page.context["view_as"] is None


# ---- asking for the password


def test_what_was_chosen_and_typed_is_offered_again_after_the_password(
    super_admin: PageClient, tina: User
) -> None:
    super_admin.prove(ago=601)
    asked = start(super_admin, tina)
    assert asked.status_code == 302 and asked.url.startswith("/accounts/confirm/?next=%2Fview-as%2F")
    assert noted("event") == []
    confirmed = super_admin.post(asked.url, {"password": PASSWORD, "next": "/view-as/"}, program=None)
    assert confirmed.status_code == 302 and confirmed.url.startswith("/view-as/")
    form = super_admin.get(confirmed.url).context["form"]
    assert (form["user"].value(), form["reason"].value()) == (str(tina.pk), REASON)
    assert start(super_admin, tina).status_code == 302 and noted("event") == [("start",)]
    stop = super_admin.post(STOP, program=None)
    assert super_admin.get(stop.url).context["form"]["reason"].value() is None  # once


# ---- what is seen


def test_pages_are_those_of_the_other(super_admin: PageClient, tina: User, program: Program) -> None:
    with use_program(program):
        StudentFactory(first_name="Sara")
    assert start(super_admin, tina).url == "/"
    page = super_admin.get("/students/")
    assert page.status_code == 200
    assert (page.context["user"], page.context["program"]) == (tina, program)
    assert "Sara" in page.text
    assert [entry["label"] for entry in page.context["nav"]] == [
        "Dashboard",
        "Students",
        "Courses",
        "Facilities",
    ]
    assert super_admin.get("/students/new/").status_code == 403
    assert super_admin.get("/staff/").status_code == 403
    assert 'value="all"' not in page.text
    tutor = PageClient(tina, program)
    assert tutor.get("/students/").context["nav"] == page.context["nav"]


def test_every_page_says_who_looks_as_whom_until_when_and_lets_one_stop(
    super_admin: PageClient, tina: User, program: Program
) -> None:
    with use_program(program):
        student = StudentFactory()
    start(super_admin, tina)
    until = super_admin.get("/").context["view_as"].until
    assert until.timestamp() == pytest.approx(time.time() + 15 * 60, abs=30)
    for path in (
        "/",
        "/students/",
        f"/students/{student.pk}/",
        "/programs/",
        "/accounts/profile/",
        "/palette/",
    ):
        page = super_admin.get(path)
        assert page.status_code == 200
        assert BANNER in page.text and "You are Bea Boss" in page.text
        assert text_of(dom(page).title).startswith("As Tina Tutor · ")
        assert f'action="{STOP}"' in page.text
    for path in ("/students/new/", "/nowhere/", f"/students/{uuid.uuid4()}/", "/admin/"):
        page = super_admin.get(path)
        assert page.status_code in (403, 404)
        assert BANNER in page.text and text_of(dom(page).title).startswith("As Tina Tutor · ")


def test_somebody_who_works_nowhere_is_looked_at_too(super_admin: PageClient) -> None:
    start(super_admin, make_member(Role.TUTOR, full_name="Nora Nowhere"))
    page = super_admin.get("/")
    assert page.status_code == 403
    assert (
        "You look as Nora Nowhere." in page.text
        and "You don&#x27;t work in any program" in page.text.replace("don't", "don&#x27;t")
    )
    assert f'action="{STOP}"' in page.text


def test_the_program_is_switched_among_those_of_the_other(
    super_admin: PageClient, tina: User, program: Program, other_program: Program
) -> None:
    third = Program.objects.create(name="Music")
    UserProgramAssignment.objects.create(user=tina, program=third)
    start(super_admin, tina)
    assert super_admin.get("/").context["program"] == third
    assert super_admin.post("/programs/switch/", {"program": str(program.pk)}).status_code == 302
    assert super_admin.get("/").context["program"] == program
    for foreign in (other_program.pk, "all", uuid.uuid4()):
        assert super_admin.post("/programs/switch/", {"program": str(foreign)}).status_code == 403
    super_admin.post(STOP)
    assert super_admin.get("/").context["program"] == other_program  # where the super admin was before


def test_the_last_of_all_programs_is_given_back(super_admin: PageClient, tina: User) -> None:
    super_admin.post("/programs/all/", {"reason": "To look around"}, program=None)
    start(super_admin, tina)
    assert super_admin.get("/").context["all_programs"] is False
    super_admin.post(STOP)
    assert super_admin.get("/admin/").context["all_programs"] is True


# ---- reading only


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_is_refused_with_a_clear_word(
    super_admin: PageClient, program: Program, method: str
) -> None:
    admin = make_member(Role.PROGRAM_ADMIN, program, full_name="Ada Admin")
    with use_program(program):
        hall = FacilityFactory(name="Hall")
    start(super_admin, admin)
    for path in (
        "/facilities/new/",
        f"/facilities/{hall.pk}/archive/",
        "/accounts/preferences/",
        "/nowhere/",
    ):
        data = {"name": "Typed", "program_context": str(program.pk)}
        response = super_admin.post(path, data) if method == "POST" else super_admin.generic(method, path)
        assert response.status_code == 403
        assert "You look as Ada Admin, and only look." in response.text
    with use_program(program):
        assert list(Facility.with_archived.values_list("name", "deleted_at")) == [("Hall", None)]


def test_no_write_of_any_page_gets_through(super_admin: PageClient, program: Program) -> None:
    """Every address of every entity, sent as somebody who may do all of it."""
    start(super_admin, make_member(Role.PROGRAM_ADMIN, program))
    key = uuid.uuid4()
    for views in crud.registered():
        for page in views.live_pages():
            name = views.url_name(page.name)
            url = next(found for args in ((), (key,)) if (found := _reversed(name, args)))
            assert (
                super_admin.post(url, {"name": "x", "program_context": str(program.pk)}).status_code == 403
            ), name


def _reversed(name: str, args: tuple[Any, ...]) -> str:
    from django.urls import NoReverseMatch

    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@pytest.mark.urls("programs.tests.urls")
def test_the_transaction_is_read_only_whatever_the_view_does(
    super_admin: PageClient, program: Program
) -> None:
    start(super_admin, make_member(Role.PROGRAM_ADMIN, program))
    _role, program_id, _user_id, only_reads = super_admin.get("/t/settings/").text.split("|")
    assert (program_id, only_reads) == (str(program.pk), "on")
    super_admin.raise_request_exception = False
    assert super_admin.get("/t/write-on-get/").status_code == 500
    with use_program(program):
        assert not Facility.objects.exists()


def test_outside_programs_nothing_can_be_written_either(db: None) -> None:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), read_only():
        rows("UPDATE programs SET name = 'Taken'")
    assert isinstance(caught.value.__cause__, errors.ReadOnlySqlTransaction)
    assert Program.objects.create(name="Written").pk  # and only there


def test_neither_the_other_nor_the_browser_keeps_anything_of_it(
    super_admin: PageClient, tina: User, program: Program
) -> None:
    User.objects.filter(pk=tina.pk).update(preferences={"language": "de", "density": "compact"})
    before = User.objects.filter(pk=tina.pk).values().get()
    sessions = Session.objects.count()
    start(super_admin, tina)
    key = super_admin.cookies["sessionid"].value
    page = super_admin.get("/students/")
    assert 'lang="en-gb"' in page.text  # the language of who reads
    for path in ("/", "/accounts/profile/", "/programs/"):
        assert not {"density", "django_language"} & set(super_admin.get(path).cookies)
    assert User.objects.filter(pk=tina.pk).values().get() == before
    assert Session.objects.count() == sessions
    assert super_admin.cookies["sessionid"].value == key
    assert super_admin.session["_auth_user_id"] == str(super_admin.user.pk)


def test_the_admin_and_the_account_of_the_other_are_closed(super_admin: PageClient, tina: User) -> None:
    start(super_admin, tina)
    for path in (
        "/admin/",
        "/admin/students/student/",
        "/accounts/password/",
        "/accounts/2fa/recovery-codes/",
    ):
        response = super_admin.get(path)
        assert response.status_code == 403
        assert "This page is closed while you look as Tina Tutor." in response.text
    for path in ("/visits/", "/programs/all/"):
        assert super_admin.get(path).status_code == 403


def test_a_form_of_such_a_page_is_not_sent_as_oneself_afterwards(
    super_admin: PageClient, program: Program
) -> None:
    start(super_admin, make_member(Role.PROGRAM_ADMIN, program))
    page = super_admin.get("/facilities/new/")
    visit = page.context["view_as"].visit
    assert f'<input type="hidden" name="view_as" value="{visit}">' in page.text
    assert f'"X-View-As": "{visit}"' in page.text
    super_admin.post(STOP)
    hall = {"name": "Hall", "facility_type": "gym", "status": "active", "program_context": str(program.pk)}
    for data, headers in (({**hall, "view_as": visit}, {}), (hall, {"X-View-As": visit})):
        response = super_admin.post("/facilities/new/", data, headers=headers)
        assert response.status_code == 403
        assert "This page was looked at as another user." in response.text
    with use_program(program):
        assert not Facility.objects.exists()
    assert super_admin.post("/facilities/new/", hall).status_code == 302


# ---- whom, and who


def test_not_as_other_super_admins_inactive_users_or_oneself(super_admin: PageClient, tina: User) -> None:
    for nobody in (
        super_admin.user,
        make_member(Role.SUPER_ADMIN),
        make_member(Role.TUTOR, is_active=False),
        uuid.uuid4(),
        "x",
        "\0",
        "",
    ):
        response = start(super_admin, nobody)
        assert response.status_code == 422
        assert response.context["form"].errors["user"]
    for reason in ("", "   ", "why"):
        assert start(super_admin, tina, reason).status_code == 422
    assert noted("event") == []
    assert is_oneself(super_admin)


@pytest.mark.parametrize("role", [Role.PROGRAM_ADMIN, Role.PROGRAM_COORDINATOR, Role.TUTOR])
def test_it_is_for_super_admins_alone(client_for: ClientFor, program: Program, tina: User, role: str) -> None:
    client = client_for(role, program)
    assert start(client, tina).status_code == 403
    assert client.post(STOP).status_code == 403
    assert client.get("/view-as/").status_code == 403
    # Nor by a session that says so.
    session = client.session
    session["view_as"] = {
        "user": str(tina.pk),
        "visit": str(uuid.uuid4()),
        "reason": REASON,
        "until": time.time() + 900,
        "program": "",
    }
    session.save()
    assert client.get("/").status_code == 302
    assert is_oneself(client)


def test_one_looks_as_one_person_at_a_time(super_admin: PageClient, tina: User, program: Program) -> None:
    start(super_admin, tina)
    assert start(super_admin, make_member(Role.TUTOR, program)).status_code == 422
    assert super_admin.get("/").context["user"] == tina


def test_the_page_of_a_member_of_staff_leads_there(
    super_admin: PageClient, client_for: ClientFor, tina: User, program: Program
) -> None:
    address, page = f'"/view-as/?user={tina.pk}"', f"/staff/{tina.assignments.get().pk}/"
    assert address in super_admin.enter(program).get(page).text
    assert address not in client_for(Role.PROGRAM_ADMIN, program).get(page).text


def test_people_are_found_by_name_and_mail(super_admin: PageClient, tina: User) -> None:
    make_member(Role.TUTOR, full_name="Otto Other", email="otto@example.org")
    make_member(Role.SUPER_ADMIN, full_name="Tina Super")

    def found(**query: str) -> list[str]:
        return [str(person) for person in super_admin.get("/view-as/", query).context["people"]]

    assert set(found()) == {"Tina Tutor", "Otto Other"}
    assert found(q="tina") == ["Tina Tutor"]
    assert found(q="tutor TINA") == ["Tina Tutor"]
    assert found(q="otto@") == ["Otto Other"]
    assert found(q="nobody") == []
    assert found(user=str(tina.pk)) == ["Tina Tutor"]
    assert found(user="x") == []
    assert found(q="\0") == found()


# ---- the end


def test_it_ends_by_the_button(super_admin: PageClient, tina: User) -> None:
    start(super_admin, tina)
    assert super_admin.post(STOP).url == "/view-as/"
    assert is_oneself(super_admin)
    assert noted("event")[-1] == ("left",)
    assert super_admin.post(STOP).status_code == 302  # a second click


def test_a_session_saved_by_a_slower_request_does_not_bring_it_back(
    super_admin: PageClient, tina: User
) -> None:
    start(super_admin, tina)
    older = super_admin.session["view_as"]
    super_admin.post(STOP)
    session = super_admin.session
    session["view_as"] = older
    session.save()
    assert super_admin.get("/students/").url == "/view-as/"
    assert is_oneself(super_admin)


def test_it_ends_with_its_time(super_admin: PageClient, tina: User, settings: Any) -> None:
    settings.VIEW_AS_MINUTES = 5
    start(super_admin, tina)
    assert super_admin.session["view_as"]["until"] == pytest.approx(time.time() + 300, abs=30)
    state(super_admin, until=time.time() - 1)
    response = super_admin.get("/students/")
    assert (response.status_code, response.url) == (302, "/view-as/")
    assert "Looking as another user has ended." in super_admin.get("/view-as/").text
    assert is_oneself(super_admin)
    assert noted("event") == [("start",), ("time",)]


def test_what_is_sent_after_the_time_is_not_done_as_oneself(
    super_admin: PageClient, tina: User, program: Program
) -> None:
    start(super_admin, tina)
    state(super_admin, until=0)
    data = {"name": "Hall", "facility_type": "gym", "status": "active", "program_context": str(program.pk)}
    response = super_admin.post("/facilities/new/", data)
    assert response.status_code == 403
    assert "Looking as another user has ended." in response.text
    with use_program(program):
        assert not Facility.objects.exists()


def test_a_part_of_a_page_that_comes_too_late_leads_to_the_whole(super_admin: PageClient, tina: User) -> None:
    start(super_admin, tina)
    state(super_admin, until=0)
    response = super_admin.get("/students/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, "/view-as/")


def test_it_ends_with_the_sign_out(super_admin: PageClient, tina: User) -> None:
    start(super_admin, tina)
    assert super_admin.post("/accounts/logout/").status_code == 302
    assert super_admin.get("/").url.startswith("/accounts/login/")
    assert noted("event", "username", "as_username") == [("start", "boss", "tina"), ("out", "boss", "tina")]


@pytest.mark.parametrize("change", [{"role": Role.PROGRAM_ADMIN}, {"is_active": False}])
def test_it_ends_with_the_right_to_it(super_admin: PageClient, tina: User, change: dict[str, Any]) -> None:
    make_member(Role.SUPER_ADMIN)  # one of them stays
    start(super_admin, tina)
    User.objects.filter(pk=super_admin.user.pk).update(**change)
    assert super_admin.get("/students/").url == "/accounts/login/?next=/students/"
    assert "view_as" not in super_admin.session
    assert noted("event") == [("start",)]
    User.objects.filter(pk=super_admin.user.pk).update(role=Role.SUPER_ADMIN, is_active=True)
    assert super_admin.get("/").url == "/accounts/login/?next=/"  # the session ended with the right, for good


@pytest.mark.parametrize("change", [{"role": Role.SUPER_ADMIN}, {"is_active": False}])
def test_it_ends_when_the_other_may_not_be_looked_as(
    super_admin: PageClient, tina: User, change: dict[str, Any]
) -> None:
    start(super_admin, tina)
    User.objects.filter(pk=tina.pk).update(**change)
    assert super_admin.get("/students/").url == "/view-as/"
    assert noted("event") == [("start",), ("ended",)]
    assert is_oneself(super_admin)


def test_a_right_of_the_other_that_ends_ends_for_who_looks(super_admin: PageClient, tina: User) -> None:
    start(super_admin, tina)
    assert super_admin.get("/students/").status_code == 200
    UserProgramAssignment.objects.filter(user=tina).update(is_active=False)
    assert super_admin.get("/students/").status_code == 403


# ---- the audit


def test_every_look_is_noted_under_both_names(super_admin: PageClient, tina: User, program: Program) -> None:
    with use_program(program):
        student = StudentFactory()
    start(super_admin, tina)
    super_admin.get("/students/?q=sara")
    super_admin.get(f"/students/{student.pk}/", headers={"HX-Request": "true"})
    super_admin.get("/accounts/profile/")
    super_admin.post(STOP)
    both = (super_admin.user.pk, "boss", tina.pk, "tina", REASON)
    names = ("event", "user_id", "username", "as_user_id", "as_username", "reason")
    assert noted(*names) == [(event, *both) for event in ("start", "look", "look", "look", "left")]
    assert noted("path", "what", "program_name")[1:4] == [
        ("/students/?q=sara", "students.student", "Swimming"),
        (f"/students/{student.pk}/", f"students.student {student.pk}", "Swimming"),
        ("/accounts/profile/", "", ""),
    ]
    assert len(set(noted("visit"))) == 1
    page = super_admin.get("/visits/")
    assert "as tina" in page.text and REASON in page.text


@pytest.mark.django_db(transaction=True)
def test_the_look_is_noted_before_it_and_stays_when_it_fails(transactional_db: None, settings: Any) -> None:
    settings.ROOT_URLCONF = "programs.tests.urls"
    program = Program.objects.create(name="Swimming")
    tina = make_member(Role.TUTOR, program, username="tina")
    super_admin = PageClient(make_member(Role.SUPER_ADMIN, username="boss"), program)
    start(super_admin, tina)
    super_admin.raise_request_exception = False
    assert super_admin.get("/t/write-on-get/").status_code == 500
    assert noted("event", "path") == [("start", ""), ("look", "/t/write-on-get/")]
