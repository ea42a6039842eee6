"""What the reader of the history makes of the events of a row."""

from __future__ import annotations

import pytest
from django.db.models import F
from django.db.models.functions import JSONObject

from crud.history import ARCHIVED_AT, Operation, Verb, entries_of, event_rows, events, read
from crud.history.events import verb_of
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.archive import archive, restore
from programs.scope import use_program
from programs.testing import make_member
from students.factories import StudentFactory


@pytest.fixture
def hall_with_history(program):
    """(a hall that was renamed, archived and restored, the user who did that)."""
    with use_program(program):
        hall = FacilityFactory(name="Great hall", facility_type="gym", capacity=20)
    user = make_member("program_admin", program, full_name="Ada Admin")
    context = {"request": "1", "url": "/facilities/"}
    with use_program(program, user=user, history=context):
        Facility.objects.filter(pk=hall.pk).update(name="Small hall", capacity=None)
    for change in (archive, restore):
        with use_program(program, user=user):
            change(Facility.with_archived.get(pk=hall.pk))
    with use_program(program):
        yield Facility.objects.get(pk=hall.pk), user


def test_an_entry_says_who_did_what_when_and_what_changed(hall_with_history, django_assert_num_queries):
    row, user = hall_with_history
    with django_assert_num_queries(2):
        entries = entries_of(row)
    assert [entry.verb for entry in entries] == [Verb.RESTORED, Verb.ARCHIVED, Verb.CHANGED, Verb.ADDED]
    assert [entry.actor for entry in entries] == ["Ada Admin"] * 3 + [""]
    changed = entries[2]
    assert (changed.row, changed.actor_id, changed.request_id, changed.page) == (
        row.pk,
        str(user.pk),
        "1",
        "/facilities/",
    )
    assert [(c.name, c.label, c.old_text, c.new_text) for c in changed.changes] == [
        ("name", "Name", "Great hall", "Small hall"),
        ("capacity", "Capacity", "20", "–"),
    ]
    assert [entry.labels for entry in entries] == [(), (), ("Name", "Capacity"), ()]
    assert entries[0].changed_names == {ARCHIVED_AT}
    assert [entry.is_current for entry in entries] == [True, False, True, False]
    times = [entry.at for entry in entries]
    assert times == sorted(times, reverse=True)


def test_actors_have_the_name_of_today_or_the_one_that_was_noted(hall_with_history):
    row, user = hall_with_history
    type(user).objects.filter(pk=user.pk).update(full_name="Ada Married")
    assert entries_of(row, limit=1)[0].actor == "Ada Married"
    assert entries_of(row, limit=1, current_names=False)[0].actor == "Ada Admin"


def test_later_pages_compare_with_the_event_before_the_page(hall_with_history):
    row, _user = hall_with_history
    everything = entries_of(row)
    assert [entry for start in range(4) for entry in entries_of(row, start=start, limit=1)] == everything


def test_private_fields_are_neither_read_nor_told(program, django_assert_num_queries):
    with use_program(program):
        student = StudentFactory(medical_info={})
        type(student).objects.filter(pk=student.pk).update(medical_info={"note": "Sees poorly"})
        student.refresh_from_db()
        with django_assert_num_queries(1) as captured:
            changed, added = entries_of(student, private=student.PRIVATE)
    assert "medical_info" not in captured[0]["sql"]
    assert (changed.labels, changed.changes) == (("Private details",), ())
    assert (added.labels, added.has_private_changes) == ((), False)


def test_events_read_with_a_state_have_the_same_verbs(hall_with_history):
    row, user = hall_with_history
    state = JSONObject(name=F("name"), deleted_at=F(ARCHIVED_AT))
    found = events(Facility).filter(event_row=row.pk).order_by("-event_id")
    entries = read(event_rows(found, kind="hall", state=state, previous=True))
    assert [(e.verb, e.actor, e.at) for e in entries] == [
        (e.verb, e.actor, e.at) for e in entries_of(row, current_names=False)
    ]
    changed, added = entries[2:]
    assert (changed.before["name"], changed.after["name"]) == ("Great hall", "Small hall")
    assert [(change.name, change.old, change.new) for change in changed.changes] == [
        ("name", "Great hall", "Small hall")
    ]
    assert (added.before, added.changes, added.kind, added.row) == (None, (), "hall", row.pk)
    assert entries[0].actor_id == str(user.pk)


@pytest.mark.parametrize(
    ("operation", "archived_at", "moved", "verb"),
    [
        (Operation.INSERT, None, None, Verb.ADDED),
        (Operation.DELETE, None, None, Verb.DELETED),
        (Operation.UPDATE, None, False, Verb.CHANGED),
        (Operation.UPDATE, "2026-01-01", False, Verb.CHANGED),
        (Operation.UPDATE, "2026-01-01", True, Verb.ARCHIVED),
        (Operation.UPDATE, None, True, Verb.RESTORED),
        # Without the state before, what is archived counts as archived by this event.
        (Operation.UPDATE, "2026-01-01", None, Verb.ARCHIVED),
        (Operation.UPDATE, None, None, Verb.CHANGED),
    ],
)
def test_restored_is_told_from_changed(operation, archived_at, moved, verb):
    assert verb_of(operation, archived_at, moved=moved) is verb
