"""The constraints of the database as errors of a form, at the fields that they concern."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.utils.translation import gettext as _

from crud.constraints import constraint_fields, constraint_message


def check_unique_constraints(form: Any) -> None:
    """Add an error for each unique constraint that the instance of the form violates.

    Django skips a constraint unless all of its fields are in the form, which the program never is. Skipped here is
    one with no field in the form, where nothing could be corrected, and one with a field that has an error already.
    """
    invalid = {name for name in form.fields if name in form.errors}
    for model, constraints in form.instance.get_constraints():
        for constraint in constraints:
            if not isinstance(constraint, models.UniqueConstraint):
                continue
            names = constraint_fields(model, constraint)
            if not names & set(form.fields) or names & invalid:
                continue
            try:
                constraint.validate(model, form.instance, exclude=set())
            except ValidationError:
                add_constraint_error(form, model, constraint)


def add_constraint_error(form: Any, model: type[models.Model], constraint: models.BaseConstraint) -> None:
    """Report a violated constraint at the last of its fields that the form has, else above the form."""
    names = [name for name in form.fields if form.column_of(name) in constraint_fields(model, constraint)]
    message = constraint_message(constraint, [str(form[name].label) for name in names])
    form.add_error(names[-1] if names else None, message)  # type: ignore[arg-type]


def add_integrity_error(form: Any, error: IntegrityError) -> None:
    """Report what the database refused: the violated constraint, if it is one of the model's."""
    violated = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for model, constraints in form.instance.get_constraints():
        for constraint in constraints:
            if constraint.name == violated:
                add_constraint_error(form, model, constraint)
                return
    form.add_error(None, _("The database refused this. Check the values and save again."))
