"""Filters of a list: django-filter, with search, chips and a clear answer to what can't be understood."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import django_filters
from django import forms
from django.db import models
from django.db.models import Q, Value
from django.db.models.fields import BLANK_CHOICE_DASH
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_filters.widgets import SuffixedMultiWidget

from crud.forms.fields import set_limits_once

from .columns import display
from .names import APOSTROPHES, search_words

MAX_SEARCH = 100

MAX_CACHED_PANELS = 200
_cached_panels: dict[str, SafeString] = {}
"""Panels as HTML, by everything they depend on."""


class YesNoFilter(django_filters.ChoiceFilter):
    """A boolean field: any, yes or no; anything else is an error, not "any"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            *args, **{"choices": (("true", gettext_lazy("Yes")), ("false", gettext_lazy("No"))), **kwargs}
        )

    def filter(self, qs: Any, value: str) -> Any:
        return qs.filter(**{self.field_name: value == "true"}) if value else qs


class IntegerFilter(django_filters.NumberFilter):
    """A whole number that fits the database's integer."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", 2**31 - 1)
        super().__init__(*args, **kwargs)

    def get_max_validator(self) -> None:
        """The field has its own."""


@dataclass(frozen=True)
class Chip:
    """One filter that is set: what it says and the query string without it."""

    label: str
    value: str
    url: str


class _Declared(dict):
    """The filters of a class, given to each of its instances as copies that share what never changes."""

    def __deepcopy__(self, memo: Any) -> dict[str, Any]:
        found = {name: copy.copy(filter_) for name, filter_ in self.items()}
        for filter_ in found.values():
            filter_.extra = {**filter_.extra}
            filter_.method = filter_.method  # bound to the filter it is set on
        return found


class FilterSet(django_filters.FilterSet):
    """The filters of a list. ``q``, the search box, is always one of them.

    ``q`` calls ``queryset.search(text)`` where the queryset has it; else every word must be found in one of
    ``search_fields``. A value that is not understood is an error at its field and the list stays empty: a
    filter is never silently dropped.
    """

    q = django_filters.CharFilter(method="search", label=gettext_lazy("Search"), max_length=MAX_SEARCH)

    search_fields: ClassVar[Sequence[str]] = ()

    FILTER_DEFAULTS: ClassVar[Mapping[Any, Any]] = {
        **django_filters.FilterSet.FILTER_DEFAULTS,
        models.BooleanField: {"filter_class": YesNoFilter},
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.base_filters: Any = _Declared(type(self).base_filters)
        super().__init__(*args, **kwargs)

    def get_form_class(self) -> type[forms.Form]:
        # Anew for each request: a filter may leave out what this user may not ask for.
        form_class = super().get_form_class()
        set_limits_once(form_class)
        for field in form_class.base_fields.values():
            if getattr(field, "empty_label", None) == BLANK_CHOICE_DASH[0][1]:
                field.empty_label = gettext_lazy("Any")
        return form_class

    asks: Literal["exactly", "similarly", "otherwise"] = "exactly"
    """How the rows are searched: the method of this name."""
    left_out = False
    """Whether a search left something out because too much matches."""
    few_names = 0
    """Rows found by name are few up to here, and the page `further` searches `otherwise`; 0: there is no otherwise."""
    by_name = False
    """Whether a search found rows by name, and so has not looked for them `otherwise`."""

    def search(self, queryset: Any, name: str, value: str) -> Any:
        return getattr(self, self.asks)(queryset, value)

    def similarly(self, queryset: Any, text: str) -> Any:
        """The rows one of whose folded columns has each word of `text`, or one that differs by a letter."""
        folded = [field for field in self.search_fields if _made_like(queryset.model, field, "") is not None]
        for word in search_words(text) if folded else ():
            found = Q()
            for field in folded:
                made = _made_like(queryset.model, field, word)
                found |= Q(**{f"{field}__contains": made}) | Q(**{f"{field}__one_letter_off": Value(word)})
            queryset = queryset.filter(found)
        return queryset if folded else queryset.none()

    def otherwise(self, queryset: Any, text: str) -> Any:
        """The rows that have `text` in what is no name; all rows found, where none is found by name."""
        return queryset.none()

    def exactly(self, queryset: Any, text: str) -> Any:
        """The rows that `text` is searched for in."""
        find = getattr(queryset, "search", None)
        if find is not None:
            return find(text)
        words = search_words(text)
        if not words:
            return queryset.none()
        for word in words:
            found = Q()
            for field in self.search_fields:
                made = _made_like(queryset.model, field, word)
                found |= Q(**{f"{field}__icontains": word} if made is None else {f"{field}__contains": made})
            queryset = queryset.filter(found) if found else queryset.none()
        return queryset

    def query_names(self, name: str) -> list[str]:
        """The names under which the field ``name`` stands in the query string: two for a range."""
        widget = self.form.fields[name].widget
        if isinstance(widget, SuffixedMultiWidget):
            return [widget.suffixed(name, suffix) for suffix in widget.suffixes]
        return [name]

    def known_names(self) -> set[str]:
        """Every name the query string may hold for these filters."""
        return {part for name in self.form.fields for part in self.query_names(name)}

    def panel(self) -> list[forms.BoundField]:
        """The fields of the filter panel: all but the search box."""
        return [self.form[name] for name in self.form.fields if name != "q"]

    def rendered_panel(self) -> SafeString:
        """The fields of the panel as HTML. Rendering them takes as long as the rows, and they are mostly the same."""
        fields = [field for name, field in self.form.fields.items() if name != "q"]
        if any(isinstance(field, forms.ModelChoiceField) for field in fields):
            return self._render_panel()  # what can be chosen is in the database
        values = [(name, self.data.getlist(name)) for name in sorted(self.known_names() - {"q"})]
        choices = [[str(value) for value, _label in getattr(field, "choices", ())] for field in fields]
        key = f"{type(self).__module__}.{type(self).__qualname__} {get_language()} {values} {choices}"
        html = _cached_panels.get(key)
        if html is None:
            if len(_cached_panels) >= MAX_CACHED_PANELS:
                _cached_panels.clear()  # also while another thread reads: it holds what it has found
            html = _cached_panels[key] = self._render_panel()
        return html

    def _render_panel(self) -> SafeString:
        return render_to_string("crud/_filters.html", {"panel": self.panel()})

    def error_list(self) -> list[tuple[str, str, str]]:
        """(label, message, id of the field) for each value that could not be understood."""
        return [
            (str(self.form[name].label), str(message), self.form[name].id_for_label)
            for name, messages in self.form.errors.items()
            for message in messages
        ]

    def chips(self, query: QueryDict) -> Iterator[Chip]:
        """What is set, apart from the search box, which shows its own text."""
        for bound in self.panel():
            words = _in_words(bound, getattr(self.form, "cleaned_data", {}).get(bound.name))
            if words:
                rest = query.copy()
                for name in [*self.query_names(bound.name), "page"]:
                    rest.pop(name, None)
                yield Chip(str(bound.label), words, "?" + rest.urlencode())


def _made_like(model: type[models.Model], name: str, word: str) -> Any | None:
    """`word` made into what the generated column `name` holds, by the database; None for any other column."""
    column: Any = next(
        (field for field in model._meta.fields if field.name == name and field.generated), None
    )
    if column is None:
        return None
    if hasattr(column.expression, "word"):
        return column.expression.word(word)
    expression = column.expression.copy()
    expression.set_source_expressions([Value(word)])
    return expression


def fold(text: str) -> str:
    """A text or a letter about as the database folds it, to mark what was found; what is found, it says itself."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in folded if not unicodedata.combining(c) and c not in APOSTROPHES).replace(
        "ς", "σ"
    )


def _in_words(bound: forms.BoundField, value: Any) -> str:
    """A filter's value as a person says it; empty where the filter is not set."""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, slice):
        low, high = (None if end is None else str(display(end)) for end in (value.start, value.stop))
        if low is not None and high is not None:
            return _("%(low)s to %(high)s") % {"low": low, "high": high}
        return _("from %(low)s") % {"low": low} if low is not None else _("up to %(high)s") % {"high": high}
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    labels = {str(key): str(text) for key, text in getattr(bound.field, "choices", ())}
    if isinstance(value, list | tuple | models.QuerySet):
        return ", ".join(labels.get(str(item), str(item)) for item in value)
    return labels.get(str(value), str(display(value)))


def default_filterset(
    model: type[models.Model], names: Sequence[str], search: Sequence[str]
) -> type[FilterSet]:
    """Search over ``search``, and a filter for each of the fields ``names``."""
    meta = type("Meta", (), {"model": model, "fields": list(names)})
    return type(f"{model.__name__}Filter", (FilterSet,), {"Meta": meta, "search_fields": tuple(search)})
