import datetime
import uuid

import pytest
from django.utils import timezone

from crud.testing import dom, form_data, text_of
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student

NEW = "/students/new/"


def message(response):
    return [str(m) for m in response.wsgi_request._messages]


def errors(response):
    """{field: messages} of the form on an answer that was refused."""
    assert response.status_code == 422, response.status_code
    return {name: [str(m) for m in messages] for name, messages in response.context["form"].errors.items()}


def filled(client, **values):
    return {**form_data(client.get(NEW)), "first_name": "Ada", "last_name": "Byron", **values}


def only_student(program):
    with use_program(program):
        return Student.objects.get()


# --- create ----------------------------------------------------------------------------------------------


def test_create_writes_every_field_of_the_form(coordinator, program):
    response = coordinator.post(
        NEW,
        filled(
            coordinator,
            first_name="Łukasz",
            last_name="O'Neill",
            date_of_birth="2014-02-28",
            email="lukasz@example.org",
            phone="+48 600 100 200",
            street="ul. Długa 5",
            city="Gdańsk",
            postal_code="80-001",
            country="Polska",
            enrollment_date="2025-09-01",
            status="inactive",
            medical_note="Afraid of deep water.",
            **{
                "contacts-TOTAL_FORMS": "2",
                "contacts-0-name": "Anna",
                "contacts-0-relation": "Mother",
                "contacts-0-phone": "600 100 201",
                "contacts-1-name": "Piotr",
                "contacts-1-phone": "600 100 202",
                "contacts-1-email": "piotr@example.org",
                "conditions-TOTAL_FORMS": "1",
                "conditions-0-name": "Asthma",
                "conditions-0-severity": "severe",
                "conditions-0-action": "Inhaler in the red bag",
                "conditions-0-medication": "Salbutamol",
            },
        ),
    )
    student = only_student(program)
    assert response.status_code == 302
    assert response["Location"] == f"/students/{student.pk}/"
    assert (student.first_name, student.last_name) == ("Łukasz", "O'Neill")
    assert student.date_of_birth == datetime.date(2014, 2, 28)
    assert student.enrollment_date == datetime.date(2025, 9, 1)
    assert (student.email, student.phone, student.status) == (
        "lukasz@example.org",
        "+48 600 100 200",
        "inactive",
    )
    assert student.student_id.startswith("STU-2025-")
    assert student.address == {
        "street": "ul. Długa 5",
        "city": "Gdańsk",
        "postal_code": "80-001",
        "country": "Polska",
    }
    assert student.emergency_contact == {
        "contacts": [
            {"name": "Anna", "relation": "Mother", "phone": "600 100 201"},
            {"name": "Piotr", "phone": "600 100 202", "email": "piotr@example.org"},
        ]
    }
    assert student.medical_info == {
        "conditions": [
            {
                "name": "Asthma",
                "severity": "severe",
                "action": "Inhaler in the red bag",
                "medication": "Salbutamol",
            }
        ],
        "note": "Afraid of deep water.",
    }
    assert "Student “Łukasz O&#x27;Neill” added." in coordinator.get(response["Location"]).content.decode()


def test_nothing_says_how_severe_a_condition_is_but_who_adds_it(coordinator, program):
    page = coordinator.get(NEW).text.partition("<template>")[2]
    assert '<option value="" selected>Choose…</option>' in page and 'value="mild" selected' not in page
    named = {
        "conditions-TOTAL_FORMS": "1",
        "conditions-0-name": "Peanut allergy",
        "conditions-0-severity": "",
    }
    response = coordinator.post(NEW, filled(coordinator, first_name="A", last_name="B", **named))
    assert response.status_code == 422 and "Choose how severe the condition is." in response.text
    with use_program(program):
        assert not Student.objects.exists()
    # A row of which nothing is filled in is none.
    blank = {"conditions-TOTAL_FORMS": "1", "conditions-0-name": "", "conditions-0-severity": ""}
    assert (
        coordinator.post(NEW, filled(coordinator, first_name="A", last_name="B", **blank)).status_code == 302
    )
    assert only_student(program).medical_info == {}


def test_create_of_the_bare_minimum(coordinator, program):
    assert coordinator.post(
        NEW, {"first_name": "A", "last_name": "B", "enrollment_date": "2025-01-01"}
    ).status_code
    assert errors(coordinator.post(NEW, {"first_name": "A", "last_name": "B"})) == {
        "enrollment_date": ["This field is required."],
        "status": ["This field is required."],
    }
    assert coordinator.post(NEW, filled(coordinator)).status_code == 302
    student = only_student(program)
    assert (student.address, student.emergency_contact, student.medical_info) == ({}, {}, {})
    assert student.enrollment_date == timezone.localdate()
    assert student.status == "active"


def test_a_form_posted_twice_makes_one_student(coordinator, program):
    data = filled(coordinator)
    first, second = coordinator.post(NEW, data), coordinator.post(NEW, data)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert only_student(program).first_name == "Ada"
    assert coordinator.post(NEW, {**data, "token": str(uuid.uuid4())}).status_code == 302
    with use_program(program):
        assert Student.objects.count() == 2


def test_a_token_of_someone_else_makes_a_row_of_ones_own(coordinator, client_for, program):
    data = filled(coordinator)
    coordinator.post(NEW, data)
    other = client_for("program_coordinator", program)
    assert other.post(NEW, data).status_code == 302
    with use_program(program):
        assert Student.objects.count() == 2


@pytest.mark.parametrize("token", ["", "x", "\0", "a" * 5000])
def test_a_broken_token_is_no_token(coordinator, program, token):
    assert coordinator.post(NEW, filled(coordinator, token=token)).status_code == 302
    assert only_student(program).first_name == "Ada"


def test_extra_keys_change_nothing(coordinator, program, other_program):
    foreign = str(uuid.uuid4())
    response = coordinator.post(
        NEW,
        filled(
            coordinator,
            id=foreign,
            pk=foreign,
            program=str(other_program.pk),
            program_id=str(other_program.pk),
            student_id="STU-1999-0001",
            deleted_at="2020-01-01",
            search_name="x",
            has_medical_alert="true",
            role="super_admin",
        ),
    )
    student = only_student(program)
    assert response.status_code == 302
    assert student.program_id == program.pk
    assert str(student.pk) != foreign
    assert student.student_id != "STU-1999-0001"
    assert not student.is_archived
    assert not student.has_medical_alert


# --- what can't be saved ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("first_name", "a\0b", "Null characters are not allowed."),
        ("last_name", "a" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("last_name", "x" * 1_000_000, "Ensure this value has at most 200 characters (it has 1000000)."),
        ("email", "nobody", "Enter a valid email address."),
        ("phone", "call me", "Enter a phone number."),
        ("date_of_birth", "10000-01-01", "Enter a valid date."),
        ("date_of_birth", "2199-01-01", "The date of birth is in the future."),
        ("date_of_birth", "1899-12-31", "Enter a date between 1900 and 2199."),
        ("date_of_birth", "2015-02-30", "Enter a valid date."),
        ("enrollment_date", "10000-01-01", "Enter a valid date."),
        ("enrollment_date", "2200-01-01", "Enter a date between 1900 and 2199."),
        ("enrollment_date", "1949-12-31", "Enter a date from 1950 on."),
        ("status", "expelled", "Select a valid choice. expelled is not one of the available choices."),
        ("street", "a\0b", "Null characters are not allowed."),
        ("medical_note", "n" * 4001, "Ensure this value has at most 4000 characters (it has 4001)."),
        ("contacts-TOTAL_FORMS", "9", "At most 8 can be given."),
    ],
)
def test_a_wrong_value_is_an_error_at_its_field(coordinator, program, field, value, words):
    data = filled(coordinator, **{field: value})
    if field == "contacts-TOTAL_FORMS":
        data |= {f"contacts-{n}-{key}": "12345" for n in range(9) for key in ("name", "phone")}
    response = coordinator.post(NEW, data)
    assert errors(response) == {field.partition("-")[0]: [words]}
    html = response.content.decode()
    assert text_of(dom(html).title).startswith("Error: Add student")
    assert "1 thing to fix before this can be saved" in html
    assert form_data(response)["last_name"] == data["last_name"]  # nothing that was typed is lost
    assert form_data(response)["token"] == data["token"]
    with use_program(program):
        assert not Student.objects.exists()


def test_errors_of_rows_stand_at_their_fields(coordinator, program):
    response = coordinator.post(
        NEW,
        filled(
            coordinator,
            **{
                "contacts-TOTAL_FORMS": "3",
                "contacts-0-name": "Anna",
                "contacts-0-phone": "123456",
                "contacts-1-relation": "Father",
                "contacts-2-name": "",
            },
        ),
    )
    assert set(errors(response)) == {"contacts"}
    html = response.content.decode()
    assert '<a href="#id_contacts-1-name">Contact 2, Name: This field is required.</a>' in html
    assert '<a href="#id_contacts-1-phone">Contact 2, Phone: This field is required.</a>' in html
    assert "2 things to fix" in html
    assert form_data(response)["contacts-1-relation"] == "Father"


@pytest.mark.parametrize("total", ["", "x", "-5", "999999999"])
def test_a_broken_number_of_rows_is_no_crash(coordinator, program, total):
    response = coordinator.post(NEW, filled(coordinator, **{"contacts-TOTAL_FORMS": total}))
    assert response.status_code in (302, 422)


def test_a_removed_row_is_gone_and_a_blank_one_is_skipped(coordinator, student, program):
    here = f"/students/{student.pk}/edit/"
    data = form_data(coordinator.get(here))
    assert data["contacts-0-name"] == "Ada Contact"
    data |= {
        "contacts-TOTAL_FORMS": "3",
        "contacts-0-DELETE": "on",
        "contacts-2-name": "Bea",
        "contacts-2-phone": "112",
    }
    assert coordinator.post(here, data).status_code == 302
    with use_program(program):
        student.refresh_from_db()
    assert student.emergency_contact == {"contacts": [{"name": "Bea", "phone": "112"}]}


def test_one_more_row_without_a_script(coordinator, student, program):
    here = f"/students/{student.pk}/edit/"
    data = {**form_data(coordinator.get(here)), "first_name": "", "add_rows": "conditions"}
    response = coordinator.post(here, data)
    assert response.status_code == 200  # nothing was to be saved, so nothing is wrong yet
    shown = form_data(response)
    assert shown["conditions-TOTAL_FORMS"] == "2"
    assert shown["conditions-1-name"] == ""
    assert shown["conditions-0-name"] == "Asthma"
    assert shown["first_name"] == ""
    assert shown["version"] == data["version"]
    assert "errorlist" not in response.content.decode()
    assert coordinator.post(here, {**data, "email": "x", "add_rows": "first_name"}).status_code == 422


# --- update ----------------------------------------------------------------------------------------------


def test_update_changes_what_was_changed(coordinator, student, program):
    here = f"/students/{student.pk}/edit/"
    data = form_data(coordinator.get(here))
    response = coordinator.post(here, {**data, "first_name": "Zed", "city": "", "region": "Sussex"})
    assert response.status_code == 302
    assert response["Location"] == f"/students/{student.pk}/"
    with use_program(program):
        student.refresh_from_db()
    assert student.first_name == "Zed"
    assert student.address == {"street": "12 Secret Lane", "region": "Sussex"}
    assert student.medical_info["conditions"][0]["name"] == "Asthma"
    assert student.emergency_contact == {
        "contacts": [{"name": "Ada Contact", "relation": "Mother", "phone": "+44 7700 900456"}]
    }


def test_update_keeps_what_the_form_does_not_know(coordinator, program):
    with use_program(program):
        student = StudentFactory(address={"street": "A", "what3words": "a.b.c"}, medical_info={"blood": "0"})
    here = f"/students/{student.pk}/edit/"
    assert coordinator.post(here, {**form_data(coordinator.get(here)), "city": "X"}).status_code == 302
    with use_program(program):
        student.refresh_from_db()
    assert student.address == {"street": "A", "what3words": "a.b.c", "city": "X"}
    assert student.medical_info == {"blood": "0"}


def test_saving_without_a_change_writes_nothing(coordinator, student, program):
    here = f"/students/{student.pk}/edit/"
    assert coordinator.post(here, form_data(coordinator.get(here))).status_code == 302
    with use_program(program):
        before = student.updated_at
        student.refresh_from_db()
    assert student.updated_at == before


def test_update_that_is_wrong_keeps_the_heading(coordinator, student):
    here = f"/students/{student.pk}/edit/"
    response = coordinator.post(here, {**form_data(coordinator.get(here)), "first_name": "\0"})
    html = response.content.decode()
    assert text_of(dom(html).title).startswith("Error: Edit Aisha Hassan")
    assert errors(response) == {"first_name": ["Null characters are not allowed."]}


@pytest.mark.parametrize(
    "path", ["/students/new/", "/students/{}/edit/", "/students/{}/archive/", "/students/{}/restore/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_tutor_may_not(tutor, student, path, method):
    assert getattr(tutor, method)(path.format(student.pk)).status_code == 403


@pytest.mark.parametrize("path", ["", "new/", "{}/", "{}/edit/", "{}/archive/", "{}/restore/"])
@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused(coordinator, student, program, path, method):
    response = getattr(coordinator, method)(
        "/students/" + path.format(student.pk), headers={"X-Program-Context": str(program.pk)}
    )
    assert response.status_code == 405


@pytest.mark.parametrize("path", ["/students/", "/students/{}/"])
def test_pages_to_read_take_no_post(coordinator, student, path):
    assert coordinator.post(path.format(student.pk)).status_code == 405


def test_a_row_of_nobody_is_not_found(coordinator, client_for, other_program, student):
    stranger = client_for("program_coordinator", other_program)
    for path in ("/students/{}/", "/students/{}/edit/", "/students/{}/archive/", "/students/{}/restore/"):
        random, foreign = path.format(uuid.uuid4()), path.format(student.pk)
        assert coordinator.get(random).status_code == 404
        assert stranger.get(foreign).status_code == 404
        assert stranger.get(foreign).content == stranger.get(random).content
        if path != "/students/{}/":
            assert stranger.post(foreign).status_code == 404
        assert coordinator.get(path.format("not-a-uuid")).status_code == 404


def test_a_form_sent_again_with_other_content_is_told_so_with_both(coordinator, program):
    data = filled(coordinator)
    first = coordinator.post(NEW, data)
    answer = coordinator.post(NEW, {**data, "first_name": "Ina", "city": "Basel"})
    assert answer.status_code == 409
    assert f"This form was saved already, as “{data['first_name']} {data['last_name']}”." in answer.text
    assert "Your changes are not saved yet." in answer.text
    assert form_data(answer)["first_name"] == "Ina"
    assert f"Saved meanwhile: {data['first_name']}</span>" in answer.text
    assert "Saved meanwhile: empty</span>" in answer.text
    edit = dom(answer).select_one('form#form[method="post"]')["action"]
    assert edit == f"{first.url}edit/"
    with use_program(program):
        assert Student.objects.get().first_name == data["first_name"]
    assert coordinator.post(edit, form_data(answer)).status_code == 302
    with use_program(program):
        student = Student.objects.get()
    assert (student.first_name, student.address["city"]) == ("Ina", "Basel")


def test_a_form_sent_again_after_somebody_else_changed_the_row_is_a_repetition(coordinator, program):
    data = filled(coordinator)
    first = coordinator.post(NEW, data)
    with use_program(program):
        Student.objects.update(first_name="Changed")
    assert coordinator.post(NEW, data).url == first.url
    with use_program(program):
        assert Student.objects.get().first_name == "Changed"


def test_a_form_sent_again_with_what_can_not_be_saved_is_told_so(coordinator, program):
    data = filled(coordinator)
    coordinator.post(NEW, data)
    answer = coordinator.post(NEW, {**data, "last_name": ""})
    assert answer.status_code == 409
    assert "This form was saved already" in answer.text
    assert form_data(answer)["last_name"] == ""
