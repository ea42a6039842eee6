"""Undoing what a request or an event of the history changed, for users who may do that in the active program."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role, ranks_at_least
from crud import history

from .memberships import role_in
from .models import ProgramScopedModel
from .scope import current_program_id

CHANGED_SINCE = _("This was changed since, so nothing was undone.")


def undo_request(
    model: type[ProgramScopedModel], request_id: str, fields: list[str], *, user: User | None = None
) -> int:
    """Give `fields` of the rows of `model` the values back that they had before a request wrote them.

    `request_id` is the one noted in the history (`request.request_id`). Works for a day, and on the rows that
    `crud.history.undo_request` undoes; children that were archived with a row come back with it. Returns the number
    of rows given back. Raises ValueError where `request_id` is no UUID, and PermissionDenied where `user` neither
    made the request nor administers the program.
    """
    if history.event_model(model) is None:
        return 0
    key = str(uuid.UUID(request_id))
    only = str(user.pk) if user is not None and not _administers(user) else None
    scope = ("program_id", current_program_id())
    number = history.undo_request(model, key, fields, scope=scope, user_id=only)
    if not number and only is not None and history.was_request_of_another(model, key, only):
        raise PermissionDenied
    if number and "deleted_at" in fields:
        for below in _below(model):
            history.undo_request(below, key, ["deleted_at"], scope=scope, user_id=only)
    return number


def may_undo(user: User, maker: str) -> bool:
    """Whether `user` may undo a change of many rows that the user with the key `maker` made."""
    return str(user.pk) == maker or _administers(user)


def undo_event(row: models.Model, event: int, *, private: Collection[str] = ()) -> bool:
    """Undo one event of the history of `row`, as `crud.history.undo_event` does; returns whether that changed anything.

    The program, the archive and fields that are `private` to whoever asks are left alone.
    """
    return history.undo_event(row, event, left_alone={"deleted_at", "program", *private})


def _administers(user: User) -> bool:
    return ranks_at_least(role_in(user, current_program_id()), Role.PROGRAM_ADMIN)


def _below(model: Any) -> Iterator[Any]:
    """The models of everything that is archived along with a row of `model`."""
    for name in getattr(model, "archive_children", ()):
        child = model._meta.get_field(name).related_model
        yield child
        yield from _below(child)
