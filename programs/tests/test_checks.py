"""The system checks: each one fires on a model or a setting that breaks its rule, and says what to write."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core import checks
from django.db import models
from django.test.utils import isolate_apps

from courses.models import Course
from crud.history import event_models
from crud.models import touch_updated_at
from programs import checks as rules
from programs.fields import ProgramForeignKey
from programs.models import (
    ArchivableModel,
    Program,
    ProgramScopedModel,
    TimestampedModel,
    track_scoped,
)
from programs.registry import scoped_history_models, scoped_models


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registries remember what they found; faulty models must leave no trace in them."""
    caches = (scoped_models, event_models, scoped_history_models)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def told(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(id, hint) of what the checks say about `model`."""
    monkeypatch.setattr(rules, "scoped_models", lambda: (model,))
    return [(message.id, message.hint) for message in rules.check_scoped_models(None)]


def test_the_project_breaks_no_rule() -> None:
    assert [message for message in checks.run_checks() if not message.is_silenced()] == []


@isolate_apps("programs")
def test_a_sound_model_breaks_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    @track_scoped()
    class Box(ArchivableModel):
        course = ProgramForeignKey(Course, related_name="+")

        class Meta(ArchivableModel.Meta):
            app_label = "programs"

    monkeypatch.setattr(rules, "event_model", lambda _: object)
    assert told(Box, monkeypatch) == []


@isolate_apps("programs")
def test_e001_lost_constraints(monkeypatch: pytest.MonkeyPatch) -> None:
    class Box(ArchivableModel):
        class Meta(ArchivableModel.Meta):
            app_label = "programs"
            constraints = [models.CheckConstraint(condition=~models.Q(id=None), name="boxes_id")]

    monkeypatch.setattr(rules, "event_model", lambda _: object)
    assert told(Box, monkeypatch) == [
        ("programs.E001", "constraints = [*ArchivableModel.Meta.constraints, …]")
    ]


@isolate_apps("programs")
def test_e001_a_meta_that_does_not_inherit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Box(ProgramScopedModel):
        class Meta:
            app_label = "programs"

    monkeypatch.setattr(rules, "event_model", lambda _: object)
    found = told(Box, monkeypatch)
    assert ("programs.E001", "constraints = [*ProgramScopedModel.Meta.constraints, …]") in found
    assert ("programs.E002", "triggers = [*ProgramScopedModel.Meta.triggers, …]") in found


@isolate_apps("programs")
def test_e002_lost_triggers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Box(ArchivableModel):
        class Meta(ArchivableModel.Meta):
            app_label = "programs"
            triggers = [touch_updated_at()]

    monkeypatch.setattr(rules, "event_model", lambda _: object)
    assert told(Box, monkeypatch) == [("programs.E002", "triggers = [*ArchivableModel.Meta.triggers, …]")]


@isolate_apps("programs")
def test_e003_no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    class Box(ProgramScopedModel):
        class Meta(ProgramScopedModel.Meta):
            app_label = "programs"

    ((check, hint),) = told(Box, monkeypatch)
    assert check == "programs.E003"
    assert hint.startswith("@track_scoped()")
    Box.untracked = "nothing here is worth remembering"  # type: ignore[attr-defined]
    assert told(Box, monkeypatch) == []


@isolate_apps("programs")
def test_e004_a_link_that_could_leave_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    class Box(ProgramScopedModel):
        course = models.ForeignKey(Course, models.CASCADE, related_name="+")

        class Meta(ProgramScopedModel.Meta):
            app_label = "programs"

    monkeypatch.setattr(rules, "event_model", lambda _: object)
    assert told(Box, monkeypatch) == [("programs.E004", "course = ProgramForeignKey(Course, …)")]


@isolate_apps("programs")
def test_e005_a_link_without_its_composite_key(monkeypatch: pytest.MonkeyPatch) -> None:
    class Box(ProgramScopedModel):
        course = ProgramForeignKey(Course, related_name="+")

        class Meta(ProgramScopedModel.Meta):
            app_label = "programs"

    Box._meta.constraints = [c for c in Box._meta.constraints if not c.name.endswith("_same_program")]
    monkeypatch.setattr(rules, "event_model", lambda _: object)
    assert told(Box, monkeypatch) == [
        ("programs.E005", "constraints = [*ProgramScopedModel.Meta.constraints, …]")
    ]


@isolate_apps("programs", "courses")
def test_e006_a_plain_many_to_many_link(monkeypatch: pytest.MonkeyPatch) -> None:
    class Box(ProgramScopedModel):
        courses = models.ManyToManyField("courses.Course", related_name="+")

        class Meta(ProgramScopedModel.Meta):
            app_label = "programs"

    monkeypatch.setattr(rules, "event_model", lambda _: object)
    assert told(Box, monkeypatch) == [
        ("programs.E006", "Write the through table as a scoped model with two ProgramForeignKeys.")
    ]


def unmarked(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    monkeypatch.setattr(rules.apps, "get_models", lambda: [model])
    return [(message.id, message.hint) for message in rules.check_nothing_scoped_is_unmarked(None)]


@isolate_apps("programs")
def test_e007_a_link_to_a_scoped_row_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    class Note(models.Model):  # noqa: DJ008  never shown
        course = models.ForeignKey(Course, models.CASCADE, related_name="+")

        class Meta:
            app_label = "programs"

    assert unmarked(Note, monkeypatch) == [("programs.E007", "class Note(ProgramScopedModel):")]


@isolate_apps("programs")
@pytest.mark.parametrize("kind", ["link", "bare id"])
def test_e007_a_model_that_names_a_program_unmarked(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    field = (
        models.ForeignKey(Program, models.CASCADE, related_name="+")
        if kind == "link"
        else models.UUIDField(db_column="program_id", default=uuid.uuid4)
    )
    meta = type("Meta", (), {"app_label": "programs"})
    note = type("Note", (TimestampedModel,), {"__module__": __name__, "Meta": meta, "program": field})
    assert unmarked(note, monkeypatch) == [("programs.E007", "class Note(ProgramScopedModel):")]
    note.unscoped = "Read before a program is entered."
    assert unmarked(note, monkeypatch) == []


@isolate_apps("programs")
def test_e007_a_reason_excuses_no_link_to_a_scoped_row(monkeypatch: pytest.MonkeyPatch) -> None:
    class Note(models.Model):  # noqa: DJ008  never shown
        course = models.ForeignKey(Course, models.CASCADE, related_name="+")
        unscoped = "Read before a program is entered."

        class Meta:
            app_label = "programs"

    assert unmarked(Note, monkeypatch) == [("programs.E007", "class Note(ProgramScopedModel):")]


@pytest.mark.parametrize(
    "middleware",
    [
        [],
        ["django.middleware.common.CommonMiddleware"],
        [rules.MIDDLEWARE, "django.middleware.common.CommonMiddleware"],
    ],
    ids=["none", "missing", "not last"],
)
def test_e008_the_middleware_is_missing_or_not_last(middleware: list[str], settings: Any) -> None:
    settings.MIDDLEWARE = middleware
    assert [(message.id, message.hint) for message in rules.check_middleware(None)] == [
        ("programs.E008", f'MIDDLEWARE = […, "{rules.MIDDLEWARE}"]')
    ]


def test_the_checks_are_registered() -> None:
    registered = checks.registry.registry.get_checks()
    for check in (rules.check_scoped_models, rules.check_nothing_scoped_is_unmarked, rules.check_middleware):
        assert check in registered
