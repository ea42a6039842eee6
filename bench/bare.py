"""The least that a page can cost: its SQL written by hand, and its template rendered with the rows.

The SQL runs as the runtime role, in one transaction with the settings that row-level security reads, after
the three look-ups that every page of a signed-in user needs: session, user, programs. Keyset instead of
OFFSET, index-only where an index covers, one statement for each thing shown. The template is the page's
own, with the context that the page gave it; what the context holds of rows is not read again.
"""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import psycopg
from django.contrib.sessions.models import Session
from django.template.backends.django import Template
from django.test import Client
from django.utils.functional import cached_property as django_cached_property

from accounts.models import User
from crud.lists import Listing
from programs.models import Program
from programs.scope import use_program

from .database import MARK, BenchError, Subject
from .plain.sites import FEW

Statement = tuple[str, list[Any]]

SHOWN = (
    "id, student_id, first_name, last_name, status, date_of_birth, enrollment_date, phone, has_medical_alert"
)
PRESENT = "program_id = %s AND deleted_at IS NULL"
COUNTS = f"SELECT status, count(*) FROM students WHERE {PRESENT}"
ROWS = f"SELECT {SHOWN} FROM students WHERE {PRESENT}"
BY_NAME = "ORDER BY sort_name, id LIMIT 25"
SEARCH = f"""
    WITH found AS MATERIALIZED (
        SELECT id, status, sort_name FROM students WHERE {PRESENT} {{condition}}
    ), page AS (
        SELECT id FROM found {BY_NAME}
    )
    SELECT {SHOWN}, (
        SELECT jsonb_object_agg(status, number)
        FROM (SELECT status, count(*) AS number FROM found GROUP BY status) AS counted
    )
    FROM page JOIN students USING (id) WHERE {PRESENT} ORDER BY sort_name, id
"""
NO_CONTACT = "coalesce(emergency_contact -> 'contacts', '[]') = '[]'"
AGES = """
    SELECT width_bucket(day, %s::date[]), sum(number)
    FROM (SELECT date_of_birth, count(*) {active} GROUP BY 1) AS days (day, number) GROUP BY 1
"""
LESSONS = """
    SELECT c.level, c.is_active, c.id, count(l.id) FROM courses c
    LEFT JOIN curricula k ON k.program_id = c.program_id AND k.course_id = c.id
    LEFT JOIN modules m ON m.program_id = c.program_id AND m.curriculum_id = k.id
    LEFT JOIN lessons l ON l.program_id = c.program_id AND l.module_id = m.id AND l.deleted_at IS NULL
    WHERE c.program_id = %s AND c.deleted_at IS NULL GROUP BY c.id
"""
DUPLICATES = f"""
    SELECT count(*) FROM (
        SELECT FROM students WHERE {PRESENT} GROUP BY sort_name, date_of_birth HAVING count(*) > 1
    ) AS same
"""
NEWEST = """
    (SELECT '{table}', pgh_obj_id, pgh_label, pgh_created_at, pgh_context, deleted_at, {name}
     FROM {table}_history WHERE program_id = %s ORDER BY pgh_created_at DESC LIMIT 60)
"""
HISTORIES = {
    "students": "concat(first_name, ' ', last_name)",
    **dict.fromkeys(("courses", "curricula", "modules", "lessons", "facilities"), "name"),
}


class Bare:
    """Bare SQL and template of the pages of one subject. `skipped` rows come before the deep page."""

    def __init__(self, url: str, subject: Subject, *, skipped: int) -> None:
        self.subject, self.skipped = subject, skipped
        self.user = User.objects.get(username=subject.username)
        self.program = Program.objects.get(pk=subject.program)
        self.client = Client(headers={"host": "127.0.0.1"})
        self.client.force_login(self.user)
        self.session = Session.objects.order_by("-expire_date").first()
        # As Academy connects: nothing prepared, so that a pooler may stand between.
        self.connection = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        self.renders: dict[str, Callable[[], object]] = {}

    def close(self) -> None:
        self.connection.close()

    def seconds(self, statements: list[Statement], path: str = "") -> float:
        """Seconds for the statements and for rendering the page at `path`, if it has one."""
        render = self._render_of(path) if path else None
        # The template finds a scope, should it read something; opening it is not what is measured.
        with use_program(self.program, user=self.user, read_only=True):
            started = time.perf_counter()
            self._run(LOOK_UPS, [[self.session.pk], [self.user.pk], [self.user.pk]])
            with self.connection.transaction():
                self._run([ENTER], [[str(self.program.pk), str(self.user.pk)]])
                for sql, parameters in statements:
                    self._run([sql], [parameters])
                if render is not None:
                    render()
            return time.perf_counter() - started

    def _run(self, statements: list[str], parameters: list[list[Any]]) -> None:
        for sql, values in zip(statements, parameters, strict=True):
            cursor = self.connection.execute(sql, values)
            if cursor.description:
                cursor.fetchall()

    def _render_of(self, path: str) -> Callable[[], object]:
        """Renders the template of `path` with the context that the page gave it."""
        if path not in self.renders:
            with _captured() as calls:
                answer = self.client.get(path)
            pages = [call for call in calls if call[2] is not None]
            if answer.status_code != 200 or not pages:
                raise BenchError(f"{path} answered {answer.status_code} in the measuring process.")
            template, context, request = pages[0]
            listings = [value for value in context.values() if isinstance(value, Listing)]

            def render() -> object:
                for listing in listings:
                    _forget_rendered(listing)
                return template.render(context, request)

            self.renders[path] = render
        return self.renders[path]

    # --- the statements of each page ------------------------------------------------------------------

    @property
    def _of(self) -> list[Any]:
        return [self.subject.program]

    def first_page(self) -> list[Statement]:
        return [(f"{COUNTS} GROUP BY status", self._of), (f"{ROWS} {BY_NAME}", self._of)]

    def hundred_rows(self) -> list[Statement]:
        hundred = BY_NAME.replace("25", "100")
        return [(f"{COUNTS} GROUP BY status", self._of), (f"{ROWS} {hundred}", self._of)]

    def deep_page(self) -> list[Statement]:
        after = f"{ROWS} AND (sort_name, id) > (%s, %s) {BY_NAME}"
        return [(f"{COUNTS} GROUP BY status", self._of), (after, [*self._of, *self.before_deep_page])]

    @cached_property
    def before_deep_page(self) -> tuple[Any, ...]:
        """Name and id of the last row before the deep page: what a keyset page starts from."""
        with self.connection.transaction():
            self._run([ENTER], [[str(self.program.pk), str(self.user.pk)]])
            row = self.connection.execute(
                f"SELECT sort_name, id FROM students WHERE {PRESENT} {BY_NAME} OFFSET %s",
                [*self._of, max(0, self.skipped - 1)],
            ).fetchone()
        assert row is not None
        return row

    def prefix(self, text: str) -> list[Statement]:
        condition = "AND (search_name ^@ %s OR sort_name ^@ %s)"
        return self._search(condition, [text, text])

    def contains(self, text: str) -> list[Statement]:
        return self._search("AND sort_name LIKE %s", [f"%{text}%"])

    def _search(self, condition: str, values: list[Any]) -> list[Statement]:
        """One pass over the names, for the counts and for the page."""
        of = [*self._of, *values, *self._of]
        return [(SEARCH.format(condition=condition), of)]

    def detail(self, pk: Any) -> list[Statement]:
        history = "SELECT * FROM students_history WHERE program_id = %s AND pgh_obj_id = %s"
        return [
            ("SELECT * FROM students WHERE program_id = %s AND id = %s", [*self._of, pk]),
            (f"{history} ORDER BY pgh_created_at DESC LIMIT 10", [*self._of, pk]),
        ]

    def create(self, number: int) -> list[Statement]:
        """The row as the form fills it, and the draft that goes once it is saved."""
        row = {
            "id": uuid.uuid4(),
            "program_id": self.subject.program,
            "first_name": "Bare",
            "last_name": "Measured",
            "email": f"bare{number}{MARK}",
            "phone": "",
            "date_of_birth": None,
            "enrollment_date": "2024-09-01",
            "status": "active",
            **dict.fromkeys(("address", "emergency_contact", "medical_info"), "{}"),
        }
        columns, values = ", ".join(row), ", ".join(["%s"] * len(row))
        return [
            (
                f"INSERT INTO students ({columns}) VALUES ({values}) RETURNING id, student_id",
                list(row.values()),
            ),
            (
                "DELETE FROM drafts WHERE program_id = %s AND user_id = %s AND form = 'students.student:new'",
                [*self._of, self.user.pk],
            ),
        ]

    def tree(self) -> list[Statement]:
        in_course = [*self._of, self.subject.course]
        below = "WHERE {0}.program_id = %s AND course_id = %s AND {0}.deleted_at IS NULL"
        curricula = "JOIN curricula k ON k.program_id = m.program_id AND k.id = m.curriculum_id"
        modules = "JOIN modules m ON m.program_id = l.program_id AND m.id = l.module_id"
        return [
            ("SELECT * FROM courses WHERE program_id = %s AND id = %s", in_course),
            (f"SELECT id, name, sequence_order FROM curricula k {below.format('k')}", in_course),
            (f"SELECT m.id, curriculum_id, m.name FROM modules m {curricula} {below.format('m')}", in_course),
            (
                "SELECT l.id, module_id, l.name, duration_minutes FROM lessons l "
                f"{modules} {curricula} {below.format('l')}",
                in_course,
            ),
        ]

    def dashboard(self) -> list[Statement]:
        """What needs doing, the figures of two years, what changed last."""
        today = datetime.datetime.now(tz=datetime.UTC).date()
        since = today - datetime.timedelta(days=730)
        births = [today - datetime.timedelta(days=round(365.25 * age)) for age in (18, 14, 11, 8, 5)]
        active = f"FROM students WHERE {PRESENT} AND status = 'active'"
        newest = " UNION ALL ".join(
            NEWEST.format(table=table, name=name) for table, name in HISTORIES.items()
        )
        statements = [
            (f"{COUNTS} GROUP BY status", self._of),
            (AGES.format(active=active), [births, *self._of]),
            (f"SELECT count(*) {active} AND {NO_CONTACT}", self._of),
            (
                f"SELECT enrollment_date, count(*) FROM students WHERE {PRESENT} AND enrollment_date >= %s "
                "GROUP BY 1",
                [*self._of, since],
            ),
            (
                "SELECT pgh_created_at::date, status, count(*) FROM students_history WHERE program_id = %s "
                "AND pgh_label = 'update' AND status IN ('graduated', 'withdrawn') AND pgh_created_at >= %s "
                "GROUP BY 1, 2",
                [*self._of, since],
            ),
            (LESSONS, self._of),
            (f"SELECT status, count(*) FROM facilities WHERE {PRESENT} GROUP BY 1", self._of),
            (f"{newest} ORDER BY 4 DESC LIMIT 60", self._of * len(HISTORIES)),
        ]
        if self.subject.size <= FEW:
            statements.append((DUPLICATES, self._of))
        return statements


LOOK_UPS = [
    "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > now()",
    "SELECT * FROM users WHERE id = %s AND is_active",
    "SELECT p.*, a.role FROM user_program_assignments a JOIN programs p ON p.id = a.program_id "
    "WHERE a.user_id = %s AND a.is_active AND p.is_active",
]
ENTER = "SELECT set_config('app.program_id', %s, true), set_config('app.user_id', %s, true)"


@contextmanager
def _captured() -> Iterator[list[tuple[Template, dict[str, Any], Any]]]:
    """Every template rendered inside: (template, context, request), the outermost first."""
    calls: list[tuple[Template, dict[str, Any], Any]] = []
    original = Template.render

    def render(self: Template, context: Any = None, request: Any = None) -> Any:
        calls.append((self, context or {}, request))
        return original(self, context, request)

    Template.render = render  # type: ignore[method-assign]
    try:
        yield calls
    finally:
        Template.render = original  # type: ignore[method-assign]


def _forget_rendered(listing: Listing) -> None:
    """Let a listing render its cells, tabs and headings again from the rows that it has read."""
    for part in (listing, listing.controls):
        for name in list(vars(part)):
            if isinstance(getattr(type(part), name, None), django_cached_property):
                del part.__dict__[name]
