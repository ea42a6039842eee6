import datetime
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from crud.testing import dom, form_data, row_names, text_of
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.archive import archive
from programs.scope import use_program
from programs.testing import without_program


def names(response):
    assert response.status_code == 200, response.content[:400]
    return row_names(response)


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
        ("sort=-capacity", ["main pool", "Teaching pool", "Court 1", "École"]),
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
    chips = dom(admin.get("/facilities/?type=pool&type=court&capacity=4")).select("span.chip")
    shown = [(text_of(chip), text_of(chip.b), without_program(chip.a["href"])) for chip in chips]
    assert shown == [
        ("Type: Pool, Court", "Pool, Court", "?capacity=4"),
        ("Room for at least: 4", "4", "?type=pool&type=court"),
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


def test_usual_amenities_are_shown_in_the_language_of_whoever_reads(client_for, program, facility):
    tutor = client_for("tutor", program, preferences={"language": "de"})
    html = tutor.get(f"/facilities/{facility.pk}/").content.decode()
    assert facility.amenities == ["Showers"]
    assert "Duschen" in html
    assert "Showers" not in html


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


# --- not in use, and until when --------------------------------------------------------------------------

TOMORROW = timezone.localdate() + datetime.timedelta(days=1)
YESTERDAY = timezone.localdate() - datetime.timedelta(days=1)


def save(client, facility, **changes):
    here = f"/facilities/{facility.pk}/edit/"
    return client.post(here, {**form_data(client.get(here)), **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "maintenance"}, {"status_reason": ["Say why it is not in use."]}),
        ({"status": "inactive", "status_reason": "   "}, {"status_reason": ["Say why it is not in use."]}),
        (
            {"status": "maintenance", "status_reason": "Tiles", "available_again_on": str(YESTERDAY)},
            {"available_again_on": ["This day has passed."]},
        ),
        (
            {"status": "maintenance", "status_reason": "Tiles", "available_again_on": "soon"},
            {"available_again_on": ["Enter a valid date."]},
        ),
    ],
)
def test_what_is_not_in_use_says_why(admin, facility, changes, expected):
    response = save(admin, facility, **changes)
    assert response.status_code == 422
    assert {k: list(v) for k, v in response.context["form"].errors.items()} == expected


def test_reason_and_day_are_kept_while_it_is_closed_and_forgotten_after(admin, facility, program):
    closed = {"status": "maintenance", "status_reason": "New tiles", "available_again_on": str(TOMORROW)}
    assert save(admin, facility, **closed).status_code == 302
    with use_program(program):
        facility.refresh_from_db()
    assert (facility.status_reason, facility.available_again_on) == ("New tiles", TOMORROW)
    assert facility.is_closed and not facility.is_overdue
    # What stands in the hidden fields is no error and is not kept.
    assert save(admin, facility, status="active", available_again_on="2020-01-01").status_code == 302
    with use_program(program):
        facility.refresh_from_db()
    assert (facility.status, facility.status_reason, facility.available_again_on) == ("active", "", None)


def test_a_day_that_has_passed_since_does_not_stop_other_changes(admin, program):
    with use_program(program):
        late = FacilityFactory(
            status="maintenance", status_reason="Tiles", available_again_on=YESTERDAY, capacity=5
        )
    assert save(admin, late, capacity="6").status_code == 302
    assert (
        save(admin, late, available_again_on=str(YESTERDAY - datetime.timedelta(days=1))).status_code == 422
    )
    assert save(admin, late, available_again_on=str(TOMORROW)).status_code == 302


def test_overdue_is_flagged_in_the_list_on_cards_and_on_the_page(tutor, program):
    day = datetime.date(2026, 1, 15)
    with use_program(program):
        late = FacilityFactory(status="inactive", status_reason="<Tiles>", available_again_on=day)
        FacilityFactory(status="maintenance", status_reason="Paint", available_again_on=TOMORROW)
        FacilityFactory(status="active", available_again_on=day)
    for query in ("", "?view=cards"):
        html = tutor.get(f"/facilities/{query}").content.decode()
        assert html.count("Overdue since 15 Jan 2026") == 1
        assert html.count("Until ") == 1
        assert "&lt;Tiles&gt;" in html and "<Tiles>" not in html
    page = tutor.get(f"/facilities/{late.pk}/").content.decode()
    assert "Expected to be in use again on 15 January 2026, and still not." in page
    assert "Change status" not in page
    assert names(tutor.get("/facilities/?overdue=1")) == [late.name]
    assert tutor.get("/facilities/?overdue=2").status_code == 422


# --- cards -----------------------------------------------------------------------------------------------


def test_cards_are_another_view_of_the_same_list(tutor, several):
    html = tutor.get("/facilities/?view=cards&type=pool").content.decode()
    assert html.count('<li class="tile">') == 2
    assert dom(html).select("#list") and not dom(html).select("main table")
    assert '<input type="hidden" name="view" value="cards">' in html
    here = f"&amp;in={tutor.program.pk}"
    assert f'href="?type=pool{here}"' in html and f'href="?view=cards&amp;type=pool{here}"' in html
    table = tutor.get("/facilities/?type=pool").content.decode()
    assert f'href="?type=pool&amp;view=cards{here}"' in table and 'name="view"' not in table
    assert tutor.get("/facilities/?view=tiles").status_code == 422
    part = tutor.get("/facilities/?view=cards", headers={"HX-Request": "true"}).content.decode()
    assert 'id="view-switch"' in part and 'hx-swap-oob="true"' in part and "<html" not in part
    empty = tutor.get("/facilities/?view=cards&q=nothing", headers={"HX-Request": "true"}).content.decode()
    assert 'id="view-switch"' in empty


def test_cards_cost_the_same_for_two_and_for_twenty(tutor, program):
    def queries():
        tutor.get("/facilities/?view=cards")
        with CaptureQueriesContext(connection) as found:
            assert tutor.get("/facilities/?view=cards").status_code == 200
        return len(found)

    with use_program(program):
        FacilityFactory.create_batch(2)
    two = queries()
    with use_program(program):
        FacilityFactory.create_batch(18)
    assert two == queries()


def test_a_form_for_an_archived_row_answers_like_a_get_for_those_who_may_not_see_it(client_for, program):
    """Coordinators change facilities, and see no archived one."""
    with use_program(program):
        hall = FacilityFactory(name="Hall")
    coordinator = client_for(Role.PROGRAM_COORDINATOR, program)
    url = f"/facilities/{hall.pk}/edit/"
    mine = {**form_data(coordinator.get(url)), "name": "Great hall"}
    with use_program(program):
        Facility.objects.filter(pk=hall.pk).update(name="Hidden name")
        archive(Facility.objects.get(pk=hall.pk))
    answer, random = coordinator.post(url, mine), coordinator.post(f"/facilities/{uuid.uuid4()}/edit/", mine)
    assert coordinator.get(url).status_code == answer.status_code == random.status_code == 404
    assert answer.content == random.content
    assert "Hidden name" not in answer.text
    assert "<dt>Name</dt><dd>Great hall</dd>" in answer.text
    admin = client_for(Role.PROGRAM_ADMIN, program)
    assert admin.post(url, mine).status_code == 409
