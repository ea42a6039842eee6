"""The way back of each change stands in the history of the row, for as long as the row has what the change left."""

from __future__ import annotations

from typing import Any

import pytest

from crud.history import event_model
from crud.testing import dom, form_data, hidden_fields, text_of
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.models import UserProgramAssignment
from programs.scope import use_program
from programs.testing import make_member
from students.factories import StudentFactory
from students.models import Student


def ways_back(client: Any, path: str) -> list[tuple[str, dict[str, str]]]:
    """(where to, what is sent) of the buttons in the history of a page."""
    history = dom(client.get(path)).select_one("#history")
    return [(form["action"], hidden_fields(form)) for form in history.select('form[method="post"]')]


def press(client: Any, way: tuple[str, dict[str, str]]) -> Any:
    return client.post(way[0], way[1], program=None, follow=True)


@pytest.fixture
def hall(program) -> Facility:
    with use_program(program):
        return FacilityFactory(name="Great hall", facility_type="gym", capacity=20)


def edit(client: Any, row: Any, base: str, **values: Any) -> None:
    path = f"/{base}/{row.pk}/edit/"
    assert client.post(path, {**form_data(client.get(path)), **values}).status_code == 302


def fresh(program: Any, row: Any) -> Any:
    with use_program(program):
        return type(row).with_archived.get(pk=row.pk)


def test_a_change_is_undone_from_the_history(client_for, program, hall):
    admin = client_for("program_admin", program)
    edit(admin, hall, "facilities", name="Small hall", capacity="10")
    path = f"/facilities/{hall.pk}/"
    (way,) = ways_back(admin, path)
    shown = press(admin, way)
    assert "“Great hall” is as it was before." in shown.text
    row = fresh(program, hall)
    assert (row.name, row.capacity) == ("Great hall", 20)
    # And the undo can be undone.
    assert "“Small hall” is as it was before." in press(admin, ways_back(admin, path)[0]).text


def test_it_is_there_for_as_long_as_nobody_has_changed_the_same(client_for, program, hall):
    admin = client_for("program_admin", program)
    edit(admin, hall, "facilities", name="Small hall")
    old = ways_back(admin, f"/facilities/{hall.pk}/")
    edit(admin, hall, "facilities", capacity="7")
    assert len(ways_back(admin, f"/facilities/{hall.pk}/")) == 2
    edit(admin, hall, "facilities", name="Third hall")
    assert old[0] not in ways_back(admin, f"/facilities/{hall.pk}/")
    assert "There was nothing left to undo." in press(admin, old[0]).text
    row = fresh(program, hall)
    assert (row.name, row.capacity) == ("Third hall", 7)


def test_archiving_and_restoring_are_undone_from_the_history(client_for, program, hall):
    admin = client_for("program_admin", program)
    admin.post(f"/facilities/{hall.pk}/archive/")
    (way,) = ways_back(admin, f"/facilities/{hall.pk}/")
    assert way[0] == f"/facilities/{hall.pk}/restore/"
    press(admin, way)
    assert fresh(program, hall).deleted_at is None
    assert f"/facilities/{hall.pk}/archive/" in [
        url for url, _ in ways_back(admin, f"/facilities/{hall.pk}/")
    ]


def test_what_was_added_leads_to_the_page_that_asks(client_for, program, hall):
    admin, coordinator = client_for("program_admin", program), client_for("program_coordinator", program)
    path = f"/facilities/{hall.pk}/"
    link = f'<a class="btn sm" href="{path}archive/">'
    assert link in admin.get(path).text
    assert link not in coordinator.get(path).text
    admin.post(f"{path}archive/")
    assert link not in admin.get(path).text


def test_a_change_of_many_is_undone_from_the_history_of_each(client_for, program):
    maker, other = (client_for("program_coordinator", program) for _ in range(2))
    with use_program(program):
        rows = [StudentFactory(status="active") for _ in range(3)]
    sent = {"action": "status=graduated", "ids": [str(row.pk) for row in rows], "query": ""}
    page = maker.post("/students/bulk/", sent)
    assert maker.post("/students/bulk/", form_data(page, "bulk-confirm")).status_code == 302
    path = f"/students/{rows[0].pk}/?tab=history"
    one, every = ways_back(maker, path)
    assert one[0].endswith("/take-back/") and every[0].startswith("/students/undo/?did=status&request=")
    # Somebody else undoes it for a row that they may change anyway, and not for all.
    assert [url.endswith("/take-back/") for url, _ in ways_back(other, path)] == [True]
    assert len(ways_back(client_for("program_admin", program), path)) == 2
    press(maker, every)
    with use_program(program):
        assert set(Student.objects.values_list("status", flat=True)) == {"active"}


def test_who_may_not_change_the_row_sees_no_button(client_for, program):
    with use_program(program):
        student = StudentFactory(first_name="Ana")
    admin, tutor = client_for("program_admin", program), client_for("tutor", program)
    edit(admin, student, "students", first_name="Anna")
    path = f"/students/{student.pk}/?tab=history"
    (way,) = ways_back(admin, path)
    assert 'take-back/"' not in tutor.get(path).text
    assert tutor.post(way[0], way[1], program=None).status_code == 403
    assert fresh(program, student).first_name == "Anna"


@pytest.mark.parametrize("event", ["", "x", "-1", "1.5", "9" * 30, "\0"])
def test_an_event_that_makes_no_sense_is_a_400(client_for, program, hall, event):
    admin = client_for("program_admin", program)
    assert admin.post(f"/facilities/{hall.pk}/take-back/", {"event": event}).status_code == 400


def test_an_event_of_another_row_or_program_changes_nothing(client_for, program, other_program, hall):
    admin = client_for("program_admin", program)
    events = []
    for where in (program, other_program):
        with use_program(where):
            row = FacilityFactory(name="Before")
            row.name = "After"
            row.save()
            events.append(
                event_model(Facility).objects.filter(pgh_obj_id=row.pk).order_by("-pgh_id")[0].pgh_id
            )
    for event in events:
        answer = admin.post(f"/facilities/{hall.pk}/take-back/", {"event": str(event)}, follow=True)
        assert "There was nothing left to undo." in answer.text
    assert fresh(program, hall).name == "Great hall"


def test_the_history_of_staff_tells_old_and_new_values(client_for, program):
    admin = client_for("program_admin", program)
    member = make_member("tutor", program)
    row = UserProgramAssignment.objects.get(user=member)
    admin.post(f"/staff/{row.pk}/role/", {"role": "program_coordinator"})
    admin.post(f"/staff/{row.pk}/end/")
    page = admin.get(f"/staff/{row.pk}/").text
    changes = [line for line in dom(page).select("li") if line.select(":scope > del + span + ins")]
    told = [(text_of(line), text_of(line.find("del")), text_of(line.ins)) for line in changes]
    assert ("Active: Yes → No", "Yes", "No") in told
    role = (
        ("Role: – → Coordinator", "–", "Coordinator"),
        ("Role: Tutor → Coordinator", "Tutor", "Coordinator"),
    )
    assert role[0] in told or role[1] in told
