"""Line ends of what is posted: one character each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict


class LineEndsMiddleware:
    """Makes each line end of a posted form one line feed.

    Browsers send a carriage return and a line feed for it, as HTML asks. Limits of length, comparisons with what is
    stored and the stored text itself are about what was typed. The form is read no earlier than it would be otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.method == "POST":
            load = request._load_post_and_files  # noqa: SLF001

            def load_with_line_feeds() -> None:
                load()
                request._post = with_line_feeds(request._post)  # noqa: SLF001

            request._load_post_and_files = load_with_line_feeds  # noqa: SLF001
        return self.get_response(request)


def with_line_feeds(posted: QueryDict) -> QueryDict:
    """The same values with line feeds alone; the very same object where nothing is to be changed."""
    if not any("\r" in value for _, values in posted.lists() for value in values):
        return posted
    changed = posted.copy()
    for name, values in posted.lists():
        changed.setlist(name, [value.replace("\r\n", "\n").replace("\r", "\n") for value in values])
    changed._mutable = False  # noqa: SLF001
    return changed
