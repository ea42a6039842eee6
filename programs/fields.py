"""Links between rows of one program."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import class_prepared

from crud.history import is_event_model

from .constraints import Reference

ACTIONS: dict[Any, str] = {
    models.CASCADE: "CASCADE",
    models.PROTECT: "NO ACTION",
    models.SET_NULL: "SET NULL ({column})",
}


class ProgramForeignKey(models.ForeignKey):
    """A foreign key that can't leave the program: `(program_id, x_id)` references `(program_id, id)`.

    The single-column constraint of Django is replaced by the composite one, whose action on delete lives in
    the database. `on_delete` is CASCADE, PROTECT or SET_NULL.
    """

    def __init__(self, to: Any, on_delete: Any = models.CASCADE, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)  # the indexes of a scoped table are led by the program
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        kwargs["db_index"] = self.db_index  # type: ignore[attr-defined]
        return name, path, args, kwargs


def _add_references(sender: type[models.Model], **_: Any) -> None:
    """Append the composite constraints to a model; history and migration-state models have none."""
    if sender.__module__ == "__fake__" or is_event_model(sender) or sender._meta.abstract:
        return
    for field in sender._meta.local_fields:
        if not isinstance(field, ProgramForeignKey):
            continue
        name = f"{sender._meta.db_table}_{field.name}_same_program"
        target = field.remote_field.model
        to = target if isinstance(target, str) else target._meta.label
        to = to if "." in to else f"{sender._meta.app_label}.{sender.__name__ if to == 'self' else to}"
        sender._meta.constraints = [
            *(c for c in sender._meta.constraints if c.name != name),
            Reference(
                name=name,
                columns=["program_id", field.column],
                to=to,
                to_columns=["program_id", "id"],
                on_delete=ACTIONS[field.remote_field.on_delete].format(column=field.column),
            ),
        ]


class_prepared.connect(_add_references, dispatch_uid="programs.add_references")
