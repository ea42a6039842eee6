"""Moments that a browser sends back."""

from __future__ import annotations

import datetime

from django.utils.dateparse import parse_datetime


def moment_in(text: str) -> datetime.datetime | None:
    """The moment that a text in ISO 8601 names with its offset, in UTC; None for what the database knows not.

    Its offsets end at 16 hours, and its calendar begins with the year 1.
    """
    try:
        moment = parse_datetime(text)
        return moment.astimezone(datetime.UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
