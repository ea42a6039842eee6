"""Transfers of staff from one program to another."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from programs.models import Program, UserProgramAssignment


@transaction.atomic
def transfer_assignments(*, assignments: Iterable[UserProgramAssignment], to: Program, by: User) -> int:
    """Move the users of the active `assignments` to the program `to`, in the same roles. Returns the number moved.

    The old assignment is deactivated, not deleted. An inactive assignment to `to` is reactivated; an active one
    stays as it is.
    """
    moved = 0
    keys = [assignment.pk for assignment in assignments]
    locked = UserProgramAssignment.objects.select_for_update().filter(pk__in=keys, is_active=True)
    for assignment in locked.exclude(program=to).order_by("pk"):
        now = timezone.now()
        there, made = UserProgramAssignment.objects.select_for_update().get_or_create(
            user_id=assignment.user_id,
            program=to,
            defaults={"role": assignment.role, "assigned_by": by, "assigned_at": now},
        )
        if not made and not there.is_active:
            there.is_active, there.role = True, assignment.role
            there.assigned_by, there.assigned_at = by, now
            there.save()
        assignment.is_active = False
        assignment.save()
        moved += 1
    return moved
