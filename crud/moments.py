"""Points in time that a form sends back as text."""

from __future__ import annotations

import datetime

from django.utils.dateparse import parse_datetime


def parse_moment(text: str) -> datetime.datetime | None:
    """The moment, in UTC, of a text in ISO 8601 with an offset; None for others, and for what PostgreSQL can't store.

    Its offsets end at 16 hours, and its calendar begins with the year 1.
    """
    try:
        moment = parse_datetime(text)
        return moment.astimezone(datetime.UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
