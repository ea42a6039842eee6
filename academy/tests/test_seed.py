"""The demo academy and the scale data."""

import datetime as dt
import json
import re
from collections import Counter
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import F

from academy.demo import medical, outline, scale
from academy.demo.catalogue import PASSWORD, PROGRAMS, STAFF
from academy.demo.names import OWN_SCRIPT, latin
from academy.demo.people import draw_students
from academy.demo.seed import demo_id, seed
from accounts.models import Role, User
from courses.models import Course, Curriculum, Lesson, Module
from facilities.models import Facility
from programs.memberships import memberships_of
from programs.models import Program
from programs.scope import use_program
from students.models import Student, StudentEvent

TODAY = dt.date(2026, 11, 23)
COUNTS = {
    "programs": 3,
    "users": 5,
    "assignments": 5,
    "facilities": 25,
    "courses": 12,
    "curricula": 21,
    "modules": 61,
    "lessons": 254,
    "students": 600,
}
SCOPED = (Student, Facility, Course, Curriculum, Module, Lesson)
# The ranges that regulators keep for fiction, of the countries the demo's families live in.
FICTION = re.compile(
    r"\+44 7700 900\d{3}|\+44 \d{3} 496 0\d{3}|\+44 20 7946 0\d{3}|\+44 29 2018 0\d{3}|\+44 28 9649 6\d{3}"
    r"|\+353 20 91\d \d{4}"
    r"|\+49 (171 39200\d\d|176 040690\d\d|30 23125 \d{3}|40 66969 \d{3}|221 4710 \d{3}|89 99998 \d{3}|69 90009 \d{3})"
    r"|\+33 (6 39 98|1 99 00|2 61 91|3 53 01|4 65 71|5 36 49) \d\d \d\d"
    r"|\+1 \d{3}-555-01\d\d"
    r"|\+46 (70 174 06 \d\d|31 390 06 \d\d|8 465 004 \d\d|40 628 04 \d\d)"
    r"|\+61 491 57\d \d{3}|\+61 \d 5550 \d{4}"
)


def everything() -> dict[str, list]:
    """Every scoped row of every program, as values."""
    found = {}
    for program in Program.objects.order_by("name"):
        with use_program(program):
            for model in SCOPED:
                found[f"{program} {model.__name__}"] = list(model.with_archived.order_by("pk").values())
    return found


# ---- what is taught


def lessons_of_outlines():
    for demo in PROGRAMS:
        for course in outline.read(demo.outline):
            for curriculum in course.children:
                for module in curriculum.children:
                    for lesson in module.children:
                        yield course, curriculum, module, lesson


def test_every_course_is_a_full_tree():
    courses = [course for demo in PROGRAMS for course in outline.read(demo.outline)]
    assert len({course.name for course in courses}) == 12
    for course in courses:
        assert len(course.text) > 80
        assert 1 <= len(course.children) <= 2
        for curriculum in course.children:
            assert curriculum.text
            assert 2 <= len(curriculum.children) <= 4
            for module in curriculum.children:
                assert module.text
                assert 3 <= len(module.children) <= 6


def test_every_lesson_says_what_to_do_and_how_long():
    for course, _, _, lesson in lessons_of_outlines():
        where = f"{course.name}: {lesson.name}"
        assert lesson.text.startswith("Aims: "), where
        assert lesson.text.count("\n- ") >= 2, where
        assert re.search(r"\n\n(Equipment|Materials): ", lesson.text), where
        assert re.search(r"\n\n(Safety|Note): ", lesson.text), where
        assert 30 <= lesson.minutes <= 120, where
        assert sum(map(int, re.findall(r"\((\d+) min\):", lesson.text))) == lesson.minutes, where


def test_lesson_names_are_distinct_within_a_course():
    names = Counter((course.name, lesson.name) for course, _, _, lesson in lessons_of_outlines())
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("== Curriculum\n", "line 1: a heading of depth 2 has no parent"),
        ("= Course\n", "line 1: a course, and nothing else, has a level"),
        ("= Course | level 1\n== Curriculum | level 2\n", "line 2: a course, and nothing else, has a level"),
        ("= C | level 1\n== U\n=== M\n==== L\nAims: x.\n", "“L” has no minutes"),
        ("= C | level 1\n== U\n=== M\n==== L\nno part here\n", "“L” starts no part"),
        ("= C | level 1\n== U\n=== M\n==== L\n===== deeper\n", "line 5: a heading of depth 5"),
    ],
)
def test_a_broken_outline_names_the_place(text, message):
    with pytest.raises(outline.OutlineError, match=re.escape(message)):
        outline.parse(text)


def test_an_outline_joins_lines_and_adds_up_minutes():
    (course,) = outline.parse(
        "= Course | level 3\nOne\n  two.\n== U\n=== M\n==== L\nWarm-up (5): a\n  b\nMain part (20):\n- c\n  d\n- e\n"
    )
    lesson = course.children[0].children[0].children[0]
    assert (course.name, course.level, course.text) == ("Course", 3, "One two.")
    assert (lesson.text, lesson.minutes) == ("Warm-up (5 min): a b\n\nMain part (20 min):\n- c d\n- e", 25)


# ---- who learns


@pytest.mark.parametrize(
    "today", [dt.date(2026, 1, 1), dt.date(2027, 3, 31), dt.date(2028, 2, 29), dt.date(2026, 9, 30)]
)
def test_students_are_the_same_on_every_day_but_for_dates(today):
    dates = {"date_of_birth", "enrollment_date", "email", "phone"}  # the last two change with the age
    drawn, reference = draw_students(today), draw_students(TODAY)
    for one, other in zip(drawn, reference, strict=True):
        assert (one.number, one.program) == (other.number, other.program)
        assert {k: v for k, v in one.fields.items() if k not in dates} == {
            k: v for k, v in other.fields.items() if k not in dates
        }
        assert one.fields["date_of_birth"] < one.fields["enrollment_date"] <= today
        age = (today - one.fields["date_of_birth"]).days / 365.25
        assert 4 <= age < 22


def test_students_are_those_of_a_real_academy():
    drawn = [student.fields for student in draw_students(TODAY)]
    assert Counter(student.program for student in draw_students(TODAY)) == {
        "Swimming": 240,
        "Football": 220,
        "Music": 140,
    }
    statuses = Counter(fields["status"] for fields in drawn)
    assert statuses["active"] > 450
    assert min(statuses[status] for status in ("inactive", "graduated", "withdrawn")) >= 20
    assert 70 <= sum(bool(fields["medical_info"].get("conditions")) for fields in drawn) <= 110
    # Brothers and sisters share a home.
    families = Counter(str(fields["emergency_contact"]) for fields in drawn)
    assert sum(size > 1 for size in families.values()) > 100
    # Every month of the last two years, and every script, is there.
    months = {fields["enrollment_date"].strftime("%Y-%m") for fields in drawn}
    assert {f"{2025 + (m > 11)}-{m % 12 + 1:02}" for m in range(22)} <= months
    assert {(row[1], row[2]) for row in OWN_SCRIPT} <= {(f["first_name"], f["last_name"]) for f in drawn}
    assert min(fields["enrollment_date"] for fields in drawn) >= dt.date(2022, 11, 1)


def test_nobody_real_can_be_called_or_written_to():
    for student in draw_students(TODAY):
        contacts = student.fields["emergency_contact"]["contacts"]
        phones = [student.fields["phone"], *(contact["phone"] for contact in contacts)]
        emails = [student.fields["email"], *(contact.get("email", "") for contact in contacts)]
        assert [phone for phone in phones if not FICTION.fullmatch(phone)] == []
        assert [e for e in emails if e and not re.fullmatch(r"[a-z]+(\.[a-z]+)+@example\.(com|org)", e)] == []


def test_names_become_latin_letters():
    assert latin("Łucja O'Brien-Größmann") == "lucjaobriengrossmann"
    assert latin("Đặng Sørensen-Yıldız") == "dangsorensenyildiz"


# ---- the command


@pytest.mark.django_db
def test_without_debug_it_is_refused(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command("seed_demo")
    assert not Program.objects.exists()


@pytest.mark.django_db
def test_it_says_what_it_added_and_how_to_sign_in(settings):
    settings.DEBUG = True
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "Added 3 programs, 5 users, 5 assignments, 25 facilities, 12 courses" in out.getvalue()
    for user in STAFF:
        assert user.username in out.getvalue()
    assert PASSWORD in out.getvalue()
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "nothing was added" in out.getvalue()


@pytest.mark.django_db
def test_exact_counts_and_no_second_copy():
    assert +seed(TODAY) == COUNTS
    before = everything()
    assert len(before) == 18
    assert not +seed(TODAY)
    assert not +seed(TODAY + dt.timedelta(days=400)), "a later run neither adds nor changes"
    assert everything() == before


@pytest.mark.django_db
def test_what_people_changed_stays():
    seed(TODAY)
    swimming = Program.objects.get(name="Swimming")
    Program.objects.filter(pk=swimming.pk).update(name="Aquatics")
    User.objects.filter(username="tutor").update(full_name="Somebody Else")
    with use_program(swimming):
        course = Course.objects.get(name="Learn to Swim")
        Lesson.objects.filter(module__curriculum__course=course, sequence_order=2).delete()
        Course.objects.filter(name="Water Confidence").update(deleted_at=F("created_at"))
        student = Student.objects.first()
        Student.objects.filter(pk=student.pk).update(first_name="Renamed")
        lessons = Lesson.with_archived.count()
    assert not +seed(TODAY)
    with use_program(swimming):
        assert Lesson.with_archived.count() == lessons
        assert Student.objects.get(pk=student.pk).first_name == "Renamed"
        assert Course.with_archived.get(name="Water Confidence").is_archived
    assert User.objects.get(username="tutor").full_name == "Somebody Else"


@pytest.mark.django_db
def test_what_was_removed_comes_back_as_a_whole():
    seed(TODAY)
    with use_program(Program.objects.get(name="Music")):
        Course.objects.filter(name="Youth Choir").delete()
        assert Lesson.objects.count() == 68
    assert +seed(TODAY) == {"courses": 1, "curricula": 1, "modules": 4, "lessons": 17}


@pytest.mark.django_db
def test_a_program_or_address_of_somebody_else_is_not_touched():
    Program.objects.create(name="Football")
    with pytest.raises(CommandError, match="“Football” that is not"):
        call_command("seed_demo", force=True)
    assert Program.objects.count() == 1
    assert not User.objects.exists()
    Program.objects.update(name="Soccer")
    User.objects.create_user("ada", "Tutor@Example.org", "correct horse battery")
    with pytest.raises(CommandError, match=r"tutor@example\.org belongs to a user"):
        call_command("seed_demo", force=True)


@pytest.mark.django_db
def test_the_rows_are_whole():
    seed(TODAY)
    numbers = []
    for program in Program.objects.all():
        with use_program(program):
            assert not Lesson.objects.filter(content="").exists()
            assert not Lesson.objects.filter(duration_minutes=None).exists()
            for student in Student.objects.all():
                numbers.append(student.student_id)
                assert student.student_id.startswith(f"STU-{student.enrollment_date.year}-")
                student.clean_fields()
                assert set(student.address) <= {"street", "line2", "postal_code", "city", "region", "country"}
                assert all(isinstance(value, str) and value for value in student.address.values())
                assert 1 <= len(student.contacts) <= 3
                for contact in student.contacts:
                    assert (
                        {"name", "relation", "phone"}
                        <= set(contact)
                        <= {"name", "relation", "phone", "email"}
                    )
                assert set(student.medical_info) in ({"conditions", "note"}, set())
                for condition in student.conditions:
                    assert set(condition) == {"name", "severity", "action", "medication"}
                    assert condition["severity"] in medical.SEVERITIES
            for facility in Facility.objects.all():
                facility.full_clean()
                assert facility.equipment
                for row in facility.equipment:
                    assert set(row) == {"name", "quantity"}
                    assert row["quantity"] > 0
                assert facility.amenities
                assert all(isinstance(word, str) and word for word in facility.amenities)
    assert len(numbers) == len(set(numbers)) == 600


@pytest.mark.django_db
def test_facilities_of_every_kind_and_status():
    seed(TODAY)
    kinds, statuses = Counter(), Counter()
    for program in Program.objects.all():
        with use_program(program):
            kinds.update(Facility.objects.values_list("facility_type", flat=True))
            statuses.update(Facility.objects.values_list("status", flat=True))
    assert set(kinds) == {"pool", "court", "gym", "field", "classroom", "lab"}
    assert statuses == {"active": 21, "maintenance": 3, "inactive": 1}


@pytest.mark.django_db
def test_what_is_closed_says_why_and_until_when():
    seed(TODAY)
    for program in Program.objects.all():
        with use_program(program):
            for place in Facility.objects.all():
                assert bool(place.status_reason) is place.is_closed
                assert (place.available_again_on is not None) is (place.status == "maintenance")


@pytest.mark.django_db
def test_staff_sign_in_and_have_their_roles(client):
    seed(TODAY)
    roles = {
        user.username: {m.program.name: m.role for m in memberships_of(user)} for user in User.objects.all()
    }
    everywhere = dict.fromkeys(["Football", "Music", "Swimming"], Role.SUPER_ADMIN)
    assert roles == {
        "super": everywhere,
        "swim-admin": {"Swimming": Role.PROGRAM_ADMIN},
        "coordinator": dict.fromkeys(["Football", "Swimming"], Role.PROGRAM_COORDINATOR),
        "tutor": {"Swimming": Role.TUTOR},
        "music-admin": {"Music": Role.PROGRAM_ADMIN},
    }
    for username in roles:
        assert client.login(username=username, password=PASSWORD), username


@pytest.mark.django_db
def test_some_changes_bear_the_name_of_staff():
    seed(TODAY)
    for name, username in [("Swimming", "swim-admin"), ("Football", "coordinator"), ("Music", "music-admin")]:
        with use_program(demo_id("program", name)):
            changes = StudentEvent.objects.filter(pgh_label="update")
            assert [change.pgh_context["username"] for change in changes] == [username] * 3


# ---- the scale data


@pytest.mark.django_db(databases=["default", "owner"])
def test_scale_data_at_a_small_size(settings):
    settings.DEBUG = True
    out = StringIO()
    call_command("seed_scale", programs=5, students=1000, stdout=out)
    assert "1,000 students in 5 programs" in out.getvalue()

    def ask(sql: str) -> list[tuple]:
        with connections["owner"].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    sizes = dict(
        ask("SELECT p.name, count(*) FROM students s JOIN programs p ON p.id = s.program_id GROUP BY 1")
    )
    assert sorted(sizes) == [f"Scale 000{n}" for n in range(1, 6)]
    assert sizes["Scale 0001"] == 100
    assert sizes["Scale 0002"] == 200
    assert sum(sizes.values()) == 1000
    assert ask("SELECT count(DISTINCT student_id) FROM students") == [(1000,)]
    for table, each in [("courses", 3), ("facilities", 8)]:
        assert ask(f"SELECT min(n), max(n) FROM (SELECT count(*) n FROM {table} GROUP BY program_id) x") == [
            (each, each)
        ]
    assert ask("SELECT count(*) FROM lessons WHERE content = ''") == [(0,)]
    assert ask("SELECT count(*) FROM students WHERE date_of_birth >= enrollment_date") == [(0,)]
    for model in SCOPED:
        table = model._meta.db_table
        assert ask(f"SELECT count(*) FROM {table}") == ask(
            f"SELECT count(*) FROM {table}_history WHERE pgh_label = 'insert'"
        )
    rows = ask(
        "SELECT first_name || last_name, address, emergency_contact, medical_info FROM students LIMIT 200"
    )
    for name, address, contacts, health in rows:
        assert "\\" not in name
        assert json.loads(address)["country"]
        assert json.loads(contacts)["contacts"]
        assert json.loads(health) == {} or json.loads(health)["conditions"]
    users = User.objects.using("owner")
    assert users.get(username="scale-large").assignments.get().program.name == "Scale 0001"
    assert users.get(username="scale-small").assignments.get().program.name == "Scale 0002"
    assert users.get(username="super").role == Role.SUPER_ADMIN

    with pytest.raises(CommandError, match="5 scale programs already"):
        call_command("seed_scale", programs=5, students=1000, stdout=out)

    call_command("seed_scale", programs=3, students=90, reset=True, without_history=True, stdout=out)
    assert ask("SELECT count(*) FROM students") == [(90,)]
    assert ask("SELECT count(*) FROM students_history") == [(0,)]
    assert ask("SELECT count(DISTINCT student_id) FROM students") == [(90,)]
    assert users.filter(username__startswith="scale-").count() == 2


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "DEBUG is off"),
        ({"programs": 1, "force": True}, "At least two programs"),
        ({"students": -1, "force": True}, "can't be negative"),
    ],
)
def test_scale_data_is_refused(settings, options, message):
    settings.DEBUG = False
    with pytest.raises(CommandError, match=message):
        call_command("seed_scale", **options)
    assert scale.existing() == 0


@pytest.mark.django_db
def test_scale_data_needs_the_owner(settings, monkeypatch):
    monkeypatch.delitem(settings.DATABASES, "owner")
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL"):
        call_command("seed_scale", force=True)


def test_program_sizes_add_up():
    for programs, students in [(1000, 1_000_000), (3, 0), (2, 500), (7, 12_345)]:
        sizes = scale._sizes(programs, students, Random(1))
        assert len(sizes) == programs
        assert sum(sizes) == students
        assert min(sizes) >= 0
    assert scale._sizes(1000, 1_000_000, Random(1))[:2] == [100_000, 900]
