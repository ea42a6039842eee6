"""Adding many in a row, and the warning before the same person is added twice."""

import datetime

import pytest

from academy.crud.testing import form_data
from accounts.models import Role
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student
from students.services import likely_duplicates

QUICK = "/students/quick/"
ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "date_of_birth": "2015-12-10",
    "phone": "+44 7700 900999",
}


@pytest.fixture
def coordinator(client_for, program):
    return client_for(Role.PROGRAM_COORDINATOR, program)


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
    answer = coordinator.post(QUICK, typed(coordinator, last_name=""))
    assert answer.status_code == 422
    assert 'value="Ada"' in answer.content.decode()
    assert students(program) == []


def test_quick_add_is_for_those_who_may_add(client_for, program):
    assert client_for(Role.TUTOR, program).get(QUICK).status_code == 403


@pytest.mark.parametrize(
    "second",
    [
        {"first_name": "ÁDA", "last_name": "lovelace", "phone": ""},
        {"first_name": "Byron", "last_name": "King", "date_of_birth": ""},
        {"first_name": "Byron", "last_name": "King", "date_of_birth": "", "phone": "07700/900-999"},
    ],
    ids=["same name and birth date, accents and case aside", "same phone", "same phone written otherwise"],
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
