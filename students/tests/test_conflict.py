"""Two people at one row: nothing is overwritten unseen, nothing that was typed is lost."""

import pytest

from crud.testing import dom, form_data, text_of
from programs.archive import archive
from programs.scope import use_program
from students.models import Student

# History tells the events apart by the clock, so each request must be a transaction of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(client_for, program):
    return client_for("program_admin", program, full_name="Marcus Oyelaran")


@pytest.fixture
def here(student):
    return f"/students/{student.pk}/edit/"


def stored(student, program):
    with use_program(program):
        return Student.with_archived.get(pk=student.pk)


def test_a_stale_form_says_who_changed_what(coordinator, other, here, student, program):
    mine = {**form_data(coordinator.get(here)), "email": "mine@example.org"}
    theirs = {**form_data(other.get(here)), "city": "Brighton", "phone": "+44 111"}
    assert other.post(here, theirs).status_code == 302

    response = coordinator.post(here, mine)
    html = response.content.decode()
    assert response.status_code == 409
    assert text_of(dom(html).title).startswith("Not saved: Edit Aisha Hassan")
    assert "Marcus Oyelaran saved a change" in html
    assert response.context["conflict"].fields == ["Phone", "Town or city"]
    assert "Saved meanwhile: +44 111" in html
    assert "Saved meanwhile: Brighton" in html
    shown = form_data(response)
    assert (shown["email"], shown["phone"]) == ("mine@example.org", "+44 7700 900123")
    assert stored(student, program).email != "mine@example.org"

    # What this user did not touch is taken from the other, unless the user wants it otherwise.
    assert shown["take"] == ["phone", "city"]
    assert coordinator.post(here, {**shown, "take": ["city"]}).status_code == 302
    now = stored(student, program)
    assert (now.email, now.phone, now.address["city"]) == ("mine@example.org", "+44 7700 900123", "Brighton")


def test_what_both_changed_stays_as_typed_until_the_other_is_taken(
    coordinator, other, here, student, program
):
    mine = {**form_data(coordinator.get(here)), "phone": "+44 222", "email": "no address"}
    assert other.post(here, {**form_data(other.get(here)), "phone": "+44 111"}).status_code == 302
    shown = form_data(coordinator.post(here, mine))
    assert (shown["phone"], "take" in shown) == ("+44 222", False)
    # A mistake elsewhere brings the form back with the choice.
    refused = coordinator.post(here, {**shown, "take": "phone"})
    assert refused.status_code == 422
    again = form_data(refused)
    assert again["take"] == "phone"
    assert coordinator.post(here, {**again, "email": ""}).status_code == 302
    assert stored(student, program).phone == "+44 111"


def test_a_conflict_in_rows_shows_the_newer_rows(coordinator, other, here):
    mine = form_data(coordinator.get(here))
    theirs = {**form_data(other.get(here)), "contacts-0-name": "Grace"}
    assert other.post(here, theirs).status_code == 302
    response = coordinator.post(here, {**mine, "contacts-0-name": "Ida"})
    assert response.status_code == 409
    assert response.context["conflict"].fields == ["Emergency contacts"]
    assert "Saved meanwhile: Grace, Mother, +44 7700 900456" in response.content.decode()
    assert form_data(response)["contacts-0-name"] == "Ida"


def test_the_same_change_posted_twice_is_no_conflict(coordinator, here, student, program):
    mine = {**form_data(coordinator.get(here)), "first_name": "Zed"}
    assert [coordinator.post(here, mine).status_code for _ in range(2)] == [302, 302]
    assert stored(student, program).first_name == "Zed"


def test_a_stale_form_with_a_mistake_shows_both(coordinator, other, here):
    mine = {**form_data(coordinator.get(here)), "email": "x"}
    assert other.post(here, {**form_data(other.get(here)), "phone": "+44 111"}).status_code == 302
    response = coordinator.post(here, mine)
    assert response.status_code == 409
    html = response.content.decode()
    assert "Saved meanwhile: +44 111" in html
    assert "E-mail: Enter a valid email address." in html


@pytest.mark.parametrize("version", ["", "yesterday", "2020-01-01T00:00:00+00:00", "9999-99-99T00:00", "\0"])
def test_a_form_without_its_version_does_not_overwrite(coordinator, here, student, program, version):
    mine = {**form_data(coordinator.get(here)), "first_name": "Zed", "version": version}
    response = coordinator.post(here, mine)
    assert response.status_code == 409
    assert form_data(response)["first_name"] == "Zed"
    assert stored(student, program).first_name == "Aisha"
    assert coordinator.post(here, form_data(response)).status_code == 302


def test_a_student_archived_meanwhile_keeps_what_was_typed(coordinator, here, student, program):
    mine = {**form_data(coordinator.get(here)), "first_name": "Zed"}
    with use_program(program):
        archive(stored_in(student))
    response = coordinator.post(here, mine)
    assert response.status_code == 409
    assert "was archived meanwhile" in response.content.decode()
    shown = form_data(response)
    assert shown["first_name"] == "Zed"
    assert coordinator.get(here).status_code == 302  # to the page that offers to restore
    assert coordinator.post(f"/students/{student.pk}/restore/").status_code == 302
    again = coordinator.post(here, shown)
    assert again.status_code in (302, 409)
    if again.status_code == 409:
        assert coordinator.post(here, form_data(again)).status_code == 302
    assert stored(student, program).first_name == "Zed"


def stored_in(student):
    return Student.with_archived.get(pk=student.pk)
