"""The scope and the managers: the first layer of isolation."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Count, F
from psycopg import errors

from accounts.models import Role
from courses.factories import CourseFactory, CurriculumFactory
from courses.models import Course, Curriculum
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.all_programs import use_all_programs
from programs.models import AllProgramsVisit, Program
from programs.registry import scoped_history_models, scoped_models
from programs.scope import NoActiveProgram, WrongProgram, current_program_id, current_scope, use_program
from programs.testing import make_member, rows
from students.factories import StudentFactory
from students.models import Student

MADE_AT_IMPORT = Facility.objects.filter(capacity__gt=0).order_by("name")
MADE_AT_IMPORT_WITH_ARCHIVED = Student.with_archived.exclude(first_name="Nobody")


def new(**values: Any) -> Facility:
    return Facility(name="Hall", facility_type="gym", **values)


VERBS: dict[str, Callable[[], Any]] = {
    "list": lambda: list(Facility.objects.all()),
    "list with archived": lambda: list(Facility.with_archived.all()),
    "base manager": lambda: list(Facility._base_manager.all()),
    "get": lambda: Facility.objects.get(pk=uuid.uuid4()),
    "first": lambda: Facility.objects.first(),
    "last": lambda: Facility.objects.last(),
    "exists": lambda: Facility.objects.exists(),
    "contains": lambda: Facility.objects.contains(new()),
    "count": lambda: Facility.objects.count(),
    "aggregate": lambda: Facility.objects.aggregate(n=Count("pk")),
    "values": lambda: list(Facility.objects.values("name")),
    "values_list": lambda: list(Facility.objects.values_list("name", flat=True)),
    "dates": lambda: list(Facility.objects.datetimes("created_at", "day")),
    "in_bulk": lambda: Facility.objects.in_bulk([uuid.uuid4()]),
    "iterator": lambda: list(Facility.objects.iterator()),
    "explain": lambda: Facility.objects.all().explain(),
    "union": lambda: list(Facility.objects.values("pk").union(Student.objects.values("pk"))),
    "subquery": lambda: list(Program.objects.filter(pk__in=Facility.objects.values("program_id"))),
    "str": lambda: str(Facility.objects.all().query),
    "create": lambda: Facility.objects.create(name="Hall", facility_type="gym"),
    "get_or_create": lambda: Facility.objects.get_or_create(name="Hall", defaults={"facility_type": "gym"}),
    "update_or_create": lambda: Facility.objects.update_or_create(name="Hall"),
    "bulk_create": lambda: Facility.objects.bulk_create([new(), new()]),
    "bulk_update": lambda: Facility.objects.bulk_update([new(pk=uuid.uuid4())], ["name"]),
    "update": lambda: Facility.objects.update(name="Taken"),
    "delete": lambda: Facility.objects.all().delete(),
    "raw delete": lambda: Facility.objects.all()._raw_delete("default"),
    "save": lambda: new().save(),
    "delete of a row": lambda: new(pk=uuid.uuid4(), program_id=uuid.uuid4()).delete(),
    "refresh": lambda: new(pk=uuid.uuid4()).refresh_from_db(),
    "link": lambda: Curriculum(course_id=uuid.uuid4()).course,
    "reverse link": lambda: list(Course(pk=uuid.uuid4()).curricula.all()),
    "history": lambda: list(Facility(pk=uuid.uuid4()).history.all()),
    "lock": lambda: Facility.objects.select_for_update().first(),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_raises_outside_a_program(verb: str, db: None) -> None:
    with transaction.atomic(), pytest.raises(NoActiveProgram):
        VERBS[verb]()


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model._meta.label)
def test_every_manager_of_every_scoped_model_raises_outside_a_program(model: Any, db: None) -> None:
    managers = [*model._meta.managers, model._default_manager, model._base_manager]
    for manager in managers:
        with pytest.raises(NoActiveProgram):
            manager.exists()


def test_every_history_of_a_scoped_model_raises_outside_a_program(db: None) -> None:
    for model in scoped_history_models():
        with pytest.raises(NoActiveProgram):
            model.objects.exists()


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("get", "refresh", "link")])
def test_every_verb_works_inside_a_program(verb: str, program: Program) -> None:
    known = {"update_or_create": (IntegrityError,), "delete of a row": (WrongProgram,)}
    with use_program(program):
        try:
            with transaction.atomic():
                VERBS[verb]()
        except known.get(verb, ()):
            pass


@pytest.mark.parametrize("verb", ["get", "refresh", "link"])
def test_a_row_that_is_not_there_does_not_exist(verb: str, program: Program) -> None:
    with use_program(program), pytest.raises((Facility.DoesNotExist, Course.DoesNotExist)):
        VERBS[verb]()


def test_no_rows_are_written_outside_a_program(program: Program) -> None:
    with use_program(program):
        hall = FacilityFactory(name="Hall")
    for write in (
        lambda: Facility.objects.update(name="Taken"),
        lambda: Facility.objects.all().delete(),
        hall.save,
        hall.delete,
    ):
        with pytest.raises(NoActiveProgram), transaction.atomic():
            write()
    with use_program(program):
        assert list(Facility.objects.values_list("name", flat=True)) == ["Hall"]


def test_a_queryset_made_at_import_shows_the_program_of_the_moment(
    program: Program, other_program: Program
) -> None:
    with use_program(program):
        FacilityFactory(name="Pool")
        StudentFactory(first_name="Sara")
    with use_program(other_program):
        FacilityFactory(name="Pitch")
        StudentFactory(first_name="Finn")
    for where, facility, student in ((program, "Pool", "Sara"), (other_program, "Pitch", "Finn")):
        with use_program(where):
            assert [row.name for row in MADE_AT_IMPORT.all()] == [facility]
            assert [row.first_name for row in MADE_AT_IMPORT_WITH_ARCHIVED.all()] == [student]


def test_a_queryset_made_in_one_program_shows_the_rows_of_the_next(
    program: Program, other_program: Program
) -> None:
    with use_program(program):
        FacilityFactory(name="Pool")
        kept = Facility.objects.filter(name__startswith="P")
        joined = Curriculum.objects.filter(course__name__startswith="C")
    with use_program(other_program):
        FacilityFactory(name="Pitch")
        CurriculumFactory(name="Tactics")
        assert [row.name for row in kept] == ["Pitch"]
        assert [row.name for row in joined] == ["Tactics"]


def test_nested_scopes_give_back_what_they_found(program: Program, other_program: Program) -> None:
    user = make_member(Role.PROGRAM_ADMIN, program, other_program)

    def now() -> tuple[Any, ...]:
        settings = "current_setting('app.program_id', true), current_setting('app.user_id', true)"
        return (*rows(f"SELECT current_user, {settings}")[0], Facility.objects.count())

    with use_program(program, user=user):
        FacilityFactory.create_batch(2)
        outside = now()
        with use_program(other_program):
            FacilityFactory()
            assert now()[1:] == (str(other_program.pk), "", 1)
            assert current_program_id() == other_program.pk
        assert now() == outside
        with pytest.raises(ZeroDivisionError), use_program(other_program):
            1 / 0
        assert now() == outside == (outside[0], str(program.pk), str(user.pk), 2)
        with use_program(other_program):
            transaction.set_rollback(True)
        assert now() == outside
        with pytest.raises(DatabaseError), use_program(other_program):
            rows("SELECT 1 / 0")
        assert now() == outside
        assert current_program_id() == program.pk
    with pytest.raises(NoActiveProgram):
        current_scope()
    assert rows("SELECT current_setting('app.program_id', true)") == [("",)]


def test_a_scope_ends_with_its_transaction(transactional_db: None) -> None:
    program = Program.objects.create(name="Swimming")
    with use_program(program):
        assert rows("SELECT current_setting('app.program_id', true)") == [(str(program.pk),)]
    assert rows("SELECT current_setting('app.program_id', true)") in ([("",)], [(None,)])
    assert rows("SELECT count(*) FROM facilities") == [(0,)]


def test_what_fails_in_a_scope_is_rolled_back(program: Program) -> None:
    with pytest.raises(ZeroDivisionError), use_program(program):
        FacilityFactory()
        1 / 0
    with use_program(program):
        assert Facility.objects.count() == 0


def test_a_new_thread_is_in_no_program(program: Program) -> None:
    seen: list[BaseException] = []

    def work() -> None:
        try:
            current_scope()
        except NoActiveProgram as error:
            seen.append(error)

    with use_program(program):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [str(error) for error in seen] == [
        "No program is active. Wrap the code in programs.scope.use_program(program)."
    ]


# ---- stamping


def test_new_rows_get_the_active_program(program: Program) -> None:
    with use_program(program):
        saved, created = new(), Facility.objects.create(name="Pool", facility_type="pool")
        saved.save()
        made = Facility.objects.bulk_create([new(), new()])
        got, _ = Facility.objects.get_or_create(name="Gym", defaults={"facility_type": "gym"})
    assert {row.program_id for row in (saved, created, *made, got)} == {program.pk}


@pytest.mark.parametrize(
    "write",
    [
        lambda program: new(program=program).save(),
        lambda program: Facility.objects.create(name="Hall", facility_type="gym", program_id=program.pk),
        lambda program: Facility.objects.bulk_create([new(), new(program=program)]),
    ],
    ids=["save", "create", "bulk_create"],
)
def test_a_row_of_another_program_is_refused(
    write: Callable[[Program], Any], program: Program, other_program: Program
) -> None:
    with use_program(program):
        with pytest.raises(WrongProgram, match="belongs to another program"):
            write(other_program)
        assert Facility.objects.count() == 0


def test_a_row_read_in_one_program_is_not_written_in_another(
    program: Program, other_program: Program
) -> None:
    with use_program(program):
        hall = FacilityFactory(name="Hall")
    with use_program(other_program):
        for write in (hall.save, hall.delete):
            with pytest.raises(WrongProgram):
                write()
        with pytest.raises(Facility.DoesNotExist):
            hall.refresh_from_db()
    with use_program(program):
        hall.program = other_program
        with pytest.raises(WrongProgram):
            hall.save()


def test_other_programs_are_out_of_reach_of_every_reading_verb(
    program: Program, other_program: Program
) -> None:
    with use_program(other_program):
        foreign = CourseFactory(name="Tactics")
        below = CurriculumFactory(course=foreign)
    with use_program(program):
        assert not Course.objects.filter(pk=foreign.pk).exists()
        assert Course.objects.in_bulk([foreign.pk]) == {}
        assert Course.with_archived.count() == Course._base_manager.count() == 0
        assert Course.objects.filter(pk=foreign.pk).update(name="Taken") == 0
        assert Course.objects.filter(pk=foreign.pk).delete() == (0, {})
        assert list(foreign.curricula.all()) == []
        with pytest.raises(Curriculum.DoesNotExist):
            below.refresh_from_db()
        assert not foreign.history.exists()
    with use_program(other_program):
        assert Course.objects.get().name == "Tactics"


# ---- read only


def test_read_only_is_refused_by_the_database(program: Program) -> None:
    with use_program(program):
        hall = FacilityFactory(name="Hall")
    for write in (
        lambda: FacilityFactory(),
        lambda: Facility.objects.update(name="Taken"),
        lambda: hall.delete(),
        lambda: Facility.objects.select_for_update().first(),
        lambda: rows("UPDATE programs SET name = 'Taken'"),
    ):
        with pytest.raises(DatabaseError) as caught, use_program(program, read_only=True):
            write()
        assert isinstance(caught.value.__cause__, errors.ReadOnlySqlTransaction)
    with use_program(program, read_only=True):
        assert Facility.objects.get().name == "Hall"
    with use_program(program):
        assert Facility.objects.update(capacity=F("capacity") + 1) == 1


def test_read_only_can_not_be_left_from_inside(program: Program) -> None:
    with pytest.raises(DatabaseError, match="cannot set transaction read-write"):
        with use_program(program, read_only=True):
            rows("SELECT set_config('transaction_read_only', 'off', true)")


# ---- all programs


def test_all_programs_is_for_super_admins_alone(program: Program) -> None:
    for user in (
        make_member(Role.PROGRAM_ADMIN, program),
        make_member(Role.PROGRAM_COORDINATOR, program),
        make_member(Role.TUTOR, program),
        make_member(Role.SUPER_ADMIN, is_active=False),
    ):
        with (
            pytest.raises(PermissionError, match="Only super admins work across all programs"),
            use_all_programs(user=user, reason="curious"),
        ):
            pass
    assert AllProgramsVisit.objects.count() == 0


def test_all_programs_shows_every_row_under_a_role_of_its_own(
    program: Program, other_program: Program
) -> None:
    super_admin = make_member(Role.SUPER_ADMIN)
    for where, name in ((program, "Pool"), (other_program, "Pitch")):
        with use_program(where):
            FacilityFactory(name=name)
    with use_all_programs(user=super_admin, reason="count"):
        assert current_program_id() is None
        assert set(Facility.objects.values_list("name", flat=True)) == {"Pool", "Pitch"}
        assert rows("SELECT current_user, count(*) FROM facilities") == [("academy_all", 2)]
        pool = Facility.objects.get(name="Pool")
        pool.name = "Large pool"
        pool.save()
        with pytest.raises(WrongProgram, match="Enter one program to add a row"):
            new().save()
        with pytest.raises(WrongProgram), transaction.atomic():
            Facility.objects.bulk_create([new()])
        added = new(program=other_program)
        added.save()
    with use_program(program):
        assert rows("SELECT current_user = session_user") == [(True,)]
        assert Facility.objects.get().name == "Large pool"
    visit = AllProgramsVisit.objects.get()
    assert (visit.user_id, visit.username, visit.reason) == (super_admin.pk, super_admin.username, "count")


def test_the_visit_is_written_before_the_work_and_stays_when_it_fails(transactional_db: None) -> None:
    program = Program.objects.create(name="Swimming")
    super_admin = make_member(Role.SUPER_ADMIN)
    with pytest.raises(ZeroDivisionError), use_all_programs(user=super_admin, reason="fails"):
        assert AllProgramsVisit.objects.filter(reason="fails").exists()
        new(program=program).save()
        1 / 0
    assert AllProgramsVisit.objects.get().reason == "fails"
    with use_program(program):
        assert Facility.objects.count() == 0


def test_a_visit_can_not_be_erased_by_the_transaction_around_it(transactional_db: None) -> None:
    super_admin = make_member(Role.SUPER_ADMIN)
    with pytest.raises(RuntimeError), transaction.atomic():
        with use_all_programs(user=super_admin, reason="inside"):
            pytest.fail("entered although the note could be rolled back")
    assert AllProgramsVisit.objects.count() == 0


def test_visits_are_only_ever_added(transactional_db: None) -> None:
    super_admin = make_member(Role.SUPER_ADMIN)
    with use_all_programs(user=super_admin, reason="read", read_only=True):
        pass
    visit = AllProgramsVisit.objects.get()
    for write in (
        lambda: AllProgramsVisit.objects.update(reason="nothing"),
        visit.delete,
        lambda: rows("DELETE FROM all_programs_visits"),
        lambda: rows("TRUNCATE all_programs_visits"),
    ):
        with pytest.raises(DatabaseError, match="permission denied for table all_programs_visits"):
            write()
    assert AllProgramsVisit.objects.get().reason == "read"


# ---- who wrote it


def test_history_says_who_and_from_where(program: Program) -> None:
    user = make_member(Role.PROGRAM_ADMIN, program, username="grace")
    with use_program(program, user=user, history={"url": "/facilities/new/"}):
        hall = FacilityFactory(name="Hall")
        rows("UPDATE facilities SET name = 'Great hall'")
    with use_program(program):
        events = list(hall.history.order_by("pgh_id"))
    assert [(event.pgh_label, event.name, event.program_id) for event in events] == [
        ("insert", "Hall", program.pk),
        ("update", "Great hall", program.pk),
    ]
    known = {"user": str(user.pk), "username": "grace", "url": "/facilities/new/"}
    for event in events:
        assert known.items() <= event.pgh_context.items()
