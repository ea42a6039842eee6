"""Rules about days ask the day of the user, and in the database none that depends on the zone of its session."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from crud.testing import form_data
from programs.scope import use_program
from programs.testing import rows
from students.factories import StudentFactory
from students.models import Student

DAY = datetime.timedelta(days=1)
# Two days behind and two days ahead of UTC: zones as POSIX writes them, which no place has.
FAR_ZONES = pytest.mark.parametrize("zone", ["<behind>+47:59", "<ahead>-47:59"])


def in_zone(zone):
    """For the rest of the transaction the session of the database is in another zone."""
    rows("SELECT set_config('TimeZone', %s, true)", zone)


def utc_day():
    return datetime.datetime.now(datetime.UTC).date()


def born(day):
    with transaction.atomic():
        return StudentFactory(date_of_birth=day)


@FAR_ZONES
def test_the_zone_of_the_session_decides_no_birth(program, zone):
    latest = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=14)).date()
    with use_program(program):
        in_zone(zone)
        assert born(utc_day()).pk and born(latest).pk
        with pytest.raises(IntegrityError, match="students_birth_not_in_future"):
            born(latest + DAY)


@FAR_ZONES
def test_who_is_enrolled_without_a_date_is_enrolled_on_the_day_in_utc(program, zone):
    with use_program(program):
        in_zone(zone)
        ((day,),) = rows(
            "INSERT INTO students (program_id, first_name, last_name) VALUES (%s, 'A', 'B') RETURNING enrollment_date",
            program.pk,
        )
    assert day == utc_day()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Auckland", "UTC", "Pacific/Midway"])
@pytest.mark.parametrize("path", ["/students/new/", "/students/quick/"])
def test_a_birth_on_the_day_of_the_academy_is_taken_and_one_after_it_is_not(
    coordinator, program, settings, zone, path
):
    settings.TIME_ZONE = zone
    today = timezone.localdate()
    data = {**form_data(coordinator.get(path)), "first_name": "A", "last_name": "B"}
    tomorrow = coordinator.post(path, {**data, "date_of_birth": (today + DAY).isoformat()})
    assert tomorrow.status_code == 422
    assert tomorrow.context["form"].errors == {"date_of_birth": ["The date of birth is in the future."]}
    assert coordinator.post(path, {**data, "date_of_birth": today.isoformat()}).status_code == 302
    with use_program(program):
        assert Student.objects.get().date_of_birth == today


def test_validating_a_model_asks_the_same_rule(program):
    with use_program(program):
        student = StudentFactory.build(program=program, date_of_birth=utc_day())
        student.validate_constraints(exclude={"program", "student_id"})
        student.date_of_birth = utc_day() + 3 * DAY
        with pytest.raises(ValidationError):
            student.validate_constraints(exclude={"program", "student_id"})


DAYS_OF_THE_SESSION = r"current_date|localtime|current_time\y|now\(\)\)?::date|now\(\)::timestamp without"


def test_nothing_in_the_database_asks_the_zone_of_its_session(db):
    """Checks, defaults, generated columns, policies, functions and triggers of ours."""
    found = rows(
        f"""
        SELECT name FROM (
            SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'public'::regnamespace
            UNION ALL
            SELECT d.adrelid::regclass || '.' || d.adnum, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
            UNION ALL
            SELECT polname, concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
            UNION ALL
            SELECT p.proname, p.prosrc FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        ) AS ours (name, text) WHERE text ~* '{DAYS_OF_THE_SESSION}'
        """
    )
    assert found == []


def test_the_look_for_such_rules_finds_one(db):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 'x <= CURRENT_DATE' ~* '{DAYS_OF_THE_SESSION}'")
        assert cursor.fetchone() == (True,)
