"""The connection pool of a serving process: it detects dead connections and does not wait for a server that hangs.

A server that has gone closes its sockets, which is visible without a query. A server that hangs (it is stopped, or the
network drops all packets) closes nothing; it is only recognised by giving no answer.
"""

from __future__ import annotations

import select
import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

PATIENCE = 4.0
"""Seconds without an answer after which another connection asks whether the server answers at all."""
PROBE_SECONDS = 2
"""How long that may take, to connect and to answer each."""
LONGEST_WAIT = 90.0
"""Seconds that a server which does answer may take for one statement. Its own limits are lower."""
AWAY_SECONDS, AWAY_TIMEOUT = 2.0, 0.3
"""So long after nobody got a connection, others wait for one so long only, instead of one after the other."""

Result = TypeVar("Result")


class PooledConnection(psycopg.Connection[Any]):
    """A connection that gives up a server that hangs, with an OperationalError."""

    def wait(
        self, gen: Generator[Any, Any, Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        """As psycopg's, but what has no `timeout` ends where the server does not answer."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        answer = _resumable(gen)
        try:
            return super().wait(answer, interval, PATIENCE)
        except errors._WaitTimeout:  # noqa: SLF001  the only name psycopg has for it
            pass
        if self._server_answers():
            try:
                return super().wait(answer, interval, LONGEST_WAIT)
            except errors._WaitTimeout:  # noqa: SLF001
                pass
        pool = getattr(self, "_pool", None)
        self.pgconn.finish()
        if isinstance(pool, Pool):
            pool.server_hangs()
        raise psycopg.OperationalError("the server does not answer")

    def is_usable(self) -> bool:
        """Whether an idle connection works, by a look at its socket.

        Nothing arrives there unless the server has something to say, such as that it goes away. Then it is asked.
        """
        look = select.poll()
        try:
            look.register(self.fileno(), select.POLLIN)
            if not look.poll(0):
                return True
            super().execute("")
        except psycopg.Error:
            return False
        return not self.closed

    def _server_answers(self) -> bool:
        """Whether the server answers another connection. A refusal is an answer."""
        parameters = {**self.info.get_parameters(), "password": self.info.password}
        parameters["connect_timeout"] = str(PROBE_SECONDS)
        try:
            probe = _Probe.connect(make_conninfo(**parameters), autocommit=True)
        except errors.ConnectionTimeout:
            return False
        except psycopg.Error:
            return True
        try:
            probe.execute("SELECT 1")
        except errors._WaitTimeout:  # noqa: SLF001
            return False
        except psycopg.Error:
            return True
        finally:
            probe.pgconn.finish()
        return True


class _Probe(psycopg.Connection[Any]):
    def wait(
        self, gen: Generator[Any, Any, Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        return super().wait(gen, interval, timeout or PROBE_SECONDS)


def _resumable(gen: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
    """The same generator, which a second `wait` may go on with after the first has given up."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            wanted = gen.send(ready or 0)  # a new `wait` begins with None, which psycopg calls 0: not ready
    except StopIteration as done:
        result: Result = done.value
        return result


class Pool(ConnectionPool[PooledConnection]):
    """psycopg's, which hands out no connection that is dead, and replaces all at once where one is found to be."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._away_until = 0.0

    def getconn(self, timeout: float | None = None) -> PooledConnection:
        if timeout is None:
            timeout = AWAY_TIMEOUT if time.monotonic() < self._away_until else self.timeout
        deadline = time.monotonic() + timeout
        while True:
            try:
                connection = super().getconn(max(0.0, deadline - time.monotonic()))
            except PoolTimeout:
                self._away_until = time.monotonic() + AWAY_SECONDS
                raise
            if connection.is_usable():
                return connection
            connection.close()
            self.putconn(connection)  # which makes another
            self.drain()  # and so for the rest: what happened to one has happened to all

    def server_hangs(self) -> None:
        """Close all connections to a server that hangs, so that no other thread waits for one."""
        self._away_until = time.monotonic() + AWAY_SECONDS
        self.drain()
