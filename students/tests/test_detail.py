"""The page of a student: tabs, call and mail links, and the sheet for paper."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crud.testing import dom, text_of
from programs.archive import archive
from programs.scope import use_program
from students.factories import StudentFactory

SECRETS = (
    "Ada Contact",
    "+44 7700 900456",
    "12 Secret Lane",
    "Hiddenham",
    "Asthma",
    "Inhaler",
    "Private note",
)
NOTED = [words for words in SECRETS if words not in ("12 Secret Lane", "Hiddenham")]
"""What is printed by the button alone, which notes it."""
HTMX = {"HX-Request": "true"}


def paper(client, student):
    """What “Print sheet” prints."""
    response = client.post(f"/students/{student.pk}/sheet/")
    assert response.status_code == 200
    return "".join(str(sheet) for sheet in dom(response).select("main div.sheet"))


def parts(client, student, tab=""):
    """(what is on the screen below the header, what is printed) of the page."""
    response = client.get(f"/students/{student.pk}/{tab}")
    assert response.status_code == 200
    page = dom(response)
    assert page.select_one("main #tab + div.sheet:last-child"), "Something else stands around them."
    return str(page.select_one("main #tab")), "".join(str(sheet) for sheet in page.select("main div.sheet"))


def tabs(html):
    """(key, whether it is the current one) of each tab."""
    found = dom(html).select('a[href^="?tab="]')
    return [(tab["href"].removeprefix("?tab="), tab.get("aria-current") == "page") for tab in found]


def test_the_header_tells_number_status_age_and_alert(coordinator, student):
    html = coordinator.get(f"/students/{student.pk}/").content.decode()
    header = html.partition("<main")[2].partition('<div id="tab">')[0]
    age = f"{student.age} years old"
    for words in (student.student_id, age, ">Active<", "Medical alert", "Aisha Hassan"):
        assert words in header
    assert 'href="tel:+447700900123"' in header
    assert f'href="mailto:{student.email}"' in header
    assert "Print sheet" in header
    assert f"{student.student_id} · {age} · enrolled" in text_of(dom(html).select_one("main"))


@pytest.mark.parametrize(
    ("tab", "shown", "hidden"),
    [
        ("", ["Asthma", "Inhaler", "Private note", "Ada Contact", "12 Secret Lane"], ["How the student"]),
        ("?tab=profile", ["Asthma", "Ada Contact", "Student number"], ["How the student is reached"]),
        ("?tab=contacts", ["Ada Contact", "+44 7700 900456", "12 Secret Lane"], ["Asthma", "Private note"]),
        ("?tab=health", ["Asthma", "Severe", "Salbutamol", "Private note"], ["Ada Contact"]),
        ("?tab=history", ["History", "added"], ["Asthma", "Ada Contact", "12 Secret Lane"]),
    ],
)
def test_each_tab_shows_its_part(coordinator, student, tab, shown, hidden):
    screen, sheet = parts(coordinator, student, tab)
    assert [words for words in shown if words not in screen] == []
    assert [words for words in hidden if words in screen] == []
    assert [words for words in NOTED if words in sheet] == []
    assert "Last changes" in sheet and student.student_id in sheet
    assert 'href="tel:+447700900456"' in screen or "Ada Contact" not in screen


def test_the_sheet_shows_all(coordinator, student):
    sheet = paper(coordinator, student)
    assert [words for words in (*SECRETS, student.student_id, "Aisha Hassan") if words not in sheet] == []


def test_the_profile_starts_with_what_is_needed_at_the_poolside(coordinator, student):
    screen, _ = parts(coordinator, student)
    assert screen.index("Asthma") < screen.index("Ada Contact") < screen.index("Student number")
    assert tabs(screen) == [
        ("profile", True),
        ("contacts", False),
        ("health", False),
        ("history", False),
    ]


def test_htmx_gets_the_tabs_and_what_the_current_one_shows(coordinator, student):
    response = coordinator.get(f"/students/{student.pk}/?tab=health", headers=HTMX)
    html = response.content.decode()
    assert html.lstrip().startswith('<div id="tab">') and "<html" not in html and "sheet" not in html
    assert ("health", True) in tabs(html)
    assert "HX-Request" in response["Vary"]


def test_a_tutor_sees_and_prints_nothing_private(tutor, student):
    for tab in ("", "?tab=history"):
        screen, sheet = parts(tutor, student, tab)
        assert [words for words in SECRETS if words in screen + sheet] == []
        assert [key for key, _ in tabs(screen)] == ["profile", "history"]
        assert "which notes who printed them" in sheet
    for tab in ("contacts", "health"):
        assert tutor.get(f"/students/{student.pk}/?tab={tab}").status_code == 404
        assert tutor.get(f"/students/{student.pk}/?tab={tab}", headers=HTMX).status_code == 404


@pytest.mark.parametrize("tab", ["grades", "Profile", "%00", "'"])
def test_a_tab_that_does_not_exist_is_not_found(coordinator, student, tab):
    assert coordinator.get(f"/students/{student.pk}/?tab={tab}").status_code == 404


def test_a_record_without_anything_says_so(coordinator, program):
    with use_program(program):
        bare = StudentFactory(
            email="", phone="", date_of_birth=None, address={}, emergency_contact={}, medical_info={}
        )
    screen, sheet = parts(coordinator, bare)[0], paper(coordinator, bare)
    assert "No one is named yet." in screen and "Add a contact" in screen and "Health</h2>" not in screen
    assert "Nothing is known that staff must watch for." in parts(coordinator, bare, "?tab=health")[0]
    assert "No one is named yet." in sheet and "Nothing is known" in sheet
    html = coordinator.get(f"/students/{bare.pk}/").content.decode()
    assert "tel:" not in html and "mailto:" not in html and "years old" not in html


def test_what_a_user_typed_is_escaped_on_screen_and_paper(coordinator, program):
    evil = "<script>alert(1)</script>"
    with use_program(program):
        student = StudentFactory(
            first_name=evil,
            last_name="x" * 200,
            address={"street": evil},
            emergency_contact={
                "contacts": [{"name": evil, "relation": evil, "phone": '"><b>', "email": evil}]
            },
            medical_info={
                "conditions": [{"name": evil, "severity": evil, "action": evil, "medication": evil}],
                "note": evil,
            },
        )
    for tab in ("", "?tab=contacts", "?tab=health", "?tab=history", "emergency/", "sheet/"):
        ask = coordinator.post if tab.endswith("/") else coordinator.get
        html = ask(f"/students/{student.pk}/{tab}").content.decode()
        assert evil not in html and '"><b>' not in html


def test_an_archived_student_offers_no_edits(client_for, program, student):
    admin = client_for("program_admin", program)
    with use_program(program):
        archive(student)
    for tab in ("", "?tab=contacts", "?tab=health"):
        screen, sheet = parts(admin, student, tab)
        assert "/edit/" not in screen
        assert "Archived" in sheet


def test_the_page_costs_the_same_however_much_there_is(coordinator, program):
    def queries(student, tab):
        coordinator.get(f"/students/{student.pk}/{tab}")
        with CaptureQueriesContext(connection) as captured:
            assert coordinator.get(f"/students/{student.pk}/{tab}").status_code == 200
        return len(captured)

    with use_program(program, user=coordinator.user):
        short, long = StudentFactory(), StudentFactory()
        for number in range(12):
            long.phone = str(1000 + number)
            long.save()
    for tabs_alike in (("", "?tab=health"), ("?tab=history",)):
        assert len({queries(student, tab) for student in (short, long) for tab in tabs_alike}) == 1
    assert len(dom(parts(coordinator, long, "?tab=history")[0]).select("time")) == 13
    assert str(timezone.localdate().year) in parts(coordinator, long)[1]
