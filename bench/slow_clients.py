"""Clients that hold a server up: `python -m bench.slow_clients http://127.0.0.1:8000`, for any server.

With an https address the clients speak TLS; whose certificate it is does not matter.

For each kind of them it says how many of the pages asked for meanwhile were answered within two seconds, and the
longest wait; at the end, after how many seconds the server gave one of each kind up.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

SECONDS, WAIT = 6, 2.0
#: What a client of each kind sends at first; the names say what it does slowly from then on, or never.
KINDS = {
    "silent": b"",
    "headers": b"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Slow: ",
    "body": b"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 10000\r\n\r\nx",
    "reader": b"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n" * 100,
}
NUMBERS = (("silent", 64), ("headers", 8), ("headers", 64), ("body", 16), ("body", 64), ("reader", 64))


class SlowClients:
    """`number` connections of one kind; a context manager. `dribble` sends one byte more on each."""

    def __init__(self, kind: str, number: int, port: int, path: str = "/", tls: bool = False) -> None:
        self.kind, self.number, self.port, self.path, self.tls = kind, number, port, path, tls

    def __enter__(self) -> SlowClients:
        self.sockets = [self.connect() for _ in range(self.number)]
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.sockets:
            each.close()

    def connect(self) -> socket.socket:
        made = socket.socket()
        if self.kind == "reader":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect(("127.0.0.1", self.port))
        if self.tls:
            made = anybody().wrap_socket(made)
        made.setblocking(False)
        host = f"127.0.0.1:{self.port}"
        first = KINDS[self.kind].replace(b"{path}", self.path.encode()).replace(b"{host}", host.encode())
        with contextlib.suppress(OSError):
            made.send(first)
        return made

    def dribble(self) -> None:
        if self.kind in ("headers", "body"):
            for each in self.sockets:
                with contextlib.suppress(OSError):
                    each.send(b"y")

    def given_up(self) -> int:
        """How many of them the server has answered or left."""
        gone = 0
        for each in self.sockets:
            try:
                gone += each.recv(1000) is not None
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue
            except OSError:
                gone += 1
        return gone


def anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def ask(
    port: int, path: str, timeout: float = WAIT, tls: bool = False, headers: dict[str, str] | None = None
) -> tuple[int, float]:
    """(the status of the answer, 0 where there was none; the seconds it took)."""
    began, status = time.monotonic(), 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    if tls:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=anybody())
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except OSError:
        pass
    finally:
        connection.close()
    return status, time.monotonic() - began


def waits(clients: SlowClients, path: str, seconds: float) -> Iterator[tuple[int, float]]:
    """The answers to one request after the other, while the clients stay."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        clients.dribble()
        yield ask(clients.port, path, tls=clients.tls)
        time.sleep(0.2)


def main(url: str) -> None:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    port, path = parts.port or (443 if tls else 80), parts.path or "/accounts/login/"
    for kind, number in NUMBERS:
        with SlowClients(kind, number, port, path, tls) as clients:
            time.sleep(1)
            for asked in (path, "/healthz"):
                found = list(waits(clients, asked, SECONDS / 2))
                answered = sum(status == 200 for status, _ in found)
                longest = max(seconds for _, seconds in found)
                print(f"{number:3} × {kind:8} {asked:20} {answered} of {len(found)}, {longest * 1000:.0f} ms")
    for kind in ("silent", "headers", "body"):
        with SlowClients(kind, 1, port, path, tls) as client:
            began = time.monotonic()
            while not client.given_up() and time.monotonic() - began < 120:
                client.dribble()
                time.sleep(0.5)
            print(f"{kind}: given up after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1])
