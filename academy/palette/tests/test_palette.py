"""What the palette finds, for whom, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import academy.urls  # noqa: F401  registers the views
import crud
from academy.palette.entries import MOST
from academy.palette.highlight import highlight
from accounts.models import Role
from courses.factories import CourseFactory
from courses.models import Course
from crud.testing import dom
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.archive import archive
from programs.factories import ProgramFactory
from programs.models import AllProgramsVisit, Program, UserProgramAssignment
from programs.scope import use_program
from programs.testing import ClientFor, PageClient, make_member
from students.factories import StudentFactory
from students.models import Student
from students.ranking import find_students

# The entities that the tests below name, and the forms of all: a new one is offered, too, in the order of the urls.
NAMED = (Student, Course, Facility)
ADDITIONS = [f"Add {views.model._meta.verbose_name}" for views in crud.registered()]
OTHERS = [views.model for views in crud.registered() if views.model not in NAMED]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def people(program: Program) -> list[Student]:
    with use_program(program):
        return [
            StudentFactory(first_name=first, last_name=last, phone=phone)
            for first, last, phone in (
                ("Anna", "Schmidt", "+44 7700 900203"),
                ("Johanna", "Bauer", "0171 3920075"),
                ("Zoë", "Anker", "(020) 7946-0018"),
                ("Ana María", "Ruiz", ""),
            )
        ]


@pytest.fixture
def inside(program: Program) -> Any:
    with use_program(program):
        yield program


def found(client: PageClient, text: str = "", **headers: str) -> list[str]:
    """The lines for `text`, without markup."""
    response = client.get("/palette/", {"q": text}, headers={**HTMX, **headers})
    assert response.status_code == 200, response.content[:300]
    return lines(response.text)


def lines(html: str) -> list[str]:
    """What is read out of each line."""
    page = dom(html)
    for unread in page.select('[aria-hidden="true"]'):
        unread.decompose()
    for mark in page.select("mark"):
        mark.unwrap()
    page.smooth()
    return [" ".join(line.get_text(" ").split()) for line in page.select('[role="option"]')]


def names(text: str, limit: int = 6) -> list[str]:
    return [student.first_name for student in find_students(text, limit)]


# ---- students


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna", ["Anna", "Johanna"]),  # who begins like that stands first
        ("ann", ["Anna", "Johanna"]),
        ("an", ["Ana María", "Anna", "Zoë"]),  # the beginning of a name only
        ("anna schmidt", ["Anna"]),
        ("schmidt anna", ["Anna"]),
        ("schm an", ["Anna"]),
        ("a s", ["Anna"]),
        ("ZOE", ["Zoë"]),
        ("maria ruiz", ["Ana María"]),
        ("nobody", []),
        ("%", []),
        ("_nna", []),
        ("'\"\\", []),
        ("٣٤٥", []),
    ],
)
def test_students_are_found_by_name_in_any_order(
    people: list[Student], inside: Program, text: str, expected: list[str]
) -> None:
    assert names(text) == expected


@pytest.mark.parametrize("text", ["{0}", "{1}", "{2}", "stu {1}", "stu-{2}", "STU-{1}", "{3}", "  {0} "])
def test_students_are_found_by_number(people: list[Student], inside: Program, text: str) -> None:
    number = people[1].student_id
    _, year, last = number.split("-")
    assert names(text.format(number, f"{year}-{last}", last, f"{year} {last}").strip())[0] == "Johanna"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+44 7700 900203", "Anna"),
        ("07700 900203", "Anna"),  # as one dials it inside the country
        ("0044 7700 900203", "Anna"),
        ("7700900203", "Anna"),
        ("900203", "Anna"),
        ("900-203", "Anna"),
        ("77009", "Anna"),  # from the middle
        ("07700 9", "Anna"),  # on the way
        ("+49 171 3920075", "Johanna"),  # stored without the country
        ("171 392", "Johanna"),
        ("02079460018", "Zoë"),
        ("(020) 7946", "Zoë"),
    ],
)
def test_students_are_found_by_the_digits_of_their_phone(
    people: list[Student], inside: Program, text: str, expected: str
) -> None:
    assert expected in names(text)


def test_a_number_ahead_of_a_phone_that_ends_alike_and_room_for_both(inside: Program) -> None:
    for year in range(2019, 2026):
        StudentFactory(enrollment_date=f"{year}-09-01", phone="", first_name=str(year))
    last = Student.objects.get(first_name="2025").student_id[-4:]
    StudentFactory(first_name="Caller", phone=f"+44 7700 90{last}", enrollment_date="2018-09-01")
    assert names(last)[:1] == ["2025"]
    assert "Caller" in names(last)


def test_archived_students_are_not_found(people: list[Student], inside: Program) -> None:
    archive(people[0])
    assert names("schmidt") == names("900203") == []
    assert names(people[0].student_id) == []


def test_no_more_than_asked_for_and_then_the_list(client_for: ClientFor, program: Program) -> None:
    with use_program(program):
        for n in range(9):
            StudentFactory(first_name=f"Kim{n}", last_name="Same")
    shown = client_for(Role.TUTOR, program).get("/palette/", {"q": "kim sa"}, headers=HTMX)
    assert lines(shown.text)[-1] == "All matches in the list"
    assert len(lines(shown.text)) == 7
    assert "/students/?q=kim+sa" in shown.text


def test_the_lines_say_who_it_is_and_mark_what_matched(
    client_for: ClientFor, program: Program, people: list[Student]
) -> None:
    shown = client_for(Role.TUTOR, program).get("/palette/", {"q": "zoe"}, headers=HTMX).text
    assert "<mark>Zoë</mark> Anker" in shown
    assert f'href="/students/{people[2].pk}/"' in shown and people[2].student_id in shown
    shown = client_for(Role.TUTOR, program).get("/palette/", {"q": "900203"}, headers=HTMX).text
    assert "+44 7700 <mark>900203</mark>" in shown


@pytest.mark.parametrize(
    ("text", "words", "html"),
    [
        ("Zoë", ["zoe"], "<mark>Zoë</mark>"),
        ("Anna Schmidt", ["schm", "an"], "<mark>An</mark>na <mark>Schm</mark>idt"),
        ("Straße", ["strasse"], "<mark>Straße</mark>"),
        ("<b>", ["b"], "&lt;<mark>b</mark>&gt;"),
        ("<script>", ["script"], "&lt;<mark>script</mark>&gt;"),
        ("banana", ["a"], "banana"),
        ("banana", ["ana"], "b<mark>ana</mark>na"),
        ("e\u0301te", ["ete"], "<mark>e\u0301te</mark>"),
        ("Anna", [], "Anna"),
        ("Anna", [""], "Anna"),
    ],
)
def test_marks(text: str, words: list[str], html: str) -> None:
    assert highlight(text, words).replace("e</mark>\u0301<mark>", "e\u0301") == html


# ---- other rows, pages, actions


def test_courses_and_facilities_are_found(client_for: ClientFor, program: Program) -> None:
    with use_program(program):
        course = CourseFactory(name="Élan for beginners", level=2)
        FacilityFactory(name="Elan pool")
    shown = found(client_for(Role.TUTOR, program), "elan")
    assert shown == ["Élan for beginners Level 2", "Elan pool Pool"]
    with use_program(program):
        archive(course)
    assert found(client_for(Role.TUTOR, program), "elan") == ["Elan pool Pool"]


@pytest.mark.parametrize(
    "text", ["Student zzz", "zzz", "\0", "   ", "a" * 5000, "<script>alert(1)</script>", "🙂"]
)
def test_any_text_gets_an_answer(client_for: ClientFor, program: Program, text: str) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    shown = client.get("/palette/", {"q": text}, headers=HTMX)
    assert shown.status_code == 200 and "<script>" not in shown.text
    if "zzz" in text:
        assert "Nothing found for “" in shown.text and 'data-said="Nothing found"' in shown.text


def test_every_entity_that_is_named_can_be_added() -> None:
    known = [line for line in ADDITIONS if line in ("Add student", "Add course", "Add facility")]
    assert known == ["Add student", "Add course", "Add facility"]
    assert len(known) + len(OTHERS) == len(ADDITIONS)


def test_at_first_there_are_pages_and_what_one_may_do(client_for: ClientFor, program: Program) -> None:
    admin, tutor = found(client_for(Role.PROGRAM_ADMIN, program)), found(client_for(Role.TUTOR, program))
    assert admin == [
        "Dashboard",
        "Students",
        "Courses",
        "Facilities",
        "Staff",
        "Profile and preferences",
        *[*ADDITIONS, "Change your password", "Sign out"][:MOST],
    ]
    assert tutor == [
        "Dashboard",
        "Students",
        "Courses",
        "Facilities",
        "Profile and preferences",
        "Change your password",
        "Sign out",
    ]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.TUTOR, []),
        (Role.PROGRAM_COORDINATOR, ["Add student"]),
        (Role.PROGRAM_ADMIN, ADDITIONS),
    ],
)
def test_only_what_the_role_may_do_is_offered(
    client_for: ClientFor, program: Program, role: str, expected: list[str]
) -> None:
    client = client_for(role, program)
    assert found(client, "add") == expected == found(client, "new")
    assert found(client, "staff") == (["Staff"] if role == Role.PROGRAM_ADMIN else [])
    assert found(client, "administration") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dark", "Dark theme"),
        ("theme li", "Light theme"),
        ("compact", "Compact rows"),
        ("deutsch", "Deutsch"),
        ("language", "Deutsch"),
        ("log out", "Sign out"),
        ("passw", "Change your password"),
        ("prefer", "Profile and preferences"),
    ],
)
def test_actions_are_found_by_their_words(
    client_for: ClientFor, program: Program, text: str, line: str
) -> None:
    assert line in found(client_for(Role.TUTOR, program), text)


def test_what_holds_already_is_not_offered(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR, program)
    client.cookies["theme"] = "dark"
    assert found(client, "theme") == ["Light theme", "Theme of the device"]
    assert "English" not in found(client, "language")


def test_a_name_stands_above_pages_that_happen_to_match(
    client_for: ClientFor, program: Program, people: list[Student]
) -> None:
    shown = found(client_for(Role.TUTOR, program), "an")  # as in "Profile and preferences"
    assert shown[0].startswith("Ana María") and shown[-1] == "Profile and preferences"
    assert found(client_for(Role.TUTOR, program), "stu")[0] == "Students"


def test_what_one_changed_last_comes_first(
    client_for: ClientFor, program: Program, people: list[Student]
) -> None:
    client, other = client_for(Role.PROGRAM_ADMIN, program), client_for(Role.PROGRAM_ADMIN, program)
    client.post("/facilities/new/", {"name": "Great hall", "facility_type": "gym", "status": "active"})
    client.post(f"/students/{people[0].pk}/archive/")
    client.post(f"/students/{people[1].pk}/archive/")
    client.post(f"/students/{people[1].pk}/restore/")
    assert [line.split(" STU")[0] for line in found(client)][:2] == ["Johanna Bauer", "Great hall Gym"]
    assert found(other)[0] == "Dashboard"


# ---- programs


def test_the_programs_of_a_member_are_offered_and_switched_to(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    client = client_for(Role.TUTOR, program, other_program)
    ProgramFactory(name="Foot care")
    shown = client.get("/palette/", {"q": "foot"}, headers=HTMX).text
    assert lines(shown) == ["Football"]
    assert f'name="program" value="{other_program.pk}"' in shown and 'form="palette-switch"' in shown
    assert found(client, "fo") == ["Football"] and found(client, "swim") == []


def test_super_admins_search_all_programs(client_for: ClientFor, program: Program) -> None:
    for n in range(20):
        ProgramFactory(name=f"Évening class {n:02}", initials="")
    ProgramFactory(name="Evening closed", is_active=False)
    client = client_for(Role.SUPER_ADMIN, program)
    assert len(found(client, "evening")) == 6
    assert found(client, "class 17") == ["Évening class 17"]
    assert "All programs Every row; each visit is recorded" in found(client, "all")
    assert "Administration" in found(client, "admin")


def test_across_all_programs_there_are_programs_and_no_rows(
    client_for: ClientFor, program: Program, people: list[Student]
) -> None:
    client = client_for(Role.SUPER_ADMIN)
    client.enter("all")
    visits = AllProgramsVisit.objects.count()
    assert found(client, "anna") == []
    assert found(client, "swim", **{"X-Program-Context": "all"}) == ["Swimming"]
    assert not any(line.startswith("Add ") for line in found(client))
    assert AllProgramsVisit.objects.count() == visits
    assert client.get("/palette/").status_code == 200


def test_without_a_program_one_can_still_sign_out(db: None) -> None:
    client = PageClient(make_member(Role.TUTOR))
    assert found(client) == ["Profile and preferences", "Change your password", "Sign out"]
    assert client.get("/palette/", {"q": "sign"}).status_code == 200


# ---- isolation


def test_rows_of_another_program_are_never_found(
    client_for: ClientFor, program: Program, other_program: Program, people: list[Student]
) -> None:
    with use_program(other_program):
        CourseFactory(name="Anna's course")
    stranger = client_for(Role.PROGRAM_ADMIN, other_program)
    for text in ("anna", "schmidt", "900203", people[0].student_id):
        assert "STU" not in " ".join(found(stranger, text))
    assert [line.split(" Level")[0] for line in found(stranger, "anna")] == ["Anna's course"]


def test_the_program_of_the_page_decides(
    client_for: ClientFor, program: Program, other_program: Program, people: list[Student]
) -> None:
    client = client_for(Role.TUTOR, program, other_program)
    client.enter(other_program)  # in another tab
    assert found(client, "schmidt") == []
    page = {"X-Program-Context": str(program.pk)}
    assert found(client, "schmidt", **page)[0].startswith("Anna Schmidt")


@pytest.mark.parametrize("named", ["not a program", "all", "{foreign}"])
def test_a_page_of_a_program_that_is_not_ones_own_shows_no_rows(
    client_for: ClientFor, program: Program, other_program: Program, people: list[Student], named: str
) -> None:
    client = client_for(Role.TUTOR, other_program)
    named = named.format(foreign=program.pk)
    assert found(client, "schmidt", **{"X-Program-Context": named}) == []


def test_a_right_that_ended_ends_at_once(
    client_for: ClientFor, program: Program, people: list[Student]
) -> None:
    client = client_for(Role.TUTOR, program)
    assert found(client, "schmidt")
    UserProgramAssignment.objects.update(is_active=False)
    assert found(client, "schmidt") == []


def test_visitors_sign_in_first(db: None, client: Any) -> None:
    assert client.get("/palette/?q=a")["Location"] == "/accounts/login/?next=/palette/%3Fq%3Da"


def test_nothing_is_written_and_nothing_cached(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.TUTOR, program)
    assert client.post("/palette/").status_code == 405
    response = client.get("/palette/", headers=HTMX)
    assert "no-store" in response["Cache-Control"] and "HX-Request" in response["Vary"]


# ---- without a script


def test_the_page_without_a_script_has_the_same_lines(
    client_for: ClientFor, program: Program, other_program: Program, people: list[Student]
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program, other_program)
    page = client.get("/palette/", {"q": "an"}).text
    assert "<h1" in page and 'name="q" value="an"' in page
    assert 'role="option"' not in page
    for student in (people[0], people[2], people[3]):
        assert f'href="/students/{student.pk}/"' in page
    switch = client.get("/palette/", {"q": "football"}).text
    assert f'<button form="palette-switch" name="program" value="{other_program.pk}"' in switch
    form = dom(switch).select_one("form#palette-switch")
    assert form and form.select('input[type="hidden"][name="next"][value="/"]')


# ---- what it costs


@pytest.mark.parametrize(
    ("text", "most"),
    [("", 16), ("a", 15), ("an", 15), ("anna sch", 20), ("0203", 20), ("+44 7700 900203", 18)],
)
def test_few_queries(
    client_for: ClientFor, program: Program, people: list[Student], text: str, most: int
) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    client.get("/palette/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/palette/", {"q": text}, headers=HTMX)
    assert len(queries) <= most + len(OTHERS), [query["sql"][:150] for query in queries]
