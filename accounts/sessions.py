"""Sessions in the database, as Django keeps them.

Read for every page by a prepared query. Saved so that requests of the same browser, which run at the same
time, do not undo each other: each writes what it has changed itself into what is stored by then.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from performance.prepared_queries import prepared_query

NOW = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
MISSING: Any = object()


@prepared_query(session_key="key", now=NOW)
def _stored_session(session_key: str, now: datetime.datetime) -> Any:
    return Session.objects.filter(session_key=session_key, expire_date__gt=now)


class SessionStore(db.SessionStore):
    _as_read = ""
    """The stored text that this request's changes are changes of; empty for a new session."""

    def _get_session_from_db(self) -> Any:
        found = _stored_session.first(session_key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        self._as_read = found.session_data if found is not None else ""
        return found

    def create_model_instance(self, data: Any) -> Any:
        row = super().create_model_instance(data)
        self._as_read = row.session_data
        return row

    def save(self, must_create: bool = False) -> None:
        """Write the changes of this request. Raises UpdateError where the session has ended meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        own, read = self._get_session(), self._as_read  # type: ignore[attr-defined]
        if self._replace(read, own):
            return
        with transaction.atomic():
            stored = Session.objects.select_for_update().filter(pk=self.session_key).first()
            if stored is None:
                raise UpdateError
            before = self.decode(read) if read else {}
            self._session_cache = merged(before, own, self.decode(stored.session_data))
            self._replace(stored.session_data, self._session_cache)

    def _replace(self, stored: str, data: Any) -> bool:
        """Write `data` where the stored text is still this one; whether it was."""
        row = self.create_model_instance(data)
        unchanged = Session.objects.filter(pk=self.session_key, session_data=stored)
        return bool(unchanged.update(session_data=row.session_data, expire_date=row.expire_date))


def merged(read: Any, own: Any, stored: Any) -> Any:
    """`stored`, with what `own` has changed since both were `read`. Of dicts and lists each member counts alone."""
    if own == read:
        return stored
    if stored == read:
        return own
    if isinstance(own, dict) and isinstance(stored, dict):
        before = read if isinstance(read, dict) else {}
        values = {
            key: merged(before.get(key, MISSING), own.get(key, MISSING), stored.get(key, MISSING))
            for key in {**stored, **own}
        }
        return {key: value for key, value in values.items() if value is not MISSING}
    if isinstance(own, list) and isinstance(stored, list):
        known = read if isinstance(read, list) else []
        added = [item for item in own if item not in known and item not in stored]
        kept = [item for item in stored if item in own or item not in known]
        # Some lists grow at their end, others have the newest first.
        return [*added, *kept] if own[:1] == added[:1] else [*kept, *added]
    return own
