"""How every test gets its database, and the browser tests their browser.

Tests run as the runtime role, as the application does: as the owner they would pass without a single policy.
The tables are migrated once into a template, by the owner; each worker works on a copy of it. With
DATABASE_URL unset an embedded server of the tests' own is used, whose data may be lost at any time.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import psutil
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from environ import Env
from psycopg import sql
from psycopg.conninfo import make_conninfo

import database
from academy.rooms import ROOMS
from database.embedded import Cluster
from database.server_files import SUPERUSER
from programs import catalogue
from scripts import browser

ROOT = Path(__file__).resolve().parent
BROWSER_TESTS = ROOT / "e2e"

env = Env()
if database.data_folder(env).name != "tests":  # a worker finds it set
    os.environ["ACADEMY_DATA"] = str(database.data_folder(env) / "tests")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "academy.settings")
os.environ.setdefault("SECRET_KEY", "known to everyone, for tests alone: protects nothing at all")
os.environ["DATABASE_POOL_SIZE"] = "0"  # a pool would keep connections to databases that are dropped
django.setup()  # before the plugin below and the tests import models

# Static files as they lie in the source: nothing has to be collected before a test.
settings.STORAGES = {
    **settings.STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, and only here

pytest_plugins = ["programs.testing"]


def pytest_collection_finish() -> None:
    """Spare the collector what stays, as the server does: it walks through it again and again else."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


# ---- the database


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    server = _Server()
    with server.locked():
        template = server.template(anew=request.config.getvalue("create_db"), blocker=django_db_blocker)
        server.drop_left_behind()
        name = server.copy(template, f"test_academy_{worker}_{os.getpid()}")
    _point_at(name)
    restore = _truncate_as_owner(server.owner(name))
    yield
    restore()
    with django_db_blocker.unblock():
        connections.close_all()
    server.drop(name)


class _Server:
    """The server that holds the test databases, seen by someone who may create them."""

    def __init__(self) -> None:
        cluster = database.embedded_cluster(env)
        if cluster:
            Cluster(cluster.folder, throwaway=True).start()
            self.administrator = cluster.url(SUPERUSER, "postgres")
        else:
            self.administrator = ""
        if not database.owner_url(env):
            pytest.exit("The tests need DATABASE_OWNER_URL, of a role that may create databases.", 1)
        self.maintenance = self.administrator or make_conninfo(database.owner_url(env), dbname="postgres")

    def owner(self, name: str) -> str:
        return make_conninfo(database.owner_url(env), dbname=name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        folder = database.data_folder(env)
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "template.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def template(self, *, anew: bool, blocker: Any) -> str:
        """The name of a migrated database of exactly this code. Made once, used until the code changes.

        TEST_TEMPLATE names one that is migrated already, as a test does that runs tests of its own.
        """
        if ready := os.environ.get("TEST_TEMPLATE"):
            return ready
        name, fingerprint = "test_academy_template", _fingerprint()
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            found = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
            ).fetchone()
        if found == (fingerprint,) and not anew:
            return name
        self.drop(name)
        runtime = make_conninfo(database.runtime_url(env), dbname=name)
        database.prepare(self.owner(name), runtime, administrator_url=self.administrator)
        _point_at(name)
        with blocker.unblock():
            call_command("migrate", verbosity=0, interactive=False)
            _write_catalogue()
            connections.close_all()
        self._execute("COMMENT ON DATABASE {} IS {}", sql.Identifier(name), sql.Literal(fingerprint))
        return name

    def drop_left_behind(self) -> None:
        """Drop the copies of runs that were killed; those of other runs on this machine stay."""
        if not self.administrator:
            return
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            names = connection.execute(
                "SELECT datname FROM pg_database WHERE datname ~ '^test_academy_.*_\\d+$'"
            )
            for (name,) in names.fetchall():
                if not psutil.pid_exists(int(name.rpartition("_")[2])):
                    self.drop(name)

    def copy(self, template: str, name: str) -> str:
        owner = sql.Identifier(settings.DATABASES["owner"]["USER"])
        names = sql.Identifier(name), sql.Identifier(template), owner
        self._execute("CREATE DATABASE {} TEMPLATE {} OWNER {}", *names)
        self._execute("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", names[0])  # the copy leaves that out
        return name

    def drop(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))

    def _execute(self, text: Any, *parts: sql.Composable) -> None:
        with psycopg.connect(self.maintenance, autocommit=True) as connection:
            connection.execute(sql.SQL(text).format(*parts))


def _write_catalogue() -> None:
    """Keep up with new migrations what the application compares its database with; it belongs into their commit."""
    if not os.environ.get("CI"):  # there it has to be right already
        catalogue.write("default")


def _fingerprint() -> str:
    """Changes with everything a migrated database can depend on: our code and the pinned libraries."""
    digest = hashlib.sha256(sys.version.encode())
    paths = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "tests" not in path.parts]
    for path in sorted([*paths, ROOT / "requirements.txt"]):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _point_at(name: str) -> None:
    connections.close_all()
    for alias in settings.DATABASES:
        settings.DATABASES[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


def _truncate_as_owner(owner_url: str) -> Any:
    """Let tests that commit be cleaned up by the owner: the runtime role may not truncate.

    One statement empties every table that a migration leaves empty; what migrations write stays.
    """
    with psycopg.connect(owner_url) as connection:
        tables = [
            table
            for (table,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            )
            if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table))).fetchone()
            is None  # a row without columns is an empty tuple
        ]
    statement = sql.SQL("TRUNCATE {} RESTART IDENTITY").format(
        sql.SQL(", ").join(map(sql.Identifier, tables))
    )

    def empty_tables(self: TransactionTestCase) -> None:
        with psycopg.connect(owner_url, options="-c lock_timeout=20s") as connection:
            connection.execute(statement)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
    return patch.undo


# ---- the browser


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    browser_tests = [item for item in items if BROWSER_TESTS in item.path.parents]
    # The longest first: else one worker has nothing left to do while the other is busy with the last of them.
    items.sort(key=lambda item: item not in browser_tests and item.get_closest_marker("slow") is None)
    if not browser_tests:
        return
    # Playwright's event loop runs in the thread of the test, where Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    for item in browser_tests:
        # Once more where it fails: a busy machine can starve a browser. The summary names what needed it.
        item.add_marker(pytest.mark.flaky(reruns=1))
    if not browser.find():
        config.stash[_NO_BROWSER] = True
        for item in browser_tests:
            item.add_marker(pytest.mark.skip(reason="no Chromium or Chrome"))


_NO_BROWSER = pytest.StashKey[bool]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash.get(_NO_BROWSER, False):
        terminalreporter.section("THE BROWSER TESTS DID NOT RUN", bold=True, red=True)
        terminalreporter.line("No Chromium or Chrome was found and none could be installed.")
        terminalreporter.line("Install one, or name one: ACADEMY_BROWSER=/path/to/chrome make test")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": browser.find(),
        "args": [*browser_type_launch_args.get("args", []), *browser.launch_arguments()],
    }
