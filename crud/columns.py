"""The columns of a list, declared as data."""

from __future__ import annotations

import datetime
import html
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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

EMPTY = mark_safe('<span class="text-ink-3">–</span>')
UNSET: Any = object()

CellRenderer = Callable[[Any], SafeString]
"""Gives the HTML of a cell for the object of its row."""


@dataclass(frozen=True)
class Column:
    """One column of a list.

    ``key`` names it in the address (``?sort=key``) and, without ``value``, the attribute it shows. ``sort`` is
    the field names it orders by, None for a column without a sort; left out, it is the model field of that
    name, where there is one. ``value`` is an attribute path or a callable ``(object) -> str``; what is not a
    SafeString is escaped. ``template`` is rendered with ``object`` instead. ``priority`` 2 and 3 leave the
    column out where the list is narrow. On the phone only the first column shows, below it those with
    ``phone="sub"`` and at the end the status, those with ``phone="end"`` and, as a button, the link of the one with
    ``phone="call"``. ``shown=False`` leaves the column out until a user chooses it.

    The first column is the link to the object; it may have a ``lead`` before the link, such as an avatar, and
    a ``sub`` below it: both callables ``(object) -> str``.
    """

    key: str
    label: Any = ""  # a text, lazily translated or not
    sort: Sequence[str] | None = UNSET
    value: str | Callable[[Any], Any] | None = None
    template: str | None = None
    numeric: bool = False
    priority: int = 1
    phone: str = ""
    shown: bool = True
    lead: Callable[[Any], str | SafeString] | None = None
    sub: Callable[[Any], str | SafeString] | None = None

    def bound_to(self, model: type[models.Model]) -> Column:
        """This column with what it left open taken from the field of ``model``."""
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
        """What renders the cells of this column for rows of ``model``."""
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
        """Classes of the cells: numbers to the right, ``p2`` and ``p3`` by priority."""
        return " ".join(
            filter(None, ("num" if self.numeric else "", f"p{self.priority}" if self.priority > 1 else ""))
        )


def visible_columns(columns: Sequence[Column], keys: Collection[str] | None) -> list[Column]:
    """Of ``columns`` the first and those with one of ``keys``; for None those usually shown."""
    main, *others = columns
    return [main, *(c for c in others if (c.shown if keys is None else c.key in keys))]


def resolve(obj: Any, path: str) -> Any:
    """The value at an attribute path such as "course.name"; the label of a choice; None where a link ends."""
    *parents, name = path.split(".") if "." in path else (path,)
    for parent in parents:
        obj = getattr(obj, parent)
        if obj is None:
            return None
    label = getattr(obj, f"get_{name}_display", None)
    value = label() if label is not None else getattr(obj, name)
    return value() if callable(value) else value


def escaped(text: str) -> SafeString:
    """A text as HTML. As Django's conditional_escape, which also takes what is no text, at a third of its cost."""
    return text if isinstance(text, SafeString) else SafeString(html.escape(text))


def display(value: Any) -> SafeString:
    """A value as people read it: a dash for nothing, Yes and No, dates short and numbers in the local form."""
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
    if type(value) is int:
        return _number(value, get_language())
    return conditional_escape(formats.localize(value, use_l10n=True))


# A list shows the same few again and again. (Not times: they are equal in every zone.)


@lru_cache(2000)
def _short_date(value: datetime.date, language: str | None) -> SafeString:
    return escaped(formats.date_format(value, "SHORT_DATE_FORMAT"))


@lru_cache(2000)
def _number(value: int, language: str | None) -> SafeString:
    return escaped(formats.localize(value, use_l10n=True))
