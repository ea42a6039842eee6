"""The kernel's rules, told as system checks whose hint is the line to write."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from crud.history import event_model

from .constraints import ProgramIsolation, Reference
from .fields import ProgramForeignKey
from .models import ArchivableModel, ProgramScopedModel
from .registry import scoped_models

MIDDLEWARE = "programs.middleware.ProgramMiddleware"


@checks.register(checks.Tags.models)
def check_scoped_models(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Each scoped model keeps the walls it inherited, links inside the program and records its history."""
    found: list[CheckMessage] = []
    for model in scoped_models():
        base = ArchivableModel if issubclass(model, ArchivableModel) else ProgramScopedModel
        meta = model._meta
        kinds = [type(c) for c in meta.constraints]
        names = {c.name for c in meta.constraints}
        if ProgramIsolation not in kinds or f"{meta.model_name}_program" not in names:
            found.append(
                Error(
                    f"{meta.label} lost the constraints of {base.__name__}.",
                    hint=f"constraints = [*{base.__name__}.Meta.constraints, …]",
                    obj=model,
                    id="programs.E001",
                )
            )
        triggers = {t.name for t in getattr(meta, "triggers", [])}
        if not {"touch_updated_at", "keep_program"} <= triggers:
            found.append(
                Error(
                    f"{meta.label} lost the triggers of {base.__name__}.",
                    hint=f"triggers = [*{base.__name__}.Meta.triggers, …]",
                    obj=model,
                    id="programs.E002",
                )
            )
        if event_model(model) is None and not getattr(model, "untracked", ""):
            found.append(
                Error(
                    f"{meta.label} has no history.",
                    hint="@track_scoped(), or untracked = <why it needs none>",
                    obj=model,
                    id="programs.E003",
                )
            )
        for field in meta.local_fields:
            target = field.related_model
            if isinstance(target, type) and issubclass(target, ProgramScopedModel):
                if not isinstance(field, ProgramForeignKey):
                    found.append(
                        Error(
                            f"{meta.label}.{field.name} could point at a row of another program.",
                            hint=f"{field.name} = ProgramForeignKey({target.__name__}, …)",
                            obj=model,
                            id="programs.E004",
                        )
                    )
                elif not any(
                    isinstance(c, Reference) and field.column in c.columns for c in meta.constraints
                ):
                    found.append(
                        Error(
                            f"{meta.label}.{field.name} has no composite foreign key.",
                            hint=f"constraints = [*{base.__name__}.Meta.constraints, …]",
                            obj=model,
                            id="programs.E005",
                        )
                    )
        found.extend(
            Error(
                f"{meta.label}.{many.name} is a plain many-to-many link.",
                hint="Write the through table as a scoped model with two ProgramForeignKeys.",
                obj=model,
                id="programs.E006",
            )
            for many in meta.local_many_to_many
        )
    return found


@checks.register(checks.Tags.models)
def check_nothing_scoped_is_unmarked(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """A model that links to a scoped model is scoped itself; one that names a program is, or says why not (`unscoped`)."""
    found: list[CheckMessage] = []
    for model in apps.get_models():
        if issubclass(model, ProgramScopedModel) or hasattr(model, "pgh_tracked_model"):
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
    """The walls inside the database stand (`manage.py check --database default`)."""
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
