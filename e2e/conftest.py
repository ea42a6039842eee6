"""The academy that the browser tests look at: the demo in a database of its own, served as it is deployed.

Tests share it, so they leave alone what others look at: they add rows of their own, or work in the program
Football, where nothing is counted on.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from environ import Env
from playwright.sync_api import Browser, BrowserContext, Page, expect

from academy import database
from academy.demo.catalogue import PASSWORD
from e2e.server import gunicorn
from programs.testing import runtime_url, scratch_database

# Two browsers and two servers share the machine: slow is no failure.
expect.set_options(timeout=20_000)

ROOT = Path(__file__).resolve().parent.parent
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
        with self.browser.new_context(base_url=self.url) as context:
            page = context.new_page()
            page.goto("/accounts/login/")
            page.fill("[name=username]", user)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_selector("#main")
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
    folder = database.data_folder(Env())
    with scratch_database() as name:
        dsn = runtime_url(name)
        environment = {
            **os.environ,
            "DATABASE_URL": dsn,
            "STATIC_ROOT": str(folder / f"e2e-static-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"),
            "WEB_CONCURRENCY": "1",
            "DEBUG": "0",
            "LOG_LEVEL": "ERROR",
        }
        environment.pop("DATABASE_POOL_SIZE", None)
        subprocess.run([sys.executable, "-m", "e2e.server"], cwd=ROOT, env=environment, check=True)
        with gunicorn(environment) as port:
            yield Academy(f"http://127.0.0.1:{port}", dsn, browser, django_db_blocker)


Open = Callable[..., Page]


@pytest.fixture
def open_as(academy: Academy) -> Iterator[Open]:
    """`open_as("tutor", "/students/")`: a page in a window of its own; further arguments go to the window."""
    contexts: list[BrowserContext] = []

    def make(user: str, path: str = "/", **options: Any) -> Page:
        context = academy.context(user, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()
