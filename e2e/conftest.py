"""The academy that the browser tests look at: the demo in a database of its own, served as it is deployed.

Tests share it, so they leave alone what others look at: they add rows of their own, or work in the program
Football, where nothing is counted on.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

import database
from accounts.models import User
from e2e.server import environment_of, gunicorn
from programs.testing import PageClient, runtime_url, scratch_database

# Two browsers and two servers share the machine: slow is no failure.
expect.set_options(timeout=20_000)

ROOT = Path(__file__).resolve().parent.parent


def at_address(path: str) -> re.Pattern[str]:
    """The end of an address: `path`, whether or not it also says its program."""
    return re.compile(re.escape(path) + r"([?&]in=[^&]*)?$")


PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 1,
}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
# Pixels that stick out of the screen. Not by innerWidth: on a phone it grows with them.
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Academy:
    """A running academy with the demo in it."""

    url: str
    dsn: str
    browser: Browser
    blocker: Any
    _states: dict[str, Any] = field(default_factory=dict)

    def context(self, user: str = "", **options: Any) -> BrowserContext:
        """A browser window, signed in as `user` of the demo ("swim-admin", "coordinator", "tutor" …)."""
        if user and user not in self._states:
            self._states[user] = self._sign_in(user)
        state = self._states.get(user)
        return self.browser.new_context(base_url=self.url, storage_state=state, **{**DESKTOP, **options})

    def _sign_in(self, user: str) -> Any:
        """What signing in leaves in the browser. The page itself is used in e2e/test_main_path.py."""
        with self.working():
            client = PageClient(User.objects.get(username=user))
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": self.url, "httpOnly": True}
        with self.browser.new_context(base_url=self.url) as context:
            context.add_cookies([cookie])  # type: ignore[list-item]
            return context.storage_state()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Make the models read and write the database of this academy, for the length of the block."""
        with self.blocker.unblock():
            kept = connections["default"]
            own = type(kept)({**kept.settings_dict, **database.django_settings(self.dsn)}, "default")
            connections["default"] = own
            try:
                yield
            finally:
                own.close()
                connections["default"] = kept


@pytest.fixture(scope="session")
def academy(django_db_setup: None, django_db_blocker: Any, browser: Browser) -> Iterator[Academy]:
    with scratch_database() as name:
        dsn = runtime_url(name)
        environment = environment_of(dsn)
        subprocess.run([sys.executable, "-m", "e2e.server"], cwd=ROOT, env=environment, check=True)
        with gunicorn(environment) as port:
            yield Academy(f"http://127.0.0.1:{port}", dsn, browser, django_db_blocker)


def watch(context: BrowserContext, wrong: list[str]) -> None:
    """Note in `wrong` each error of a script, and what the Content-Security-Policy refused."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            wrong.append(f"refused by the policy: {message.text}")

    context.on("console", note)
    context.on("weberror", lambda error: wrong.append(f"script error: {error.error}"))


Open = Callable[..., Page]


@pytest.fixture
def open_as(academy: Academy) -> Iterator[Open]:
    """`open_as("tutor", "/students/")`: a page in a window of its own; further arguments go to the window.

    The test fails on an error of a script and on what the Content-Security-Policy refused.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def make(user: str, path: str = "/", **options: Any) -> Page:
        context = academy.context(user, **options)
        contexts.append(context)
        watch(context, wrong)
        page = context.new_page()
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
    assert wrong == []
