"""The columns of a list, and how values are shown in them."""

from __future__ import annotations

import datetime
import html
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.template import loader
from django.utils import formats
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language, gettext

from performance.memoization import memoize

EMPTY = mark_safe('<span class="text-ink-3">–</span>')
UNSET: Any = object()

CellRenderer = Callable[[Any], SafeString]
"""Gives the HTML of a cell for the object of its row."""


@dataclass(frozen=True)
class Column:
    """A column of a list, as a view declares it. The first one is the link to the row, and always shown."""

    key: str
    """Names the column in addresses (``?sort=key``); by default also the field that it shows."""
    label: Any = ""
    """A text, lazily translated or not; by default the name of the field."""
    sort: Sequence[str] | None = UNSET
    """The fields that it is sorted by, None if it can't be sorted; by default the field that it shows."""
    value: str | Callable[[Any], Any] | None = None
    """An attribute path such as "course.name", or a callable that takes the row. Text is escaped."""
    template: str | None = None
    """A template that is rendered with ``object`` in place of a value."""
    numeric: bool = False
    priority: int = 1
    """Columns with 2 or 3 are left out where the list is narrow."""
    phone: str = ""
    """Where it stands on a phone: "sub" below the first column, "end" at the end of the row with the status, "call"
    as a button at the end, "" not at all."""
    shown: bool = True
    """Whether users see it until they choose their columns."""
    lead: Callable[[Any], str | SafeString] | None = None
    """For the first column: gives what stands before the link, such as an avatar."""
    sub: Callable[[Any], str | SafeString] | None = None
    """For the first column: gives what stands below the link."""

    def bound_to(self, model: type[models.Model]) -> Column:
        """This column, completed from the field of ``model`` that it shows."""
        try:
            field: Any = model._meta.get_field(self.key)
        except FieldDoesNotExist:
            field = None
        label = self.label or str(getattr(field, "verbose_name", self.key.replace("_", " "))).capitalize()
        sort = self.sort
        if sort is UNSET:
            sort = (self.key,) if isinstance(field, models.Field) and not field.is_relation else None
        elif isinstance(sort, str):
            sort = (sort,)
        numeric = self.numeric or isinstance(field, models.IntegerField | models.DecimalField)
        return replace(self, label=str(label), sort=sort, numeric=numeric)

    def cell_renderer(self, model: type[Any]) -> CellRenderer:
        """Returns the function that renders a cell of this column for a row of ``model``."""
        if self.template is not None:
            template = loader.get_template(self.template)
            return lambda obj: SafeString(template.render({"object": obj}))
        if callable(self.value):
            value = self.value
            return lambda obj: display(value(obj))
        name = self.value or self.key
        if "." in name or hasattr(model, f"get_{name}_display") or callable(getattr(model, name, None)):
            return lambda obj: display(resolve(obj, name))
        read = attrgetter(name)
        return lambda obj: display(read(obj))

    @property
    def css(self) -> str:
        return " ".join(
            filter(None, ("num" if self.numeric else "", f"p{self.priority}" if self.priority > 1 else ""))
        )


def visible_columns(columns: Sequence[Column], keys: Collection[str] | None) -> list[Column]:
    """The first of ``columns`` and those with one of ``keys``, or for None those that are shown by default."""
    main, *others = columns
    return [main, *(c for c in others if (c.shown if keys is None else c.key in keys))]


def resolve(obj: Any, path: str) -> Any:
    """The value at an attribute path such as "course.name": a label where it is a choice, None behind a null."""
    *parents, name = path.split(".") if "." in path else (path,)
    for parent in parents:
        obj = getattr(obj, parent)
        if obj is None:
            return None
    label = getattr(obj, f"get_{name}_display", None)
    value = label() if label is not None else getattr(obj, name)
    return value() if callable(value) else value


def escaped(text: str) -> SafeString:
    """A text as HTML. Like Django's conditional_escape for texts alone, at a third of its cost."""
    return text if isinstance(text, SafeString) else SafeString(html.escape(text))


def display(value: Any) -> SafeString:
    """A value as HTML: a dash for none, Yes or No, short dates, and numbers in the format of the language."""
    if isinstance(value, str) and value:
        return escaped(value)
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return escaped(gettext("Yes") if value else gettext("No"))
    if isinstance(value, datetime.datetime):
        value = localtime(value) if is_aware(value) else value
        return escaped(formats.date_format(value, "SHORT_DATETIME_FORMAT"))
    if isinstance(value, datetime.date):
        return _short_date(value, get_language())
    return conditional_escape(formats.localize(value, use_l10n=True))


# Not of datetimes: equal ones can differ in their time zone.
@memoize(2000)
def _short_date(value: datetime.date, language: str | None) -> SafeString:
    return escaped(formats.date_format(value, "SHORT_DATE_FORMAT"))
