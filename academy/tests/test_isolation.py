"""Each layer of isolation holds alone: with the managers' filter gone pages stay right, with the policies gone they stay right.

With both gone a row leaks, and the same test that passed before fails: it can tell.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import Role
from programs import isolation_checks
from programs.managers import InActiveProgram
from programs.models import Program
from programs.registry import scoped_history_models, scoped_models
from programs.testing import PageClient, make_member, owner_url, scratch_database

from .contract import MARK, MATRIX, Entry, ProgramFixture, ids_of

LISTS = [entry for entry in MATRIX if entry.method == "GET" and entry.row is None and entry.success == 200]
# What reads before what writes: a leaking write changes what is there to be read.
ROWS = sorted((e for e in MATRIX if e.row in scoped_models()), key=lambda entry: entry.method)
TABLES = [model._meta.db_table for model in (*scoped_models(), *scoped_history_models())]


def leaks(own: ProgramFixture, foreign: ProgramFixture, client: PageClient) -> list[str]:
    """What pages of one program show or change of another. Empty where programs are isolated."""
    found: list[str] = []
    client.raise_request_exception = False
    secrets = ids_of(foreign) | {MARK}
    for entry in LISTS:
        page = client.get(entry.url(own)).text
        found += [f"{entry} shows a foreign row" for secret in secrets if secret in page][:1]
    random: dict[tuple[str, str], Any] = {}
    for entry in ROWS:
        names = tuple(entry.args(own))
        url = _url(entry, dict.fromkeys(names, uuid.UUID(int=1)))
        asked = entry.method, url
        random[asked] = random.get(asked) or _send(client, entry, url)
        answer = _send(client, entry, _url(entry, entry.args(foreign)))
        if (answer.status_code, answer.content) != (random[asked].status_code, random[asked].content):
            found.append(f"{entry} tells a foreign row from none")
    return found


def _url(entry: Entry, args: dict[str, Any]) -> str:
    return reverse(entry.name, kwargs=args)


def _send(client: PageClient, entry: Entry, url: str) -> Any:
    if entry.method == "GET":
        return client.get(url)
    return client.post(
        url, {"name": "Taken", "step": "up", "parent": str(uuid.UUID(int=1)), "order": str(uuid.UUID(int=1))}
    )


@pytest.fixture
def no_filter(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The first layer is gone: every query of every scoped model asks for the rows of all programs."""
    monkeypatch.setattr(InActiveProgram, "as_sql", lambda self, compiler, connection, **_: ("TRUE", []))
    settings.OPTIMISATIONS = False  # what was prepared with the filter is compiled anew


@contextmanager
def no_policies() -> Iterator[None]:
    """The second layer is gone: the same code on a database whose tables have no row-level security."""
    settings = connection.settings_dict
    known = settings["NAME"]
    with scratch_database() as name:
        with psycopg.connect(owner_url(name), autocommit=True) as owner:
            for table in TABLES:
                owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")  # type: ignore[arg-type]
        connection.close()
        settings["NAME"] = name
        # The application would refuse to serve: that check has its own tests.
        isolation_checks._verified.add(f"default:{name}")
        try:
            yield
        finally:
            connection.close()
            settings["NAME"] = known
            isolation_checks._verified.discard(f"default:{name}")


def fixtures() -> tuple[ProgramFixture, ProgramFixture, PageClient]:
    program, other = (Program.objects.create(name=name) for name in ("Swimming", "Football"))
    client = PageClient(make_member(Role.PROGRAM_ADMIN, program), program)
    return ProgramFixture(program), ProgramFixture(other).marked(), client


def test_both_layers_are_in_force(db: None) -> None:
    assert leaks(*fixtures()) == []


def test_without_the_managers_filter_pages_stay_right(db: None, no_filter: None) -> None:
    assert leaks(*fixtures()) == []


def test_without_the_policies_pages_stay_right(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), no_policies():
        assert leaks(*fixtures()) == []


def test_without_both_the_same_test_fails(
    django_db_setup: None, django_db_blocker: Any, no_filter: None
) -> None:
    with django_db_blocker.unblock(), no_policies():
        own, foreign, client = fixtures()
        found = leaks(own, foreign, client)
    leaking = {entry.name for entry in MATRIX if any(text.startswith(f"{entry} ") for text in found)}
    assert {
        "students:student-list",
        "courses:course-list",
        "facilities:facility-list",
        "dashboard",
    } <= leaking
    assert {entry.name for entry in ROWS if entry.name.endswith("-detail")} <= leaking


def test_the_application_refuses_to_serve_without_the_policies(
    django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_db_blocker.unblock(), no_policies():
        monkeypatch.setattr(isolation_checks, "_verified", set())
        with pytest.raises(isolation_checks.UnsafeDatabase) as caught:
            PageClient().get("/")
    reasons = str(caught.value).splitlines()[1:]
    off = "row-level security off; the migrations made it row-level security on."
    assert reasons == [f"- table {table} is {off}" for table in sorted(TABLES)]
