"""Names of people and things, normalised on every way into the database."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models

from crud.names import CleanCharField, clean_name


class NameField(models.CharField):
    """A CharField whose text is composed (NFC) and without invisible characters, in forms, models and bulk inserts.

    The trigger `clean_names` does the same for rows that are written by SQL.
    """

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_name(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        if isinstance(value, str) and (cleaned := clean_name(value)) != value:
            setattr(model_instance, self.attname, cleaned)
            return cleaned
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**({"form_class": CleanCharField} | kwargs))

    def deconstruct(self) -> Any:
        # The column is that of a CharField: migrations need not know of this class.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def clean_names(*columns: str, parts: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """Clean the named columns of each row that is written, and the texts in `parts`, which are JSON."""
    steps = [f"NEW.{column} = public.academy_clean_name(NEW.{column});" for column in columns]
    steps += [
        # No sign of JSON's own is invisible or composes with another.
        f"IF octet_length(NEW.{part}::text) <> length(NEW.{part}::text) THEN"
        f" NEW.{part} = public.academy_clean_name(NEW.{part}::text)::jsonb; END IF;"
        for part in parts
    ]
    return pgtrigger.Trigger(
        name="clean_names",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns, *parts),
        func=" ".join([*steps, "RETURN NEW;"]),
    )
