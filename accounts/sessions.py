"""Sessions in the database, as Django keeps them; read for every page by a query that is composed once."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from academy.crud.composed import Composed

NOW = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)


@cache
def _session() -> Composed:
    return Composed(Session.objects.filter(session_key="key", expire_date__gt=NOW), key="key", now=NOW)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        found = _session().first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found
