import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from academy.crud.testing import form_data
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.scope import use_program

NAME = re.compile(r'<a class="block truncate" href="/facilities/[0-9a-f-]{36}/">([^<]*)</a>')


def names(response):
    assert response.status_code == 200, response.content[:400]
    return NAME.findall(response.content.decode())


@pytest.fixture
def several(program):
    rows = [
        ("Teaching pool", "pool", 12, "maintenance"),
        ("École", "classroom", None, "active"),
        ("Court 1", "court", 4, "active"),
        ("main pool", "pool", 40, "active"),
    ]
    with use_program(program):
        return [
            FacilityFactory(name=name, facility_type=kind, capacity=capacity, status=status)
            for name, kind, capacity, status in rows
        ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Court 1", "École", "main pool", "Teaching pool"]),
        ("q=POOL", ["main pool", "Teaching pool"]),
        ("q=pool+main", ["main pool"]),
        ("q=ecole", ["École"]),
        ("q=éCOL", ["École"]),
        ("status=active", ["Court 1", "École", "main pool"]),
        ("type=pool&type=court", ["Court 1", "main pool", "Teaching pool"]),
        ("capacity=12", ["main pool", "Teaching pool"]),
        ("sort=-capacity", ["École", "main pool", "Teaching pool", "Court 1"]),
        ("sort=facility_type", ["École", "Court 1", "main pool", "Teaching pool"]),
        ("sort=-name", ["Teaching pool", "main pool", "École", "Court 1"]),
    ],
)
def test_list_answers_the_address(admin, several, query, expected):
    assert names(admin.get(f"/facilities/?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("type=castle", "Type: Select a valid choice. castle is not one of the available choices."),
        ("capacity=-1", "Room for at least: Ensure this value is greater than or equal to 0."),
        ("capacity=1e9", "Room for at least: Enter a whole number."),
    ],
)
def test_list_says_which_filter_makes_no_sense(admin, several, query, words):
    response = admin.get(f"/facilities/?{query}")
    assert response.status_code == 422
    assert f"<li>{words}</li>" in response.content.decode()


def test_chips_name_what_is_set(admin, several):
    html = admin.get("/facilities/?type=pool&type=court&capacity=4").content.decode()
    chips = re.findall(r'class="chip">([^<]*)<b>([^<]*)</b><a href="([^"]*)"', html)
    assert chips == [
        ("Type: ", "Pool, Court", "?capacity=4"),
        ("Room for at least: ", "4", "?type=pool&amp;type=court"),
    ]


def test_list_costs_the_same_for_two_rows_and_for_twenty(admin, program):
    def queries():
        admin.get("/facilities/")
        with CaptureQueriesContext(connection) as found:
            assert admin.get("/facilities/").status_code == 200
        return len(found)

    with use_program(program):
        FacilityFactory.create_batch(2)
    two = queries()
    with use_program(program):
        FacilityFactory.create_batch(18)
    assert two == queries() <= 12


def test_detail_shows_equipment_and_amenities(client_for, program, facility):
    html = client_for("tutor", program).get(f"/facilities/{facility.pk}/").content.decode()
    for words in ("Main pool", "Pool · room for 20", "Kickboard", "12", "Showers"):
        assert words in html
    for action in ("edit/", "archive/"):
        assert action not in html


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("program_admin", {"new/": 200, "{}/edit/": 200, "{}/archive/": 200}),
        ("program_coordinator", {"new/": 403, "{}/edit/": 200, "{}/archive/": 403}),
        ("tutor", {"new/": 403, "{}/edit/": 403, "{}/archive/": 403}),
    ],
)
def test_each_role_may_what_it_may(client_for, program, facility, role, expected):
    client = client_for(role, program)
    found = {path: client.get("/facilities/" + path.format(facility.pk)).status_code for path in expected}
    assert found == expected


def test_a_closed_facility_says_why_and_until_when(client_for, program):
    with use_program(program):
        closed = FacilityFactory(
            status="maintenance", status_reason="New tiles", available_again_on=datetime.date(2027, 3, 1)
        )
        opened = FacilityFactory(status="active", status_reason="Was closed")
    tutor = client_for("tutor", program)
    page = tutor.get(f"/facilities/{closed.pk}/").content.decode()
    assert "<b>Available again on 1 March 2027.</b> New tiles" in page
    assert "Was closed" not in tutor.get(f"/facilities/{opened.pk}/").content.decode()
    with use_program(program):
        late = FacilityFactory(name="Late", status="inactive", available_again_on=datetime.date(2025, 1, 1))
    assert names(tutor.get("/facilities/?overdue=1")) == [late.name]
    rows = tutor.get("/facilities/").content.decode()
    assert "New tiles" in rows
    assert "Was closed" not in rows


def test_create_and_update(admin, program):
    data = form_data(admin.get("/facilities/new/"))
    response = admin.post(
        "/facilities/new/",
        {
            **data,
            "name": "North field",
            "facility_type": "field",
            "capacity": "200",
            "equipment-TOTAL_FORMS": "2",
            "equipment-0-name": "Goal",
            "equipment-0-quantity": "2",
            "equipment-1-name": "Cone",
            "equipment-1-quantity": "30",
            "amenities": ["Toilets", "Showers"],
            "amenities_other": "Sauna & steam room\r\n\r\n  toilets \r\nBar, café",
        },
    )
    assert response.status_code == 302
    with use_program(program):
        facility = Facility.objects.get()
    assert facility.equipment == [{"name": "Goal", "quantity": 2}, {"name": "Cone", "quantity": 30}]
    assert facility.amenities == ["Toilets", "Showers", "Sauna & steam room", "Bar, café"]
    assert (facility.capacity, facility.status) == (200, "active")

    here = f"/facilities/{facility.pk}/edit/"
    data = form_data(admin.get(here))
    assert data["amenities"] == ["Showers", "Toilets"]
    assert data["amenities_other"] == "Sauna & steam room\nBar, café"
    data |= {"amenities": "Showers", "amenities_other": "", "capacity": "", "equipment-0-DELETE": "on"}
    assert admin.post(here, data).status_code == 302
    with use_program(program):
        facility.refresh_from_db()
    assert facility.amenities == ["Showers"]
    assert facility.equipment == [{"name": "Cone", "quantity": 30}]
    assert facility.capacity is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": ""}, {"name": ["This field is required."]}),
        ({"capacity": "0"}, {"capacity": ["Ensure this value is greater than or equal to 1."]}),
        ({"capacity": "9" * 30}, {"capacity": ["Ensure this value is less than or equal to 100000."]}),
        ({"equipment-0-quantity": "0"}, {"equipment": ["Check the rows below."]}),
        ({"equipment-0-quantity": "many"}, {"equipment": ["Check the rows below."]}),
        ({"equipment-0-name": "a\0b"}, {"equipment": ["Check the rows below."]}),
        ({"amenities_other": "a\0b"}, {"amenities": ["Null characters are not allowed."]}),
        (
            {"amenities_other": "x" * 61},
            {"amenities": [f"“{'x' * 30}…” is longer than 60 characters."]},
        ),
        (
            {"amenities_other": "\n".join(map(str, range(41)))},
            {"amenities": ["Give at most 40."]},
        ),
    ],
)
def test_a_wrong_value_is_an_error_at_its_field(admin, facility, changes, expected):
    here = f"/facilities/{facility.pk}/edit/"
    response = admin.post(here, {**form_data(admin.get(here)), **changes})
    assert response.status_code == 422
    assert {k: list(v) for k, v in response.context["form"].errors.items()} == expected
    assert form_data(response)["equipment-0-quantity"] == changes.get("equipment-0-quantity", "12")


def test_archived_facility_is_restored_by_who_may(client_for, admin, facility, program):
    here = f"/facilities/{facility.pk}/"
    assert admin.post(f"{here}archive/").status_code == 302
    assert client_for("program_coordinator", program).get(here).status_code == 404
    assert names(admin.get("/facilities/?archived=1")) == ["Main pool"]
    assert admin.post(f"{here}restore/").status_code == 302
    assert names(admin.get("/facilities/")) == ["Main pool"]
