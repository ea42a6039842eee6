"""A browser for measuring: one kept-open connection, cookies, forms."""

from __future__ import annotations

import http.client
import io
import re
import select
import socket
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag

from .database import BenchError


@dataclass
class Answer:
    """What came back, and the seconds from sending the request to the last byte."""

    status: int
    seconds: float
    body: str
    location: str = ""


@dataclass
class Form:
    """A form of a page: its address and what a browser would send if nobody touched it."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, **values: str) -> list[tuple[str, str]]:
        """Its fields with `values` in place of what stood there."""
        return [(name, value) for name, value in self.fields if name not in values] + list(values.items())


class Browser:
    """One visitor of the server at `port`. Not for use by two threads at once."""

    def __init__(self, port: int, **headers: str) -> None:
        self.port, self.headers = port, headers
        self.connection: socket.socket | None = None
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, b"", {})

    def post(self, path: str, fields: list[tuple[str, str]]) -> Answer:
        body = urlencode(fields).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def form(self, path: str, holding: str) -> Form:
        """The form of the page at `path` that has a field named `holding`."""
        answer = self.get(path)
        forms = forms_of(answer.body)
        found = next((form for form in forms if any(name == holding for name, _ in form.fields)), None)
        if found is None:
            raise BenchError(f"{path} answered {answer.status} without a form that has {holding!r}.")
        found.action = found.action or path
        return found

    def sign_in(self, path: str, username: str, password: str) -> None:
        form = self.form(path, "password")
        answer = self.post(path, form.filled(username=username, password=password))
        if answer.status != 302:
            raise BenchError(f"{username} could not sign in at {path}: {answer.status}.")

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Host": f"127.0.0.1:{self.port}", **self.headers, **headers}
        sent |= {"Cookie": cookies} if cookies else {}
        sent |= {"Content-Length": str(len(body))} if method == "POST" else {}
        head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
        message = "\r\n".join(head).encode("ascii") + body
        connection = self._connected()
        # The clock runs while bytes are on their way: making and reading them is not the server's work.
        started = time.perf_counter()
        connection.sendall(message)
        received = _whole_answer(connection)
        seconds = time.perf_counter() - started
        response = http.client.HTTPResponse(_Received(received), method=method)  # type: ignore[arg-type]
        response.begin()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        text = response.read().decode()
        return Answer(response.status, seconds, text, response.headers.get("Location", ""))

    def _connected(self) -> socket.socket:
        """The connection; a new one where the server has closed what nobody used for a while."""
        if self.connection is not None and select.select([self.connection], [], [], 0)[0]:
            self.connection.close()
            self.connection = None
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=120)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.connection


LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


def _whole_answer(connection: socket.socket) -> bytes:
    """The bytes of one answer, which says how long it is."""
    received, whole = bytearray(), 0
    while not whole or len(received) < whole:
        part = connection.recv(1 << 16)
        received += part
        head = received.find(b"\r\n\r\n") + 4
        if head > 4 and not whole:
            length = LENGTH.search(received, 0, head)
            whole = head + int(length[1]) if length else -1
        if not part or whole < 0:
            raise BenchError(
                f"An answer broke off, or does not say how long it is: {bytes(received[:2000])!r}"
            )
    return bytes(received)


class _Received:
    """What has arrived, in the place of the socket that http.client reads an answer from."""

    def __init__(self, received: bytes) -> None:
        self.received = received

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.received)


def forms_of(page: str) -> list[Form]:
    """The forms of a page. What is in a <template> a browser neither shows nor sends."""
    document = BeautifulSoup(page, "html.parser")
    for template in document("template"):
        template.decompose()
    return [
        Form(
            str(form.get("action", "")),
            [(str(field["name"]), value) for field in form.select("[name]") for value in _sent(field)],
        )
        for form in document("form")
    ]


def _sent(field: Tag) -> list[str]:
    """The value that a field of a form sends, if any."""
    if field.name == "select":
        options = field.select("option[selected]") or field("option")
        return [str(option.get("value", "")) for option in options[:1]]
    if field.name == "textarea":
        return [field.get_text().removeprefix("\n")]
    kind = field.get("type")
    unsent = kind in ("submit", "button", "image", "reset", "file")
    if field.name != "input" or unsent or (kind in ("checkbox", "radio") and not field.has_attr("checked")):
        return []
    return [str(field.get("value", ""))]
