"""Several requests at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from crud.testing import form_data
from programs.scope import use_program
from programs.testing import PageClient
from students.models import Student

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(client, path, data, times=6):
    """The statuses and targets of the same post, sent several times at once."""

    def send(_):
        try:
            browser = PageClient(program=None)
            browser.cookies = client.cookies
            browser.program = client.program
            response = browser.post(path, data)
            return response.status_code, response.get("Location")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return set(pool.map(send, range(times)))


def test_a_form_posted_by_six_clicks_at_once_makes_one_student(coordinator, program):
    data = {**form_data(coordinator.get("/students/new/")), "first_name": "Ada", "last_name": "Byron"}
    answers = at_once(coordinator, "/students/new/", data)
    with use_program(program):
        student = Student.objects.get()
    assert answers == {(302, f"/students/{student.pk}/")}


def test_a_change_posted_by_six_clicks_at_once_is_saved_once(coordinator, student, program):
    here = f"/students/{student.pk}/edit/"
    data = {**form_data(coordinator.get(here)), "first_name": "Zed"}
    assert at_once(coordinator, here, data) == {(302, f"/students/{student.pk}/")}
    with use_program(program):
        student.refresh_from_db()
    assert student.first_name == "Zed"
