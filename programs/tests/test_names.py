"""Names are stored clean, whoever writes them."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from accounts.names import NameField
from programs.models import Program, ProgramScopedModel
from programs.scope import use_program
from programs.testing import factory_of, owner_url, rows, scratch_database
from students.factories import StudentFactory
from students.models import Student

DIRTY, CLEAN = "\u202aZoe\u0308 A\u00add\u200ba\u2060ms\u200f ", "Zoë Adams"
NAMED = [
    (model, field.name)
    for model in apps.get_models()
    for field in model._meta.local_fields
    if isinstance(field, NameField) and not hasattr(model, "pgh_tracked_model")
]


def test_every_kind_of_name_is_kept_clean() -> None:
    assert {f"{model._meta.db_table}.{name}" for model, name in NAMED} == {
        "users.full_name",
        "programs.name",
        "invitations.full_name",
        "saved_views.name",
        "facilities.name",
        "courses.name",
        "curricula.name",
        "modules.name",
        "lessons.name",
        "students.first_name",
        "students.last_name",
    }


# Views and invitations have no factory; their triggers are the same.
MADE = [(model, name) for model, name in NAMED if model._meta.model_name not in ("savedview", "invitation")]


@pytest.mark.parametrize(("model", "name"), MADE, ids=lambda value: getattr(value, "__name__", value))
def test_models_and_sql_store_the_clean_name(model: Any, name: str, program: Program) -> None:
    with use_program(program):
        row = factory_of(model)(**{name: DIRTY})
        assert getattr(row, name) == CLEAN
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {name} = %s WHERE id = %s", [f"Kim {DIRTY}", row.pk])
        assert rows(f"SELECT {name} FROM {table} WHERE id = %s", row.pk) == [(f"Kim {CLEAN}",)]
        model._base_manager.filter(pk=row.pk).update(**{name: f"Lee {DIRTY}"})
        row.refresh_from_db()
        assert getattr(row, name) == f"Lee {CLEAN}"
        if issubclass(model, ProgramScopedModel):
            # A student needs one name of two.
            names = ("first_name", "last_name") if model is Student else (name,)
            with pytest.raises(IntegrityError), transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**dict.fromkeys(names, "\u200b\u00ad"))


def test_bulk_inserts_and_names_of_contacts_are_clean(program: Program) -> None:
    with use_program(program):
        made = StudentFactory.build(first_name=DIRTY, program=None)
        contact = {"contacts": [{"name": DIRTY, "phone": "1"}]}
        (row,) = Student.objects.bulk_create([made])
        Student.objects.filter(pk=row.pk).update(emergency_contact=contact)
        row.refresh_from_db()
    assert row.first_name == CLEAN
    assert row.contacts[0]["name"].strip() == CLEAN


@pytest.mark.parametrize("name", ["\u200b", "\u00ad\u2060", "\u3164\u3000"])
def test_a_name_that_shows_nothing_is_an_error_at_its_field(
    client_for: Any, program: Program, name: str
) -> None:
    client = client_for("program_admin", program)
    for path in ("/facilities/new/", "/courses/new/"):
        response = client.post(path, {"name": name})
        assert response.status_code == 422
        assert response.context["form"].errors["name"] == ["This field is required."]


@pytest.mark.slow
def test_existing_names_are_cleaned_by_the_migration_which_can_be_repeated(
    django_db_setup: None, django_db_blocker: Any
) -> None:
    from database.operations import clean_names, fold_anew

    with scratch_database() as database, psycopg.connect(owner_url(database)) as owner:
        for table in ("students", "courses", "programs"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        ((program,),) = owner.execute(
            "INSERT INTO programs (name) VALUES ('Swimming') RETURNING id"
        ).fetchall()
        owner.execute("INSERT INTO programs (name) VALUES (%s)", ["Swim\u200bming"])
        numbers = iter(range(1000, 2000))
        for first in (DIRTY, "\u200b", "Ann"):
            owner.execute(
                "INSERT INTO students (program_id, student_id, first_name, last_name, emergency_contact)"
                " VALUES (%s, %s, %s, 'Möller', %s)",
                [program, f"STU-2026-{next(numbers)}", first, json.dumps({})],
            )
        for table in ("students", "courses", "programs"):
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        owner.commit()
        for _again in range(2):
            for operation in (
                clean_names("programs", "name"),
                clean_names("students", "first_name", "last_name"),
                fold_anew("students", "first_name", sort_name="academy_fold(last_name || ' ' || first_name)"),
            ):
                owner.execute(operation.sql)
            owner.commit()
        firsts = owner.execute("SELECT first_name, sort_name FROM students ORDER BY student_id").fetchall()
        assert firsts[0] == (CLEAN, "moller zoe adams  moeller zoe adams")
        assert firsts[1] == ("", "moller  moeller")  # the last name is name enough
        assert firsts[2][0] == "Ann"
        names = owner.execute("SELECT name FROM programs ORDER BY created_at, name").fetchall()
        assert set(names) == {("Swim\u200bming",), ("Swimming",)}
        changed = owner.execute("SELECT count(*) FROM students_history WHERE pgh_label = 'update'").fetchone()
        assert changed == (2,)
