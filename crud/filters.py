"""The filters of a list: django-filter with a search box, chips for what is set, and errors for invalid values."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import django_filters
from django import forms
from django.db import models
from django.db.models import Q, Value
from django.db.models.fields import BLANK_CHOICE_DASH
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_filters.widgets import SuffixedMultiWidget

from crud.forms.fields import set_form_limits

from .columns import display
from .names import search_words

MAX_SEARCH_LENGTH = 100


class YesNoFilter(django_filters.ChoiceFilter):
    """A boolean field: any, yes or no. Other values are errors."""

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
    """A filter that is set. ``url`` is the query string without it."""

    label: str
    value: str
    url: str


class FilterSet(django_filters.FilterSet):
    """The filters of a list. ``q``, the search box, is always one of them.

    ``q`` calls ``queryset.search(text)`` where the queryset has it; else each word must be in one of
    ``search_fields``. An invalid value is an error at its field, and the list is empty: no filter is ignored.
    """

    q = django_filters.CharFilter(method="search", label=gettext_lazy("Search"), max_length=MAX_SEARCH_LENGTH)

    search_fields: ClassVar[Sequence[str]] = ()

    FILTER_DEFAULTS: ClassVar[Mapping[Any, Any]] = {
        **django_filters.FilterSet.FILTER_DEFAULTS,
        models.BooleanField: {"filter_class": YesNoFilter},
    }

    def get_form_class(self) -> type[forms.Form]:
        # Anew for each request: a filter may leave out what this user may not ask for.
        form_class = super().get_form_class()
        set_form_limits(form_class)
        for field in form_class.base_fields.values():
            if getattr(field, "empty_label", None) == BLANK_CHOICE_DASH[0][1]:
                field.empty_label = gettext_lazy("Any")
        return form_class

    # --- search ---------------------------------------------------------------------------------------

    search_mode: Literal["exact", "similar", "other_fields"] = "exact"
    """Which of the methods `search_exact`, `search_similar` and `search_other_fields` selects the rows."""
    search_incomplete = False
    """Whether the search was cut short because too many rows match."""
    max_name_matches = 0
    """Up to so many rows found by name, the page `further` also searches other fields; 0 where there is no such search."""
    matched_by_name = False
    """Whether the search found rows by name, and so did not search other fields."""

    def search(self, queryset: Any, name: str, value: str) -> Any:
        return getattr(self, f"search_{self.search_mode}")(queryset, value)

    def search_exact(self, queryset: Any, text: str) -> Any:
        """The rows that match `text` by ``queryset.search()``, else in ``search_fields``."""
        search = getattr(queryset, "search", None)
        if search is not None:
            return search(text)
        words = search_words(text)
        if not words:
            return queryset.none()
        for word in words:
            condition = Q()
            for field in self.search_fields:
                value = _as_generated(queryset.model, field, word)
                condition |= (
                    Q(**{f"{field}__icontains": word})
                    if value is None
                    else Q(**{f"{field}__contains": value})
                )
            queryset = queryset.filter(condition) if condition else queryset.none()
        return queryset

    def search_similar(self, queryset: Any, text: str) -> Any:
        """The rows that have each word of `text`, or one that differs by a letter, in a generated search column."""
        fields = [f for f in self.search_fields if _as_generated(queryset.model, f, "") is not None]
        for word in search_words(text) if fields else ():
            condition = Q()
            for field in fields:
                value = _as_generated(queryset.model, field, word)
                condition |= Q(**{f"{field}__contains": value})
                condition |= Q(**{f"{field}__one_letter_off": Value(word)})
            queryset = queryset.filter(condition)
        return queryset if fields else queryset.none()

    def search_other_fields(self, queryset: Any, text: str) -> Any:
        """The rows that have `text` in other fields than their names. A filter set with such a search overrides it."""
        return queryset.none()

    # --- the query string and the panel ---------------------------------------------------------------

    def parameters_of(self, name: str) -> list[str]:
        """The parameters of the field ``name`` in the query string: two for a range."""
        widget = self.form.fields[name].widget
        if isinstance(widget, SuffixedMultiWidget):
            return [widget.suffixed(name, suffix) for suffix in widget.suffixes]
        return [name]

    def parameters(self) -> set[str]:
        """All parameters of these filters in the query string."""
        return {part for name in self.form.fields for part in self.parameters_of(name)}

    def panel(self) -> list[forms.BoundField]:
        """The fields of the filter panel: all but the search box."""
        return [self.form[name] for name in self.form.fields if name != "q"]

    def panel_cache_key(self) -> Hashable:
        """Everything that the panel depends on; None where its choices are in the database."""
        fields = [field for name, field in self.form.fields.items() if name != "q"]
        if any(isinstance(field, forms.ModelChoiceField) for field in fields):
            return None
        values = [(name, *self.data.getlist(name)) for name in sorted(self.parameters() - {"q"})]
        choices = [str(value) for field in fields for value, _label in getattr(field, "choices", ())]
        name = f"{type(self).__module__}.{type(self).__qualname__}"
        return (name, get_language(), *values, *choices)

    def error_list(self) -> list[tuple[str, str, str]]:
        """(label, message, id of the field) of each invalid value."""
        return [
            (str(self.form[name].label), str(message), self.form[name].id_for_label)
            for name, messages in self.form.errors.items()
            for message in messages
        ]

    def chips(self, query: QueryDict) -> Iterator[Chip]:
        """The filters that are set, without the search box, which shows its text itself."""
        for bound in self.panel():
            text = _value_as_text(bound, getattr(self.form, "cleaned_data", {}).get(bound.name))
            if text:
                rest = query.copy()
                for name in [*self.parameters_of(bound.name), "page"]:
                    rest.pop(name, None)
                yield Chip(str(bound.label), text, "?" + rest.urlencode())


def _as_generated(model: type[models.Model], name: str, word: str) -> Any | None:
    """`word` in the expression of a generated column, so that the two can be compared; None for other columns."""
    column: Any = next((f for f in model._meta.fields if f.name == name and f.generated), None)
    if column is None:
        return None
    if hasattr(column.expression, "word"):
        return column.expression.word(word)
    expression = column.expression.copy()
    expression.set_source_expressions([Value(word)])
    return expression


def _value_as_text(bound: forms.BoundField, value: Any) -> str:
    """The value of a filter as the page shows it; empty where the filter is not set."""
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
