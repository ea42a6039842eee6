"""The admin keeps the product's rules: its forms, its sentences, its archive."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.urls import reverse

from accounts.models import Role, User
from courses.factories import CourseFactory, LessonFactory, ModuleFactory
from courses.models import Course, Curriculum, Lesson, Module
from crud.testing import dom, form_data
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.archive import archive
from programs.models import ArchivableModel, Program, UserProgramAssignment
from programs.scope import use_program
from programs.testing import ClientFor, PageClient, made_once, make_member, one_of_each, without_program
from students.factories import StudentFactory
from students.models import Student

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ARCHIVABLE = [model for model in MODELS if issubclass(model, ArchivableModel)]
DATES = [
    (model, field.name)
    for model in MODELS
    for field in model._meta.concrete_fields
    if isinstance(field, models.DateField) and field.name != "last_seen_at"
]


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def form_of(response: Any, model: Any) -> dict[str, Any]:
    return form_data(response, f"{model._meta.model_name}_form")


@pytest.fixture
def super_admin(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    return client_for(Role.SUPER_ADMIN, program, full_name="Boss")


# --- archive and restore


def test_archived_rows_are_marked_in_every_list(super_admin: PageClient, program: Program) -> None:
    rows = one_of_each(program)
    for model in ARCHIVABLE:
        listed = super_admin.get(url(model, "changelist"))
        assert "Archived</span>" not in _cells(listed), model
        with use_program(program):
            archive(rows[model])
        listed = super_admin.get(url(model, "changelist"))
        assert "archive_mark" in listed.context["cl"].list_display
        assert "Archived" in _cells(listed), model


def _cells(response: Any) -> str:
    """The rows of the list, without its filters."""
    return str(dom(response).select("#result_list")[0])


@pytest.mark.parametrize("model", ARCHIVABLE, ids=lambda model: model._meta.model_name)
def test_a_row_is_archived_and_restored_on_its_page(
    super_admin: PageClient, program: Program, model: Any
) -> None:
    row = one_of_each(program)[model]
    here = url(model, "change", row.pk)
    page = super_admin.get(here)
    assert 'name="_archive"' in page.text and 'name="_restore"' not in page.text
    assert without_program(super_admin.post(here, {"_archive": "1"}).url) == here
    page = super_admin.get(here)
    assert 'name="_restore"' in page.text and 'name="_archive"' not in page.text
    assert "Archived on " in page.text
    assert "1 archived." in page.text
    with use_program(program):
        assert model.with_archived.get(pk=row.pk).is_archived
    assert super_admin.post(here, {"_restore": "1"}).status_code == 302
    with use_program(program):
        assert model.objects.filter(pk=row.pk).exists()


def test_archiving_takes_along_and_brings_back_what_is_below(
    super_admin: PageClient, program: Program
) -> None:
    with use_program(program):
        lesson = LessonFactory()
        course = lesson.module.curriculum.course
        other = CourseFactory(name="Other")
    chosen = {"action": "archive_selected", "_selected_action": [str(course.pk)]}
    assert super_admin.post(url(Course, "changelist"), chosen).status_code == 302
    with use_program(program):
        assert not Lesson.objects.exists() and Lesson.with_archived.get().is_archived
        assert [found.pk for found in Course.objects.all()] == [other.pk]
    # What is below an archived row says which one to restore first.
    answer = super_admin.post(url(Lesson, "change", lesson.pk), {"_restore": "1"}, follow=True)
    assert f"{lesson.module} is archived. Restore it first." in answer.text
    chosen["action"] = "restore_selected"
    assert super_admin.post(url(Course, "changelist"), chosen).status_code == 302
    with use_program(program):
        assert Lesson.objects.get() == lesson


def test_in_all_programs_rows_are_archived_too(super_admin: PageClient, other_program: Program) -> None:
    with use_program(other_program):
        module = ModuleFactory()
        student = StudentFactory()
    super_admin.enter("all")
    for model, row in ((Module, module), (Student, student)):
        assert (
            super_admin.post(url(model, "change", row.pk), {"_archive": "1"}, program="all").status_code
            == 302
        )
    with use_program(other_program):
        assert not Module.objects.exists() and not Student.objects.exists()
        assert Curriculum.objects.exists()


def test_a_row_of_another_program_is_not_archived(super_admin: PageClient, other_program: Program) -> None:
    with use_program(other_program):
        student = StudentFactory()
    answer = super_admin.post(url(Student, "change", student.pk), {"_archive": "1"})
    assert without_program(answer.url) == "/admin/"
    with use_program(other_program):
        assert Student.objects.exists()


# --- the product's forms


def test_contacts_and_health_are_fields(super_admin: PageClient, program: Program) -> None:
    with use_program(program):
        student = StudentFactory(
            emergency_contact={"contacts": [{"name": "Bea", "phone": "+44 20 7946 0000"}]},
            medical_info={"conditions": [{"name": "Asthma", "severity": "severe"}], "note": "Inhaler in bag"},
            address={"city": "Leeds"},
        )
    here = url(Student, "change", student.pk)
    page = super_admin.get(here)
    sent = form_of(page, Student)
    assert not {"emergency_contact", "medical_info", "address"} & set(sent)
    assert (sent["contacts-0-name"], sent["conditions-0-name"]) == ("Bea", "Asthma")
    assert (sent["city"], sent["medical_note"]) == ("Leeds", "Inhaler in bag")
    assert (
        super_admin.post(here, {**sent, "contacts-0-phone": "+44 20 7946 0001", "city": ""}).status_code
        == 302
    )
    with use_program(program):
        saved = Student.objects.get()
    assert saved.emergency_contact == {"contacts": [{"name": "Bea", "phone": "+44 20 7946 0001"}]}
    assert saved.medical_info == student.medical_info
    assert saved.address == {}


def test_equipment_and_amenities_are_fields(super_admin: PageClient, program: Program) -> None:
    with use_program(program):
        hall = FacilityFactory(equipment=[{"name": "Lanes", "quantity": 4}], amenities=["Showers", "Sauna"])
    here = url(Facility, "change", hall.pk)
    sent = form_of(super_admin.get(here), Facility)
    assert (sent["equipment-0-name"], sent["amenities"]) == ("Lanes", "Showers")
    assert sent["amenities_other"].strip() == "Sauna"
    assert super_admin.post(here, {**sent, "equipment-1-name": "Boards"}).status_code == 302
    with use_program(program):
        saved = Facility.objects.get()
    assert saved.equipment == [{"name": "Lanes", "quantity": 4}, {"name": "Boards", "quantity": 1}]
    assert saved.amenities == ["Showers", "Sauna"]


@pytest.mark.parametrize(
    ("model", "field", "value", "said"),
    [
        (Student, "phone", "x", "Enter a phone number."),
        (Student, "date_of_birth", "2999-01-01", "Enter a date between 1900 and 2199."),
        (Student, "date_of_birth", "2150-01-01", "The date of birth is in the future."),
        (Student, "date_of_birth", "1850-01-01", "Enter a date between 1900 and 2199."),
        (Student, "enrollment_date", "1949-12-31", "Enter a date from 1950 on."),
        (Facility, "status", "maintenance", "Say why it is not in use."),
        (Facility, "capacity", "0", "Ensure this value is greater than or equal to 1."),
        (Course, "level", "-1", "Ensure this value is greater than or equal to 0."),
        (Lesson, "duration_minutes", "0", "Ensure this value is greater than or equal to 1."),
    ],
)
def test_the_rules_of_the_product_hold(
    super_admin: PageClient, program: Program, model: Any, field: str, value: str, said: str
) -> None:
    row = one_of_each(program)[model]
    here = url(model, "change", row.pk)
    answer = super_admin.post(here, {**form_of(super_admin.get(here), model), field: value})
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert [said] in list(form.errors.values())
    assert said in answer.text


def test_opening_a_facility_again_clears_why_it_was_closed(super_admin: PageClient, program: Program) -> None:
    with use_program(program):
        hall = FacilityFactory(status="maintenance", status_reason="Leak", available_again_on="2030-01-01")
    chosen = {"action": "open", "_selected_action": [str(hall.pk)]}
    assert super_admin.post(url(Facility, "changelist"), chosen).status_code == 302
    with use_program(program):
        saved = Facility.objects.get()
    assert (saved.status, saved.status_reason, saved.available_again_on) == ("active", "", None)


# --- sentences


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_no_broken_rule_is_told_by_its_name(model: Any, program: Program) -> None:
    """Every rule of every model is made to fail: what is said is a sentence, at a field where one is concerned."""
    with use_program(program):
        row = model()
        for _, rules in row.get_constraints():
            for rule in rules:
                said = _said(row, rule)
                assert rule.name not in said and "Constraint" not in said, rule.name
                assert said.endswith(".")


def _said(row: Any, broken: models.BaseConstraint) -> str:
    """What is said where `broken` alone is asked and fails."""
    from django.core.exceptions import ValidationError

    class Broken(type(broken)):  # type: ignore[misc]
        def validate(self, *args: Any, **kwargs: Any) -> None:
            raise ValidationError(self.get_violation_error_message())

    always = object.__new__(Broken)
    vars(always).update(vars(broken))
    row.get_constraints = lambda: [(type(row), [always])]
    with pytest.raises(ValidationError) as caught:
        row.validate_constraints()
    return str(caught.value.messages[0])


@pytest.mark.parametrize(
    ("model", "posted", "field", "said"),
    [
        (Program, {"name": "Football", "color": "blue"}, "name", "Program with this Name already exists."),
        (UserProgramAssignment, {}, "program", "This is taken already: User, Program."),
        (User, {"username": "a@b"}, "username", "A user name has no @."),
        (User, {"email": "GRACE@example.org"}, "email", "This is taken already: E-mail."),
    ],
)
def test_a_rule_is_told_at_its_field(
    super_admin: PageClient, other_program: Program, model: Any, posted: dict[str, str], field: str, said: str
) -> None:
    grace = make_member(Role.TUTOR, email="grace@example.org")
    UserProgramAssignment.objects.create(user=grace, program=other_program)
    sent = {"user": str(grace.pk), "program": str(other_program.pk)}
    if model is User:
        words = {"password1": "long enough to pass", "password2": "long enough to pass"}
        sent = {
            "username": "new",
            "email": "n@example.org",
            "role": "tutor",
            "usable_password": "true",
            **words,
        }
    answer = super_admin.post(url(model, "add"), {**sent, **posted})
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert [message.capitalize() for message in errors[field]] == [said.capitalize()]


# --- what a new row does not have yet


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_no_page_shows_an_object_of_python(super_admin: PageClient, program: Program, model: Any) -> None:
    row = one_of_each(program).get(model)
    pages = [url(model, "add")]
    pages += [url(model, "change", row.pk)] if row is not None else []
    pages += [url(model, "change", program.pk)] if model is Program else []
    pages += [url(model, "change", super_admin.user.pk)] if model is User else []
    for page in pages:
        text = super_admin.get(page).text
        for trace in ("DatabaseDefault", "django.db", "object at 0x", "&lt;django"):
            assert trace not in text, (page, trace)


# --- addresses


@made_once
def filled() -> Program:
    from programs.factories import ProgramFactory

    program = ProgramFactory(name="Yoga")
    one_of_each(program)
    return program


@pytest.mark.parametrize("model", sorted({model for model, _ in DATES}, key=lambda model: model._meta.label))
def test_a_date_that_can_not_be_is_told_and_the_list_shown(
    client_for: ClientFor, filled: Program, model: Any
) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, filled)
    here = url(model, "changelist")
    for name in [name for of, name in DATES if of is model]:
        for lookup in ("year", "year__gte", "iso_year", "month", "week", "day", "gte", "exact", "date"):
            for value in ("10000", "0", "-1", "99999999999999999999", "x", "", "9999-99-99"):
                answer = super_admin.get(here, {f"{name}__{lookup}": value})
                assert answer.status_code in (200, 302), (name, lookup, value)
        answer = super_admin.get(here, {f"{name}__year": "10000"}, follow=True)
        assert answer.redirect_chain == [(f"{here}?e=1", 302)]
        assert "The address asks for something that can&#x27;t be." in answer.text


def test_an_unknown_value_stands_last_both_ways(super_admin: PageClient, program: Program) -> None:
    with use_program(program):
        for name, capacity in (("Small", 5), ("Unknown", None), ("Large", 50)):
            FacilityFactory(name=name, capacity=capacity)
    column = super_admin.get("/admin/facilities/facility/").context["cl"].list_display.index("capacity")
    for sort, order in (
        (f"{column}", ["Small", "Large", "Unknown"]),
        (f"-{column}", ["Large", "Small", "Unknown"]),
    ):
        rows = super_admin.get("/admin/facilities/facility/", {"o": sort}).context["cl"].result_list
        assert [row.name for row in rows] == order
