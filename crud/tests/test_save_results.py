"""What saving a form answers: saved, already saved, or refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

import crud
from courses.forms import CourseForm
from courses.models import Course
from programs.models import Program
from programs.scope import use_program
from programs.testing import make_member


@pytest.fixture
def request_in(program: Program) -> Any:
    request: Any = RequestFactory().post("/")
    request.user, request.program = make_member("program_admin", program), program
    with use_program(program, user=request.user):
        yield request


def posted(request: Any, token: uuid.UUID, instance: Course | None = None, **values: str) -> CourseForm:
    data = QueryDict(mutable=True)
    data.update({"token": str(token), "level": "1", "is_active": "on", **values})
    return CourseForm(data, instance=instance, request=request)


def test_the_first_time_it_is_saved(request_in):
    form = posted(request_in, uuid.uuid4(), name="Crawl")
    result = form.save_once()
    assert result == crud.Saved(form.instance)
    assert Course.objects.get() == result.row


def test_the_same_form_is_already_saved(request_in):
    token = uuid.uuid4()
    saved = posted(request_in, token, name="Crawl").save_once()
    again = posted(request_in, token, name="Crawl").save_once()
    assert again == crud.AlreadySaved(saved.row, differences=[])
    assert Course.objects.count() == 1


@pytest.mark.parametrize("name", ["Butterfly", ""], ids=["valid", "invalid"])
def test_the_same_form_with_other_values_is_already_saved_and_tells_them_apart(request_in, name):
    token = uuid.uuid4()
    saved = posted(request_in, token, name="Crawl").save_once()
    again = posted(request_in, token, name=name).save_once()
    assert isinstance(again, crud.AlreadySaved)
    assert again.row == saved.row
    assert [(d.label, d.saved, d.submitted) for d in again.differences] == [("Name", "Crawl", name)]
    assert Course.objects.get().name == "Crawl"


def test_an_invalid_form_is_refused(request_in):
    form = posted(request_in, uuid.uuid4(), name="")
    assert form.save_once() == crud.Refused()
    assert "name" in form.errors
    assert not Course.objects.exists()


def test_what_the_database_refuses_is_refused_with_an_error(request_in):
    form = posted(request_in, uuid.uuid4(), name="Crawl")
    assert form.is_valid()
    form.instance.level = 2**40  # no validation has seen it
    assert form.save_once() == crud.Refused()
    assert form.non_field_errors() == ["A value is too long or out of range for the database."]
    assert not Course.objects.exists()


def test_an_existing_row_is_saved_and_not_written_without_a_change(request_in):
    course = posted(request_in, uuid.uuid4(), name="Crawl").save_once().row
    form = posted(request_in, uuid.uuid4(), instance=course, name="Crawl")
    assert form.is_valid()
    with CaptureQueriesContext(connection) as queries:
        assert form.save_once() == crud.Saved(course)
    assert not [query for query in queries if "UPDATE" in query["sql"]]
    changed = posted(request_in, uuid.uuid4(), instance=course, name="Butterfly")
    assert isinstance(changed.save_once(), crud.Saved)
    assert Course.objects.get().name == "Butterfly"


def test_an_existing_row_is_never_already_saved(request_in):
    course = posted(request_in, uuid.uuid4(), name="Crawl").save_once().row
    form = posted(request_in, uuid.uuid4(), instance=course, name="")
    assert form.save_once() == crud.Refused()
