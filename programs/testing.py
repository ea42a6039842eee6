"""Fixtures that every app's tests share. The top-level conftest loads this as a plugin.

Models are imported where they are used: the plugin is loaded before Django is set up.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import factory
import psycopg
import pytest
from allauth.account.internal.flows import login
from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.models import update_last_login
from django.db import connection, connections, transaction
from django.test import Client
from environ import Env
from factory.django import DjangoModelFactory
from psycopg import sql
from psycopg.conninfo import make_conninfo

import database
from accounts.sessions import SessionStore
from crud.testing import example_value
from database.server_files import SUPERUSER

from .scope import use_program

if TYPE_CHECKING:
    from accounts.models import User

    from .models import Program


FORM = "application/x-www-form-urlencoded"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes some seconds")


# ---- programs, people and their browsers


@pytest.fixture
def program(db: None) -> Program:
    from .factories import ProgramFactory

    return ProgramFactory(name="Swimming", initials="SW")


@pytest.fixture
def other_program(db: None) -> Program:
    from .factories import ProgramFactory

    return ProgramFactory(name="Football", initials="FO")


class PageClient(Client):
    """A browser on the pages of one program: what it sends carries the program, as the pages do.

    `program=None` sends nothing, `program="…"` sends that instead.
    """

    def __init__(self, user: User | None = None, program: Program | None = None, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.user, self.program = user, program
        if user is not None:
            self._sign_in(user)
        elif program is not None:
            self.enter(program)

    def _sign_in(self, user: User) -> None:
        """What `force_login`, `prove` and `enter` leave behind, written once: thousands of tests begin so."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        if user.is_active:
            session.update(_proof(str(user.pk)))
        if self.program is not None:
            session.update(_entered(self.program))
        session._session_key = session._get_new_session_key()  # noqa: SLF001
        session.save(must_create=True)
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        update_last_login(None, user)

    def prove(self, ago: int = 0) -> None:
        """The user has given the password, `ago` seconds before now: asked for by sensitive pages."""
        session = self.session
        session.update(_proof(session[SESSION_KEY], ago))
        session.save()

    def stay_seen(self) -> None:
        """That the user was seen is noted no more: for who asks in many tests, of which each is undone."""
        session = self.session
        if SESSION_KEY in session:
            session["seen_at"] = int(time.time()) + 3600
            session.save()

    def enter(self, program: Program | str) -> PageClient:
        """Make `program` the session's, as the dropdown does. "all" is every program, entered for a test."""
        session = self.session
        session.update(_entered(program))
        session.save()
        return self

    def post(self, path: str, data: Any = None, *args: Any, **extra: Any) -> Any:
        program = extra.pop("program", self.program)
        if program is not None and isinstance(data, dict | None):
            data = {"program_context": str(getattr(program, "pk", program)), **(data or {})}
        if isinstance(data, dict) and not args and "content_type" not in extra:
            # As browsers send a form without files; the test client's own way takes longer than most pages.
            data = {name: value for name, value in data.items() if value is not None}
            extra |= {"data": urlencode(data, doseq=True), "content_type": FORM}
            return super().post(path, **extra)
        return super().post(path, data, *args, **extra)


def _proof(user: str, ago: int = 0) -> dict[str, Any]:
    now = time.time()
    return {
        login.AUTHENTICATION_METHODS_SESSION_KEY: [{"method": "password", "at": now - ago}],
        login._AUTHENTICATION_METHODS_USER_SESSION_KEY: user,  # noqa: SLF001
        # Seen just now: it is noted once a minute, which would add its writes to the first page of each test.
        "started_at": int(now),
        "seen_at": int(now),
    }


def _entered(program: Program | str) -> dict[str, Any]:
    entered: dict[str, Any] = {"program": str(getattr(program, "pk", program))}
    if program == "all":
        until = time.time() + 3600
        entered["all_programs"] = {"visit": str(uuid.uuid4()), "reason": "for a test", "until": until}
    return entered


def make_member(role: str, *programs: Program, **fields: Any) -> User:
    """A user of `role`, assigned to `programs`."""
    from accounts.factories import UserFactory

    from .factories import AssignmentFactory

    user = UserFactory(role=role, **fields)
    for program in programs:
        AssignmentFactory(user=user, program=program)
    return user


class ClientFor(Protocol):
    def __call__(self, role: str, *programs: Program, **fields: Any) -> PageClient: ...


@pytest.fixture
def client_for(db: None) -> ClientFor:
    """`client_for(role, program, *more_programs)`: a signed-in browser in `program`."""
    from accounts.models import Role

    def make(role: str, *programs: Program, **fields: Any) -> PageClient:
        assigned = () if role == Role.SUPER_ADMIN else programs
        return PageClient(make_member(role, *assigned, **fields), programs[0] if programs else None)

    return make


@pytest.fixture
def admin(client_for: ClientFor, program: Program) -> PageClient:
    """The browser of a program admin of `program`. A test module that needs a name or more programs has its own."""
    return client_for("program_admin", program)


@pytest.fixture
def coordinator(client_for: ClientFor, program: Program) -> PageClient:
    """The browser of a coordinator of `program`."""
    return client_for("program_coordinator", program)


@pytest.fixture
def tutor(client_for: ClientFor, program: Program) -> PageClient:
    """The browser of a tutor of `program`."""
    return client_for("tutor", program)


def without_program(url: str) -> str:
    """An address without the program that it names for whoever works in several, or gets it from somebody else."""
    return re.sub(r"[?&](amp;)?in=[^&#]*", "", url)


# ---- rows of every kind


def factory_of(model: type[Any]) -> Any:
    """The factory of a model, from the `factories` of its app; where it has none, one made from its fields."""
    app = apps.get_app_config(model._meta.app_label).name
    module = import_module(f"{app}.factories") if find_spec(f"{app}.factories") else None
    for candidate in vars(module).values() if module else ():
        ours = isinstance(candidate, type) and issubclass(candidate, DjangoModelFactory)
        if ours and candidate._meta.get_model_class() is model:
            return candidate
    return factory.make_factory(model, FACTORY_CLASS=DjangoModelFactory, **_default_values(model))


def _default_values(model: type[Any]) -> dict[str, Any]:
    """A value for each field that needs one: what a factory that is made from the fields gives a row."""
    from .registry import scoped_models

    values: dict[str, Any] = {}
    for field in model._meta.local_fields:
        if not field.editable or field.generated or field.has_default() or field.null or field.blank:
            continue
        if field.related_model in scoped_models():
            values[field.name] = factory.SubFactory(factory_of(field.related_model))
        elif field.choices:
            values[field.name] = field.flatchoices[0][0]
        else:
            values[field.name] = factory.Sequence(partial(example_value, field))
    return values


def one_of_each(program: Program) -> dict[type[Any], Any]:
    """A row of every scoped model in the program, linked with each other, by model."""
    from .registry import scoped_models

    made: dict[type[Any], Any] = {}
    user = None

    def make(model: type[Any]) -> Any:
        nonlocal user
        if model in made:
            return made[model]
        links: dict[str, Any] = {}
        for field in model._meta.local_fields:
            if field.related_model in scoped_models() and not field.null:
                links[field.name] = make(field.related_model)
            elif field.related_model is get_user_model():
                user = user or make_member("tutor", program)
                links[field.name] = user
        made[model] = factory_of(model)(**links)
        return made[model]

    with use_program(program):
        for model in scoped_models():
            make(model)
    return made


def asks_all() -> bool:
    """Whether each address is to be asked as everybody (TEST_ALL, which `make test-all` sets) instead of by turns."""
    return bool(os.environ.get("TEST_ALL"))


def made_once(make: Callable[[], Any]) -> Any:
    """A fixture: what `make` writes and returns, for all tests of a file. Rows of everything take longer than most tests.

    Their transaction stays open meanwhile; each test works in a savepoint of it, and so asks for `db` as well. Not
    where a test sets constraints immediate: that may outlast its savepoint.
    """

    @pytest.fixture(scope="module")
    def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        whole = transaction.atomic()
        with django_db_blocker.unblock():
            whole.__enter__()
        try:
            with django_db_blocker.unblock():
                found = make()
            yield found
        finally:
            with django_db_blocker.unblock():
                transaction.set_rollback(True)
                whole.__exit__(None, None, None)

    return made


# ---- the database, past the ORM


def rows(query: str, *values: Any, using: str = "default") -> list[tuple[Any, ...]]:
    """The rows of a raw query on the connection that the application uses; empty where it returns none."""
    with connections[using].cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


def written(query: str, *values: Any) -> int:
    """How many rows a raw statement wrote."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.rowcount


def test_database() -> str:
    """Name of the database of these tests."""
    return str(connection.settings_dict["NAME"])


test_database.__test__ = False  # type: ignore[attr-defined]  # a name, not a test


def owner_url(name: str = "") -> str:
    """URL of the role that owns the tables."""
    return make_conninfo(database.owner_url(Env()), dbname=name or test_database())


def runtime_url(name: str = "") -> str:
    """URL of the role that serves."""
    return make_conninfo(database.runtime_url(Env()), dbname=name or test_database())


def administrator_url(name: str = "") -> str:
    """URL of someone who may create roles and databases. Skips the test where nobody is known."""
    cluster = database.embedded_cluster(Env())
    url = cluster.url(SUPERUSER, "postgres") if cluster else os.environ.get("DATABASE_ADMIN_URL", "")
    if not url:
        pytest.skip("needs a superuser: set DATABASE_ADMIN_URL, or unset DATABASE_URL")
    return make_conninfo(url, dbname=name or test_database())


@pytest.fixture
def owner(db: None) -> Iterator[psycopg.Connection[Any]]:
    """The owner's own connection, each statement committed at once. Undo what you do."""
    with psycopg.connect(owner_url(), autocommit=True, options="-c lock_timeout=5s") as connected:
        yield connected


@pytest.fixture
def administrator(db: None) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to the tests' database, each statement committed at once."""
    with psycopg.connect(administrator_url(), autocommit=True, options="-c lock_timeout=5s") as connected:
        yield connected


@contextmanager
def scratch_database(*, migrated: bool = True) -> Iterator[str]:
    """The name of a fresh database, migrated unless told otherwise, for the length of the block."""
    name = f"scratch_{uuid.uuid4().hex[:12]}"
    administrator = administrator_url("postgres")

    def execute(query: str, **names: str) -> None:
        with psycopg.connect(administrator, autocommit=True) as connected:
            text: Any = query
            connected.execute(
                sql.SQL(text).format(**{key: sql.Identifier(value) for key, value in names.items()})
            )

    if migrated:
        execute(
            "CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}",
            name=name,
            template=os.environ.get("TEST_TEMPLATE", "test_academy_template"),
            owner=connections["owner"].settings_dict["USER"],
        )
        execute("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC", name=name)  # the copy leaves that out
    else:
        database.prepare(owner_url(name), runtime_url(name), administrator_url=administrator)
    try:
        yield name
    finally:
        execute("DROP DATABASE {name} WITH (FORCE)", name=name)


@contextmanager
def connected_to(url: str, alias: str = "scratch") -> Iterator[str]:
    """A Django database alias for `url`, for the length of the block."""
    # Not in the settings: Django's test cases guard the aliases that are.
    connections[alias] = type(connections["default"])(
        {**connections["default"].settings_dict, **database.django_settings(url)}, alias
    )
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
