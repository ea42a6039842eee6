"""What the admins of a program decide about it."""

import pytest

from staff.hooks import SettingsLink, hooks


def test_an_admin_closes_emergency_details_to_tutors_and_names_the_country(client_for, program):
    admin = client_for("program_admin", program)
    page = admin.get("/programs/settings/").text
    assert 'name="emergency_details_for_tutors"' in page and '<option value="DE">DE (+49)</option>' in page
    response = admin.post("/programs/settings/", {"phone_region": "DE"})
    assert (response.status_code, response["Location"]) == (302, "/programs/settings/")
    program.refresh_from_db()
    assert (program.emergency_details_for_tutors, program.phone_region) == (False, "DE")
    assert "The settings of Swimming are saved." in admin.get("/programs/settings/").text


@pytest.mark.parametrize("region", ["XX", "de", "Germany", "\0"])
def test_a_country_without_numbers_is_refused_at_its_field(client_for, program, region):
    response = client_for("program_admin", program).post("/programs/settings/", {"phone_region": region})
    assert response.status_code == 422
    assert "phone_region" in response.context["form"].errors
    program.refresh_from_db()
    assert program.phone_region == ""


def test_the_page_of_one_program_changes_no_other(client_for, program, other_program):
    admin = client_for("program_admin", program, other_program)
    admin.post("/programs/settings/", {"phone_region": "NZ", "id": str(other_program.pk), "name": "Mine"})
    other_program.refresh_from_db()
    program.refresh_from_db()
    assert (other_program.phone_region, program.phone_region, program.name) == ("", "NZ", "Swimming")


def test_the_staff_page_leads_there_who_may_change_the_program(client_for, program):
    assert "/programs/settings/" in client_for("program_admin", program).get("/staff/").text
    for role in ("program_coordinator", "tutor"):
        assert client_for(role, program).get("/programs/settings/").status_code == 403


def test_the_links_of_other_apps_stand_below_their_field_for_who_has_the_right(
    client_for, program, monkeypatch
):
    fields = {"field": "phone_region", "url_name": "students:student-list"}
    links = [
        SettingsLink(label="Numbers", permission="students.view_student", **fields),
        SettingsLink(label="Hidden numbers", permission="students.delete_student", **fields),
    ]
    monkeypatch.setattr(hooks, "settings_links", [*hooks.settings_links, *links])
    page = client_for("program_admin", program).get("/programs/settings/").text
    places = [
        page.index(text)
        for text in (
            'name="emergency_details_for_tutors"',
            "/students/emergency/",
            'name="phone_region"',
            "Numbers</a>",
        )
    ]
    assert places == sorted(places)
    assert "Hidden numbers" not in page


def test_a_panel_of_another_app_stands_on_the_page_of_a_person(client_for, program, monkeypatch):
    admin = client_for("program_admin", program, full_name="Ada Admin")
    monkeypatch.setattr(hooks, "member_panels", [lambda person: f"A panel about {person}"])
    page = admin.get(f"/staff/{admin.user.assignments.get().pk}/").text
    assert "A panel about Ada Admin" in page
