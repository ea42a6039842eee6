"""The third layer of isolation: links that can't leave a program, rows that can't move, what goes along when one goes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connections, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.test.utils import isolate_apps
from psycopg import errors

from courses.factories import CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Curriculum, Lesson, Module, TreeNode
from facilities.factories import FacilityFactory
from programs.constraints import ProgramIsolation, Reference
from programs.factories import AssignmentFactory
from programs.fields import ProgramForeignKey
from programs.models import Program, UserProgramAssignment
from programs.registry import scoped_history_models, scoped_models
from programs.scope import use_program
from programs.testing import connected_to, one_of_each, owner_url, rows, scratch_database, written
from students.factories import StudentFactory

LINKS = [
    (model, field)
    for model in scoped_models()
    for field in model._meta.local_fields
    if isinstance(field, ProgramForeignKey)
]
LINK_NAMES = [f"{model._meta.db_table}.{field.column}" for model, field in LINKS]
# Those of the tree can be tried with a name alone; what a grant refuses: courses/tests/test_editors.py.
TREE_LINKS = [(model, field) for model, field in LINKS if issubclass(model, TreeNode)]
TREE_NAMES = [f"{model._meta.db_table}.{field.column}" for model, field in TREE_LINKS]


def tree(program: Program) -> dict[str, Any]:
    with use_program(program):
        lesson = LessonFactory()
        rows_made = (lesson, lesson.module, lesson.module.curriculum, lesson.module.curriculum.course)
    return {row._meta.db_table: row for row in rows_made}


def test_every_level_of_the_tree_is_linked() -> None:
    assert sorted(TREE_NAMES) == ["curricula.course_id", "lessons.module_id", "modules.curriculum_id"]
    assert set(LINK_NAMES) - set(TREE_NAMES) == {"course_grants.course_id"}


@pytest.mark.parametrize(("model", "field"), TREE_LINKS, ids=TREE_NAMES)
def test_a_link_to_another_program_is_refused_by_the_database(
    model: Any, field: Any, program: Program, other_program: Program
) -> None:
    own, foreign = tree(program), tree(other_program)
    table, target = model._meta.db_table, field.related_model._meta.db_table
    with use_program(program):
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            rows(f"UPDATE {table} SET {field.column} = %s", foreign[target].pk)
        assert isinstance(caught.value.__cause__, errors.ForeignKeyViolation)
        assert caught.value.__cause__.diag.constraint_name == f"{table}_{field.name}_same_program"
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            rows(
                f"INSERT INTO {table} (program_id, name, sequence_order, {field.column})"
                " VALUES (%s, 'New', 5, %s)",
                program.pk,
                foreign[target].pk,
            )
        assert isinstance(caught.value.__cause__, errors.ForeignKeyViolation)
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.create(**{"name": "New", field.column: foreign[target].pk})
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.bulk_create(
                [model(**{"name": "New", "sequence_order": 5, field.column: foreign[target].pk})]
            )
        assert rows(f"SELECT {field.column} FROM {table}") == [(own[target].pk,)]


@pytest.mark.parametrize(("model", "field"), TREE_LINKS, ids=TREE_NAMES)
def test_even_the_owner_can_not_link_across_programs(
    model: Any, field: Any, transactional_db: None, owner: psycopg.Connection[Any]
) -> None:
    programs = [Program.objects.create(name=name) for name in ("Swimming", "Football")]
    own, foreign = (tree(program) for program in programs)
    table, target = model._meta.db_table, field.related_model._meta.db_table
    with pytest.raises(errors.ForeignKeyViolation):
        owner.execute(
            f"UPDATE {table} SET {field.column} = %s WHERE id = %s",  # type: ignore[arg-type]
            [foreign[target].pk, own[table].pk],
        )


@pytest.mark.parametrize(("model", "field"), LINKS, ids=LINK_NAMES)
def test_a_link_is_checked_at_once_so_that_the_view_hears_of_it(model: Any, field: Any, db: None) -> None:
    assert rows(
        "SELECT condeferrable, condeferred, confdeltype FROM pg_constraint WHERE conname = %s",
        f"{model._meta.db_table}_{field.name}_same_program",
    ) == [(True, False, "c")]


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model._meta.db_table)
def test_a_row_never_moves_to_another_program(
    model: Any, transactional_db: None, owner: psycopg.Connection[Any]
) -> None:
    program, other = (Program.objects.create(name=name) for name in ("Swimming", "Football"))
    one_of_each(program)
    table = model._meta.db_table
    with use_program(program):
        # Row-level security and the trigger each refuse; whichever comes first.
        with pytest.raises(DatabaseError), transaction.atomic():
            rows(f"UPDATE {table} SET program_id = %s", other.pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            model._base_manager.update(program=other)
    refusal = "Cannot update" if model.append_only else "A row never moves to another program"
    with pytest.raises(errors.RaiseException if model.append_only else errors.CheckViolation, match=refusal):
        owner.execute(f"UPDATE {table} SET program_id = %s", [other.pk])  # type: ignore[arg-type]
    with use_program(program):
        assert rows(f"SELECT program_id FROM {table}") == [(program.pk,)]


@pytest.mark.parametrize("model", scoped_models(), ids=lambda model: model._meta.db_table)
def test_every_row_has_a_program_that_exists(
    model: Any, transactional_db: None, owner: psycopg.Connection[Any]
) -> None:
    program = Program.objects.create(name="Swimming")
    one_of_each(program)
    table = model._meta.db_table
    columns = ", ".join(
        f'"{field.column}"'
        for field in model._meta.local_fields
        if field.name not in ("id", "program") and not field.generated
    )
    for value, error in ((None, errors.NotNullViolation), (uuid.uuid4(), errors.ForeignKeyViolation)):
        with pytest.raises(error):
            owner.execute(
                f"INSERT INTO {table} ({columns}, program_id) SELECT {columns}, %s::uuid FROM {table}",  # type: ignore[arg-type]
                [value],
            )


# ---- what goes along


def test_deleting_a_course_by_raw_sql_takes_its_tree_along(program: Program, other_program: Program) -> None:
    tree(other_program)
    with use_program(program):
        gone, kept = LessonFactory(), LessonFactory()
        course = gone.module.curriculum.course
        LessonFactory(module=ModuleFactory(curriculum=CurriculumFactory(course=course)))
        Lesson.objects.filter(module__curriculum__course=course).first()
        assert written("DELETE FROM courses WHERE id = %s", course.pk) == 1
        for model in (Course, Curriculum, Module, Lesson):
            assert model.with_archived.count() == 1
        assert Lesson.objects.get() == kept
        # The rows are gone; what happened to them stays known.
        assert rows("SELECT count(*) FROM lessons_history WHERE pgh_label = 'delete'") == [(2,)]
    with use_program(other_program):
        assert Lesson.objects.count() == 1


def test_deleting_by_the_orm_does_the_same(program: Program) -> None:
    with use_program(program):
        course = LessonFactory().module.curriculum.course
        course.delete()
        for model in (Course, Curriculum, Module, Lesson):
            assert model.with_archived.count() == 0


def test_archived_children_go_along_too(program: Program) -> None:
    with use_program(program):
        lesson = LessonFactory()
        Lesson.objects.update(deleted_at="2025-01-01T00:00Z")
        rows("DELETE FROM courses")
        assert Lesson.with_archived.count() == 0
        assert lesson.history.count() == 3


@pytest.mark.parametrize("factory", [StudentFactory, FacilityFactory, LessonFactory])
def test_deleting_a_program_with_data_is_refused(factory: Any, program: Program) -> None:
    with use_program(program):
        factory()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        rows("DELETE FROM programs WHERE id = %s", program.pk)
    # The first is the name of the refusal from PostgreSQL 18 on.
    assert isinstance(caught.value.__cause__, errors.RestrictViolation | errors.ForeignKeyViolation)
    with pytest.raises((IntegrityError, ProtectedError, RestrictedError)), transaction.atomic():
        with use_program(program):
            program.delete()
    assert Program.objects.filter(pk=program.pk).exists()


def test_deleting_a_program_with_archived_data_is_refused(program: Program) -> None:
    with use_program(program):
        StudentFactory(deleted_at="2025-01-01T00:00Z")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows("DELETE FROM programs WHERE id = %s", program.pk)


def test_deleting_a_program_with_staff_is_refused(program: Program) -> None:
    AssignmentFactory(program=program)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows("DELETE FROM programs WHERE id = %s", program.pk)
        rows("SET CONSTRAINTS ALL IMMEDIATE")
    assert UserProgramAssignment.objects.count() == 1


def test_an_empty_program_can_be_deleted(program: Program) -> None:
    assert written("DELETE FROM programs WHERE id = %s", program.pk) == 1


# ---- how the constraints are written


def declared(**fields: Any) -> type[models.Model]:
    meta = type(
        "Meta",
        (),
        {
            "app_label": "programs",
            "db_table": "boxes",
            "constraints": [ProgramIsolation(name="boxes_isolation")],
        },
    )
    return type("Box", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


@pytest.fixture
def schema(db: None) -> Iterator[Any]:
    """The owner's connection to an empty database."""
    with scratch_database(migrated=False) as name, connected_to(owner_url(name)) as alias:
        yield connections[alias]


def policies(connected: Any, table: str) -> set[str]:
    found = rows("SELECT policyname FROM pg_policies WHERE tablename = %s", table, using=connected.alias)
    return {name for (name,) in found}


@isolate_apps("programs")
def test_dropping_the_isolation_leaves_the_table_closed(schema: Any) -> None:
    model = declared(id=models.UUIDField(primary_key=True), program_id=models.UUIDField(default=uuid.uuid4))
    isolation = model._meta.constraints[0]
    with schema.schema_editor() as editor:
        editor.create_model(model)
    assert policies(schema, "boxes") == {"boxes_isolation", "boxes_isolation_all"}
    with schema.schema_editor() as editor:
        editor.remove_constraint(model, isolation)
    assert policies(schema, "boxes") == set()
    assert rows("SELECT relrowsecurity FROM pg_class WHERE relname = 'boxes'", using=schema.alias) == [
        (True,)
    ]
    with schema.schema_editor() as editor:
        editor.add_constraint(model, isolation)
    assert policies(schema, "boxes") == {"boxes_isolation", "boxes_isolation_all"}


@isolate_apps("programs")
def test_a_table_renamed_in_the_same_migration_gets_its_policies(schema: Any) -> None:
    model = declared(id=models.UUIDField(primary_key=True), program_id=models.UUIDField(default=uuid.uuid4))
    with schema.schema_editor() as editor:
        editor.create_model(model)
        editor.alter_db_table(model, "boxes", "crates")
    assert policies(schema, "crates") == {"boxes_isolation", "boxes_isolation_all"}


@isolate_apps("programs")
def test_a_table_dropped_in_the_same_migration_leaves_no_statement_behind(schema: Any) -> None:
    model = declared(id=models.UUIDField(primary_key=True), program_id=models.UUIDField(default=uuid.uuid4))
    with schema.schema_editor() as editor:
        editor.create_model(model)
        editor.delete_model(model)
    assert rows("SELECT to_regclass('public.boxes')", using=schema.alias) == [(None,)]


def test_constraints_survive_a_round_trip_through_a_migration() -> None:
    for model in scoped_models():
        for constraint in model._meta.constraints:
            if not isinstance(constraint, ProgramIsolation | Reference):
                continue
            path, args, kwargs = constraint.deconstruct()
            assert path.rpartition(".")[2] == type(constraint).__name__
            again = type(constraint)(*args, **kwargs)
            assert again == constraint
            assert constraint.clone() == constraint


def test_references_that_differ_are_not_equal() -> None:
    values: dict[str, Any] = {
        "name": "x",
        "columns": ["program_id", "a_id"],
        "to": "courses.Course",
        "to_columns": ["program_id", "id"],
        "on_delete": "CASCADE",
    }
    one = Reference(**values)
    assert one != Reference(**{**values, "on_delete": "NO ACTION"})
    assert one != Reference(**{**values, "columns": ["program_id", "b_id"]})
    assert one != ProgramIsolation(name="x")
    assert hash(one) == hash(Reference(**values))


def test_history_models_have_no_composite_keys() -> None:
    """They outlive what they tell of."""
    for model in scoped_history_models():
        assert [type(constraint) for constraint in model._meta.constraints] == [ProgramIsolation]


def test_composite_keys_are_added_to_real_models_alone() -> None:
    for model in scoped_models():
        links = [field for field in model._meta.local_fields if isinstance(field, ProgramForeignKey)]
        references = [c for c in model._meta.constraints if isinstance(c, Reference)]
        composite = [c for c in references if c.to_columns == ["program_id", "id"]]
        assert {c.columns[1] for c in composite} == {field.column for field in links}
