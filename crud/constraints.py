"""The rules of the database in words, for every form that validates a model: in the Django admin as on the pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from crud.forms.model_form import constraint_fields, constraint_message


class ConstraintMessages(models.Model):
    """Says at the field it concerns, and in words, which constraint a row breaks.

    Django says it above the form, and names the constraint where that has no message of its own.
    """

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Raise ValidationError with a sentence for each broken rule. Rules of fields in `exclude` are left out.

        The program is never in a form, but given: a rule of it and of other fields is asked all the same.
        """
        left_out = set(exclude or ()) - {"program"}
        errors: dict[str, list[str]] = {}
        for model, rules in self.get_constraints():  # type: ignore[attr-defined]
            for rule in rules:
                touched = constraint_fields(model, rule)
                if touched & left_out:
                    continue
                try:
                    rule.validate(model, self, exclude=left_out)
                except ValidationError:
                    shown = [field for field in _edited(model, touched) if field.name not in (exclude or ())]
                    labels = [str(field.verbose_name) for field in shown]
                    said = constraint_message(rule, labels)
                    errors.setdefault(shown[-1].name if shown else NON_FIELD_ERRORS, []).append(said)
        if errors:
            raise ValidationError(errors)


def _edited(model: Any, names: Collection[str]) -> list[models.Field]:
    """Those of `names` that are fields people edit, in the order of the model."""
    return [field for field in model._meta.fields if field.name in names and field.editable]
