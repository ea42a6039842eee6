"""What was typed into a form that is refused comes back in the words of the form, and can be sent again."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Role
from courses.factories import LessonFactory
from courses.models import Lesson
from crud.testing import dom, form_data, hidden_fields
from facilities.models import Facility
from programs.models import Program
from programs.scope import use_program
from programs.testing import ClientFor, PageClient
from students.models import Student

pytestmark = pytest.mark.django_db

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
NEW = "/facilities/new/"
# address → (label, name, typed, shown)
TYPED: dict[str, list[tuple[str, str, str, str]]] = {
    "/students/new/": [
        ("First name", "first_name", "Ada", "Ada"),
        ("Postal code", "postal_code", "8001", "8001"),
        ("Status", "status", "withdrawn", "Withdrawn"),
        ("Contact 1, Name", "contacts-0-name", "Mara", "Mara"),
        ("Condition 2, Severity", "conditions-1-severity", "severe", "Severe"),
        ("Medical note", "medical_note", "Line\nand line", "Line\nand line"),
    ],
    "/students/quick/": [("First name", "first_name", "Ada", "Ada"), ("Phone", "phone", "+44", "+44")],
    "/facilities/new/": [("Name", "name", "Hall", "Hall"), ("Type", "facility_type", "gym", "Gym")],
    "/courses/new/": [("Name", "name", "Crawl", "Crawl"), ("Active", "is_active", "on", "Yes")],
    "/staff/invite/": [("E-mail", "email", "a@example.org", "a@example.org")],
    "/accounts/profile/": [("Rows of lists", "density", "compact", "Compact")],
    "/desk/views/save/": [("Name", "name", "Mine", "Mine")],
    "/programs/all/": [("Reason", "reason", "To look", "To look")],
    "/view-as/start/": [("Reason", "reason", "To look", "To look")],
    "/admin/students/student/add/": [("First name", "first_name", "Ada", "Ada")],
}


def shown(answer: Any) -> list[tuple[str, str]]:
    page = dom(answer)
    labels, values = page.select("dt"), page.select("dt + dd")
    return [(one.get_text(), other.get_text()) for one, other in zip(labels, values, strict=True)]


@pytest.mark.parametrize("url", TYPED)
def test_what_was_typed_is_shown_by_the_labels_of_the_form(url: str, program: Program) -> None:
    posted = {name: value for _label, name, value, _shown in TYPED[url]}
    noise = {"contacts-TOTAL_FORMS": "2", "token": "x", "add_rows": "contacts", "unknown_name": "y"}
    answer = PageClient().post(url, {**posted, **noise}, program=program)
    assert answer.status_code == 403
    assert shown(answer) == [(label, words) for label, _name, _value, words in TYPED[url]]


def test_what_was_typed_about_a_lesson_is_shown_by_its_labels(program: Program) -> None:
    with use_program(program):
        lesson = LessonFactory()
    course = lesson.module.curriculum.course
    answer = PageClient().post(
        f"/courses/{course.pk}/lessons/{lesson.pk}/", {"duration_minutes": "45", "content": "Warm up"}
    )
    assert shown(answer) == [("Duration in minutes", "45"), ("Content", "Warm up")]
    with use_program(program):
        assert not Lesson.objects.filter(content="Warm up").exists()


# ---- sending the same again


def filled(client: PageClient, **typed: Any) -> dict[str, Any]:
    return {**form_data(client.get(NEW)), "facility_type": "gym", **typed}


def offered(answer: Any) -> dict[str, Any]:
    """What the button "Send it again" posts."""
    form = dom(answer).select_one('form[method="post"][action]')
    assert form
    return hidden_fields(form)


@pytest.fixture
def strict(client_for: ClientFor, program: Program) -> PageClient:
    """A browser whose forms must carry a valid token."""
    user = client_for(Role.PROGRAM_ADMIN, program).user
    return PageClient(user, program, enforce_csrf_checks=True)


def test_a_form_sent_after_the_session_has_ended_is_sent_again_after_signing_in(
    strict: PageClient, program: Program
) -> None:
    typed = filled(strict, name="Great hall")
    session = strict.session
    strict.cookies.clear()
    refused = strict.post(NEW, typed, headers=SAME_ORIGIN)
    assert refused.status_code == 403
    assert refused["X-Signed-Out"] == "1"
    assert 'href="/accounts/login/?next=/accounts/session/" target="_blank"' in refused.text
    # Signed in again in another tab, which gives the browser another token.
    strict.cookies["sessionid"] = session.session_key
    strict.get(NEW)
    stale = strict.post(NEW, {**offered(refused), "csrfmiddlewaretoken": "x" * 64}, headers=SAME_ORIGIN)
    assert stale.status_code == 403
    assert stale["X-Form-Out-Of-Date"] == "1"
    assert strict.post(NEW, offered(stale), headers=SAME_ORIGIN).status_code == 302
    with use_program(program):
        assert list(Facility.objects.values_list("name", flat=True)) == ["Great hall"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
    ids=str,
)
def test_a_form_of_another_site_gets_no_valid_token_by_being_refused(
    strict: PageClient, headers: dict[str, str]
) -> None:
    typed = filled(strict, name="Great hall")
    answer = strict.post(NEW, {**typed, "csrfmiddlewaretoken": "x" * 64}, headers=headers)
    assert answer.status_code == 403
    assert "<form" not in answer.text
    strict.cookies.clear()
    assert "<form" not in strict.post(NEW, typed, headers=headers).text


def test_a_form_with_a_password_is_not_kept_in_a_page(program: Program) -> None:
    posted = {"name": "Great hall", "new_password1": "hunter22222"}
    answer = PageClient().post(NEW, posted, program=program, headers=SAME_ORIGIN)
    assert shown(answer) == [("Name", "Great hall")]
    assert "<form" not in answer.text
    assert "hunter22222" not in answer.text


# ---- what a script is told


def test_a_script_is_told_where_a_form_leads(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.PROGRAM_ADMIN, program)
    answer = client.post(NEW, filled(client, name="Great hall"), headers={"X-Form": "1"})
    with use_program(program):
        made = Facility.objects.get()
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["X-Location"] == f"/facilities/{made.pk}/"
    assert "Location" not in answer
    # The message waits for the page that the browser opens.
    assert "“Great hall” added." in client.get(f"/facilities/{made.pk}/").text


def test_who_is_signed_in_is_told_to_a_script_and_to_a_person(
    client_for: ClientFor, program: Program
) -> None:
    client = client_for(Role.TUTOR, program, full_name="Ana Ruiz")
    told = client.get("/accounts/session/", headers={"Accept": "application/json"}).json()
    assert (told["user"], told["name"]) == (str(client.user.pk), "Ana Ruiz")
    assert len(told["token"]) == 64
    assert "You are signed in as Ana Ruiz" in client.get("/accounts/session/").text
    visitor = PageClient()
    told = visitor.get("/accounts/session/", headers={"Accept": "application/json"}).json()
    assert (told["user"], told["name"]) == (None, "")
    assert visitor.get("/accounts/session/").url == "/accounts/login/?next=/accounts/session/"


def test_a_foreign_student_is_not_made_by_sending_again(program: Program, other_program: Program) -> None:
    answer = PageClient().post(
        "/students/new/", {"first_name": "Ada"}, program=other_program, headers=SAME_ORIGIN
    )
    assert offered(answer)["program_context"] == str(other_program.pk)
    with use_program(other_program):
        assert not Student.objects.exists()
