"""Which columns a list shows: chosen by each user, kept with the user."""

from __future__ import annotations

from typing import Any

import pytest

import crud
from crud.columns import visible_columns
from crud.testing import dom, text_of
from facilities.factories import FacilityFactory
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student

URL = "/students/columns/"
USUAL = ["Student", "Number", "Status", "Age", "Enrolled", "Phone"]


@pytest.fixture
def tutor(client_for, program) -> Any:
    with use_program(program):
        StudentFactory(first_name="Ada", email="ada@example.org")
    return client_for("tutor", program)


def headings(client: Any, url: str = "/students/") -> list[str]:
    page = client.get(url)
    assert page.status_code == 200
    return [text_of(heading) for heading in dom(page).select('thead th[scope="col"]')]


def choose(client: Any, *keys: str, **more: str) -> Any:
    return client.post(URL, {"columns": list(keys), **more})


def test_the_usual_columns_until_one_chooses(tutor):
    assert headings(tutor) == USUAL
    page = tutor.get("/students/").text
    assert 'name="columns" value="phone" checked' in page
    assert 'name="columns" value="email">' in page
    assert 'name="columns" value="name"' not in page  # the first column is always there


def test_visible_columns_show_in_their_own_order_and_stay(tutor, program):
    response = choose(tutor, "email", "status", query="status=active&q=a")
    assert (response.status_code, response.url) == (302, "/students/?status=active&q=a")
    assert headings(tutor) == ["Student", "Status", "E-mail"]
    assert "ada@example.org" in tutor.get("/students/").text
    tutor.user.refresh_from_db()
    assert tutor.user.preferences["columns"] == {"students.student": ["email", "status"]}
    other = type(tutor)(tutor.user, program)  # another device
    assert headings(other) == ["Student", "Status", "E-mail"]


def test_columns_of_one_list_are_no_other_lists(tutor, program):
    with use_program(program):
        FacilityFactory()
    choose(tutor, "email")
    before = headings(tutor, "/facilities/")
    tutor.post("/facilities/columns/", {"columns": ["status_reason"]})
    assert headings(tutor, "/facilities/") == ["Facility", "Reason"] != before
    assert headings(tutor) == ["Student", "E-mail"]


def test_reset_gives_the_usual_ones_back(tutor):
    choose(tutor, "email")
    choose(tutor, "email", reset="1")
    assert headings(tutor) == USUAL
    tutor.user.refresh_from_db()
    assert "columns" not in tutor.user.preferences


def test_the_first_column_stands_alone_where_nothing_is_chosen(tutor):
    choose(tutor)
    assert headings(tutor) == ["Student"]


@pytest.mark.parametrize("key", ["name ", "medical_info", "program_id", "__class__", "\0", ""])
def test_an_unknown_column_is_a_400(tutor, key):
    assert choose(tutor, key).status_code == 400
    tutor.user.refresh_from_db()
    assert tutor.user.preferences.get("columns") is None


def test_what_was_kept_of_a_column_that_is_gone_does_no_harm(tutor):
    tutor.user.preferences = {"columns": {"students.student": ["gone", "status"]}}
    tutor.user.save()
    assert headings(tutor) == ["Student", "Status"]


def test_a_hidden_column_can_still_sort(tutor):
    choose(tutor, "status")
    assert tutor.get("/students/?sort=-enrolled").status_code == 200


def test_no_column_shows_what_is_private():
    from students.views import StudentViews

    keys = {column.key for column in StudentViews.columns}
    assert not keys & set(Student.PRIVATE)


def test_htmx_gets_the_list_anew(tutor):
    response = tutor.post(URL, {"columns": ["email"]}, headers={"HX-Request": "true"})
    assert (response.status_code, response.url) == (302, "/students/")


def test_visible_columns():
    columns = [crud.Column("a"), crud.Column("b"), crud.Column("c", shown=False)]
    assert [c.key for c in visible_columns(columns, None)] == ["a", "b"]
    assert [c.key for c in visible_columns(columns, [])] == ["a"]
    assert [c.key for c in visible_columns(columns, ["c", "b", "x"])] == ["a", "b", "c"]
