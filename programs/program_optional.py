"""Views that work inside a program and just as well without one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase

from .page_program import SAFE_METHODS, AmbiguousProgram, choose_program, requested_program
from .scope import program_exempt, use_program
from .visits import ALL


def program_optional(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Run `view` in the program of its page, else of the session, and without one where the user has none.

    For pages of the user, such as the profile, which must also open for users who work in no program, whose access
    has ended, or who work across all programs. Scoped rows can be read only where `request.program` is set.
    """

    @program_exempt
    @wraps(view)
    def framed(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        named = _page_program(request)
        choose_program(request, named)
        if request.program is None and named not in ("", ALL) and request.method in SAFE_METHODS:
            choose_program(request, "")
        if request.program is None:
            return view(request, *args, **kwargs)
        read_only = request.method in SAFE_METHODS
        history = {"url": request.path[:500], "request": request.request_id}
        with use_program(request.program, user=request.user, read_only=read_only, history=history):
            response = view(request, *args, **kwargs)
            if hasattr(response, "render"):
                response.render()
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    return framed


def _page_program(request: Any) -> str:
    """The program that the request names; "" where it names none or can't be read."""
    try:
        return requested_program(request)
    except AmbiguousProgram:
        return ""
