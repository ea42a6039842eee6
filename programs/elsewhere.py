"""What a search finds in the user's other programs."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.http import QueryDict

from .models import Program
from .roles import may
from .scope import use_program

MOST_PROGRAMS, MOST_ROWS = 8, 100


def found_elsewhere(views: Any, request: Any, query: QueryDict) -> list[tuple[Program, int]]:
    """(program, how many rows of `views` match `query` there) where some do; a hundred stand for more.

    Asked as somebody who may not read what is private: what the user may do there is known there alone.
    """
    found = []
    for membership in islice(request.memberships, MOST_PROGRAMS + 1):
        program = membership.program
        may_look = request.user.is_superuser or may(membership.role, views.permission_for("view"))
        if program == request.program or not may_look:
            continue
        with use_program(program, user=request.user, read_only=True):
            rows = views.model._default_manager.all()
            filterset = views.get_filterset_class()(query, queryset=rows, request=None)
            number = filterset.qs.order_by()[:MOST_ROWS].count()
        if number:
            found.append((program, number))
    return found
