import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs.archive import archive
from programs.scope import use_program
from students.factories import StudentFactory
from students.models import Student

PRIVATE = ("12 Secret Lane", "Hiddenham", "Ada Contact", "900456", "Asthma", "Salbutamol", "Private note")


@pytest.fixture
def here(student):
    return f"/students/{student.pk}/"


def test_detail_shows_everything_to_a_coordinator(coordinator, student, here):
    html = coordinator.get(here).content.decode()
    for words in (*PRIVATE, student.student_id, "Aisha Hassan", "Medical alert", "17 May 2015"):
        assert words in html
    assert 'href="tel:+447700900456"' in html
    assert f'href="mailto:{student.email}"' in html
    assert f'href="{here}edit/"' in html


def test_tutor_sees_the_alert_and_no_private_details(tutor, student, here):
    with CaptureQueriesContext(connection) as queries:
        html = tutor.get(here).content.decode()
    assert "Medical alert" in html
    assert student.student_id in html
    for words in PRIVATE:
        assert words not in html
    # Not even read.
    for column in ("address", "emergency_contact", "medical_info"):
        assert not [q["sql"] for q in queries if f'"{column}"' in q["sql"]]
    for action in ("edit/", "archive/", "Restore"):
        assert action not in html


def test_history_names_the_fields_and_no_private_values(coordinator, tutor, here, student, program):
    with use_program(program, user=coordinator.user):
        student.phone, student.medical_info = "+44 999", {"note": "Sees poorly"}
        student.save()
        student.address = {"city": "Elsewhere"}
        student.save()
    mine = coordinator.get(here).context["history"]
    assert [(c.actor, c.verb, c.labels) for c in mine] == [
        ("Helen Marsh", "changed", ("Address",)),
        ("Helen Marsh", "changed", ("Phone", "Medical information")),
        ("", "added", ()),
    ]
    theirs = tutor.get(here).context["history"]
    assert [(c.verb, c.labels) for c in theirs] == [
        ("changed", ("Private details",)),
        ("changed", ("Phone",)),
        ("added", ()),
    ]
    assert "Sees poorly" not in tutor.get(here).content.decode()


def test_history_is_short_except_on_its_own_tab(coordinator, here, student, program):
    with use_program(program):
        for number in range(12):
            student.phone = str(number)
            student.save()
    history = coordinator.get(here).context["history"]
    assert [change.labels for change in history] == [("Phone",)] * 5
    assert len(coordinator.get(f"{here}?tab=history").context["history"]) == 13


def test_archive_and_restore(coordinator, student, here, program):
    assert "Archive “Aisha Hassan”?" in coordinator.get(f"{here}archive/").content.decode()
    response = coordinator.post(f"{here}archive/")
    assert (response.status_code, response["Location"]) == (302, "/students/")
    with use_program(program):
        assert not Student.objects.exists()
        assert Student.with_archived.get().is_archived
    page = coordinator.get("/students/")
    (said,) = page.context["messages"]
    assert (str(said), said.extra_tags) == ("“Aisha Hassan” archived.", f"{here}restore/")

    archived = coordinator.get(here).content.decode()
    assert "Archived since" in archived
    assert f'action="{here}restore/"' in archived
    assert f'href="{here}edit/"' not in archived
    history = coordinator.get(here).context["history"]
    assert [change.verb for change in history] == ["archived", "added"]

    # Twice is once.
    assert coordinator.post(f"{here}archive/").status_code == 302
    response = coordinator.post(f"{here}restore/")
    assert (response.status_code, response["Location"]) == (302, here)
    assert coordinator.post(f"{here}restore/").status_code == 302
    with use_program(program):
        assert Student.objects.get() == student


def test_who_may_not_restore_does_not_see_the_archived(tutor, student, here, program):
    with use_program(program):
        archive(student)
    assert tutor.get(here).status_code == 404


def test_get_never_archives(coordinator, here, program):
    for page in ("archive/", "restore/"):
        assert coordinator.get(here + page).status_code in (200, 302)
    with use_program(program):
        assert Student.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "last"),
    [("美咲", "田中"), ("محمد", "الفاسي"), ("Ø" * 200, "é" * 200), ("<b>", "&amp;"), ("O'Neill", '"q"')],
)
def test_names_of_any_kind_show_right(coordinator, program, first, last):
    with use_program(program):
        student = StudentFactory(first_name=first, last_name=last)
    response = coordinator.get(f"/students/{student.pk}/")
    assert response.status_code == 200
    assert response.context["object"].full_name == f"{first} {last}"
    assert "<b> &amp;" not in response.content.decode()
    assert coordinator.get(f"/students/{student.pk}/edit/").status_code == 200


def test_detail_takes_few_queries(coordinator, here):
    coordinator.get(here)
    with CaptureQueriesContext(connection) as queries:
        coordinator.get(here)
    assert len(queries) <= 12
