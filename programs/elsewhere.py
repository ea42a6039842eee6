"""What is in the user's other programs: the row of an address, and what a search finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.http import QueryDict

from crud.lists import ListSpec
from web.http import model_of

from .memberships import Membership, memberships_of
from .models import Program, ProgramScopedModel
from .scope import use_program

MOST_PROGRAMS, MOST_ROWS = 8, 100
MOST_OF_A_ROW = 50
"""Programs in which the row of an address is looked for."""


def _others(request: Any, memberships: Iterable[Membership], permission: str) -> Iterator[Program]:
    """The programs among `memberships` that are not the page's and where the user has the permission."""
    return (m.program for m in memberships if m.program != request.program and m.may(permission))


def program_of_row(request: Any) -> Program | None:
    """The other program of the user that has the row which the address names; None where none has it."""
    match = request.resolver_match
    model = model_of(match) if match else None
    if model is None or not issubclass(model, ProgramScopedModel) or "pk" not in match.kwargs:
        return None
    permission = f"{model._meta.app_label}.view_{model._meta.model_name}"
    for program in _others(request, memberships_of(request.user, limit=MOST_OF_A_ROW), permission):
        with use_program(program, user=request.user, read_only=True):
            if model._base_manager.filter(pk=match.kwargs["pk"]).exists():
                return program
    return None


class OtherPrograms:
    """Searches the user's other programs, for the lists of the page kit (`crud.hooks.Elsewhere`)."""

    template = "programs/_match_elsewhere.html"

    def matches(self, spec: ListSpec, request: Any, query: QueryDict) -> list[tuple[Program, int]]:
        """(program, number of rows) of each other program where rows match `query`; at most a hundred are counted.

        The rows are searched without private details, as the user's rights there are only known there.
        """
        found = []
        memberships = islice(request.memberships, MOST_PROGRAMS + 1)
        for program in _others(request, memberships, spec.view_permission):
            with use_program(program, user=request.user, read_only=True):
                rows = spec.model._default_manager.all()
                filterset = spec.filterset_class(query, queryset=rows, request=None)
                number = filterset.qs.order_by()[:MOST_ROWS].count()
            if number:
                found.append((program, number))
        return found
