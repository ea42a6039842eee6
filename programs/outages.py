"""Outages of the services that Academy needs: the database, Redis, the OpenID Connect server.

A question that could not be asked is never taken as answered with "no": users are neither signed out nor refused,
but get a 503.
"""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from requests.exceptions import RequestException

OUTAGES = (DatabaseError, RedisError, RequestException)
"""Errors that may be outages; `is_outage` decides."""

# PostgreSQL ends the connection with these, which psycopg does not count among the operational ones.
ENDED = {"25P03", "25P04"}


def is_outage(error: BaseException) -> bool:
    """Whether `error` means that a service does not answer, and not that a statement was wrong."""
    if isinstance(error, (OperationalError, InterfaceError, RedisError, RequestException)):
        return True
    if not isinstance(error, InternalError):
        return False
    # Without a state it is psycopg's: what a pooler sends in place of an answer when its server has gone.
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state in ENDED


def outage_reason(error: BaseException) -> str:
    """What the 503 page says about the service; "" for the database, whose page has its own text."""
    if isinstance(error, RedisError):
        return _("What the servers remember together (Redis) can't be reached. Nothing was changed.")
    if isinstance(error, RequestException):
        text = _("%(server)s, which signs you in, can't be reached. You can sign in with your password.")
        return text % {"server": settings.OIDC_NAME}
    return ""
