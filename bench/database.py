"""The database to measure on: its own folder, filled once, tidied before each run."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from environ import Env

from database import BASE_DIR, DATABASE, OWNER, data_folder
from database.embedded import Cluster
from database.server_files import SUPERUSER

PLAIN_SCHEMA = "bench_plain"
PASSWORD = "academy-demo"
MARK = "@bench.invalid"
"""Ends the e-mail of every student that a run creates, so that it can be found and removed."""
MEASURED_TABLES = ("students", "courses", "curricula", "modules", "lessons", "facilities")
STATIC_ROOT = data_folder(Env()) / "static"
"""The collected static files of this installation: the same for every database."""
COLLECT = "import django; django.setup(); from academy import run; run.collect_static(run.Env())"


class BenchError(Exception):
    """The measurement can't be made; the message says why."""


@dataclass(frozen=True)
class Subject:
    """A program and what to ask for in it."""

    username: str
    program: UUID
    size: int
    student_ids: tuple[UUID, ...]
    prefixes: tuple[str, ...]
    words: tuple[str, ...]
    course: UUID
    tree: tuple[tuple[str, UUID], ...]
    """(kind, id) of the course, its curricula and its modules."""


class Database:
    """The embedded server of `folder`, with `students` in `programs`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.cluster = Cluster(self.folder)

    def url(self, user: str) -> str:
        return self.cluster.url(user, DATABASE)

    @property
    def environment(self) -> dict[str, str]:
        """For Academy's processes: this folder, as it would be deployed (DEBUG off)."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_") and k != "MAKELEVEL"}
        return kept | {
            "ACADEMY_DATA": str(self.folder),
            "STATIC_ROOT": str(STATIC_ROOT),
            "SECRET_KEY": "only-for-measuring-" + "x" * 40,
            "DEBUG": "0",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "academy.settings",
        }

    @property
    def plain_environment(self) -> dict[str, str]:
        """For the plain admin: the owner's connection, its users and sessions in a schema of its own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("DATABASE_")}
        return kept | {
            "BENCH_DATABASE": DATABASE,
            "BENCH_USER": OWNER,
            "BENCH_HOST": str(self.cluster.socket_folder),
            "BENCH_SEARCH_PATH": f"{PLAIN_SCHEMA},public",
            "DJANGO_SETTINGS_MODULE": "bench.plain.settings",
        }

    def prepare(self, programs: int, students: int) -> None:
        """Start the server and fill what is missing. Raises BenchError where other data stands there."""
        self.cluster.start()
        try:
            self.manage("migrate", "-v0")
        except BenchError as error:
            raise BenchError(f"{error} Where another version filled {self.folder}, delete it.") from error
        self._run("-c", COLLECT)
        found = self._count()
        if found == (0, 0):
            self.manage("seed_scale", "--force", f"--programs={programs}", f"--students={students}")
        elif found != (programs, students):
            raise BenchError(
                f"{self.folder} holds {found[1]:,} students in {found[0]:,} programs, not {students:,} in "
                f"{programs:,}. Delete the folder, or name another with --data."
            )
        self._prepare_plain()
        self.remove_created()
        self.tidy()

    def manage(self, *command: str) -> None:
        self._run("manage.py", *command)

    def _run(self, *command: str) -> None:
        run = subprocess.run([sys.executable, *command], cwd=BASE_DIR, env=self.environment, check=False)
        if run.returncode:
            raise BenchError(f"{' '.join(command)} failed.")

    def _count(self) -> tuple[int, int]:
        with psycopg.connect(self.url(OWNER)) as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM programs), (SELECT count(*) FROM students WHERE email NOT LIKE %s)",
                [f"%{MARK}"],
            ).fetchone()
        assert row is not None
        return row[0], row[1]

    def _prepare_plain(self) -> None:
        with psycopg.connect(self.url(OWNER)) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {PLAIN_SCHEMA}")
        # Without Academy's tables in sight, whose record of migrations would look like its own.
        environment = self.plain_environment | {
            "BENCH_SEARCH_PATH": PLAIN_SCHEMA,
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }
        admin = [sys.executable, "-m", "django"]
        subprocess.run([*admin, "migrate", "-v0"], cwd=BASE_DIR, env=environment, check=True)
        make_user = ["createsuperuser", "--no-input", "--username=bench", "--email=bench@example.org"]
        with psycopg.connect(self.url(OWNER)) as connection:
            made = connection.execute(f"SELECT FROM {PLAIN_SCHEMA}.auth_user").fetchone()
        if made is None:
            subprocess.run([*admin, *make_user, "-v0"], cwd=BASE_DIR, env=environment, check=True)

    def subject(self, username: str) -> Subject:
        """What to ask for in the program of `username`."""
        with psycopg.connect(self.url(OWNER)) as connection:
            run = connection.execute
            found = run(
                "SELECT a.program_id FROM user_program_assignments a JOIN users u ON u.id = a.user_id "
                "WHERE u.username = %s",
                [username],
            ).fetchone()
            if found is None:
                raise BenchError(f"There is no user {username} in a program; fill the folder anew.")
            program = found[0]
            students = run(
                "SELECT id, last_name, count(*) OVER () FROM students WHERE program_id = %s "
                "AND deleted_at IS NULL ORDER BY md5(id::text)",
                [program],
            ).fetchmany(40)
            course = run(
                "SELECT c.id, count(*) FROM courses c JOIN curricula k ON k.course_id = c.id "
                "JOIN modules m ON m.curriculum_id = k.id JOIN lessons l ON l.module_id = m.id "
                "WHERE c.program_id = %s GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1",
                [program],
            ).fetchone()
            tree = run(
                "SELECT 'curriculum', id FROM curricula WHERE course_id = %(course)s UNION ALL "
                "SELECT 'module', m.id FROM modules m JOIN curricula k ON k.id = m.curriculum_id "
                "WHERE k.course_id = %(course)s",
                {"course": course and course[0]},
            ).fetchall()
        if not students or course is None:
            raise BenchError(f"The program of {username} has no students or no course tree.")
        # Without accents, which only Academy overlooks.
        surnames = [name.lower() for _, name, _ in students if name.isascii() and name.isalpha()]
        return Subject(
            username=username,
            program=program,
            size=students[0][2],
            student_ids=tuple(pk for pk, _, _ in students),
            prefixes=_searches([name[:2] for name in surnames]),
            words=_searches([name[1:5] for name in surnames if len(name) > 4]),
            course=course[0],
            tree=(("course", course[0]), *tree),
        )

    def remove_created(self) -> int:
        """Delete the students of earlier runs, and their history. Returns how many there were."""
        with self._without_triggers() as connection:
            pattern = [f"%{MARK}"]
            connection.execute("DELETE FROM students_history WHERE email LIKE %s", pattern)
            return connection.execute("DELETE FROM students WHERE email LIKE %s", pattern).rowcount

    @contextmanager
    def _without_triggers(self) -> Iterator[psycopg.Connection]:
        """As superuser: history is append-only for everybody else."""
        with psycopg.connect(self.url(SUPERUSER)) as connection:
            connection.execute("SET session_replication_role = replica")
            yield connection

    def tidy(self) -> None:
        """VACUUM and ANALYZE, as autovacuum has done in a database that is in use."""
        with psycopg.connect(self.url(OWNER), autocommit=True) as connection:
            for table in MEASURED_TABLES:
                connection.execute(f"VACUUM (ANALYZE) {table}")
                connection.execute(f"VACUUM (ANALYZE) {table}_history")

    def numbers(self) -> list[str]:
        """The student numbers of the rows that this run has created."""
        with psycopg.connect(self.url(OWNER)) as connection:
            rows = connection.execute("SELECT student_id FROM students WHERE email LIKE %s", [f"%{MARK}"])
            return [row[0] for row in rows]


def _searches(candidates: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(candidates))[:20] or ("an",)


def add_options(
    parser: argparse.ArgumentParser, folder: str = "bench", programs: int = 1000, rows: int = 1_000_000
) -> None:
    """Add the options that `prepared` reads: the folder of the database, and what it is filled with."""
    data = Path(os.environ.get("ACADEMY_DATA") or BASE_DIR / ".data") / folder
    parser.add_argument("--data", type=Path, default=data, help="where the data lies; filled the first time")
    parser.add_argument("--programs", type=int, default=programs, help=f"programs ({programs:,})")
    parser.add_argument("--rows", type=int, default=rows, help=f"students in all ({rows:,})")


def prepared(options: argparse.Namespace) -> Database:
    """The database of the options, filled, with Django set up for it. Ends the process where that can't be done."""
    database = Database(options.data)
    os.environ.update(database.environment)
    os.environ.pop("DATABASE_URL", None)
    print("Preparing the database …", flush=True)
    try:
        database.prepare(options.programs, options.rows)
    except BenchError as error:
        sys.exit(f"bench: {error}")
    import django

    django.setup()
    return database
