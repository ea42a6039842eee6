"""Emergency details: opened by everybody who works in the program, and noted before they are shown."""

import pytest

from crud.testing import dom, texts_of
from programs.archive import archive
from programs.scope import use_program
from students.factories import EmergencyLookFactory, StudentFactory
from students.models import EmergencyLook, LookKind

SECRETS = ("Asthma", "Inhaler", "Salbutamol", "Private note", "Ada Contact", 'href="tel:+447700900456"')


@pytest.fixture
def allergic(program):
    with use_program(program):
        return StudentFactory(
            first_name="Mia",
            last_name="Kern",
            emergency_contact={
                "contacts": [{"name": "Eva Kern", "relation": "Mother", "phone": "0171 2345678"}]
            },
            medical_info={
                "conditions": [
                    {
                        "name": "Peanut allergy",
                        "severity": "severe",
                        "action": "Call 112",
                        "medication": "EpiPen",
                    }
                ]
            },
        )


def looks(program):
    with use_program(program):
        return [
            (look.user_key, look.user_name, look.student_key, look.student_name, look.kind)
            for look in EmergencyLook.objects.order_by("created_at")
        ]


def close_to_tutors(program):
    program.emergency_details_for_tutors = False
    program.save()


def test_a_tutor_opens_contacts_and_health_with_one_button(tutor, program, allergic):
    page = tutor.get(f"/students/{allergic.pk}/").text
    assert f'action="/students/{allergic.pk}/emergency/"' in page and "Emergency details" in page
    assert "Peanut" not in page and "Ask a coordinator" not in page
    assert looks(program) == []
    response = tutor.post(f"/students/{allergic.pk}/emergency/")
    assert response.status_code == 200
    for words in ("Peanut allergy", "Severe", "Call 112", "EpiPen", "Eva Kern", "Mother"):
        assert words in response.text
    assert 'href="tel:01712345678"' in response.text
    assert looks(program) == [(tutor.user.pk, str(tutor.user), allergic.pk, "Mia Kern", LookKind.OPENED)]


def test_numbers_are_dialled_as_numbers_of_the_programs_country(tutor, program, allergic):
    program.phone_region = "DE"
    program.save()
    assert 'href="tel:+491712345678"' in tutor.post(f"/students/{allergic.pk}/emergency/").text


def test_nothing_is_shown_before_it_is_noted(tutor, program, student):
    for page in ("emergency", "sheet"):
        response = tutor.get(f"/students/{student.pk}/{page}/")
        assert (response.status_code, response["Location"]) == (302, f"/students/{student.pk}/")
    assert looks(program) == []


def test_a_print_is_noted_as_one(tutor, program, student):
    opened = tutor.post(f"/students/{student.pk}/emergency/").text
    assert f'action="/students/{student.pk}/sheet/"' in opened
    sheet = str(dom(tutor.post(f"/students/{student.pk}/sheet/")).select_one("div.sheet"))
    assert [words for words in SECRETS[:-1] if words not in sheet] == []
    assert "12 Secret Lane" not in sheet  # the address stays with those who may read it
    assert [look[-1] for look in looks(program)] == [LookKind.OPENED, LookKind.PRINTED]


def test_the_page_of_a_student_prints_no_emergency_details_without_a_note(coordinator, program, student):
    page = coordinator.get(f"/students/{student.pk}/").text
    sheet = str(dom(page).select_one("main div.sheet"))
    assert [words for words in SECRETS if words in sheet] == []
    assert "“Print sheet”, which notes who printed them" in sheet
    assert "data-print" not in page


def test_a_program_closes_emergency_details_to_tutors_alone(tutor, coordinator, program, student):
    close_to_tutors(program)
    page = tutor.get(f"/students/{student.pk}/").text
    assert "/emergency/" not in page and "/sheet/" not in page and "Ask a coordinator" in page
    assert "data-print" in page
    for address in ("emergency", "sheet"):
        assert tutor.post(f"/students/{student.pk}/{address}/").status_code == 403
        assert tutor.get(f"/students/{student.pk}/{address}/").status_code == 403
    assert looks(program) == []
    assert coordinator.post(f"/students/{student.pk}/emergency/").status_code == 200


def test_the_history_of_the_student_tells_who_looked(tutor, coordinator, student):
    tutor.post(f"/students/{student.pk}/emergency/")
    tutor.post(f"/students/{student.pk}/sheet/")
    history = coordinator.get(f"/students/{student.pk}/?tab=history").text
    told = texts_of(history, "li > p:first-child")
    assert told[:2] == [
        f"{tutor.user} printed the emergency sheet",
        f"{tutor.user} opened the emergency details",
    ]
    assert "added" in told[2]


def test_program_admins_see_every_look_and_nobody_else_does(client_for, tutor, coordinator, program, student):
    admin = client_for("program_admin", program)
    assert "Nobody has looked yet" in admin.get("/students/emergency/").text
    tutor.post(f"/students/{student.pk}/emergency/")
    page = admin.get("/students/emergency/").text
    assert str(tutor.user) in page and ">Opened<" in page
    # The link is named for where it leads: the student.
    assert f'href="/students/{student.pk}/?tab=history">Aisha Hassan</a>' in page
    assert 'class="tfoot"' not in page  # nothing stands below a list of one page
    assert tutor.get("/students/emergency/").status_code == 403
    assert coordinator.get("/students/emergency/").status_code == 403


def test_a_long_list_of_looks_has_pages(client_for, program):
    with use_program(program):
        EmergencyLookFactory.create_batch(51)
    page = client_for("program_admin", program).get("/students/emergency/?page=2").text
    assert page.count("Aisha Hassan</a>") == 1


def test_without_a_note_nothing_is_shown(tutor, program, student, monkeypatch):
    """The note and the page are one transaction: no page without a note."""
    monkeypatch.setattr("students.emergency_views.note_looks", lambda **_: 1 / 0)
    tutor.raise_request_exception = False
    response = tutor.post(f"/students/{student.pk}/emergency/")
    assert response.status_code == 500 and "Asthma" not in response.text


def test_an_archived_student_is_not_opened(tutor, program, student):
    with use_program(program):
        archive(student)
    assert tutor.post(f"/students/{student.pk}/emergency/").status_code == 404


# ---- the sheets of many


def test_the_sheets_of_a_selection_are_printed_at_once_and_noted(coordinator, program, several):
    ids = [str(student.pk) for student in several[:2]]
    asked = coordinator.post("/students/bulk/", {"action": "sheets", "ids": ids}).text
    assert "2 students, each on a page of their own." in asked and looks(program) == []
    assert 'action="/students/sheets/"' in asked
    response = coordinator.post("/students/sheets/", {"ids": ids})
    assert response.text.count('<div class="sheet">') == 2
    assert "Glasses" in response.text
    assert {(key, kind) for *_, key, _name, kind in looks(program)} == {
        (student.pk, LookKind.PRINTED) for student in several[:2]
    }


def test_the_sheets_of_a_whole_list_are_those_that_match(coordinator, program, several):
    response = coordinator.post("/students/sheets/", {"all": "1", "query": "status=active"})
    assert response.text.count('<div class="sheet">') == 2
    assert len(looks(program)) == 2


def test_more_sheets_than_a_printer_takes_are_refused(coordinator, program, several, monkeypatch):
    monkeypatch.setattr("students.emergency_views.MOST_SHEETS", 4)
    asked = coordinator.post("/students/bulk/", {"action": "sheets", "all": "1"}).text
    assert "At most 4 sheets are printed at once." in asked
    assert coordinator.post("/students/sheets/", {"all": "1"}).status_code == 400
    assert looks(program) == []


def test_the_sheets_of_many_are_for_those_who_read_private_details(tutor, program, several):
    data = {"ids": [str(several[0].pk)]}
    assert tutor.post("/students/sheets/", data).status_code == 403
    assert tutor.post("/students/bulk/", {"action": "sheets", **data}).status_code == 403
    assert looks(program) == []


def test_nothing_selected_is_said(coordinator, program):
    response = coordinator.post("/students/sheets/", {})
    assert (response.status_code, response["Location"]) == (302, "/students/")
