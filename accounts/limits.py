"""How often somebody may fail, counted for all workers together.

A limit is a number of slots in the shared cache. A try takes a free slot before anything is checked and gives it
back when it was right, so a burst of tries at once gets as many checks as there are slots and not one more: adding
a key is atomic in PostgreSQL and in Redis. A slot that was not given back is free again after `WINDOW`.
"""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import get_ip
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext

from academy.crud.theme import theme_of

WINDOW = 5 * 60  # seconds
PER_ACCOUNT, PER_ADDRESS = 10, 50

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


class Try:
    """One try to prove who one is, made from an address: `account` is the user's key, or what was typed.

    Raises allauth's ImmediateHttpResponse, which its middleware answers with 429, where there were too many. Call
    `was_right` when the proof held.
    """

    def __init__(self, request: HttpRequest, account: str) -> None:
        self.request, self.taken = request, []  # type: ignore[var-annotated]
        address = get_ip(request)
        of_both = f"{account} {address}"
        self._take("address", address, PER_ADDRESS)
        number = self._take("both", of_both, PER_ACCOUNT)
        # Where others have used up an account's tries, an address that has not failed for it gets one of its own:
        # nobody is locked out by strangers.
        self._take("account", account, PER_ACCOUNT, anyway=number == 0)

    def was_right(self) -> None:
        cache.delete_many(self.taken)

    def _take(self, kind: str, of: str, most: int, *, anyway: bool = False) -> int:
        """The number of the slot that was free, or raise."""
        digest = hashlib.sha256(of.encode(errors="surrogatepass")).hexdigest()
        keys = [f"limit:{kind}:{digest}:{number}" for number in range(most)]
        used: dict[str, float] = cache.get_many(keys)
        for number, key in enumerate(keys):
            if key not in used and cache.add(key, time.time() + WINDOW, WINDOW):
                self.taken.append(key)
                return number
        if anyway:
            return most
        used = cache.get_many(keys)
        wait = min(used.values(), default=time.time() + WINDOW) - time.time()
        self.was_right()  # nothing was checked
        logger.warning("Too many failed tries of one %s.", kind)
        raise ImmediateHttpResponse(too_many(self.request, seconds=max(1, round(wait))))
