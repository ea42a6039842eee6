"""The kernel's rules, told as system checks whose hint is the line to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from crud.history import event_model, is_event_model

from .constraints import ProgramIsolation, Reference
from .fields import ProgramForeignKey
from .models import ArchivableModel, ProgramScopedModel
from .registry import scoped_models

MIDDLEWARE = "programs.middleware.ProgramMiddleware"


@checks.register(checks.Tags.models)
def check_scoped_models(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Each scoped model keeps what it inherits, links inside the program and records its history."""
    found: list[CheckMessage] = []
    for model in scoped_models():
        base = ArchivableModel if issubclass(model, ArchivableModel) else ProgramScopedModel
        found += _check_inherited(model, base.__name__)
        found += _check_links(model, base.__name__)
    return found


def _check_inherited(model: Any, base: str) -> Iterator[CheckMessage]:
    """E001 to E003: constraints, triggers and history."""
    meta = model._meta
    kinds = [type(c) for c in meta.constraints]
    names = {c.name for c in meta.constraints}
    if ProgramIsolation not in kinds or f"{meta.model_name}_program" not in names:
        yield Error(
            f"{meta.label} lost the constraints of {base}.",
            hint=f"constraints = [*{base}.Meta.constraints, …]",
            obj=model,
            id="programs.E001",
        )
    triggers = {t.name for t in getattr(meta, "triggers", [])}
    if not {"touch_updated_at", "keep_program"} <= triggers:
        yield Error(
            f"{meta.label} lost the triggers of {base}.",
            hint=f"triggers = [*{base}.Meta.triggers, …]",
            obj=model,
            id="programs.E002",
        )
    if event_model(model) is None and not getattr(model, "untracked", ""):
        yield Error(
            f"{meta.label} has no history.",
            hint="@track_scoped(), or untracked = <why it needs none>",
            obj=model,
            id="programs.E003",
        )


def _check_links(model: Any, base: str) -> Iterator[CheckMessage]:
    """E004 to E006: links to rows of scoped models."""
    meta = model._meta
    referencing = {column for c in meta.constraints if isinstance(c, Reference) for column in c.columns}
    for field in meta.local_fields:
        target = field.related_model
        if not (isinstance(target, type) and issubclass(target, ProgramScopedModel)):
            continue
        if not isinstance(field, ProgramForeignKey):
            yield Error(
                f"{meta.label}.{field.name} could point at a row of another program.",
                hint=f"{field.name} = ProgramForeignKey({target.__name__}, …)",
                obj=model,
                id="programs.E004",
            )
        elif field.column not in referencing:
            yield Error(
                f"{meta.label}.{field.name} has no composite foreign key.",
                hint=f"constraints = [*{base}.Meta.constraints, …]",
                obj=model,
                id="programs.E005",
            )
    for many in meta.local_many_to_many:
        yield Error(
            f"{meta.label}.{many.name} is a plain many-to-many link.",
            hint="Write the through table as a scoped model with two ProgramForeignKeys.",
            obj=model,
            id="programs.E006",
        )


@checks.register(checks.Tags.models)
def check_nothing_scoped_is_unmarked(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """A model that links to a scoped model is scoped itself; one that names a program is, or says why not (`unscoped`)."""
    found: list[CheckMessage] = []
    for model in apps.get_models():
        if issubclass(model, ProgramScopedModel) or is_event_model(model):
            continue
        for field in model._meta.local_fields:
            target = field.related_model
            scoped = isinstance(target, type) and issubclass(target, ProgramScopedModel)
            if scoped or (field.column == "program_id" and not getattr(model, "unscoped", "")):
                found.append(
                    Error(
                        f"{model._meta.label}.{field.name} ties rows to a program, but the model is not scoped.",
                        hint=f"class {model.__name__}(ProgramScopedModel):",
                        obj=model,
                        id="programs.E007",
                    )
                )
    return found


@checks.register()
def check_middleware(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """The program is chosen last, so that its transaction closes around view and rendering alone."""
    if not settings.MIDDLEWARE or settings.MIDDLEWARE[-1] != MIDDLEWARE:
        return [
            Error(
                "ProgramMiddleware is missing or not the last middleware.",
                hint=f'MIDDLEWARE = […, "{MIDDLEWARE}"]',
                id="programs.E008",
            )
        ]
    return []


@checks.register(checks.Tags.database)
def check_database(app_configs: Any, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """The database passes every isolation check (`manage.py check --database default`)."""
    if "default" not in (databases or []):
        return []
    from .isolation_checks import isolation_violations, large_object_functions

    found: list[CheckMessage] = [
        Error(reason, id="programs.E009") for reason in isolation_violations("default")
    ]
    if functions := large_object_functions("default"):
        found.append(
            checks.Warning(
                "The runtime role may make large objects, which no policy knows.",
                hint=f"As a superuser: REVOKE EXECUTE ON FUNCTION {', '.join(functions)} FROM PUBLIC",
                id="programs.W001",
            )
        )
    return found
