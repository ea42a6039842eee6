"""Facilities picked out by what is due.

The filters of the list and the figures of the dashboard both ask here: a number and its rows can't differ.
"""

from __future__ import annotations

import datetime

from django.db.models import Q

from .models import FacilityStatus


def overdue(today: datetime.date) -> Q:
    """Those that are not in use although the day on which they should be has passed."""
    return ~Q(status=FacilityStatus.ACTIVE) & Q(available_again_on__lt=today)
