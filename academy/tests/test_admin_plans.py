"""The admin's list of students is read from indexes, in one program and in all: the statements it sends, explained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import Role
from programs.models import Program
from programs.testing import PageClient, make_member, owner_url, scratch_database

from .test_plans import FILL, LARGE, SMALL, SMALL_PROGRAMS, nodes

STUDENTS = "/admin/students/student/"


@pytest.fixture(scope="module")
def super_admin(django_db_setup: None, django_db_blocker: Any) -> Iterator[PageClient]:
    settings = connection.settings_dict
    known = settings["NAME"]
    with scratch_database() as name, django_db_blocker.unblock():
        with psycopg.connect(owner_url(name), autocommit=True, cursor_factory=psycopg.ClientCursor) as owner:
            owner.execute(FILL, {"others": SMALL_PROGRAMS, "large": LARGE, "small": SMALL})
            owner.execute("VACUUM (ANALYZE) students")
        connection.close()
        settings["NAME"] = name
        try:
            yield PageClient(make_member(Role.SUPER_ADMIN))
        finally:
            connection.close()
            settings["NAME"] = known


class Explained:
    """The plan of the page's statement, made inside the request, where its role and its program hold."""

    def __init__(self) -> None:
        self.plans: list[Any] = []

    def note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'FROM "students"' in sql and 'ORDER BY "students"."student_id"' in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON, COSTS OFF) {sql}", params)
                ((plan,),) = cursor.fetchall()
                plan = json.loads(plan) if isinstance(plan, str) else plan
            self.plans.append(list(nodes(plan[0]["Plan"])))
        return execute(sql, params, many, context)


def plan_of(super_admin: PageClient, mode: Any, query: dict[str, Any]) -> list[dict[str, Any]]:
    super_admin.enter(mode)
    explained = Explained()
    with connection.execute_wrapper(explained.note):
        assert super_admin.get(STUDENTS, query).status_code == 200
    (plan,) = explained.plans
    return plan


@pytest.mark.parametrize("mode", ["all", "Program 0", "Program 7"])
@pytest.mark.parametrize("query", [{}, {"p": "3"}, {"q": "STU-2021-00042"}], ids=str)
def test_the_list_of_students_reads_no_whole_table(
    super_admin: PageClient, mode: str, query: dict[str, Any]
) -> None:
    where = mode if mode == "all" else Program.objects.get(name=mode)
    plan = plan_of(super_admin, where, query)
    assert not [
        node for node in plan if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "students"
    ]
    used = {node["Index Name"] for node in plan if "Index Name" in node}
    assert used & {"students_number_unique", "students_all_by_number"}, used


@pytest.mark.parametrize("name", ["Program 0", "Program 7"])
def test_filtering_by_program_reads_the_programs_part_of_the_index(
    super_admin: PageClient, name: str
) -> None:
    plan = plan_of(super_admin, "all", {"program__id__exact": str(Program.objects.get(name=name).pk)})
    assert not [node for node in plan if node["Node Type"] == "Sort"]
    used = {node["Index Name"] for node in plan if "Index Name" in node}
    assert used & {"students_all_by_number", "students_number_unique"}, used
