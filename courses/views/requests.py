"""Values that the views of the tree read from a request."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest

from web.http import parse_moment, whole_number


def uuid_or_none(text: str | None) -> uuid.UUID | None:
    """Parse a UUID; None where `text` is none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def posted_uuid(request: HttpRequest, name: str) -> uuid.UUID:
    """The posted UUID called `name`. Raises BadRequest where it is missing or malformed."""
    value = uuid_or_none(request.POST.get(name))
    if value is None:
        raise BadRequest(f"{name} is not a UUID.")
    return value


def event_place(text: str) -> tuple[datetime.datetime, int] | None:
    """(time, key) of the event where a page of the history ended; None for an empty text. Raises Http404 for others."""
    if not text:
        return None
    when, _separator, key = text.partition("~")
    at, event = parse_moment(when), whole_number(key, 18)
    if at is None or event is None:
        raise Http404
    return at, event


def idempotency_key(request: Any, *parts: Any) -> str:
    """A key that is the same each time one form is sent, from its posted `token`, and differs from all others.

    `parts` are the values that make it another copy when they differ, such as the row that is copied.
    """
    token = uuid_or_none(request.POST.get("token")) or uuid.uuid4()
    return ":".join(map(str, (request.user.pk, request.program.pk, token, *parts)))
