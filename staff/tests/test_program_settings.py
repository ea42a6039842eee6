"""What the admins of a program decide about it."""

import pytest


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
