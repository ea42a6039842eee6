"""The first rows that the search of a list finds: what a form offers while one types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import Http404, HttpRequest, QueryDict

from .query import ListQuery

MAX_MATCHES = 20
MAX_LENGTH = 100
"""Characters of a search; more are left out."""


@dataclass(frozen=True)
class Matches:
    text: str
    """What was searched for: one line, without NUL."""
    rows: list[Any]
    more: bool
    """Whether further rows match."""


def find_matches(views: Any, request: HttpRequest, text: str, limit: Any = None) -> Matches:
    """The first rows of a list that match ``text``, in the order of the list; without a text the first of all.

    ``views`` is the declaration of the entity, ``limit`` a condition as ``limit_choices_to`` takes it.
    """
    query = _list_query(views, request, text)
    if not limit:
        return Matches(query.search_text, query.objects, query.count > MAX_MATCHES)
    rows = list(_limited(query.filtered, limit).order_by(*query.ordering)[: MAX_MATCHES + 1])
    return Matches(query.search_text, rows[:MAX_MATCHES], len(rows) > MAX_MATCHES)


def find_named(views: Any, request: HttpRequest, text: str, limit: Any = None) -> list[Any]:
    """Of the rows that match ``text`` those of exactly this name, in whatever case."""
    matches = find_matches(views, request, text, limit)
    rows = matches.rows
    if matches.more and views.name_field() == "name":
        named = _list_query(views, request, text).filtered.filter(name__iexact=matches.text)
        rows = list((_limited(named, limit) if limit else named)[:2])
    return [row for row in rows if str(row).casefold() == matches.text.casefold()]


def _list_query(views: Any, request: HttpRequest, text: str) -> ListQuery:
    params = QueryDict(mutable=True)
    if words := " ".join(text.replace("\0", "").split())[:MAX_LENGTH].strip():
        params["q"] = words
    return ListQuery(views.for_list(request).list_spec, request, params, size=MAX_MATCHES)


def _limited(rows: models.QuerySet[Any], limit: Any) -> models.QuerySet[Any]:
    return rows.filter(pk__in=rows.model._default_manager.complex_filter(limit).values("pk"))


def limit_of(model: type[models.Model], name: str) -> Any:
    """The `limit_choices_to` of the foreign key "app.model.field". Raises Http404 where that leads to no row of ``model``."""
    label, _dot, field_name = name.rpartition(".")
    try:
        field: Any = apps.get_model(label)._meta.get_field(field_name)
    except (LookupError, ValueError, FieldDoesNotExist):
        raise Http404 from None
    if field.related_model is not model or not hasattr(field, "get_limit_choices_to"):
        raise Http404
    return field.get_limit_choices_to()
