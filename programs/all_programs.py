"""Working across every program."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from accounts.models import User

from .models import AllProgramsVisit, VisitEvent
from .scope import Scope, enter_scope, history_context


@contextmanager
def use_all_programs(
    *,
    user: User,
    reason: str,
    visit: str | None = None,
    details: dict[str, str] | None = None,
    read_only: bool = False,
    history: dict[str, Any] | None = None,
    using: str = "default",
) -> Iterator[Scope]:
    """Work across every program: super admins only, under a database role of its own.

    An `AllProgramsVisit` row is committed before the work, so that a failing request can't erase it. With `visit`, the
    id of a visit that has begun, it is one request of that, and `details` are those of `visits.request_details`;
    without, as for commands, it is a visit of its own.
    Raises PermissionError for anyone else, and RuntimeError inside another transaction, which could undo it.
    """
    if not (user.is_active and user.is_superuser):
        raise PermissionError("Only super admins work across all programs.")
    with transaction.atomic(using=using, durable=True):
        AllProgramsVisit.objects.using(using).create(
            visit=visit or uuid.uuid4(),
            event=VisitEvent.LOOK if visit else VisitEvent.START,
            user=user,
            username=user.username,
            reason=reason[:500],
            **(details or {}),
        )
    with enter_scope(
        Scope(None, user.pk, history_context(user, history)), read_only=read_only, using=using
    ) as scope:
        yield scope
