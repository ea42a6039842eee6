"""Saving, sharing and forgetting views; keeping and discarding drafts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from accounts.models import User
from performance.prepared_queries import prepared_query
from programs.scope import current_program_id
from web.http import PROGRAM_PARAMETER

from .models import Draft, SavedView

# A draft is a form, not a file.
LARGEST_DRAFT = 300_000
# Of one user in one program.
MOST_DRAFTS = 50
# Forms of one name that were saved last, as of many new students one after the other.
MOST_CLOSED = 20
LONGEST_TOKEN = 64
# What a page adds to a form for its own sake is no text of the user's.
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "program_context", "add_rows", "search_rows"})


NOBODY = uuid.UUID(int=0)


@prepared_query(user=NOBODY, role="role", page="page")
def _views(user: uuid.UUID, role: str, page: str) -> QuerySet[SavedView]:
    theirs = Q(user_id=user) | Q(shared_with__contains=[role])
    return SavedView.objects.filter(theirs, page=page).select_related("user").order_by("name")


def views_of(*, user: User, role: str | None, page: str) -> list[SavedView]:
    """The views of a list that `user` may open: the own ones, and those shared with the role."""
    return _views.rows(user=user.pk, role=role or "nobody", page=page)


@transaction.atomic
def save_view(
    *, user: User, page: str, name: str, query: str, shared_with: Sequence[str] = (), is_default: bool = False
) -> SavedView:
    """Save a view under its name; one of the same name is replaced. A new default takes the place of the old."""
    if is_default:
        SavedView.objects.filter(user=user, page=page, is_default=True).update(is_default=False)
    view, _ = SavedView.objects.update_or_create(
        user=user,
        page=page,
        name=name,
        defaults={"query": tidy(query), "shared_with": list(shared_with), "is_default": is_default},
    )
    return view


def tidy(query: str) -> str:
    """A query string in one order, without its page and its program: two addresses of a list are the same text."""
    left_out = ("page", PROGRAM_PARAMETER)
    pairs = [(key, value) for key, value in parse_qsl(query.lstrip("?")) if value and key not in left_out]
    return urlencode(sorted(pairs))


@transaction.atomic
def keep_draft(*, user: User, form: str, posted: QueryDict) -> bool:
    """Keep what was typed into `form` until it is saved or discarded. False where it is too large to keep.

    What comes from a form that was saved meanwhile is dropped. Beyond the newest `MOST_DRAFTS` of a user in a program
    the oldest go.
    """
    data = {name: values for name, values in posted.lists() if name not in NOT_KEPT}
    if len(json.dumps(data)) > LARGEST_DRAFT:
        return False
    draft, is_new = Draft.objects.select_for_update().get_or_create(
        user=user, form=form, defaults={"data": data}
    )
    if is_new:
        own = Draft.objects.filter(user=user).order_by("-updated_at", "-pk")
        own.filter(pk__in=own.values("pk")[MOST_DRAFTS:]).delete()
    elif posted.get("token") not in draft.closed:
        draft.data = data
        draft.save(update_fields=["data"])
    return True


def draft_of(*, user: User, form: str) -> Draft | None:
    return Draft.objects.filter(user=user, form=form).exclude(data={}).first()


def discard_draft(*, user: User, form: str) -> None:
    """Forget what was typed into a form, as its owner wishes."""
    Draft.objects.filter(user=user, form=form).update(data={})


def close_draft(*, user: User, form: str, token: str) -> None:
    """Forget what was typed into a form that is saved now, and what still comes from it."""
    # Written out: every form that is saved asks this, and composing it takes longer than the database needs.
    sql = f"""INSERT INTO {Draft._meta.db_table} AS kept (program_id, user_id, form, data, closed)
    VALUES (%s, %s, %s, '{{}}', ARRAY[%s]) ON CONFLICT (program_id, user_id, form)
    DO UPDATE SET data = '{{}}', closed = (EXCLUDED.closed || kept.closed)[1:{MOST_CLOSED}]"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [current_program_id(), user.pk, form, token[:LONGEST_TOKEN]])
