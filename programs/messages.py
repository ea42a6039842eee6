"""Messages about what was done in a program are shown on its pages, also while another tab is in another program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpResponse

MARK = "in:"
MOST_KEPT = 10
"""Messages that wait for a page of another program."""


class SitePathCookieStorage(CookieStorage):
    """Django's storage in a cookie, which is sent to the path of the site alone, like the session's cookie."""

    def _update_cookie(self, encoded_data: str, response: HttpResponse) -> None:
        super()._update_cookie(encoded_data, response)  # type: ignore[misc]
        response.cookies[self.cookie_name]["path"] = settings.SESSION_COOKIE_PATH


class ProgramMessages(FallbackStorage):
    """Django's storage; a message of a page that belongs to a program carries its id before the `extra_tags`."""

    storage_classes = (SitePathCookieStorage, SessionStorage)

    # Of Django, not typed.
    _loaded_messages: list[Message]
    _queued_messages: list[Message]

    @property
    def _page_program(self) -> str:
        return getattr(self.request, "page_program", "")

    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        mark = f"{MARK}{self._page_program} " if self._page_program else ""
        super().add(level, message, mark + extra_tags)

    def __iter__(self) -> Iterator[Message]:
        """The messages for this page; those of other programs are stored again."""
        self.used = True
        shown: list[Message] = []
        kept: list[Message] = []
        for message in [*self._loaded_messages, *self._queued_messages]:
            program, tags = _split(message)
            if program in ("", self._page_program):
                message.extra_tags = tags
                shown.append(message)
            else:
                kept.append(message)
        self._loaded_data, self._queued_messages = shown, kept[-MOST_KEPT:]
        return iter(shown)

    def __len__(self) -> int:
        messages: list[Any] = [*self._loaded_messages, *self._queued_messages]
        return sum(1 for each in messages if _split(each)[0] in ("", self._page_program))


def _split(message: Message) -> tuple[str, str]:
    """(the id of the program that the message belongs to, "" for none; its own tags)."""
    tags = message.extra_tags or ""
    if not tags.startswith(MARK):
        return "", tags
    program, _space, rest = tags.removeprefix(MARK).partition(" ")
    return program, rest
