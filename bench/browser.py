"""A browser for measuring: one kept-open connection, cookies, forms."""

from __future__ import annotations

import http.client
import select
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
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = headers
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

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

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**self.headers, **headers, **({"Cookie": cookies} if cookies else {})}
        self._stay_connected()
        started = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        raw = response.read()
        seconds = time.perf_counter() - started
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Answer(response.status, seconds, raw.decode(), response.headers.get("Location", ""))

    def _stay_connected(self) -> None:
        """Connect where the server has closed a connection that nobody used for a while."""
        sock = self.connection.sock
        if sock is not None and select.select([sock], [], [], 0)[0]:
            self.connection.close()
        if self.connection.sock is None:
            self.connection.connect()


class _FormReader(HTMLParser):
    """Collects the forms of a page."""

    @classmethod
    def read(cls, page: str) -> list[Form]:
        reader = cls()
        reader.feed(page)
        return reader.forms

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.textarea: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.open = Form(given.get("action", ""))
            self.forms.append(self.open)
        elif self.open is None:
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
        if tag == "form":
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
