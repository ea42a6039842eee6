"""The worker process: a slow client holds no thread, for no longer than said, and leaves room for others."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.errors import ConfigError

from bench.slow_clients import SlowClients, ask
from tools.ports import unused_port
from web.tests import small_app
from web.worker import BufferingWorker, health_request

ROOT = Path(__file__).resolve().parent.parent.parent

MOST_RECEIVED = 1_000_000
CONFIG = """
import web.worker as worker
workers, threads, worker_class = 1, 2, "web.worker.BufferingWorker"
control_socket_disable, loglevel, graceful_timeout = True, "critical", 5
"""
SHORT_REQUESTS = """
def post_worker_init(worker):
    worker.request_seconds = 1
"""
START_SECONDS = 30


@contextlib.contextmanager
def served(**changed: Any) -> Iterator[tuple[int, int]]:
    """(the port, the process) of one worker with two threads and a small application.

    `changed` are limits of the worker in capitals, or settings of gunicorn.
    """
    lines = [changed.pop("post_worker_init", "")]
    lines += [f"{'worker.' if name.isupper() else ''}{name} = {value!r}" for name, value in changed.items()]
    with tempfile.NamedTemporaryFile("w", suffix=".py") as config:
        config.write("\n".join([CONFIG, *lines]))
        config.flush()
        port = unused_port()
        command = [sys.executable, "-m", "gunicorn", "-c", config.name, f"-b127.0.0.1:{port}"]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": small_app.__name__}
        process = subprocess.Popen([*command, "web.tests.small_app:application"], cwd=ROOT, env=environment)
        deadline = time.monotonic() + START_SECONDS
        try:
            while ask(port, "/", 1)[0] != 200:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(HEAD_SECONDS=1.0, MOST_RECEIVED=MOST_RECEIVED) as (port, _):
        yield port


def talk(port: int, sent: bytes, seconds: float = 5) -> bytes:
    """All that is answered to the bytes, until the server ends the connection or the time is over."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
        client.sendall(sent)
        received = bytearray()
        with contextlib.suppress(TimeoutError):
            while part := client.recv(65536):
                received += part
        return bytes(received)


def status(received: bytes) -> int:
    return int(received.split(None, 2)[1])


def post(length: int, body: bytes = b"", *headers: str) -> bytes:
    lines = ["POST / HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# ---- requests as they should be


def test_a_request_arrives_whole_in_whatever_pieces_it_comes(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post(5, b"hello"):
            client.sendall(bytes([byte]))
        assert client.recv(65536).endswith(b"POST 5")


def test_requests_on_one_connection_are_answered_in_turn(port: int) -> None:
    one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    received = talk(port, one + one + post(3, b"abc"))
    assert re.findall(rb"(GET|POST) (\d)", received) == [(b"GET", b"0"), (b"GET", b"0"), (b"POST", b"3")]


def test_a_client_that_asks_first_is_told_to_go_on(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(post(5, b"", "Expect: 100-continue"))
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_a_large_answer_arrives_whole(port: int) -> None:
    received = talk(port, b"GET /?0-20000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 20)
    assert len(received.partition(b"\r\n\r\n")[2]) == 20_000_000


def test_a_file_arrives_whole(port: int) -> None:
    received = talk(port, b"GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.partition(b"\r\n\r\n")[2] == Path(small_app.__file__).read_bytes()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000, 431),
        (b"GET /" + b"y" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ],
)
def test_what_is_no_request_is_refused(port: int, sent: bytes, expected: int) -> None:
    assert status(talk(port, sent)) == expected


def test_tls_is_refused_at_the_start() -> None:
    config = Config()
    BufferingWorker.check_config(config, None)
    config.set("certfile", "/etc/ssl/some.pem")
    with pytest.raises(ConfigError, match="proxy in front"):
        BufferingWorker.check_config(config, None)


# ---- slow clients


def test_a_slow_client_is_given_up(port: int) -> None:
    with contextlib.ExitStack() as stack:
        kinds = [stack.enter_context(SlowClients(kind, 3, port)) for kind in ("silent", "headers", "body")]
        end, left = time.monotonic() + 25, [3, 3, 3]
        while any(left):
            assert time.monotonic() < end, left
            for number, clients in enumerate(kinds):
                clients.dribble()
                left[number] -= clients.given_up() if left[number] else 0
            time.sleep(0.1)
    assert ask(port, "/")[0] == 200


def test_a_slow_body_is_told_so_and_a_steady_one_is_waited_for(port: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as slow,
        socket.create_connection(("127.0.0.1", port), timeout=5) as client,
    ):
        slow.sendall(post(100, b"x"))
        client.sendall(post(10_000, b"x" * 1_000))
        for _ in range(9):  # longer than HEAD_SECONDS, at more than the slowest rate
            time.sleep(0.15)
            client.sendall(b"x" * 1_000)
        assert client.recv(65536).endswith(b"POST 10000")
        assert status(slow.recv(65536)) == 408


def test_a_client_that_does_not_take_its_answer_is_given_up() -> None:
    with served(HEAD_SECONDS=1.0, LONGEST_SECONDS=1.5) as (port, pid):
        (worker,) = children(pid)
        with SlowClients("reader", 20, port, "/?0-500000"):
            wait_for(lambda: len(connections(worker)) >= 20, 10)
            assert [ask(port, "/")[0] for _ in range(5)] == [200] * 5
            wait_for(lambda: len(connections(worker)) < 5, 10)


def test_however_many_there_are_the_next_one_is_answered() -> None:
    with served(worker_connections=20) as (port, _), contextlib.ExitStack() as stack:
        kinds = [stack.enter_context(SlowClients(kind, 100, port)) for kind in ("silent", "headers", "body")]
        for _ in range(5):
            for clients in kinds:
                clients.dribble()
            assert ask(port, "/")[0] == 200


def test_without_file_descriptors_the_next_one_is_answered() -> None:
    with served() as (port, pid):
        (worker,) = children(pid)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (40, 40))
        with SlowClients("headers", 60, port) as clients:
            for _ in range(5):
                clients.dribble()
                assert ask(port, "/")[0] == 200
        assert children(pid) == [worker]


def test_what_is_received_is_bounded(port: int) -> None:
    """Three clients of four tenths of what is taken at once: the one that has sent most has to go, and only it."""
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(3)
        ]
        for number, client in enumerate(clients):
            client.sendall(post(2_000_000, b"x" * (MOST_RECEIVED * 4 // 10 - number)))
        ended = [is_ended(client) for client in clients]
        assert ended.count(True) == 1
        assert ask(port, "/")[0] == 200


def is_ended(client: socket.socket) -> bool:
    """Whether the server ends the connection at once, with no answer."""
    client.settimeout(0.3)
    try:
        return client.recv(10) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def test_a_body_that_is_refused_is_read_away_so_that_the_page_is_seen(port: int) -> None:
    """The small application does not refuse by the size: it gets no byte of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(post(50_000_000))
        for _ in range(50):
            client.sendall(b"x" * 1_000_000)
        received = bytearray()
        while part := client.recv(65536):
            received += part
    assert received


# ---- /healthz, and a process that is stuck


def test_healthz_needs_no_thread(port: int) -> None:
    busy = [threading.Thread(target=ask, args=(port, "/?1", 5)) for _ in range(4)]
    for each in busy:
        each.start()
    time.sleep(0.3)
    for _ in range(10):
        assert ask(port, "/healthz") == (200, pytest.approx(0, abs=0.5))
    assert talk(port, b"HEAD /healthz HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 OK")
    assert any(each.is_alive() for each in busy)
    for each in busy:
        each.join()


@pytest.mark.parametrize("below", ["", "/academy", "/academy/"])
def test_healthz_is_known_below_a_path_and_without_it(below: str) -> None:
    base = below.rstrip("/")
    for path in (f"{base}/healthz", "/healthz", f"{base}/healthz?x=1"):
        assert health_request(below).match(f"GET {path} HTTP/1.1\r\n".encode())
    for path in ("/other/healthz", f"{base}/healthzz", f"{base}healthz", f"{base}//healthz"):
        assert not health_request(below).match(f"GET {path} HTTP/1.1\r\n".encode())


def test_a_process_whose_request_never_ends_is_replaced() -> None:
    with served(post_worker_init=SHORT_REQUESTS, STUCK_SECONDS=0.5) as (port, pid):
        before = children(pid)
        stuck = threading.Thread(target=ask, args=(port, "/?60", 20))
        stuck.start()
        wait_for(lambda: (now := children(pid)) and now != before, 30)
        wait_for(lambda: ask(port, "/")[0] == 200, 20)
        stuck.join()


def test_what_was_sent_before_the_end_is_answered() -> None:
    with served() as (port, pid):
        answers: list[int] = []
        asking = threading.Thread(target=lambda: answers.append(ask(port, "/?1", 5)[0]))
        asking.start()
        time.sleep(0.3)
        os.kill(pid, signal.SIGTERM)
        asking.join()
        assert answers == [200]


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def connections(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found += [name for name in [str(link.readlink())] if name.startswith("socket:")]
    return found


def wait_for(true: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)
