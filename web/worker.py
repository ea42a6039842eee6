"""A worker of gunicorn that buffers requests and responses, so that slow clients never block a thread.

gunicorn's own threaded worker reads a request and writes the response in one of its few threads; a client that stops
halfway blocks the thread. Here an event loop reads from and writes to all clients with non-blocking sockets:

- A request is passed to a thread once it is complete; gunicorn's parser then reads it from memory.
- The response is buffered in memory, and the loop sends it as fast as the client reads it.
- Each step has a timeout: see the constants below. At the limit of connections the one that has been waiting for its
  client longest is closed.
- The loop answers `/healthz` itself, so that needs neither a free thread nor a database.
- A request that takes longer than gunicorn's `timeout` makes gunicorn replace the process.
"""

from __future__ import annotations

import errno
import os
import re
import selectors
import socket
import sys
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import IO, Any

from django.conf import settings
from gunicorn import http
from gunicorn.errors import ConfigError
from gunicorn.workers.gthread import ThreadWorker

from performance.frames import with_room

HEAD_SECONDS = 15.0
"""Timeout from the first byte of a request to the end of its headers."""
SLOWEST_RATE = 500
"""Bytes per second. The timeout of a body or a response is HEAD_SECONDS plus its size divided by this rate."""
LONGEST_SECONDS = 300.0
"""The maximum timeout of a body or a response of any size."""
LINGER_SECONDS, LINGER_SECONDS_UNREAD = 2.0, 30.0
"""How long data is still read and discarded after the response; the second where a body was refused unread. Closing
the connection while the client sends would reset it, and the client would not see the response."""
STUCK_SECONDS = 5.0
"""How long a process with a stuck request still finishes its other requests."""
POLL_SECONDS = 0.5
"""How often the loop checks for timeouts."""
LARGEST_HEAD = 64 * 1024
MOST_RECEIVED = 64 * 1024 * 1024
"""Bytes of buffered requests, of all clients together."""

END_OF_HEAD = b"\r\n\r\n"
HEADER = re.compile(
    rb"^(content-length|transfer-encoding|expect)[ \t]*:[ \t]*(.*?)[ \t]*\r$", re.IGNORECASE | re.MULTILINE
)


def health_request(below: str) -> re.Pattern[bytes]:
    """Matches the request line of /healthz, with or without the prefix `below` (SCRIPT_NAME)."""
    base = re.escape(below.rstrip("/").encode())
    return re.compile(rb"(GET|HEAD) (" + base + rb")?/healthz(\?\S*)? HTTP/1\.")


HEALTH = health_request(os.environ.get("SCRIPT_NAME", ""))  # Django is not set up yet


def plain(status: str, text: str) -> bytes:
    """A response in plain text that closes the connection."""
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\nCache-Control: no-store\r\n"
    return (
        f"{head}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
    )


def request_size(head: bytes) -> tuple[int, bool, bool]:
    """(bytes of the body to wait for, whether the body is refused unread, whether to send 100 Continue)."""
    headers = HEADER.findall(head)
    found: dict[bytes, bytes] = {name.lower(): value for name, value in headers}
    length = found.get(b"content-length", b"0")
    is_clear = length.isdigit() and len(length) < 20 and len(found) == len(headers)
    size = int(length) if is_clear else 0
    refused = size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE or b"transfer-encoding" in found
    continues = found.get(b"expect", b"").lower() == b"100-continue" and not refused
    return (0 if refused else size), refused, continues


class Answer:
    """Passed to gunicorn in place of the client's socket: buffers what is written."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.parts.append(data)

    def send(self, data: bytes) -> int:
        return len(data)  # "100 Continue", which the loop has sent already

    def sendfile(self, file: IO[bytes], offset: int, count: int) -> None:
        file.seek(offset)
        self.parts.append(file.read(count))

    def gettimeout(self) -> float:
        return 0.0

    def shutdown(self, how: int) -> None:
        """Nothing: the loop ends the connection."""

    def close(self) -> None:
        """Nothing: the loop ends the connection."""


class Connection:
    """A connection with its buffers: the request `received` so far, and what is left `to_send` of the response."""

    def __init__(self, sock: socket.socket, client: Any, server: Any, idle_seconds: float) -> None:
        self.socket, self.client, self.server = sock, client, server
        self.received = bytearray()
        self.to_send = memoryview(b"")
        self.keep = False
        self.lingering = False
        self.since = time.monotonic()
        self.deadline = self.since + idle_seconds
        self.busy = False
        self.working_since: float | None = None  # None also while it waits for a thread
        self.sock = Answer()  # the name that gunicorn looks for
        self.forget_request()

    def forget_request(self) -> None:
        self.head_end = self.length = 0
        self.body_refused = False

    def wait_until(self, begun: float, size: int) -> None:
        """Set the deadline for a transfer that began at `begun` and has `size` bytes."""
        self.deadline = begun + min(HEAD_SECONDS + size / SLOWEST_RATE, LONGEST_SECONDS)


def end_without_threads() -> None:
    """End the process without waiting for its threads, as Python would at exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


class BufferingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """See the module's docstring. The listeners, the pool of threads and the parsers are gunicorn's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: set[Connection] = set()
        self.stuck = False
        self.request_seconds: float = self.cfg.timeout

    @classmethod
    def check_config(cls, cfg: Any, _log: Any) -> None:
        """Raise ConfigError for settings that the loop does not support: TLS."""
        if cfg.is_ssl:
            raise ConfigError(
                "TLS is the business of a proxy in front: certfile and keyfile must not be set."
            )

    # --- the loop

    def run(self) -> None:
        self.poller.register(
            self.method_queue.fileno(), selectors.EVENT_READ, self.method_queue.run_callbacks
        )
        self.set_accept_enabled(True)
        while self.alive:
            self.notify()
            self.wait_for_and_dispatch_events(POLL_SECONDS)
            if not self.is_parent_alive():
                break
            self.end_overdue()
        self.set_accept_enabled(False)
        self.finish()

    def finish(self) -> None:
        """Finish requests that are under way, for at most `graceful_timeout` seconds, then end."""
        now = time.monotonic()
        for each in self.connections:
            if not (each.busy or each.to_send or each.received):
                each.deadline = min(each.deadline, now + LINGER_SECONDS)
        latest = now + (STUCK_SECONDS if self.stuck else self.cfg.graceful_timeout)
        while self.connections and time.monotonic() < latest:
            self.notify()
            self.wait_for_and_dispatch_events(0.2)
            self.end_overdue()
        self.tpool.shutdown(wait=False)
        if any(each.busy for each in self.connections):
            end_without_threads()
        self.poller.close()
        self.method_queue.close()

    def end_overdue(self) -> None:
        """Close connections after their deadline, and end this process where a request takes too long."""
        now = time.monotonic()
        for each in list(self.connections):
            if each.busy:
                if each.working_since and now - each.working_since > self.request_seconds and not self.stuck:
                    self.log.critical("A request takes longer than %s s; worker ends.", self.request_seconds)
                    self.stuck, self.alive = True, False
            elif now > each.deadline:
                if each.received and not each.lingering and not each.to_send:
                    self.answer(each, plain("408 Request Timeout", "The request took too long.\n"))
                else:
                    self.drop(each)

    # --- connections

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.make_room()
            elif error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED):
                raise
            return
        sock.setblocking(False)
        if len(self.connections) >= self.worker_connections and not self.make_room():
            sock.close()
            return
        connection = Connection(sock, client, listener.getsockname(), HEAD_SECONDS)
        self.connections.add(connection)
        self.await_client(connection, selectors.EVENT_READ, self.receive)

    def make_room(self) -> bool:
        """Close the connection that has been waiting for its client longest; False where none is waiting."""
        waited_for = [each for each in self.connections if not each.busy]
        if waited_for:
            self.drop(min(waited_for, key=lambda each: each.since))
        return bool(waited_for)

    def await_client(self, connection: Connection, event: int, then: Any) -> None:
        """Call `then` with the connection when it is readable or writable, as `event` says."""
        call = partial(then, connection)
        try:
            self.poller.modify(connection.socket, event, call)
        except KeyError:
            self.poller.register(connection.socket, event, call)

    def ignore_client(self, connection: Connection) -> None:
        with suppress(KeyError, ValueError):
            self.poller.unregister(connection.socket)

    def drop(self, connection: Connection) -> None:
        self.ignore_client(connection)
        self.connections.discard(connection)
        connection.socket.close()

    # --- a request

    def receive(self, connection: Connection, _: Any = None) -> None:
        try:
            data = connection.socket.recv(64 * 1024)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self.drop(connection)
        elif not connection.lingering:
            if not connection.received:
                connection.since = time.monotonic()
                connection.wait_until(connection.since, 0)
            connection.received += data
            self.advance(connection)

    def advance(self, connection: Connection) -> None:
        """Pass the request to a thread if it is complete, else wait for the rest."""
        if not connection.head_end:
            found = connection.received.find(END_OF_HEAD)
            if found < 0:
                if len(connection.received) > LARGEST_HEAD:
                    text = "The headers of the request are too long.\n"
                    self.answer(connection, plain("431 Request Header Fields Too Large", text))
                return
            connection.head_end = found + len(END_OF_HEAD)
            self.read_head(connection, bytes(connection.received[: connection.head_end]))
            if connection.to_send or connection.lingering:  # answered
                return
        if sum(len(each.received) for each in self.connections) > MOST_RECEIVED:
            largest = max(
                (each for each in self.connections if not each.busy), key=lambda each: len(each.received)
            )
            self.drop(largest)
            if largest is connection:
                return
        if len(connection.received) >= connection.length:
            self.ignore_client(connection)
            connection.busy = True
            self.enqueue_req(connection)
        else:
            connection.wait_until(connection.since, len(connection.received))

    def read_head(self, connection: Connection, head: bytes) -> None:
        """Set the length of the request from its headers. Invalid ones are refused by gunicorn's parser later."""
        if HEALTH.match(head):
            self.answer(connection, plain("200 OK", "ok\n"))
            return
        size, refused, continues = request_size(head)
        # The application refuses these by their headers alone.
        connection.body_refused = refused
        connection.length = connection.head_end + size
        if continues:
            with suppress(OSError):  # the next read notices a broken connection
                connection.socket.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    @with_room
    def handle(self, connection: Connection) -> bool:
        """Run in a thread: handle the request and buffer the response. Returns whether the connection may be kept open."""
        connection.working_since = time.monotonic()
        connection.sock = Answer()
        try:
            return self.answer_request(connection)
        finally:
            connection.to_send = memoryview(b"".join(connection.sock.parts))
            # Usually the socket takes all of it at once, without waiting for the loop.
            with suppress(OSError):
                connection.to_send = connection.to_send[connection.socket.send(connection.to_send) :]

    def answer_request(self, connection: Connection) -> bool:
        whole = bytes(connection.received[: connection.length])
        request = None
        try:
            parser = http.get_parser(self.cfg, [whole], connection.client)
            request = next(parser)
            return bool(self.handle_request(request, connection))
        except (http.errors.NoMoreData, StopIteration) as error:
            self.log.debug("Closing connection. %s", error)
        except Exception as error:  # noqa: BLE001  # as in gunicorn: any error becomes a response
            self.handle_error(request, connection.sock, connection.client, error)
        return False

    # --- an answer

    def finish_request(self, connection: Connection, done: Future[bool]) -> None:
        """Run in the loop: send the response of the thread."""
        connection.busy, connection.working_since = False, None
        connection.keep = not done.cancelled() and done.exception() is None and done.result()
        connection.keep = connection.keep and not connection.body_refused
        del connection.received[: connection.length]
        self.begin_to_send(connection)

    def answer(self, connection: Connection, data: bytes) -> None:
        """Send a response of the loop itself, and close the connection."""
        connection.keep = False
        connection.to_send = memoryview(data)
        self.begin_to_send(connection)

    def begin_to_send(self, connection: Connection) -> None:
        connection.since = time.monotonic()
        connection.wait_until(connection.since, 0)
        self.send(connection)

    def send(self, connection: Connection, _: Any = None) -> None:
        try:
            while connection.to_send:
                sent = connection.socket.send(connection.to_send)
                connection.to_send = connection.to_send[sent:]
                connection.deadline = min(
                    connection.deadline + sent / SLOWEST_RATE, connection.since + LONGEST_SECONDS
                )
        except (BlockingIOError, InterruptedError):
            self.await_client(connection, selectors.EVENT_WRITE, self.send)
        except OSError:
            self.drop(connection)
        else:
            self.sent(connection)

    def sent(self, connection: Connection) -> None:
        """After the response: wait for the next request, or close the connection once the client has read it."""
        now = connection.since = time.monotonic()
        if connection.keep and self.alive:
            connection.deadline = now + self.cfg.keepalive
            connection.forget_request()
            self.await_client(connection, selectors.EVENT_READ, self.receive)
            if connection.received:
                connection.wait_until(now, 0)
                self.advance(connection)
            return
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.drop(connection)
            return
        # What the client still sends is read and discarded.
        unread = connection.body_refused or len(connection.received) < connection.length
        connection.lingering = True
        connection.deadline = now + (LINGER_SECONDS_UNREAD if unread else LINGER_SECONDS)
        connection.received = bytearray()
        self.await_client(connection, selectors.EVENT_READ, self.receive)
