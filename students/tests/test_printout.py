"""A list of students on paper."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crud.lists import printout
from crud.testing import dom, table_cells
from programs.scope import use_program
from students.factories import StudentFactory


def cells(html):
    """The texts of the rows of a printed list, cell by cell."""
    page = dom(html)
    for phones_alone in page.select('tbody span[class="m-sub"]'):
        phones_alone.decompose()
    return table_cells(page)


@pytest.fixture
def class_of_thirty(program):
    with use_program(program):
        for number in range(30):
            StudentFactory(first_name="Ada", last_name=f"N{number:02}", status="active")


def test_all_rows_are_printed_whatever_the_page(coordinator, class_of_thirty):
    rows = cells(coordinator.get("/students/printout/?page=2&size=25&status=active").text)
    assert [row[0] for row in rows] == [f"Ada N{number:02} Medical alert" for number in range(30)]


def test_the_list_links_to_its_own_print(coordinator, class_of_thirty):
    page = coordinator.get("/students/?status=active&q=ada").text
    assert 'href="/students/printout/?status=active&amp;q=ada" data-printout' in page


def test_the_search_and_the_tab_stand_above(coordinator, several):
    page = coordinator.get("/students/printout/?status=active&q=bilal").text
    assert [row[0] for row in cells(page)] == ["Bilal Kowalski Medical alert"]
    main = dom(page).select_one("main")
    main.select_one("table").decompose()
    head = " ".join(main.get_text(" ").split())
    assert head.startswith("Students 1 student · Active")
    assert "bilal" in head


def test_who_may_reads_the_first_contact_and_everybody_the_phone(coordinator, tutor, student):
    (row,) = cells(coordinator.get("/students/printout/").text)
    assert row[-2:] == ["+44 7700 900123", "Ada Contact, Mother, +44 7700 900456"]
    page = tutor.get("/students/printout/").text
    (row,) = cells(page)
    assert row[-1] == "+44 7700 900123"
    assert "Ada Contact" not in page and "First contact" not in page


def test_the_phone_is_printed_where_its_column_was_left_out(coordinator, student):
    coordinator.post("/students/columns/", {"columns": ["age"]})
    (row,) = cells(coordinator.get("/students/printout/").text)
    assert row == [
        "Aisha Hassan Medical alert",
        "11",
        "+44 7700 900123",
        "Ada Contact, Mother, +44 7700 900456",
    ]


def test_more_rows_than_are_printed_are_told(coordinator, class_of_thirty, monkeypatch):
    monkeypatch.setattr(printout, "MOST_PRINTED", 20)
    page = coordinator.get("/students/printout/").text
    assert len(cells(page)) == 20
    assert "Only the first 20 of 30 are printed." in page


def test_many_rows_are_printed_in_as_few_queries_as_two(coordinator, program):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert coordinator.get("/students/printout/").status_code == 200
        return len(captured)

    with use_program(program):
        StudentFactory.create_batch(2)
    queries()
    few = queries()
    with use_program(program):
        StudentFactory.create_batch(20)
    assert queries() == few


def test_an_empty_list_and_a_wrong_filter_are_told(coordinator, student):
    assert "No row matches." in coordinator.get("/students/printout/?q=nobody").text
    wrong = coordinator.get("/students/printout/?age_from=x")
    assert wrong.status_code == 422 and "This search can't be run as it is" in wrong.text
    assert coordinator.get("/students/printout/?sort=nothing").status_code == 404


def test_lists_of_every_kind_are_printed(client_for, program):
    admin = client_for("program_admin", program)
    for path in ("/courses/printout/", "/facilities/printout/"):
        assert admin.get(path).status_code == 200


# ---- the list on a phone


def test_a_row_on_a_phone_tells_number_age_and_alert_and_calls(tutor, program, student):
    program.phone_region = "GB"
    program.save()
    page = tutor.get("/students/").text
    row = str(dom(page).select_one("tbody"))
    assert f'<div class="sub m-sub truncate">{student.student_id}</div>' in row
    assert f'Active</span><span class="m-sub">{student.age} years</span></td>' in row
    assert "Medical alert" in row
    assert 'data-m="call"><a class="call" href="tel:+447700900123">+44 7700 900123</a></td>' in row


def test_a_row_without_age_or_number_leaves_no_gap(tutor, program):
    with use_program(program):
        bare = StudentFactory(date_of_birth=None, phone="ask the school")
    row = tutor.get("/students/").text.partition("<tbody")[2]
    assert bare.student_id in row and "years" not in row
    assert '<span class="tel">ask the school</span>' in row and "tel:" not in row
