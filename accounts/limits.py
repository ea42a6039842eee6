"""Limits of failed sign-ins, shared by all workers.

A limit is a number of slots in the shared cache. An attempt takes a free slot before anything is checked, so a burst
of attempts gets no more checks than there are slots: adding a key is atomic in PostgreSQL and in Redis. An attempt that
succeeds releases its slots; one that fails occupies them for `WINDOW`. One that could not be judged, because the
database did not answer, releases them too; where that is not possible either, they expire after `RESERVED`.

Many people may share an address, such as a school's. An account that has signed in from an address keeps its own limit
there, whatever others behind that address do; only accounts new to the address are stopped by their failures.
"""

from __future__ import annotations

import hashlib
import logging
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext
from redis.exceptions import RedisError

from web.http import theme_of

WINDOW = 5 * 60  # seconds
RESERVED = 60  # seconds: longer than an attempt takes
PER_ACCOUNT, PER_ADDRESS = 10, 50
KNOWN = 90 * 24 * 60 * 60  # seconds for which an account is known at an address where it has signed in

logger = logging.getLogger(__name__)


def too_many(request: Any, exception: Exception | None = None, *, seconds: int = WINDOW) -> HttpResponse:
    """The page 429 with the time to wait, in the words of the page and in `Retry-After`."""
    minutes = max(1, -(-seconds // 60))
    reason = ngettext("Try again in %(n)s minute.", "Try again in %(n)s minutes.", minutes) % {"n": minutes}
    tries = gettext("There were too many tries.")
    context = {"theme": theme_of(request), "reason": f"{tries} {reason}"}
    return HttpResponse(
        render_to_string("429.html", context), status=429, headers={"Retry-After": str(seconds)}
    )


class LoginAttempt:
    """An attempt to authenticate, as a context manager around the check of the credentials.

    `account` is the key of the user, or the name that was typed. The attempt has failed where the block raises a
    ValidationError or calls `mark_failed`, and succeeded where it raises nothing; any other exception means that it
    could not be judged. Entering raises allauth's ImmediateHttpResponse, which allauth's middleware answers with 429,
    where the limit is reached.
    """

    def __init__(self, request: HttpRequest, account: str) -> None:
        self.request, self.account = request, account
        self.taken: list[str] = []
        self.failed = False

    def __enter__(self) -> Self:
        address = get_ip(self.request)
        of_both = f"{self.account} {address}"
        self.known = f"known:{_digest(of_both)}"
        try:
            self._take_slots(address, of_both)
        except Exception:
            self._give_back()
            raise
        return self

    def _take_slots(self, address: str, of_both: str) -> None:
        if not cache.get(self.known):
            self._take("address", address, PER_ADDRESS)
        number = self._take("both", of_both, PER_ACCOUNT)
        # Where others have used up an account's tries, an address that has not failed for it gets one of its own:
        # nobody is locked out by strangers.
        self._take("account", self.account, PER_ACCOUNT, anyway=number == 0)

    def mark_failed(self) -> None:
        self.failed = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.failed or isinstance(error, ValidationError):
            cache.set_many(dict.fromkeys(self.taken, time.time() + WINDOW), WINDOW)
        elif error is None:
            cache.delete_many(self.taken)
            cache.set(self.known, 1, KNOWN)
        else:
            self._give_back()

    def _give_back(self) -> None:
        with suppress(DatabaseError, RedisError):  # away as well
            try:
                cache.delete_many(self.taken)
            except DatabaseError:
                # In a transaction they were not taken for good. Else another connection may be there by now.
                if not connection.in_atomic_block:
                    connection.close()
                    cache.delete_many(self.taken)

    def _take(self, kind: str, of: str, most: int, *, anyway: bool = False) -> int:
        """Take a free slot and return its number; raises ImmediateHttpResponse where there is none, unless `anyway`."""
        keys = _slots(kind, of, most)
        used: dict[str, float] = cache.get_many(keys)
        for number, key in enumerate(keys):
            if key not in used and cache.add(key, time.time() + RESERVED, RESERVED):
                self.taken.append(key)
                return number
        if anyway:
            return most
        used = cache.get_many(keys)
        wait = min(used.values(), default=time.time() + WINDOW) - time.time()
        logger.warning("Too many failed tries of one %s.", kind)
        raise ImmediateHttpResponse(too_many(self.request, seconds=max(1, round(wait))))


class CodeAttempt(LoginAttempt):
    """An attempt to enter a code of the second factor, after the password was right.

    It is counted for the account alone, whatever the address: codes are short, and strangers do not get this far. The
    right code releases the slots of all earlier failures.
    """

    def _take_slots(self, address: str, of_both: str) -> None:
        self._take("code", self.account, PER_ACCOUNT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and not self.failed:
            self.taken = _slots("code", self.account, PER_ACCOUNT)
        super().__exit__(kind, error, trace)


def _slots(kind: str, of: str, most: int) -> list[str]:
    """The keys of the slots of a limit."""
    return [f"limit:{kind}:{_digest(of)}:{number}" for number in range(most)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
