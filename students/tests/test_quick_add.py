"""Adding many in a row, and the warning before the same person is added twice."""

import datetime
import uuid

import pytest

from accounts.models import Role
from crud.testing import dom, form_data
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student
from students.services import likely_duplicates, one_letter_off

QUICK = "/students/quick/"
ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "date_of_birth": "2015-12-10",
    "phone": "+44 7700 900999",
}


def typed(client, **values):
    return {**form_data(client.get(QUICK)), **ADA, **values}


def students(program):
    with use_program(program):
        return list(Student.objects.order_by("created_at").values_list("first_name", "last_name"))


def test_quick_add_saves_and_offers_the_next(coordinator, program):
    answer = coordinator.post(QUICK, typed(coordinator))
    assert (answer.status_code, answer.url) == (302, QUICK)
    page = coordinator.get(QUICK).content.decode()
    assert students(program) == [("Ada", "Lovelace")]
    assert "Ada Lovelace" in page
    assert 'value="Ada"' not in page


def test_quick_add_twice_with_one_form_adds_once(coordinator, program):
    posted = typed(coordinator)
    assert coordinator.post(QUICK, posted).status_code == 302
    assert coordinator.post(QUICK, posted).status_code == 302
    assert students(program) == [("Ada", "Lovelace")]


def test_quick_add_says_what_is_missing_and_keeps_the_rest(coordinator, program):
    answer = coordinator.post(QUICK, typed(coordinator, date_of_birth="1850-01-01"))
    assert answer.status_code == 422
    assert 'value="Ada"' in answer.content.decode()
    assert students(program) == []


def test_quick_add_is_for_those_who_may_add(client_for, program):
    assert client_for(Role.TUTOR, program).get(QUICK).status_code == 403


@pytest.mark.parametrize(
    "second",
    [
        {"first_name": "ÁDA", "last_name": "lovelace", "phone": ""},
        {"first_name": "Adda", "last_name": "Lovelaze", "phone": ""},
        {"first_name": "Aad", "last_name": "Lovelac", "phone": ""},
        {"first_name": "Byron", "last_name": "King", "date_of_birth": ""},
        {"first_name": "Byron", "last_name": "King", "date_of_birth": "", "phone": "07700/900-999"},
    ],
    ids=[
        "same name and birth date, accents and case aside",
        "a letter more, another letter",
        "two letters changed places, a letter less",
        "same phone",
        "same phone written otherwise",
    ],
)
@pytest.mark.parametrize("url", [QUICK, "/students/new/"])
def test_the_same_person_is_asked_about_before_saving(coordinator, program, url, second):
    with use_program(program):
        known = StudentFactory(**{**ADA, "date_of_birth": datetime.date(2015, 12, 10)})
    posted = {**form_data(coordinator.get(url)), **ADA, **second}
    asked = coordinator.post(url, posted)
    assert asked.status_code == 409
    assert f"/students/{known.pk}/" in asked.content.decode()
    assert len(students(program)) == 1
    assert coordinator.post(url, {**posted, "anyway": "1"}).status_code == 302
    assert len(students(program)) == 2


def test_somebody_of_another_program_is_nobody_to_ask_about(coordinator, program, other_program):
    with use_program(other_program):
        StudentFactory(**{**ADA, "date_of_birth": datetime.date(2015, 12, 10)})
    assert coordinator.post(QUICK, typed(coordinator)).status_code == 302


def test_archived_and_different_students_are_not_alike(program):
    alike = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "date_of_birth": datetime.date(2015, 12, 10),
        "phone": "",
    }
    with use_program(program):
        first = StudentFactory(**alike)
        StudentFactory(**{**alike, "date_of_birth": datetime.date(2014, 12, 10)})
        StudentFactory(**{**alike, "last_name": "Byron"})
        assert likely_duplicates(**alike) == [first]
        assert likely_duplicates(**alike, besides=first.pk) == []
        assert likely_duplicates(**{**alike, "date_of_birth": None}) == []


def test_a_phone_is_the_same_however_it_is_written(program):
    asked = {"first_name": "Byron", "last_name": "King", "date_of_birth": None}
    with use_program(program):
        long, short = StudentFactory(phone="+44 7700 900999"), StudentFactory(phone="900-999")

        def same(phone):
            return [student.pk for student in likely_duplicates(**asked, phone=phone)]

        assert same("0044 (7700) 900 999") == [long.pk]
        assert same("900999") == [short.pk]
        assert same("1900999") == same("9009991") == same("ext.") == []


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("", "", True),
        ("ana", "ana", True),
        ("ana", "anna", True),
        ("ana", "an", True),
        ("ana", "ane", True),
        ("ana", "naa", True),
        ("a", "b", True),
        ("", "a", True),
        ("ab", "ba", True),
        ("ana", "a", False),
        ("ana", "nan", False),
        ("ana", "ene", False),
        ("abcd", "badc", False),
        ("abcd", "acdb", False),
        ("anna", "hannah", False),
    ],
)
def test_one_letter_off(one, other, is_near):
    assert one_letter_off(one, other) is is_near
    assert one_letter_off(other, one) is is_near


# ---- one line for each, as a script sends them

SCRIPT = {"X-Form": "1"}


def test_a_script_gets_the_line_of_the_student(coordinator, program):
    answer = coordinator.post(QUICK, typed(coordinator), headers=SCRIPT)
    assert answer.status_code == 200
    assert answer.text.strip().startswith("<li")
    assert "data-saved" in answer.text
    assert "Ada Lovelace" in answer.text
    assert students(program) == [("Ada", "Lovelace")]
    # Sent again, as after an answer that was lost.
    assert "Ada Lovelace" in coordinator.get(QUICK).text


def test_a_script_gets_what_was_refused_as_a_form_of_its_own(coordinator, program):
    page = coordinator.get(QUICK).text
    answer = coordinator.post(QUICK, typed(coordinator, date_of_birth="1850-01-01"), headers=SCRIPT)
    assert answer.status_code == 422
    assert answer.text.strip().startswith("<li")
    assert "data-refused" in answer.text
    assert 'value="Ada"' in answer.text
    assert "autofocus" not in answer.text
    ids = {element["id"] for element in dom(answer).select("[id]")}
    assert ids
    assert not ids & {element["id"] for element in dom(page).select("[id]")}
    assert students(program) == []


def test_a_script_is_asked_about_the_same_person(coordinator, program):
    coordinator.post(QUICK, typed(coordinator), headers=SCRIPT)
    again = typed(coordinator)
    answer = coordinator.post(QUICK, again, headers=SCRIPT)
    assert answer.status_code == 409
    assert 'name="anyway"' in answer.text
    assert coordinator.post(QUICK, {**again, "anyway": "1"}, headers=SCRIPT).status_code == 200
    assert len(students(program)) == 2


@pytest.mark.parametrize("headers", [{}, SCRIPT], ids=["page", "script"])
def test_the_same_form_with_somebody_else_in_it_is_not_answered_as_if_saved(coordinator, program, headers):
    posted = typed(coordinator)
    coordinator.post(QUICK, posted, headers=headers)
    other = {**posted, "first_name": "Ina", "phone": ""}
    answer = coordinator.post(QUICK, other, headers=headers)
    assert answer.status_code == 409
    assert "This was saved already, as “Ada Lovelace”." in answer.text
    assert "First name: saved as Ada, now Ina" in answer.text
    assert "Phone: saved as +44 7700 900999, now empty" in answer.text
    assert "Last name:" not in answer.text
    assert students(program) == [("Ada", "Lovelace")]
    token = dom(answer).select_one('[name="token"]')["value"]
    assert uuid.UUID(token) != uuid.UUID(posted["token"])
    sent = coordinator.post(QUICK, {**other, "token": token, "anyway": "1"}, headers=headers)
    assert sent.status_code in (200, 302)
    assert students(program) == [("Ada", "Lovelace"), ("Ina", "Lovelace")]
