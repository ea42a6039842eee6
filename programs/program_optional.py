"""Views that work inside a program and just as well without one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase

from .page_program import SAFE_METHODS, Unclear, choose_program, named_program
from .scope import program_exempt, use_program
from .visits import ALL


def program_optional(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Run `view` in the program of its page, else of the session, and just as well where there is none.

    A profile must open, and be saved, also for someone who works in no program, whose access to the program of
    the page has ended, or who looks across all programs. Rows can be read only where there is a program.
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
    """The program that the page names; empty where it names none, or makes no sense."""
    try:
        return named_program(request)
    except Unclear:
        return ""
