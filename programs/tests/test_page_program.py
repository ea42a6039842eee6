"""What follows a write stays in the program of its page, and an address says its program."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from accounts.models import Role, User
from courses.factories import CourseFactory
from crud.testing import dom, form_data, hidden_fields, text_of
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.factories import AssignmentFactory
from programs.models import Program, UserProgramAssignment
from programs.scope import use_program
from programs.testing import ClientFor, PageClient, make_member, without_program
from students.factories import StudentFactory
from students.models import Student

HALL = {"name": "Great hall", "facility_type": "gym", "status": "active"}


@pytest.fixture(params=[Role.PROGRAM_ADMIN, Role.SUPER_ADMIN])
def tab(
    request: pytest.FixtureRequest, client_for: ClientFor, program: Program, other_program: Program
) -> PageClient:
    """A tab on pages of the first program, while another tab has switched the session to the other one."""
    client = client_for(request.param, program, other_program)
    return client.enter(other_program)


def followed(tab: PageClient, path: str, data: dict[str, Any]) -> Any:
    """The page that a browser shows after the form was posted from a page of the first program."""
    answer = tab.post(path, data, follow=True)
    assert answer.status_code == 200, answer.redirect_chain
    return answer


def student_in(program: Program, **fields: Any) -> Student:
    with use_program(program):
        return StudentFactory(**fields)


# ---- what follows a write


def test_after_saving_comes_the_row_in_its_program(tab: PageClient, program: Program) -> None:
    shown = followed(tab, "/facilities/new/", HALL)
    assert shown.context["program"] == program
    assert "Great hall" in shown.text and "added." in shown.text
    assert tab.session["program"] == str(program.pk)


def test_after_a_change_comes_the_row_in_its_program(tab: PageClient, program: Program) -> None:
    student = student_in(program, first_name="Ana")
    edit = f"/students/{student.pk}/edit/"
    data = form_data(tab.get(edit, headers={"X-Program-Context": str(program.pk)}))
    shown = followed(tab, edit, {**data, "first_name": "Anna"})
    assert shown.context["program"] == program
    assert "Anna" in shown.text and "saved." in shown.text


def test_what_was_archived_is_brought_back_by_the_undo_of_the_message(
    tab: PageClient, program: Program
) -> None:
    student = student_in(program)
    shown = followed(tab, f"/students/{student.pk}/archive/", {})
    assert shown.context["program"] == program
    undo = form_data_of_undo(shown.text)
    assert undo["action"] == f"/students/{student.pk}/restore/"
    # Another tab switches once more before the button is pressed.
    tab.enter(Program.objects.exclude(pk=program.pk).get())
    shown = tab.post(undo["action"], undo["fields"], program=None, follow=True)
    assert (shown.status_code, shown.context["program"]) == (200, program)
    with use_program(program):
        assert Student.objects.filter(pk=student.pk).exists()


def form_data_of_undo(page: str) -> dict[str, Any]:
    forms = dom(page).select('form[method="post"]:has(> button:last-child)')
    form = next((form for form in forms if text_of(form.select("button")[-1]) == "Undo"), None)
    assert form
    return {"action": form["action"], "fields": hidden_fields(form)}


def test_many_rows_without_scripts_change_and_change_back(tab: PageClient, program: Program) -> None:
    rows = [student_in(program) for _ in range(2)]
    sent = {"action": "status=graduated", "ids": [str(row.pk) for row in rows], "query": ""}
    preview = followed(tab, "/students/bulk/", sent)
    assert preview.context["program"] == program
    shown = followed(tab, "/students/bulk/", form_data(preview, "bulk-confirm"))
    assert shown.context["program"] == program and "2 set to “Graduated”." in shown.text
    undo = form_data_of_undo(shown.text)
    tab.enter(Program.objects.exclude(pk=program.pk).get())
    shown = tab.post(undo["action"], undo["fields"], program=None, follow=True)
    assert shown.context["program"] == program
    assert "2 are as they were before." in shown.text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/accounts/profile/", {"language": "", "time_zone": ""}),
        ("/accounts/preferences/", {"density": "compact", "next": "/students/?q=an"}),
        ("/desk/drafts/discard/", {"draft_form": "students.student:new", "next": "/students/new/"}),
        ("/desk/views/save/", {"page": "students:student-list", "query": "q=an", "name": "An"}),
        ("/students/columns/", {"reset": "1", "query": "q=an"}),
        ("/courses/new/", {"name": "Crawl", "level": "1", "status": "active"}),
    ],
)
def test_every_view_that_writes_leads_on_in_its_program(
    tab: PageClient, program: Program, path: str, data: dict[str, str]
) -> None:
    shown = followed(tab, path, data)
    assert shown.redirect_chain, "it wrote nothing"
    assert shown.context["program"] == program


def test_the_tree_and_the_staff_lead_on_in_their_program(tab: PageClient, program: Program) -> None:
    with use_program(program):
        course = CourseFactory()
    member = AssignmentFactory(user=make_member(Role.TUTOR), program=program)
    shown = followed(tab, f"/courses/{course.pk}/editors/", {"user": str(member.user.pk)})
    assert shown.context["program"] == program
    shown = followed(tab, f"/staff/{member.pk}/role/", {"role": Role.PROGRAM_COORDINATOR})
    assert shown.context["program"] == program
    assert UserProgramAssignment.objects.get(pk=member.pk).role == Role.PROGRAM_COORDINATOR


def test_the_administration_leads_on_in_the_program_of_its_page(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    with use_program(program):
        facility = FacilityFactory(name="Blue basin")
    super_admin = client_for(Role.SUPER_ADMIN, program)
    page = f"/admin/facilities/facility/{facility.pk}/change/"
    super_admin.enter(other_program)
    data = form_data(super_admin.get(f"{page}?in={program.pk}"), "facility_form")
    super_admin.enter(other_program)
    shown = followed(super_admin, page, {**data, "name": "Green basin", "_continue": "1"})
    assert shown.request["PATH_INFO"] == page
    assert "Green basin" in shown.text and "was changed successfully" in shown.text


def test_messages_wait_for_a_page_of_their_program(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program, other_program)
    client.post("/facilities/new/", HALL)
    elsewhere = client.get("/facilities/", headers={"X-Program-Context": str(other_program.pk)})
    assert "Great hall" not in elsewhere.text
    assert "Great hall” added." in client.get("/students/").text
    assert "Great hall” added." not in client.get("/students/").text


def test_who_works_in_one_program_keeps_short_addresses(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    assert "in=" not in client.post("/facilities/new/", HALL).url
    assert '<a class="nav" href="/students/" ' in client.get("/").text


# ---- addresses that say their program


def test_a_copied_list_opens_in_the_program_it_was_copied_from(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    with use_program(program):
        FacilityFactory(name="Blue basin", facility_type="pool")
    with use_program(other_program):
        FacilityFactory(name="North pool", facility_type="pool")
    theirs = client_for(Role.TUTOR, program)
    copied = dom(theirs.get("/facilities/?type=pool")).select_one('link[rel="canonical"]')
    assert copied
    address = str(copied["href"])
    assert address == f"/facilities/?type=pool&in={program.pk}"
    mine = client_for(Role.TUTOR, other_program, program)
    shown = mine.get(address)
    assert shown.context["program"] == program
    assert "Blue basin" in shown.text and "North pool" not in shown.text
    # And it is the program of the session from now on: the frame, the menu and the next page agree.
    assert mine.get("/facilities/").context["program"] == program


@pytest.mark.parametrize(
    "path", ["/", "/students/", "/courses/", "/facilities/", "/staff/", "/students/new/"]
)
def test_each_page_that_names_no_row_has_an_address_that_says_its_program(
    client_for: ClientFor, program: Program, path: str
) -> None:
    page = client_for(Role.PROGRAM_ADMIN, program).get(path).text
    assert f'<link rel="canonical" href="{path}?in={program.pk}">' in page


def test_a_row_is_found_by_its_own_address(client_for: ClientFor, program: Program) -> None:
    student = student_in(program)
    page = client_for(Role.PROGRAM_ADMIN, program).get(f"/students/{student.pk}/").text
    assert "canonical" not in page


def test_each_link_within_a_list_says_its_program(client_for: ClientFor, program: Program) -> None:
    with use_program(program):
        StudentFactory.create_batch(30)
    client = client_for(Role.PROGRAM_ADMIN, program)
    page = client.get("/students/?age_from=1").text
    (main,) = dom(page).select("main#main")
    within = re.compile(r"^\?")
    links = [link[name] for name in ("href", "hx-get") for link in main.find_all_next(attrs={name: within})]
    assert len(links) > 10
    assert all(link.endswith(f"in={program.pk}") for link in links)
    assert f'<input type="hidden" form="filters" name="in" value="{program.pk}">' in page
    assert f"in={program.pk}" in client.get("/staff/?sort=role").text


ROW = re.compile(r"^/[a-z]+/[0-9a-f-]{36}/(edit/)?(\?.*)?$")
"""The address of a row, or of its form."""
LISTS = [
    "/students/",
    "/students/further/?q=Anna",
    "/facilities/",
    "/facilities/?view=cards",
    "/courses/",
    "/staff/",
]


def rows_in(program: Program) -> None:
    make_member(Role.TUTOR, program)
    with use_program(program):
        StudentFactory(first_name="Anne")
        FacilityFactory()
        CourseFactory()


def links_to_rows(page: str) -> list[str]:
    (main,) = dom(page).select("main#main")
    return [str(link["href"]) for link in main.find_all_next(href=ROW)]


@pytest.mark.parametrize("path", LISTS)
def test_a_row_of_a_list_opens_in_the_program_of_the_list_without_scripts(
    tab: PageClient, program: Program, other_program: Program, path: str
) -> None:
    rows_in(program)
    page = tab.get(f"{path}{'&' if '?' in path else '?'}in={program.pk}").text
    links = links_to_rows(page)
    assert links and all(link.endswith(f"/?in={program.pk}") for link in links), links
    for link in links:
        tab.enter(other_program)
        shown = tab.get(link)
        assert (shown.status_code, shown.context["program"]) == (200, program)


@pytest.mark.parametrize("path", LISTS)
def test_rows_keep_short_addresses_for_who_works_in_one_program(
    client_for: ClientFor, program: Program, path: str
) -> None:
    rows_in(program)
    page = client_for(Role.PROGRAM_ADMIN, program).get(path).text
    links = links_to_rows(page)
    assert links and not any("?" in link for link in links), links


def test_links_of_the_menu_say_the_program_for_whoever_has_several(tab: PageClient, program: Program) -> None:
    page = tab.get(f"/students/?in={program.pk}").text
    assert f'<a class="nav" href="/courses/?in={program.pk}"' in page


def test_the_address_is_no_filter(tab: PageClient, program: Program) -> None:
    for path in ("/students/", "/facilities/", "/staff/", "/", "/desk/views/?page=students:student-list"):
        join = "&" if "?" in path else "?"
        assert tab.get(f"{path}{join}in={program.pk}").status_code == 200
    saved = {"page": "students:student-list", "query": f"q=an&in={program.pk}", "name": "An"}
    assert without_program(tab.post("/desk/views/save/", saved).url) == "/students/?q=an"


def test_a_part_of_a_page_leaves_the_session(
    tab: PageClient, program: Program, other_program: Program
) -> None:
    part = tab.get(f"/students/?in={program.pk}", headers={"HX-Request": "true"})
    assert part.headers["HX-Push-Url"] == f"/students/?in={program.pk}"
    assert tab.session["program"] == str(other_program.pk)


def test_an_address_of_a_program_that_is_not_ones_own_is_answered_like_one_that_does_not_exist(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    answers = [client.get(f"/students/?in={key}") for key in (other_program.pk, uuid.uuid4(), "all")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert len({answer.content for answer in answers}) == 1
    assert client.get("/students/").context["program"] == program


@pytest.mark.parametrize("value", ["x", "%00", "1", "ALL", "é"])
def test_an_address_that_makes_no_sense_is_a_400(client_for: ClientFor, program: Program, value: str) -> None:
    assert client_for(Role.TUTOR, program).get(f"/students/?in={value}").status_code == 400


def test_signing_in_leads_to_the_address_with_its_program(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    make_member(Role.TUTOR, other_program, program, username="ann")
    user = User.objects.get(username="ann")
    user.set_password("a long password")
    user.save()
    client = PageClient()
    path = f"/students/?q=an&in={program.pk}"
    asked = client.get(path)
    shown = client.post(asked.url, {"username": "ann", "password": "a long password"}, follow=True)
    assert shown.context["program"] == program


# ---- what contradicts itself


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_header_and_an_address_that_differ_are_a_400(
    tab: PageClient, program: Program, other_program: Program, method: str
) -> None:
    headers = {"X-Program-Context": str(program.pk)}
    answer = tab.generic(method, f"/facilities/new/?in={other_program.pk}", headers=headers)
    assert answer.status_code == 400
    assert "The page named two different programs." in answer.text


@pytest.mark.parametrize("named", ["own", "all", "foreign"])
def test_a_header_and_a_field_that_differ_are_a_400(
    tab: PageClient, program: Program, other_program: Program, named: str
) -> None:
    other = {"own": str(other_program.pk), "all": "all", "foreign": str(uuid.uuid4())}[named]
    answer = tab.post("/facilities/new/", HALL, headers={"X-Program-Context": other})
    assert answer.status_code == 400
    assert "<dd>Great hall</dd>" in answer.text
    same = tab.post("/facilities/new/", HALL, headers={"X-Program-Context": str(program.pk).upper()})
    assert same.status_code == 302
    with use_program(program):
        assert Facility.objects.count() == 1


# ---- the program used last


def test_signing_in_opens_the_program_used_last(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.TUTOR, other_program, program)
    client.post("/programs/switch/", {"program": str(program.pk)}, program=None)
    again = PageClient(User.objects.get(pk=client.user.pk))
    assert again.get("/").context["program"] == program
    again.get(f"/students/?in={other_program.pk}")
    assert PageClient(User.objects.get(pk=client.user.pk)).get("/").context["program"] == other_program


def test_a_program_that_one_has_left_is_not_opened(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.TUTOR, other_program, program)
    client.post("/programs/switch/", {"program": str(program.pk)}, program=None)
    UserProgramAssignment.objects.filter(user=client.user, program=program).update(is_active=False)
    shown = PageClient(User.objects.get(pk=client.user.pk)).get("/")
    assert shown.context["program"] == other_program
    assert "Your access to the other program has ended" not in shown.text


def test_a_super_admin_opens_the_program_used_last(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, program)
    super_admin.post("/programs/switch/", {"program": str(other_program.pk)}, program=None)
    assert PageClient(User.objects.get(pk=super_admin.user.pk)).get("/").context["program"] == other_program


def test_looking_as_another_user_leaves_their_program_alone(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    other = make_member(Role.TUTOR, program, other_program)
    super_admin = client_for(Role.SUPER_ADMIN, program)
    started = super_admin.post(
        "/view-as/start/", {"user": str(other.pk), "reason": "a question"}, follow=True
    )
    assert started.status_code == 200
    super_admin.post("/programs/switch/", {"program": str(program.pk)}, program=None, follow=True)
    assert "program" not in User.objects.get(pk=other.pk).preferences
