"""Loads large data for measurements with COPY, with the owner role and with triggers enabled.

The first program is large, the second small, the others share the rest. Rows are generated from the names, addresses
and courses of the demo data, with a fixed seed.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count, cycle, islice
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import Role, User
from courses.models import Course, Curriculum, Lesson, Module
from facilities.models import Facility
from programs.models import Program, ProgramColor, UserProgramAssignment
from students.models import Student

from . import medical, outline
from .catalogue import PASSWORD, PROGRAMS
from .names import LANGUAGES, for_gender, latin
from .people import draw_family

OWNER = "owner"
PREFIX = "Scale "
LARGE, SMALL = f"{PREFIX}0001", f"{PREFIX}0002"
SMALL_SIZE = 900
COURSES_EACH, FACILITIES_EACH = 3, 8
YEARS = 8
CHUNK = 50_000
FAMILIES = 20_000
SCOPED_MODELS = (Student, Facility, Lesson, Module, Curriculum, Course)
"""Children before parents."""
USERS = {
    "scale-large": ("Lena Großmann", Role.PROGRAM_COORDINATOR, LARGE),
    "scale-small": ("Sámuel Kőszegi", Role.PROGRAM_COORDINATOR, SMALL),
    "super": ("Margarethe Ohlsen", Role.SUPER_ADMIN, None),
}
SETTINGS = {"synchronous_commit": "off", "gin_pending_list_limit": "256MB", "maintenance_work_mem": "256MB"}
"""Settings of this connection. The long pending list makes the trigram index cheaper to fill; VACUUM empties it."""

DELETE = "DELETE FROM {table} WHERE program_id IN (SELECT id FROM programs WHERE name ^@ %s)"

Log = Callable[[str], None]
Row = tuple[Any, ...]


class ScaleError(Exception):
    """The scale data can't be loaded as asked; the message says why."""


def existing() -> int:
    """The number of programs of the scale data."""
    return Program.objects.using(OWNER).filter(name__startswith=PREFIX).count()


def load(programs: int, students: int, log: Log, *, history: bool = True, reset: bool = False) -> float:
    """Load the scale data; return the seconds it took.

    Raises ScaleError where scale data exists already, and for invalid numbers. Each chunk is committed by itself; after
    an interruption load again with `reset`, which deletes the existing scale data first. Without `history` the history
    triggers are disabled, which saves time and disk space.
    """
    if programs < 2:
        raise ScaleError("At least two programs are needed: a large one and a small one.")
    if students < 0:
        raise ScaleError("The number of students can't be negative.")
    if reset:
        remove(log)
    if found := existing():
        raise ScaleError(f"There are {found} scale programs already. Add --reset to replace them.")
    rng = Random("academy scale")  # noqa: S311
    with _settings():
        loader = _Loader(log, history=history)
        made = _make_programs(programs)
        log(f"{programs:>9,} programs")
        for model, columns, rows in _courses_and_places(made, rng):
            loader.copy(model, columns, rows)
        loader.copy_students(made, _sizes(programs, students, rng), rng)
        tidy(log)
    return loader.seconds


@contextmanager
def _settings() -> Iterator[None]:
    with connections[OWNER].cursor() as cursor:
        for name, value in SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
    yield
    with connections[OWNER].cursor() as cursor:
        for name in SETTINGS:
            cursor.execute(f"RESET {name}")


def remove(log: Log) -> None:
    """Delete the scale data with its history, and the users made for it."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        # History is append-only and would record each deletion. That is not needed for generated rows.
        silent = trigger_list("delete_delete", "append_only")
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [silent])
        tables = [table for model in SCOPED_MODELS for table in (model._meta.db_table, _history(model))]
        for table in [*tables, "user_program_assignments"]:
            cursor.execute(DELETE.format(table=table), [PREFIX])
            log(f"{cursor.rowcount:>9,} rows of {table} deleted")
        User.objects.using(OWNER).filter(username__in=[name for name in USERS if name != "super"]).delete()
        # Not by the ORM, which would query scoped models while no program is active.
        cursor.execute("DELETE FROM programs WHERE name ^@ %s", [PREFIX])


def tidy(log: Log) -> None:
    """VACUUM and ANALYZE the tables: only then do index-only scans skip the heap."""
    connection = connections[OWNER]
    verb = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
    for model in (Program, User, UserProgramAssignment, *SCOPED_MODELS):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"{verb} {table}")
            cursor.execute(f"{verb} {table}_history")
    log("Tables vacuumed and analysed")


@transaction.atomic(using=OWNER)
def _make_programs(number: int) -> list[uuid.UUID]:
    """The programs, their two coordinators and `super`; return the programs' ids in order of their names."""
    colors = cycle(ProgramColor.values)
    programs = [
        Program(
            name=f"{PREFIX}{place:04}",
            description="Made for measuring.",
            initials=f"{place % 1000:03}",
            color=next(colors),
        )
        for place in range(1, number + 1)
    ]
    Program.objects.using(OWNER).bulk_create(programs, batch_size=1000)
    by_name = {program.name: program for program in programs}
    password = make_password(PASSWORD)
    for username, (full_name, role, program_name) in USERS.items():
        user, _ = User.objects.using(OWNER).get_or_create(
            username=username,
            defaults={
                "email": f"{username}@example.org",
                "full_name": full_name,
                "role": role,
                "password": password,
            },
        )
        if program_name:
            UserProgramAssignment.objects.using(OWNER).create(user=user, program=by_name[program_name])
    return [program.pk for program in programs]


def _sizes(programs: int, students: int, rng: Random) -> list[int]:
    """How many students each program has: a tenth in the first, 900 in the second, the rest spread."""
    large = students // 10
    small = min(SMALL_SIZE, students // programs)
    if programs == 2:
        return [students - small, small]
    rest = students - large - small
    weights = [rng.uniform(0.4, 1.6) for _ in range(programs - 2)]
    total = sum(weights)
    sizes = [int(rest * weight / total) for weight in weights]
    for place in range(rest - sum(sizes)):
        sizes[place % len(sizes)] += 1
    return [large, small, *sizes]


TREE_COLUMNS = ["id", "program_id", "{parent}", "name", "description", "sequence_order"]
COLUMNS: dict[type[Any], list[str]] = {
    Facility: ["program_id", "name", "facility_type", "capacity", "equipment", "amenities", "status"],
    Course: ["id", "program_id", "name", "description", "level", "is_active"],
    Curriculum: [name.format(parent="course_id") for name in TREE_COLUMNS],
    Module: [name.format(parent="curriculum_id") for name in TREE_COLUMNS],
    Lesson: ["id", "program_id", "module_id", "name", "content", "duration_minutes", "sequence_order"],
}


def _courses_and_places(
    programs: list[uuid.UUID], rng: Random
) -> Iterator[tuple[type[Any], list[str], list[Row]]]:
    """The rows of each table but the students', parents before children."""
    outlines = [course for demo in PROGRAMS for course in outline.read(demo.outline)]
    places = [place for demo in PROGRAMS for place in demo.facilities]
    tables: dict[type[Any], list[Row]] = {model: [] for model in COLUMNS}
    for number, program in enumerate(programs):
        first = number % len(places)
        tables[Facility] += [
            _facility(program, place) for place in islice(cycle(places), first, first + FACILITIES_EACH)
        ]
        start = number * COURSES_EACH % len(outlines)
        for course in islice(cycle(outlines), start, start + COURSES_EACH):
            _add_course(tables, program, course, rng)
    for model, rows in tables.items():
        yield model, COLUMNS[model], rows


def _facility(program: uuid.UUID, place: Any) -> Row:
    return (
        program,
        place.name,
        place.facility_type,
        place.capacity,
        json.dumps(place.equipment_rows(), ensure_ascii=False),
        json.dumps(place.amenity_list(), ensure_ascii=False),
        place.status,
    )


def _add_course(tables: dict[type[Any], list[Row]], program: uuid.UUID, course: Any, rng: Random) -> None:
    """Add a course with its curricula, modules and lessons to the rows of their tables."""

    def new_id() -> uuid.UUID:
        return uuid.UUID(int=rng.getrandbits(128), version=4)

    course_id = new_id()
    tables[Course].append((course_id, program, course.name, course.text, course.level, True))
    for i, curriculum in enumerate(course.children, start=1):
        curriculum_id = new_id()
        tables[Curriculum].append((curriculum_id, program, course_id, curriculum.name, curriculum.text, i))
        for j, module in enumerate(curriculum.children, start=1):
            module_id = new_id()
            tables[Module].append((module_id, program, curriculum_id, module.name, module.text, j))
            tables[Lesson] += [
                (new_id(), program, module_id, lesson.name, lesson.text, lesson.minutes, k)
                for k, lesson in enumerate(module.children, start=1)
            ]


STUDENT_COLUMNS = [
    "program_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "date_of_birth",
    "enrollment_date",
    "status",
    "address",
    "emergency_contact",
    "medical_info",
]


class _Loader:
    """Copies rows into tables, with a transaction for each chunk, and logs its progress."""

    def __init__(self, log: Log, *, history: bool) -> None:
        self.log = log
        self.started = time.perf_counter()
        self.silent = "" if history else trigger_list("insert_insert")

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def copy(self, model: type[Any], columns: list[str], rows: list[Row]) -> None:
        for chunk in batched(rows, CHUNK):
            with self._copying(model, columns) as copy:
                for row in chunk:
                    copy.write_row(row)
        self._report(len(rows), model)

    def copy_students(self, programs: list[uuid.UUID], sizes: list[int], rng: Random) -> None:
        """Copy `sizes` students into `programs`, as text: Python values would take several times as long."""
        owners = (str(program) for program, size in zip(programs, sizes, strict=True) for _ in range(size))
        lines, done = student_lines(rng, families=min(FAMILIES, sum(sizes))), 0
        for chunk in batched(owners, CHUNK):
            text = "".join([f"{program}\t{next(lines)}" for program in chunk])
            with self._copying(Student, STUDENT_COLUMNS) as copy:
                copy.write(text)
            done += len(chunk)
            self._report(done, Student)

    @contextmanager
    def _copying(self, model: type[Any], columns: list[str]) -> Iterator[Any]:
        statement = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
        with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
            if self.silent:
                cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [self.silent])
            with cursor.copy(statement) as copy:
                yield copy

    def _report(self, count: int, model: type[Any]) -> None:
        self.log(f"{count:>9,} {model._meta.verbose_name_plural} after {self.seconds:.0f} s")


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def trigger_list(*names: str) -> str:
    """The value of `pgtrigger.ignore` that disables the triggers with these names on the scoped tables."""
    tables = [table for model in SCOPED_MODELS for table in (model._meta.db_table, _history(model))]
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(tgname)::text FROM pg_trigger "
            "WHERE tgrelid = ANY(%s::regclass[]) AND tgname ~ %s AND NOT tgisinternal",
            [tables, f"^pgtrigger_({'|'.join(names)})_"],
        )
        return str(cursor.fetchone()[0])


def _history(model: type[Any]) -> str:
    return f"{model._meta.db_table}_history"


def student_lines(rng: Random, families: int) -> Iterator[str]:
    """An endless iterator of students as lines in COPY's text format: STUDENT_COLUMNS without the program."""
    homes = [_family_columns(rng) for _ in range(families)]
    dates = [_dates(rng) for _ in range(families)]
    healthy = [_text({})] * 850
    health = [*healthy, *(_text(medical.draw(rng)) for _ in range(150))]
    statuses = ["active"] * 82 + ["inactive"] * 7 + ["graduated"] * 6 + ["withdrawn"] * 5
    choice = rng.choice
    for number in count(1):
        is_girl = rng.random() < 0.5
        given, surnames, phone, address, contacts = choice(homes)
        first, first_latin = choice(given[is_girl])
        last, last_latin = surnames[is_girl]
        yield (
            f"{first}\t{last}\t{first_latin}.{last_latin}{number}@example.com\t{phone}\t{choice(dates)}\t"
            f"{choice(statuses)}\t{address}\t{contacts}\t{choice(health)}\n"
        )


def _family_columns(rng: Random) -> tuple[Any, ...]:
    family = draw_family(rng, None)
    language = LANGUAGES[family.language]
    given = [[(name, latin(name)) for name in language.given(is_girl)] for is_girl in (False, True)]
    surnames = [for_gender(family.surname, is_girl) for is_girl in (False, True)]
    return (
        given,
        [(surname, latin(surname)) for surname in surnames],
        family.parents[0].phone,
        _text(family.home.address),
        _text({"contacts": family.contacts()}),
    )


def _dates(rng: Random) -> str:
    """Date of birth and day of enrolment, as two columns of COPY."""
    today = timezone.localdate()
    enrolled = today - dt.timedelta(days=int(rng.triangular(0, YEARS * 365, 0)))
    born = enrolled - dt.timedelta(days=rng.randint(4 * 365, 15 * 365))
    return f"{born}\t{enrolled}"


def _text(value: Any) -> str:
    """JSON, escaped for COPY."""
    return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")
