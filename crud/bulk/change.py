"""One change of many rows: how many it concerns, and making it once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import BadRequest
from django.db import connection
from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property

from crud.hooks import hooks
from crud.statuses import status_key
from web.http import parse_moment, whole_number

from .spec import BulkAction, BulkSpec, Selection, parse_uuid

MAX_ROWS = 100_000
MAX_ROWS_ONE_BY_ONE = 500
"""Of a model whose rows are archived one after the other, each with what belongs to it."""
STATEMENT_TIMEOUT = "55s"
"""Longer than a page may take, as one statement changes all rows; shorter than a worker lives."""
MAX_REASON_LENGTH = 500
SESSION_KEY = "bulk_changes"
MAX_REMEMBERED = 5
"""The last changes whose results are kept in the session, for a form that is posted twice."""


@dataclass(frozen=True)
class Changed:
    """The change was made, now or when the same form was posted before."""

    number: int
    """Of the rows that changed, where the preview announced `expected`."""
    expected: int
    request_id: str
    """The request that made the change, by which it can be undone."""


class Refusal(Enum):
    """Nothing was changed."""

    TOO_MANY_ROWS = "too many rows"
    REASON_MISSING = "reason missing"


class BulkChange:
    """A change of many rows as it was posted.

    `action` ("status=<key>" or "archive") says what to do, `ids`, or `all` and `query`, with which rows. The form of
    the preview adds a `token`, the `reason` if one is asked for, how many rows are `expected` to change, and the
    moment of the preview, `as_of`. Raises BadRequest for what makes no sense.
    """

    def __init__(self, spec: BulkSpec, posted: QueryDict) -> None:
        self.spec, self.posted = spec, posted
        self.selection = Selection(spec, posted)
        self.action = _posted_action(spec, posted)
        self.token = str(parse_uuid(posted.get("token") or str(uuid.uuid4())))
        self.reason = posted.get("reason", "").strip()
        if "\0" in self.reason or len(self.reason) > MAX_REASON_LENGTH:
            raise BadRequest("The reason can't be saved.")

    # --- which rows -----------------------------------------------------------------------------------

    @property
    def status_value(self) -> Any:
        """The value of the status that the rows get."""
        return self.spec.statuses[self.action.status or ""].value

    @cached_property
    def _counts(self) -> dict[str, int]:
        """The number of selected rows by the key of their status; under "" where the action sets none."""
        rows = self.selection.rows.order_by()
        if self.action.status is None:
            return {"": rows.count()}
        counts = rows.values_list(self.spec.status_field).annotate(number=Count("*"))
        return {status_key(value): number for value, number in counts}

    @property
    def present_count(self) -> int:
        return sum(self._counts.values())

    @property
    def selected_count(self) -> int:
        """The number of rows that were selected, also those that are no longer present."""
        return self.present_count if self.selection.all else len(self.selection.ids)

    @property
    def unchanged_count(self) -> int:
        """The number of rows that have the status already."""
        return self._counts.get(self.action.status, 0) if self.action.status is not None else 0

    @property
    def changing_count(self) -> int:
        return self.present_count - self.unchanged_count

    def changing_rows(self) -> QuerySet[Any]:
        rows = self.spec.queryset().filter(pk__in=self.selection.rows.order_by().values("pk"))
        if self.action.status is None:
            return rows
        return rows.exclude(**{self.spec.status_field: self.status_value})

    # --- whether it may be made -----------------------------------------------------------------------

    @property
    def asks_reason(self) -> bool:
        return self.action.status is not None and self.spec.asks_reason(self.status_value)

    @property
    def _one_by_one(self) -> bool:
        return self.action.status is None and bool(getattr(self.spec.model, "archive_children", ()))

    @property
    def max_rows(self) -> int:
        return MAX_ROWS_ONE_BY_ONE if self._one_by_one else MAX_ROWS

    @property
    def refusal(self) -> Refusal | None:
        """Why the change can't be made as it was posted; None where it can."""
        if self.changing_count > self.max_rows:
            return Refusal.TOO_MANY_ROWS
        if self.changing_count and self.asks_reason and not self.reason:
            return Refusal.REASON_MISSING
        return None

    # --- making it ------------------------------------------------------------------------------------

    def make(self, session: SessionBase, request_id: str) -> Changed | Refusal:
        """Change the rows that nobody else has changed since the preview, once for each form and its content."""
        expected, previewed_at = self._previewed()
        allow_long_statements()
        key = self._key()
        with connection.cursor() as cursor:
            # The same form posted a second time waits here until the first change is committed.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key.int % 2**62])
        results = _remembered(session)
        if str(key) in results:
            number, request_id = results[str(key)]
            return Changed(number, expected, request_id)
        if (refusal := self.refusal) is not None:
            return refusal
        number = self._write(previewed_at)
        results = dict(list(results.items())[-(MAX_REMEMBERED - 1) :])
        session[SESSION_KEY] = {**results, str(key): [number, request_id]}
        session.save()  # in this transaction, for the second post to read
        return Changed(number, expected, request_id)

    def _previewed(self) -> tuple[int, datetime]:
        """(how many rows the preview announced, its moment)."""
        expected = whole_number(self.posted.get("expected", ""), 9)
        if expected is None:
            raise BadRequest("The form does not say how many rows change.")
        moment = parse_moment(self.posted.get("as_of", ""))
        if moment is None:
            raise BadRequest("The form does not say when it was made.")
        return expected, moment

    def _key(self) -> uuid.UUID:
        """The same for the same form with the same content."""
        selection = self.selection
        rows = selection.query if selection.all else sorted(map(str, selection.ids))
        content = repr((self.action.value, self.reason, selection.all, rows))
        return uuid.uuid5(uuid.UUID(self.token), content)

    def _write(self, previewed_at: datetime) -> int:
        rows = self.changing_rows()
        if any(field.name == "updated_at" for field in self.spec.model._meta.fields):
            rows = rows.filter(updated_at__lte=previewed_at)
        if self.action.status is not None:
            return rows.update(**self.spec.status_values(self.status_value, self.reason))
        if not self._one_by_one:
            return rows.update(deleted_at=timezone.now())
        to_archive = list(rows.order_by("pk"))
        for row in to_archive:
            hooks.archive(row)
        return len(to_archive)


def _posted_action(spec: BulkSpec, posted: QueryDict) -> BulkAction:
    for action in spec.actions:
        if action.value == posted.get("action", ""):
            return action
    raise BadRequest("There is no such change.")


def _remembered(session: SessionBase) -> dict[str, list[Any]]:
    """[number, request id] of the last changes by their key, read anew: another request may have added one."""
    return type(session)(session.session_key).load().get(SESSION_KEY, {}) if session.session_key else {}


def allow_long_statements() -> None:
    """Let the statements of this transaction take longer than those of a page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, %s, true) FROM unnest(ARRAY['statement_timeout', 'lock_timeout']) AS name",
            [STATEMENT_TIMEOUT],
        )
