"""People who have one name only: in either field, on every page."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from crud.testing import dom, form_data, row_names, text_of
from programs.scope import use_program
from programs.testing import rows
from students import selections
from students.factories import StudentFactory
from students.models import Student

EITHER = pytest.mark.parametrize("field", ["first_name", "last_name"])
BORN = datetime.date(2014, 2, 28)


@pytest.fixture
def sukarno(program, field):
    """Sukarno, who has one name, among others."""
    with use_program(program):
        for first, last in (("Ana", "Sudirman"), ("Zoë", "Abel"), ("Bo", "Sukarnoputri")):
            StudentFactory(first_name=first, last_name=last)
        names = {"first_name": "", "last_name": "", field: "Sukarno"}
        return StudentFactory(**names, date_of_birth=BORN, phone="", emergency_contact={}, medical_info={})


@EITHER
@pytest.mark.parametrize("path", ["/students/new/", "/students/quick/"])
def test_one_name_is_enough_in_either_field(coordinator, program, path, field):
    data = {**form_data(coordinator.get(path)), "first_name": "", "last_name": "", field: " Sukarno "}
    assert coordinator.post(path, data).status_code == 302
    with use_program(program):
        student = Student.objects.get()
    assert (getattr(student, field), str(student), student.initials) == ("Sukarno", "Sukarno", "S")
    assert (student.first_name + student.last_name) == "Sukarno"


@pytest.mark.parametrize("path", ["/students/new/", "/students/quick/"])
def test_no_name_at_all_is_told_at_the_field(coordinator, program, path):
    data = {**form_data(coordinator.get(path)), "first_name": " ", "last_name": ""}
    response = coordinator.post(path, data)
    assert response.status_code == 422
    assert response.context["form"].errors == {"last_name": ["Enter a first or a last name."]}
    with use_program(program):
        assert not Student.objects.exists()


@pytest.mark.parametrize("path", ["/students/new/", "/students/quick/"])
def test_neither_name_is_called_optional(coordinator, path):
    page = coordinator.get(path).text
    for field in ("first_name", "last_name"):
        label = dom(page).select_one(f'label[for="id_{field}"]')
        assert "Optional" not in text_of(label)
    assert "For somebody with one name only" in page


@EITHER
def test_a_name_can_be_taken_away_and_given_later(coordinator, sukarno, program, field):
    path = f"/students/{sukarno.pk}/edit/"
    data = {**form_data(coordinator.get(path)), "first_name": "Kusno", "last_name": "Sosrodihardjo"}
    assert coordinator.post(path, data).status_code == 302
    data = {**form_data(coordinator.get(path)), "first_name": "", "last_name": "", field: "Sukarno"}
    assert coordinator.post(path, data).status_code == 302
    with use_program(program):
        assert str(Student.objects.get(pk=sukarno.pk)) == "Sukarno"


@EITHER
def test_the_list_sorts_by_the_one_name(coordinator, sukarno, field):
    assert row_names(coordinator.get("/students/").text) == [
        "Zoë Abel",
        "Ana Sudirman",
        "Sukarno",
        "Bo Sukarnoputri",
    ]


@EITHER
@pytest.mark.parametrize("text", ["sukarno", "SUK", "su", "sukarno 2025"])
def test_the_search_and_the_palette_find_it(coordinator, sukarno, field, text):
    assert "Sukarno" in row_names(coordinator.get("/students/", {"q": text}).text)
    if text != "sukarno 2025":
        assert "Sukarno</mark>" in coordinator.get("/palette/", {"q": "sukarno"}).text


@EITHER
def test_pages_show_the_one_name_without_gaps(client_for, program, sukarno, field):
    admin = client_for("program_admin", program)
    page = admin.get(f"/students/{sukarno.pk}/").text
    assert ">Sukarno</h1>" in page and ' aria-hidden="true">S</span>' in page
    recent = admin.get("/").text
    assert ">Sukarno<" in recent and "> Sukarno" not in recent and "Sukarno <" not in recent
    assert admin.get(f"/students/{sukarno.pk}/archive/").status_code == 200
    assert '<th scope="row">Sukarno' in admin.get("/students/printout/").text


@EITHER
def test_the_admin_takes_one_name(client_for, program, sukarno, field):
    super_admin = client_for("super_admin", program)
    path = f"/admin/students/student/{sukarno.pk}/change/"
    page = super_admin.get(path)
    assert page.status_code == 200
    with use_program(program):
        other = {"first_name": "last_name", "last_name": "first_name"}[field]
        Student.objects.filter(pk=sukarno.pk).update(**{field: "", other: "Sukarno"})
    assert "Sukarno" in super_admin.get(path).text


@EITHER
def test_the_same_person_with_the_name_in_the_other_field_is_asked_about(
    coordinator, sukarno, program, field
):
    other = {"first_name": "last_name", "last_name": "first_name"}[field]
    data = {
        **form_data(coordinator.get("/students/quick/")),
        other: "sukarno",
        "date_of_birth": BORN.isoformat(),
    }
    assert coordinator.post("/students/quick/", data).status_code == 409


def test_brothers_and_sisters_with_one_name_each_are_no_duplicates(program):
    with use_program(program):
        for name in ("Guntur", "Megawati"):
            StudentFactory(first_name="", last_name=name, phone="+62 21 384 2715")
        assert list(selections.possible_duplicates(Student.objects.all())) == []


def test_the_database_refuses_a_student_without_any_name(program):
    with use_program(program):
        student = StudentFactory(first_name="", last_name="Sukarno")
        with pytest.raises(IntegrityError, match="students_name_given"), transaction.atomic():
            rows("UPDATE students SET last_name = '' WHERE id = %s", student.pk)
