"""Saving, sharing and forgetting views; keeping and discarding drafts."""

from __future__ import annotations

import json
import uuid
from functools import cache
from urllib.parse import parse_qsl, urlencode

from django.db import connection, transaction
from django.db.models import Q
from django.http import QueryDict

from academy.crud.composed import Composed
from accounts.models import User
from programs.scope import current_program_id

from .models import Draft, SavedView

# A draft is a form, not a file.
LARGEST_DRAFT = 300_000
# What a page adds to a form for its own sake is no text of the user's.
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "program_context", "add_rows"})


NOBODY = uuid.UUID(int=0)


@cache
def _views() -> Composed:
    theirs = Q(user_id=NOBODY) | (Q(shared_with="role") & ~Q(shared_with=""))
    found = SavedView.objects.filter(theirs, page="page").select_related("user").order_by("name")
    return Composed(found, user=NOBODY, role="role", page="page")


def views_of(*, user: User, role: str | None, page: str) -> list[SavedView]:
    """The views of a list that `user` may open: the own ones, and those shared with the role."""
    return _views().rows(user=user.pk, role=role or "", page=page)


@transaction.atomic
def save_view(
    *, user: User, page: str, name: str, query: str, shared_with: str = "", is_default: bool = False
) -> SavedView:
    """Save a view under its name; one of the same name is replaced. A new default takes the place of the old."""
    if is_default:
        SavedView.objects.filter(user=user, page=page, is_default=True).update(is_default=False)
    view, _ = SavedView.objects.update_or_create(
        user=user,
        page=page,
        name=name,
        defaults={"query": tidy(query), "shared_with": shared_with, "is_default": is_default},
    )
    return view


def tidy(query: str) -> str:
    """A query string in one order, without its page: two addresses of the same list are the same text."""
    pairs = [(key, value) for key, value in parse_qsl(query.lstrip("?")) if value and key != "page"]
    return urlencode(sorted(pairs))


def keep_draft(*, user: User, form: str, posted: QueryDict) -> Draft | None:
    """Keep what was typed into `form` until it is saved or discarded. None where it is too large to keep."""
    data = {name: values for name, values in posted.lists() if name not in NOT_KEPT}
    if len(json.dumps(data)) > LARGEST_DRAFT:
        return None
    draft, _ = Draft.objects.update_or_create(user=user, form=form, defaults={"data": data})
    return draft


def draft_of(*, user: User, form: str) -> Draft | None:
    return Draft.objects.filter(user=user, form=form).first()


def discard_draft(*, user: User, form: str) -> None:
    # Written out: every form that is saved asks this, and composing it takes longer than the database needs.
    sql = f"DELETE FROM {Draft._meta.db_table} WHERE program_id = %s AND user_id = %s AND form = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [current_program_id(), user.pk, form])
