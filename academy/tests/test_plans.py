"""Every list order and every search is served by an index, at scale and under row-level security.

The statements are those that the pages send, explained as the role that serves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import academy.urls  # noqa: F401  registers the views
import crud
from accounts.models import Role
from programs.models import Program, default_index
from programs.scope import use_program
from programs.testing import PageClient, make_member, owner_url, runtime_url, scratch_database
from students.models import Student
from students.selections import possible_duplicates

LARGE, SMALL, SMALL_PROGRAMS = 20_000, 100, 20

FILL = """
DROP INDEX students_search_everywhere;  -- dear to fill, and no page of a program reads it
INSERT INTO programs (name) SELECT 'Program ' || n FROM generate_series(0, %(others)s) n;
CREATE TEMP TABLE sizes AS
    SELECT id AS program, CASE name WHEN 'Program 0' THEN %(large)s ELSE %(small)s END AS size FROM programs;
ALTER TABLE students DISABLE TRIGGER USER;  -- quicker; nothing here reads the history
ALTER TABLE facilities DISABLE TRIGGER USER;
ALTER TABLE courses DISABLE TRIGGER USER;
INSERT INTO students (program_id, student_id, first_name, last_name, phone, status, date_of_birth, enrollment_date,
                      deleted_at)
    SELECT program, 'STU-' || 2020 + n %% 5 || '-' || lpad((row_number() OVER ())::text, 5, '0'), initcap(left(md5(n::text), 7)), initcap(left(md5((n * 7)::text), 8)), '+44 7700 ' || n,
           (ARRAY['active', 'active', 'inactive', 'graduated', 'withdrawn'])[1 + n %% 5],
           CASE n %% 10 WHEN 0 THEN NULL ELSE DATE '2005-01-01' + n %% 4000 END, DATE '2020-01-01' + n %% 2000,
           CASE n %% 50 WHEN 0 THEN now() END
    FROM sizes, generate_series(1, size) n ORDER BY md5(n::text);
INSERT INTO facilities (program_id, name, facility_type, status, capacity)
    SELECT program, 'Hall ' || md5(n::text), (ARRAY['pool', 'court', 'gym', 'field', 'classroom', 'lab'])[1 + n %% 6],
           (ARRAY['active', 'maintenance', 'inactive'])[1 + n %% 3], nullif(n %% 200, 0)
    FROM sizes, generate_series(1, size / 4) n;
INSERT INTO courses (program_id, name, level, is_active)
    SELECT program, 'Course ' || md5(n::text), n %% 9, n %% 4 > 0 FROM sizes, generate_series(1, size / 4) n;
ALTER TABLE students ENABLE TRIGGER USER;
ALTER TABLE facilities ENABLE TRIGGER USER;
ALTER TABLE courses ENABLE TRIGGER USER;
"""

# What answers the order of a column, by model and column. A column that can be sorted by must be named here, unless
# its model declares no index; with "-" the other way round, where an index read backwards would put the unknown first.
ORDERS = {
    "student": {
        "name": "students_by_sort_name",
        "number": "students_by_student_id",
        "age": "students_by_birth_down",
        "-age": "students_by_birth",
        "enrolled": "students_by_enrolment",
    },
    "facility": {
        "name": "facilities_by_name",
        "facility_type": "facilities_by_type",
        "status": "facilities_by_status",
        "capacity": "facilities_by_capacity",
        "-capacity": "facilities_by_capacity_down",
    },
    "course": {
        "name": "courses_by_name",
        "level": "courses_by_level",
        "is_active": "courses_by_active",
    },
}
LISTS = [views for views in crud.registered() if views.model._meta.model_name in ORDERS]
CASES = [
    (views, key, turned)
    for views in LISTS
    for key in ORDERS[views.model._meta.model_name]
    if not key.startswith("-")
    for turned in ("", "-")
]


@pytest.fixture(scope="module")
def clients(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[PageClient]]:
    """Program admins of a program with 20,000 students and of one of the 20 small ones beside it."""
    settings = connection.settings_dict
    known = settings["NAME"]
    with scratch_database() as name, django_db_blocker.unblock():
        with psycopg.connect(owner_url(name), autocommit=True, cursor_factory=psycopg.ClientCursor) as owner:
            owner.execute(FILL, {"others": SMALL_PROGRAMS, "large": LARGE, "small": SMALL})
            owner.execute("VACUUM (ANALYZE) students, facilities, courses")
        connection.close()
        settings["NAME"] = name
        try:
            programs = [Program.objects.get(name=name) for name in ("Program 0", "Program 7")]
            yield [PageClient(make_member(Role.PROGRAM_ADMIN, program), program) for program in programs]
        finally:
            connection.close()
            settings["NAME"] = known


@pytest.fixture
def large(clients: list[PageClient]) -> PageClient:
    return clients[0]


@pytest.fixture
def small(clients: list[PageClient]) -> PageClient:
    """Where the program is a small part of the tables, reading all of one would be the mistake."""
    return clients[1]


def plans(client: PageClient, path: str, query: dict[str, Any], table: str) -> list[dict[str, Any]]:
    """The plans of the statements that a page sends to `table`, and nothing but that page."""
    with CaptureQueriesContext(
        connection,
    ) as sent:
        assert client.get(path, query).status_code == 200
    statements = [
        entry["sql"]
        for entry in sent
        if re.search(rf'FROM "?{table}"?\b', entry["sql"])
        and entry["sql"].lstrip().startswith(("SELECT", "WITH"))
    ]
    assert statements
    found = []
    with use_program(client.program, read_only=True), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN (FORMAT JSON, COSTS OFF) {statement}")
            ((plan,),) = cursor.fetchall()
            plan = json.loads(plan) if isinstance(plan, str) else plan
            found.append({"sql": statement, "table": table, "nodes": list(nodes(plan[0]["Plan"]))})
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def kinds(plan: dict[str, Any]) -> set[str]:
    return {node["Node Type"] for node in plan["nodes"]}


def used(plan: dict[str, Any]) -> set[str]:
    """The indexes of a plan."""
    return {node["Index Name"] for node in plan["nodes"] if "Index Name" in node}


def read_in_order(plan: dict[str, Any]) -> set[str]:
    """The indexes below a LIMIT that nothing sorts: what stands above it has the rows of one page alone."""
    below = [list(nodes(node)) for node in plan["nodes"] if node["Node Type"] == "Limit"]
    assert below, describe(plan)
    (inside,) = below[-1:]
    assert not {node["Node Type"] for node in inside} & {"Sort", "Incremental Sort", "Seq Scan"}, describe(
        plan
    )
    return {node["Index Name"] for node in inside if "Index Name" in node}


def describe(plan: dict[str, Any]) -> str:
    return f"{sorted(kinds(plan))} {sorted(used(plan))} {plan['sql'][:1500]}"


def test_every_column_that_can_be_sorted_by_is_in_the_table(large: PageClient) -> None:
    for views in crud.registered():
        model = views.model._meta.model_name
        if views.model._meta.indexes == [default_index(views.model)]:
            continue  # declares none, which is enough for its list by name
        assert model in ORDERS, f"Name the indexes of the list of {model}."
        response = large.get(reverse(views.url_name("list")))
        sortable = {
            heading.column.key for heading in response.context["listing"].controls.headings if heading.url
        }
        assert sortable == {key for key in ORDERS[model] if not key.startswith("-")}


@pytest.mark.parametrize(
    ("views", "key", "turned"), CASES, ids=[f"{v.model._meta.model_name} {t}{k}" for v, k, t in CASES]
)
def test_a_list_order_is_read_from_its_index(large: PageClient, views: Any, key: str, turned: str) -> None:
    table, orders = views.model._meta.db_table, ORDERS[views.model._meta.model_name]
    index = orders.get(turned + key, orders[key])
    sent = plans(large, reverse(views.url_name("list")), {"sort": turned + key, "page": 3}, table)
    (page,) = (plan for plan in sent if "LIMIT 25 OFFSET 50" in plan["sql"])
    assert read_in_order(page) == {index}, describe(page)


def whole_tables(plan: dict[str, Any]) -> list[str]:
    """The tables that a plan reads from end to end."""
    return [node["Relation Name"] for node in plan["nodes"] if node["Node Type"] == "Seq Scan"]


def leading_columns(plan: dict[str, Any]) -> set[str]:
    """The first column of each index of the plan's own table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
            " WHERE c.relname = ANY(%s) AND i.indrelid = %s::regclass",
            [list(used(plan)), plan["table"]],
        )
        return {name for (name,) in cursor.fetchall()}


QUERIES: list[dict[str, Any]] = [
    {},
    {"archived": "1"},
    {"page": 2, "size": 50},
    {"q": "ab"},
    {"q": "abc"},
    {"q": "abc d"},
    {"q": "abcd", "page": 2},
]


@pytest.mark.parametrize("views", LISTS, ids=lambda views: views.model._meta.model_name)
@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_list_reads_rows_of_its_program_alone(small: PageClient, views: Any, query: dict[str, Any]) -> None:
    for plan in plans(small, reverse(views.url_name("list")), query, views.model._meta.db_table):
        assert whole_tables(plan) == [], describe(plan)
        assert leading_columns(plan) <= {"program_id", "id"}, describe(plan)


@pytest.mark.parametrize("status", ["active", "withdrawn"])
def test_a_status_tab_is_read_in_its_order(large: PageClient, status: str) -> None:
    sent = plans(large, "/students/", {"status": status}, "students")
    (page,) = (plan for plan in sent if "LIMIT 25" in plan["sql"])
    assert read_in_order(page) <= {"students_by_sort_name", "students_by_status"}, describe(page)


def test_counting_a_large_program_reads_the_narrow_index(large: PageClient) -> None:
    (count,) = (plan for plan in plans(large, "/students/", {}, "students") if "COUNT(" in plan["sql"])
    assert used(count) == {"students_count"}, describe(count)


@pytest.mark.parametrize("number", ["STU-2021-00", "STU-2024-", "stu-2022-0123"])
def test_a_number_is_looked_up_by_its_index(small: PageClient, large: PageClient, number: str) -> None:
    for client in (small, large):
        for plan in plans(client, "/students/", {"q": number}, "students"):
            assert whole_tables(plan) == [], describe(plan)
            assert leading_columns(plan) <= {"program_id", "id", "student_id"}, describe(plan)


@pytest.mark.parametrize("word", ["ab", "c"])
def test_a_short_word_is_looked_up_as_a_prefix(large: PageClient, word: str) -> None:
    sent = plans(large, "/students/", {"q": word}, "students")
    searches = [plan for plan in sent if "^@" in plan["sql"]]
    assert searches
    for plan in searches:
        assert "Seq Scan" not in kinds(plan), describe(plan)
        assert used(plan) <= {"students_by_search", "students_by_sort_name"}, describe(plan)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("abc", "students_by_sort_name"),
        ("abc def", "students_by_sort_name"),
        ("123", "students_by_student_id"),
    ],
)
def test_a_search_anywhere_reads_one_index_alone(large: PageClient, text: str, index: str) -> None:
    pages = ("/students/", "/students/further/")
    asked = [plan for page in pages for plan in plans(large, page, {"q": text}, "students")]
    sent = [plan for plan in asked if "LIKE" in plan["sql"]]
    sent = [
        plan for plan in sent if '"deleted_at" IS NOT NULL' not in plan["sql"]
    ]  # of the archive, which is small
    for plan in sent:
        assert kinds(plan) & {"Index Scan", "Bitmap Heap Scan", "Seq Scan"} == set(), describe(plan)
    # The first asks for names; where few match, the others look further, each in an index of its own.
    assert used(sent[0]) == {index}, describe(sent[0])
    rest = [used(plan) for plan in sent[1:]]
    assert rest[0] in ({index}, {"students_by_email"}, {"students_by_private_words"}, {"students_by_phone"})


def test_a_row_is_read_by_its_key(large: PageClient) -> None:
    with use_program(large.program):
        key = Student.objects.values_list("pk", flat=True).first()
    for plan in plans(large, f"/students/{key}/", {}, "students"):
        assert used(plan) <= {"students_pkey", "student_key_in_program"}, describe(plan)


def test_the_dashboard_reads_rows_of_its_program_alone(small: PageClient) -> None:
    for table in ("students", "facilities", "courses"):
        for plan in plans(small, "/", {}, table):
            assert whole_tables(plan) == [], describe(plan)


def index_only(client: PageClient, students: Any) -> set[str]:
    """The indexes that answer a queryset of students, none of which looks into the table."""
    with use_program(client.program, read_only=True), connection.cursor() as cursor:
        statement, values = students.query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT JSON, COSTS OFF) {statement}", values)
        ((plan,),) = cursor.fetchall()
    scans = [node for node in nodes(plan[0]["Plan"]) if "Scan" in node["Node Type"] and "Index Name" in node]
    assert {node["Node Type"] for node in scans} == {"Index Only Scan"}
    return {node["Index Name"] for node in scans}


@pytest.mark.parametrize("at_end", [True, False])
def test_phone_numbers_are_read_from_an_index_alone(large: PageClient, at_end: bool) -> None:
    with use_program(large.program):
        found = Student.objects.order_by().with_phone("9999203", at_end=at_end).values("pk")[:6]
    assert index_only(large, found) == {"students_by_phone"}


def test_possible_duplicates_are_read_from_indexes_alone(large: PageClient) -> None:
    with use_program(large.program):
        found = possible_duplicates(Student.objects.order_by()).values("pk")
    assert {"students_by_sort_name", "students_by_phone"} <= index_only(large, found)


def test_the_statements_are_explained_as_the_role_that_serves(large: PageClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user::text, count(*) FROM students GROUP BY 1")
        assert cursor.fetchall() == []
    assert f"user={connection.settings_dict['USER']}" in runtime_url()
