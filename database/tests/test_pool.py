"""The pool of a serving process: dead connections are found and replaced at once, a server that hangs is given up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout

from database import pool as pool_module
from database.pool import Pool, PooledConnection
from e2e.line import Line, line
from programs.testing import administrator_url, runtime_url

SIZE = 10


@pytest.fixture
def server(db: None) -> Iterator[Line]:
    """The line to the tests' database."""
    known = conninfo_to_dict(runtime_url())
    with line(f"{known['host']}/.s.PGSQL.{known.get('port') or 5432}") as made:
        yield made


@contextmanager
def pool_of(url: str, timeout: float = 3.0) -> Iterator[Pool]:
    with Pool(
        url,
        kwargs={"autocommit": True, "prepare_threshold": None},
        connection_class=PooledConnection,
        min_size=SIZE,
        max_size=SIZE,
        timeout=timeout,
        reconnect_timeout=2,
        open=False,
    ) as pool:
        pool.wait(20)
        yield pool


def through(server: Line) -> str:
    return make_conninfo(runtime_url(), host="127.0.0.1", port=server.port, connect_timeout=5)


def ask(pool: Pool, query: str = "SELECT 1") -> float:
    """The seconds that a connection and one statement take."""
    began = time.monotonic()
    connection = pool.getconn()
    try:
        connection.execute(query)  # type: ignore[arg-type]
    finally:
        pool.putconn(connection)
    return time.monotonic() - began


@pytest.mark.parametrize("how", ["terminated", "cut"])
def test_dead_connections_are_found_by_the_first_look_and_replaced_at_once(server: Line, how: str) -> None:
    with pool_of(through(server)) as pool:
        before = {connection.info.backend_pid for connection in pool._pool}
        if how == "cut":
            server.cut()
        else:
            with psycopg.connect(administrator_url(), autocommit=True) as admin:
                for pid in before:
                    admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        time.sleep(0.2)
        assert (
            max(ask(pool) for _ in range(2 * SIZE)) < 0.9
        )  # psycopg's own pause after a dead one is a second
        pool.wait(5)
        after = {connection.info.backend_pid for connection in pool._pool}
        assert len(after) == SIZE
        assert not after & before


def test_a_server_that_hangs_is_given_up(server: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "PATIENCE", 0.3)
    with pool_of(through(server), timeout=0.5) as pool:
        ask(pool)
        server.hangs = True
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="does not answer"):
            ask(pool)
        assert time.monotonic() - began < 4  # the patience, and two seconds for another connection to be made
        # Whoever comes next waits for none of the other connections.
        for _ in range(3):
            began = time.monotonic()
            with pytest.raises(PoolTimeout):
                ask(pool)
            assert time.monotonic() - began < 0.9
        server.hangs = False
        wait_until_it_answers(pool)
        assert ask(pool) < 0.5


def wait_until_it_answers(pool: Pool) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            ask(pool)
        except psycopg.OperationalError:
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return


@pytest.mark.parametrize("kind", ["a long statement", "a lock"])
def test_a_slow_statement_of_a_server_that_answers_is_waited_for(
    db: None, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(pool_module, "PATIENCE", 0.2)
    with pool_of(runtime_url()) as pool:
        if kind == "a long statement":
            assert 1 <= ask(pool, "SELECT pg_sleep(1)") < 3
            return
        with psycopg.connect(administrator_url()) as other:
            other.execute("LOCK users")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                ask(pool, "SET lock_timeout = '600ms'; SELECT 1 FROM users LIMIT 1")


def test_no_wait_is_without_an_end(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "PATIENCE", 0.2)
    monkeypatch.setattr(pool_module, "LONGEST_WAIT", 0.3)
    with pool_of(runtime_url()) as pool:
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="does not answer"):
            ask(pool, "SELECT pg_sleep(20)")
        assert time.monotonic() - began < 3
