"""Writers that add and change students through the pages, and note what was acknowledged."""

from __future__ import annotations

import http.client
import re
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 30
PATIENCE = 0.2
ROW = re.compile(r"/students/([0-9a-f-]{36})/")


@dataclass
class Record:
    """What all writers have seen. Each name is one writer's, so nothing here needs a lock but the sums."""

    sent: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    #: Of each student: what was acknowledged last, and what was sent after it without an acknowledgement.
    changed: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    acknowledged: int = 0
    signed_out: int = 0
    slowest: tuple[float, str] = (0.0, "")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: str, seconds: float, path: str) -> None:
        with self.lock:
            self.answers[answer] += 1
            if answer != "no answer":
                self.slowest = max(self.slowest, (seconds, f"{path} {answer}"))


@dataclass
class Page:
    status: int
    content: bytes
    location: str


def form_data(page: Page) -> dict[str, Any]:
    from crud.testing import form_data

    return form_data(page)


class Writer(threading.Thread):
    """One person at one browser: sends a form again until it is answered."""

    def __init__(self, port: int, session: str, record: Record) -> None:
        super().__init__(daemon=True)
        self.port, self.session, self.total = port, session, record
        self.record = SimpleNamespace(acknowledged=0)
        self.leaving = False

    def leave(self) -> None:
        self.leaving = True
        self.join(2 * TIMEOUT)

    def run(self) -> None:
        while not self.leaving:
            name = f"K{uuid.uuid4().hex[:12]}"
            row = self.add(name)
            for number in range(2):
                if row:
                    self.change(name, row, f"Changed{number}x{uuid.uuid4().hex[:8]}")

    def add(self, name: str) -> str:
        """Add a student; return its id, empty where that was not acknowledged."""
        page = self.open("/students/new/")
        if page is None:
            return ""
        values = {**form_data(page), "first_name": name, "last_name": "Load"}
        self.total.sent.append(name)
        answer = self.send("/students/new/", values)
        if answer is None:
            return ""
        self.total.added.append(name)
        self.total.changed[name] = ("Load", [])
        found = ROW.search(answer.location)
        return found[1] if found else ""

    def change(self, name: str, row: str, last_name: str) -> None:
        path = f"/students/{row}/edit/"
        page = self.open(path)
        if page is None:
            return
        self.total.changed[name][1].append(last_name)
        if self.send(path, {**form_data(page), "last_name": last_name}) is not None:
            self.total.changed[name] = (last_name, [])

    def open(self, path: str) -> Page | None:
        """The page, asked for until it comes; None where the writer leaves, or was signed out."""
        while not self.leaving:
            page = self.ask("GET", path)
            if page and page.status == 200:
                return page
            if page and page.status not in (503, 502):
                self.give_up(page, path)
                return None
            time.sleep(PATIENCE)
        return None

    def send(self, path: str, values: dict[str, object]) -> Page | None:
        """The acknowledgement, None where there was none until the writer left."""
        body = urlencode(values, doseq=True)
        until = time.monotonic() + 2 * TIMEOUT
        while time.monotonic() < until:
            page = self.ask("POST", path, body)
            if page and page.status == 302 and "/login/" not in page.location:
                with self.total.lock:
                    self.total.acknowledged += 1
                self.record.acknowledged += 1
                return page
            if page and page.status not in (503, 502):
                self.give_up(page, path)
                return None
            time.sleep(PATIENCE)
        return None

    def give_up(self, page: Page, path: str) -> None:
        """Note an answer that nobody should get."""
        if page.status in (302, 403):
            self.total.signed_out += 1
            self.leaving = True
        text = re.sub(r"<[^>]+>|\s+", " ", page.content.decode(errors="replace"))
        self.total.refused.append(f"{path} {page.status}: {text.split('Academy', 1)[-1][:200]}")

    def ask(self, method: str, path: str, body: str | None = None) -> Page | None:
        began, answer = time.monotonic(), "no answer"
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={'t' * 32}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            client.request(method, path, body, headers)
            found = client.getresponse()
            content = found.read()
            answer = str(found.status)
            return Page(found.status, content, found.headers.get("Location", ""))
        except (OSError, http.client.HTTPException):
            return None
        finally:
            client.close()
            self.total.note(answer, time.monotonic() - began, f"{method} {path}")
