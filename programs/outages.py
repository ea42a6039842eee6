"""What stands around Academy and may be away: the database, Redis, the OpenID Connect server.

"Could not ask" is never taken for "no": whoever could not be asked about is neither signed out nor refused, but told
with a 503 that it could not be asked.
"""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from requests.exceptions import RequestException

OUTAGES = (DatabaseError, RedisError, RequestException)
"""Every error that may be one; `is_outage` says whether it is."""

# PostgreSQL ends the connection with these, which psycopg does not count among the operational ones.
ENDED = {"25P03", "25P04"}


def is_outage(error: BaseException) -> bool:
    """Whether `error` says that something around Academy does not answer, and not that the work was wrong."""
    if isinstance(error, (OperationalError, InterfaceError, RedisError, RequestException)):
        return True
    if not isinstance(error, InternalError):
        return False
    # Without a state it is psycopg's: what a pooler sends in place of an answer when its server has gone.
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state in ENDED


def outage_reason(error: BaseException) -> str:
    """What the page says beyond that something is away; empty for the database, of which it speaks anyway."""
    if isinstance(error, RedisError):
        return _("What the servers remember together (Redis) can't be reached. Nothing was changed.")
    if isinstance(error, RequestException):
        text = _("%(server)s, which signs you in, can't be reached. You can sign in with your password.")
        return text % {"server": settings.OIDC_NAME}
    return ""
