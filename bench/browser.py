"""A browser for measuring: one kept-open connection, cookies, forms."""

from __future__ import annotations

import http.client
import io
import re
import select
import socket
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

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
        forms = _FormReader.read(answer.body)
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


class _FormReader(HTMLParser):
    @classmethod
    def read(cls, page: str) -> list[Form]:
        reader = cls()
        reader.feed(page)
        return reader.forms

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.inert = 0
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.textarea: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "template":
            self.inert += 1  # what is in there a browser neither shows nor sends
        if tag == "form" and not self.inert:
            self.open = Form(given.get("action", ""))
            self.forms.append(self.open)
        elif self.open is None or self.inert:
            return
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("submit", "button", "image", "reset", "file"):
                return
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.open.fields.append((name, given.get("value", "")))
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.textarea = (name, [])

    def handle_data(self, data: str) -> None:
        if self.textarea is not None:
            self.textarea[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.inert -= 1
        elif self.inert:
            return
        elif tag == "form":
            self.open = None
        elif tag == "select" and self.open is not None and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen]
            if chosen or self.options:
                self.open.fields.append((self.select, chosen[0] if chosen else self.options[0][0]))
            self.select = ""
        elif tag == "textarea" and self.textarea is not None:
            if self.open is not None:
                self.open.fields.append((self.textarea[0], "".join(self.textarea[1]).removeprefix("\n")))
            self.textarea = None
