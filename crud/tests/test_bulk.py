"""Changing many rows at once: the preview, the one statement, the way back."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from bs4 import Tag
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.factories import CourseFactory, CurriculumFactory
from courses.models import Course, Curriculum
from crud import bulk
from crud.testing import dom, form_data, text_of
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student

URL = "/students/bulk/"
NOBODY = "00000000-0000-4000-8000-000000000000"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def five(program) -> list[Student]:
    """Ann, Bob, Cid (active), Dan (inactive), Eve (graduated)."""
    names = {"Ann": "active", "Bob": "active", "Cid": "active", "Dan": "inactive", "Eve": "graduated"}
    with use_program(program):
        return [StudentFactory(first_name=name, last_name="X", status=names[name]) for name in names]


def ids(rows: Any) -> list[str]:
    return [str(row.pk) for row in rows]


def preview(client: Any, url: str = URL, **data: Any) -> Any:
    response = client.post(url, {"action": "status=inactive", **data})
    assert response.status_code == 200, response.text[:500]
    return response


def confirm(client: Any, page: Any, url: str = URL, **more: Any) -> Any:
    return client.post(url, {**form_data(page, "bulk-confirm"), **more})


def statuses(program: Any) -> dict[str, str]:
    with use_program(program):
        return dict(Student.objects.order_by("first_name").values_list("first_name", "status"))


def toasts(client: Any, response: Any) -> Tag:
    (found,) = dom(client.get(response.url)).select("#toasts")
    return found


def said(client: Any, response: Any) -> str:
    return text_of(toasts(client, response))


def undo_of(toast: Tag, path: str) -> str:
    """The address of the button that undoes what a toast tells."""
    return str(toast.select(f'form[action^="{path}"]')[0]["action"])


def test_a_preview_says_what_would_change_and_changes_nothing(admin, program, five):
    before = statuses(program)
    page = preview(admin, ids=ids(five)).text
    assert "Set the status to “Inactive”?" in page
    assert "4 of 5 change." in page and "1 already has this status." in page
    assert all(f">{name} X</li>" in page for name in ("Ann", "Bob", "Cid", "Eve"))
    assert "Dan X" not in page
    assert statuses(program) == before


def test_confirming_changes_the_rows_with_one_statement_and_offers_the_way_back(admin, program, five):
    page = preview(admin, ids=ids(five), query="status=active&q=x")
    with CaptureQueriesContext(connection) as sent:
        response = confirm(admin, page)
    assert len([q for q in sent if q["sql"].startswith('UPDATE "students"')]) == 1
    assert (response.status_code, response.url) == (302, "/students/?status=active&q=x")
    assert set(statuses(program).values()) == {"inactive"}
    toast = toasts(admin, response)
    assert "4 set to “Inactive”." in text_of(toast)
    undo = undo_of(toast, "/students/undo/")
    response = admin.post(undo, {"next": "/students/?q=x"})
    assert (response.status_code, response.url) == (302, "/students/?q=x")
    assert "4 are as they were before." in said(admin, response)
    assert statuses(program) == {
        "Ann": "active",
        "Bob": "active",
        "Cid": "active",
        "Dan": "inactive",
        "Eve": "graduated",
    }
    assert "There was nothing left to undo." in said(admin, admin.post(undo))


def test_all_that_match_is_the_filter_and_not_the_page(admin, program):
    with use_program(program):
        StudentFactory.create_batch(30, first_name="Many")
        StudentFactory(first_name="Else")
        StudentFactory(first_name="Many", status="graduated")
    page = preview(admin, all="1", query="q=many&status=active&page=2&size=25")
    assert "30 of 30 change." in page.text and "and 25 more" in page.text
    assert page.text.count('name="ids"') == 0
    confirm(admin, page)
    found = statuses(program)
    assert found["Else"] == "active"
    with use_program(program):
        assert Student.objects.filter(status="inactive").count() == 30
        assert Student.objects.filter(status="graduated").count() == 1


def test_as_many_as_is_said_can_be_chosen_one_by_one(admin, program):
    with use_program(program):
        StudentFactory.create_batch(bulk.MAX_IDS, first_name="Many")
        chosen = ids(Student.objects.all())
    page = preview(admin, ids=chosen)
    assert "1,000 of 1,000 change." in page.text
    assert "1,000 set to “Inactive”." in said(admin, confirm(admin, page))
    with use_program(program):
        assert Student.objects.filter(status="inactive").count() == bulk.MAX_IDS


@pytest.mark.parametrize("number", [1_001, 2_900])
def test_more_are_told_how(admin, five, number):
    response = admin.post(URL, {"action": "status=inactive", "ids": [NOBODY] * number})
    assert (response.status_code, response.url) == (302, "/students/")
    assert "At most 1,000 can be chosen one by one." in said(admin, response)


def test_archiving_students_is_one_statement_and_can_be_undone(admin, program, five):
    page = preview(admin, action="archive", ids=ids(five[:2]))
    assert "2 of 2 leave every list and count" in page.text
    with CaptureQueriesContext(connection) as sent:
        response = confirm(admin, page)
    assert len([q for q in sent if q["sql"].startswith('UPDATE "students"')]) == 1
    assert list(statuses(program)) == ["Cid", "Dan", "Eve"]
    toast = toasts(admin, response)
    undo = undo_of(toast, "/students/undo/")
    admin.post(undo)
    assert list(statuses(program)) == ["Ann", "Bob", "Cid", "Dan", "Eve"]


def test_archiving_courses_takes_what_is_in_them_along_and_back(admin, program, monkeypatch):
    with use_program(program):
        courses = [CourseFactory() for _ in range(3)]
        for course in courses:
            CurriculumFactory(course=course)
    page = preview(admin, "/courses/bulk/", action="archive", ids=ids(courses[:2]))
    response = confirm(admin, page, "/courses/bulk/")
    with use_program(program):
        assert (Course.objects.count(), Curriculum.objects.count()) == (1, 1)
    toast = toasts(admin, response)
    undo = undo_of(toast, "/courses/undo/")
    admin.post(undo)
    with use_program(program):
        assert (Course.objects.count(), Curriculum.objects.count()) == (3, 3)
    monkeypatch.setattr("crud.bulk.change.MAX_ROWS_ONE_BY_ONE", 2)
    page = preview(admin, "/courses/bulk/", action="archive", all="1")
    assert "At most 2 can be changed at once." in page.text
    assert confirm(admin, page, "/courses/bulk/").status_code == 409
    with use_program(program):
        assert Course.objects.count() == 3


def test_yes_or_no_is_a_status_too(admin, program):
    with use_program(program):
        course = CourseFactory()
    page = preview(admin, "/courses/bulk/", action="status=false", ids=[str(course.pk)])
    confirm(admin, page, "/courses/bulk/")
    with use_program(program):
        assert not Course.objects.get().is_active


def test_facilities_are_closed_with_a_reason_and_opened_without(admin, program):
    with use_program(program):
        pool, gym = FacilityFactory(), FacilityFactory()
    chosen = ids([pool, gym])
    page = preview(admin, "/facilities/bulk/", action="status=maintenance", ids=chosen)
    assert 'name="reason"' in page.text and "Say why." not in page.text
    refused = confirm(admin, page, "/facilities/bulk/", reason="  ")
    assert refused.status_code == 422 and "Say why." in refused.text
    with use_program(program):
        assert set(Facility.objects.values_list("status", "status_reason")) == {("active", "")}
    confirm(admin, refused, "/facilities/bulk/", reason="New tiles")
    with use_program(program):
        assert set(Facility.objects.values_list("status", "status_reason")) == {("maintenance", "New tiles")}
    page = preview(admin, "/facilities/bulk/", action="status=active", ids=chosen)
    assert 'name="reason"' not in page.text
    undo = confirm(admin, page, "/facilities/bulk/")
    with use_program(program):
        assert set(Facility.objects.values_list("status", "status_reason")) == {("active", "")}
    toast = toasts(admin, undo)
    admin.post(undo_of(toast, "/facilities/undo/"))
    with use_program(program):
        assert set(Facility.objects.values_list("status", "status_reason")) == {("maintenance", "New tiles")}


def test_a_second_click_does_nothing_more_and_says_the_same(admin, program, five):
    page = preview(admin, ids=ids(five))
    first = toasts(admin, confirm(admin, page))
    second = toasts(admin, confirm(admin, page))
    assert "4 set to “Inactive”." in text_of(first) and "4 set to “Inactive”." in text_of(second)
    assert undo_of(first, "/students/undo/") == undo_of(second, "/students/undo/")


def test_the_same_form_with_other_content_is_another_change(admin, program, five):
    page = preview(admin, ids=ids(five[:1]))
    assert confirm(admin, page).status_code == 302
    # Back, other rows ticked, and sent with the token of before.
    second = confirm(admin, page, ids=ids(five[1:3]), expected="2")
    assert "2 set to “Inactive”." in said(admin, second)
    assert [statuses(program)[name] for name in ("Ann", "Bob", "Cid")] == ["inactive"] * 3


def test_what_changed_or_went_meanwhile_is_left_alone_and_counted(admin, program, five):
    page = preview(admin, ids=ids(five))
    with use_program(program):
        Student.objects.filter(first_name="Ann").update(status="withdrawn")
        Student.objects.filter(first_name="Bob").update(status="inactive")
        Student.objects.filter(first_name="Cid").delete()
    response = confirm(admin, page)
    assert "1 set to “Inactive”. 3 had changed meanwhile and were left alone." in said(admin, response)


def test_rows_changed_after_the_preview_are_not_touched(admin, program, five):
    page = preview(admin, ids=ids(five))
    response = confirm(admin, page, as_of="2001-01-01T00:00:00+00:00")  # every row is newer
    assert "0 set to “Inactive”. 4 had changed meanwhile" in said(admin, response)
    assert statuses(program)["Ann"] == "active"


def test_of_a_whole_list_exactly_the_rows_of_the_preview_change(admin, program, five):
    page = preview(admin, all="1", query="status=active")
    assert "3 of 3 change." in page.text
    with use_program(program):
        StudentFactory(first_name="Fay", status="active")  # matches, but came later
        dan = Student.objects.get(first_name="Dan")  # matches now, and did not
        dan.status = "active"
        dan.save()
        bob = Student.objects.get(first_name="Bob")  # matched, and was changed since
        bob.first_name = "Bobby"
        bob.save()
    assert "2 set to “Inactive”. 1 had changed meanwhile" in said(admin, confirm(admin, page))
    expected = {"Ann": "inactive", "Bobby": "active", "Cid": "inactive", "Dan": "active"}
    assert statuses(program) == {**expected, "Eve": "graduated", "Fay": "active"}


def test_rows_of_another_program_are_not_there(admin, program, other_program, five):
    with use_program(other_program):
        foreign = StudentFactory(first_name="Foreign")
    page = preview(admin, ids=[*ids(five[:1]), str(foreign.pk), str(uuid.uuid4())])
    assert "1 of 3 changes." in page.text and "2 are no longer here." in page.text
    assert "Foreign" not in page.text
    confirm(admin, page)
    assert statuses(other_program) == {"Foreign": "active"}
    confirm(admin, preview(admin, all="1"))
    assert statuses(other_program) == {"Foreign": "active"}


@pytest.mark.parametrize(
    ("role", "action", "status"),
    [
        ("tutor", "status=inactive", 403),
        ("tutor", "archive", 403),
        ("program_coordinator", "status=inactive", 200),
        ("program_coordinator", "archive", 200),
    ],
)
def test_the_right_is_asked(client_for, program, five, role, action, status):
    client = client_for(role, program)
    assert client.post(URL, {"action": action, "ids": ids(five)}).status_code == status


def test_who_may_change_but_not_archive_is_offered_no_archive(client_for, program):
    with use_program(program):
        facility = FacilityFactory()
    coordinator = client_for("program_coordinator", program)
    page = coordinator.get("/facilities/").text
    assert 'value="status=maintenance"' in page and 'value="archive"' not in page
    data = {"action": "archive", "ids": [str(facility.pk)]}
    assert coordinator.post("/facilities/bulk/", data).status_code == 403
    assert coordinator.post("/facilities/undo/?did=archive&request=" + str(uuid.uuid4())).status_code == 403


def test_who_may_do_nothing_gets_no_boxes(client_for, program, five):
    page = client_for("tutor", program).get("/students/").text
    assert 'name="ids"' not in page and "bulk" not in page
    admin = client_for("program_admin", program)
    assert admin.get("/students/").text.count('name="ids"') == 5
    assert 'name="ids"' not in admin.get("/students/?archived=1").text


@pytest.mark.parametrize(
    "data",
    [
        {"action": ""},
        {"action": "delete"},
        {"action": "status=unknown"},
        {"action": "status="},
        {"ids": "x"},
        {"ids": ["00000000-0000-0000-0000-00000000000g"]},
        {"ids": "\0"},
        {"all": "1", "query": "nothing=1"},
        {"all": "1", "query": "status=unknown"},
        {"all": "1", "query": "archived=1"},
        {"all": "1", "query": "age_from=x"},
        {"all": "1", "query": "q=%00"},
        {"all": "1", "query": "page=0&sort=nothing"},
        {"token": "x"},
        {"reason": "a\0b"},
        {"reason": "x" * 501},
        {"confirm": "1"},
        {"confirm": "1", "expected": "-1", "as_of": "2026-01-01T00:00:00+00:00"},
        {"confirm": "1", "expected": "٣", "as_of": "2026-01-01T00:00:00+00:00"},
        {"confirm": "1", "expected": "1", "as_of": "2026-01-01T00:00:00"},
        {"confirm": "1", "expected": "1", "as_of": "2026-13-01T00:00:00+00:00"},
        {"confirm": "1", "expected": "1", "as_of": "now"},
    ],
    ids=lambda data: str(data)[:60],
)
def test_what_can_not_be_understood_is_a_400(admin, program, five, data):
    before = statuses(program)
    response = admin.post(URL, {"action": "status=inactive", "ids": ids(five), **data})
    assert response.status_code == 400
    assert statuses(program) == before


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?did=status",
        "?did=status&request=x",
        f"?did=all&request={NOBODY}",
        f"?request={NOBODY}",
    ],
)
def test_an_undo_that_names_nothing_is_a_400(admin, query):
    assert admin.post("/students/undo/" + query).status_code == 400


def test_an_undo_goes_back_to_this_site_alone(admin):
    url = f"/students/undo/?did=status&request={uuid.uuid4()}"
    assert admin.post(url, {"next": "https://example.org/"}).url == "/students/"


def test_nothing_selected_is_told_so(admin, five):
    response = admin.post(URL, {"action": "archive"})
    assert (response.status_code, response.url) == (302, "/students/")
    assert "Nothing is selected." in said(admin, response)


def test_htmx_gets_a_part_and_then_a_toast(admin, program, five):
    part = admin.post(URL, {"action": "archive", "ids": ids(five[:1])}, headers=HTMX)
    assert part.text.lstrip().startswith("<form") and "data-bulk-cancel" in part.text
    done = admin.post(URL, form_data(part, "bulk-confirm"), headers=HTMX)
    assert (done.status_code, done.content) == (204, b"")
    told = json.loads(done["HX-Trigger"])
    assert told["toast"]["message"] == "1 archived."
    assert told["toast"]["undo"].startswith("/students/undo/?did=archive&request=")
    assert "list-changed" in told


def test_a_name_is_escaped_in_the_preview(admin, program):
    with use_program(program):
        student = StudentFactory(first_name="<script>alert(1)</script>", last_name="&")
    page = preview(admin, ids=[str(student.pk)]).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_many_rows_take_as_few_queries_as_one(admin, program):
    with use_program(program):
        StudentFactory.create_batch(40)
    admin.get("/")  # notes that somebody was seen, once a minute
    counted = []
    for data in ({"query": "size=25"}, {"query": "size=50"}):
        with CaptureQueriesContext(connection) as sent:
            page = preview(admin, all="1", **data)
        counted.append(len(sent))
    with CaptureQueriesContext(connection) as sent:
        confirm(admin, page)
    assert counted[0] == counted[1] <= 12
    assert len(sent) <= 20


def test_a_change_of_somebody_else_is_not_taken_back(client_for, program, five):
    one, other = (client_for("program_coordinator", program) for _ in range(2))
    with use_program(program):
        ids = [str(row.pk) for row in Student.objects.filter(status="active")]
    page = one.post("/students/bulk/", {"action": "status=graduated", "ids": ids, "query": ""})
    told = toasts(one, one.post("/students/bulk/", form_data(page, "bulk-confirm")))
    undo = undo_of(told, "/students/undo/")
    assert other.post(undo).status_code == 403
    with use_program(program):
        assert Student.objects.filter(pk__in=ids, status="graduated").count() == len(ids) > 0
    assert "as they were before" in said(one, one.post(undo)) or len(ids) == 1
    with use_program(program):
        assert not Student.objects.filter(status="graduated", pk__in=ids).exists()
