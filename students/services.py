"""What takes more than one row of students."""

from __future__ import annotations

import datetime
import uuid

from django.db.models import Q, Value

from programs.columns import Fold

from .models import Student


def likely_duplicates(
    *,
    first_name: str,
    last_name: str,
    date_of_birth: datetime.date | None,
    phone: str,
    besides: uuid.UUID | None = None,
) -> list[Student]:
    """Students who may be the same person, at most five, by name.

    The same name, accents and case aside, and date of birth; or the same phone number. `besides` is left out.
    """
    alike = Q(pk__in=())
    if date_of_birth is not None:
        alike |= Q(sort_name=Fold(Value(f"{last_name} {first_name}")), date_of_birth=date_of_birth)
    if phone:
        alike |= Q(phone=phone)
    found = Student.objects.filter(alike).exclude(pk=besides).defer(*Student.PRIVATE).order_by("sort_name")
    return list(found[:5])
