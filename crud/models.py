"""The abstract base of models whose constraints are reported in words, and the trigger of their last change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pgtrigger
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from .constraints import constraint_fields, constraint_message


class ConstraintMessages(models.Model):
    """A model whose constraints are reported at the field they concern, on the pages and in the Django admin.

    Django reports them above the form, with the name of the constraint where it has no message of its own.
    """

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError with a message for each violated constraint, without those of fields in `exclude`.

        `program` counts as never excluded: no form has it as a field, but each row has a value for it.
        """
        excluded = set(exclude or ()) - {"program"}
        errors: dict[str, list[str]] = {}
        for model, constraints in self.get_constraints():  # type: ignore[attr-defined]
            for constraint in constraints:
                names = constraint_fields(model, constraint)
                if names & excluded:
                    continue
                try:
                    constraint.validate(model, self, exclude=excluded)
                except ValidationError:
                    edited = [field for field in _editable(model, names) if field.name not in (exclude or ())]
                    message = constraint_message(constraint, [str(field.verbose_name) for field in edited])
                    errors.setdefault(edited[-1].name if edited else NON_FIELD_ERRORS, []).append(message)
        if errors:
            raise ValidationError(errors)


def _editable(model: Any, names: Collection[str]) -> list[models.Field]:
    """The editable fields among `names`, in the order of the model."""
    return [field for field in model._meta.fields if field.name in names and field.editable]


def touch_updated_at(*, unless: str = "") -> pgtrigger.Trigger:
    """Move `updated_at` on every update, whoever writes: ORM, bulk update or raw SQL.

    `clock_timestamp()`, not `now()`: two updates in one transaction must differ, because the pages use the
    value as the version of the row. `unless` names a column whose writes are no change of the row.
    """
    same = pgtrigger.Q(**{f"old__{unless}__ndf": pgtrigger.F(f"new__{unless}")}) if unless else None
    return pgtrigger.Trigger(
        name="touch_updated_at",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="NEW.updated_at = clock_timestamp(); RETURN NEW;",
        condition=same,
    )
