"""Senseless values for every parameter, header, cookie and part of a path of every address.

One value of one request is senseless, or two; the rest is what the page itself would send. No answer may be a 500, and
none may take long.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

from allauth.mfa.totp.internal import auth as totp
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from academy.rooms import ROOMS
from accounts.factories import PASSWORD
from accounts.models import Role
from accounts.urls import ENTRANCE
from crud.testing import form_data
from programs.testing import FORM, PageClient, make_member

from .addresses import every_address
from .contract import MATRIX, Entry, ProgramFixture

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r"\.(?:GET|POST)(?:\.get|\.getlist|\.pop)?[(\[]\s*\"([\w-]+)\"")
SLOW = 3.0
"""Seconds of the processor that no answer may take."""

BEFORE_SIGN_IN = {name for _, _, names in ENTRANCE for name in names} | {
    "staff:invitation-accept",
    "staff:invitation",
}
LEAVING = {"logout"}  # the browser would go on signed out

HOSTILE: tuple[str | bytes, ...] = (
    "",
    " ",
    "abc",
    "dashboard",
    "students:student-list",
    "/students/",
    "//",
    "http://[",
    "http://[::1",
    "//[x",
    "https://evil.example/",
    "javascript:alert(1)",
    "\0",
    "a\0b",
    "%00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u202e\u200f\u200b",
    "İıſK",
    "٣²½",
    "'",
    '"><script>',
    "%",
    "\\",
    "../../../etc/passwd",
    "{{ 7 }}",
    "-1",
    "0",
    "1",
    "2",
    "1_000",
    "1e999",
    "NaN",
    "Infinity",
    "2147483648",
    "9223372036854775808",
    "-99999999999999999999",
    "9" * 5_000,
    "true",
    "null",
    "[]",
    "{}",
    '{"a": 1}',
    "[" * 20_000,
    '{"a":' * 5_000,
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00+23:59~00000000-0000-0000-0000-000000000000",
    "9999-12-31T23:59:59.999999-23:59~00000000-0000-0000-0000-000000000000",
    "~",
    "24:00",
    "1,2,3",
    "a,b,,",
    "00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-00000000000g",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "all",
    "x" * 3_000,
    "ä" * 1_000,
    "a b " * 500,
    "-" * 2_000,
    "@",
    "a@b",
    "\r\n",
    " ",
)
"""What is sent instead of a value."""

HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Host",
    "HX-Boosted",
    "HX-Current-URL",
    "HX-History-Restore-Request",
    "HX-Prompt",
    "HX-Request",
    "HX-Target",
    "HX-Trigger",
    "HX-Trigger-Name",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "Referer",
    "User-Agent",
    "X-CSRFToken",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Program-Context",
    "X-Requested-With",
)
COOKIES = (
    "sessionid",
    "csrftoken",
    "messages",
    "theme",
    "density",
    "shortcuts",
    "time_zone",
    "django_language",
)
# What libraries read, beside what our own code names.
ELSEWHERE = (
    "next",
    "page",
    "q",
    "o",
    "e",
    "p",
    "all",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "sort",
    "process",
    "scope",
    "code",
    "state",
    "error",
    "credential",
    "passkey",
    "login",
    "password",
    "username",
    "action",
    "select_across",
    "_selected_action",
    "form-TOTAL_FORMS",
    "form-INITIAL_FORMS",
    "status__exact",
    "enrollment_date__year",
    "created_at__gte",
    "id__in",
    "program__id__exact",
    "archived",
)


@dataclass(frozen=True)
class Shot:
    """One request with what is senseless in it."""

    address: str
    method: str
    place: str
    name: str
    value: str | bytes

    def __str__(self) -> str:
        shown = repr(self.value) if len(self.value) < 60 else f"{self.value[:20]!r}… ({len(self.value)})"
        return f"{self.method} {self.address}: {self.place} {self.name} = {shown}"


@cache
def names_read() -> tuple[str, ...]:
    """Every parameter that our code reads by its name, and what libraries read."""
    found = set(ELSEWHERE)
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "tests" not in path.parts:
                found.update(READ.findall(path.read_text()))
    return tuple(sorted(found))


class Range:
    """A program with rows, the people who ask, and every address with what it takes."""

    def __init__(self, fixture: ProgramFixture) -> None:
        self.fixture = fixture
        admin = PageClient(make_member(Role.PROGRAM_ADMIN, fixture.program), fixture.program)
        super_admin = PageClient(make_member(Role.SUPER_ADMIN), fixture.program)
        self.clients = {
            "admin": admin,
            "super": super_admin,
            "visitor": PageClient(),
            "halfway": halfway(fixture),
        }
        for client in (admin, super_admin):
            client.stay_seen()
        for client in self.clients.values():
            client.raise_request_exception = False
        self.entries: dict[tuple[str, str], Entry] = {(entry.name, entry.method): entry for entry in MATRIX}
        in_matrix = {entry.name for entry in MATRIX}
        self.others = [a for a in every_address(self._value) if a.name not in in_matrix | LEAVING]
        # What the forms of an address post, and the names that its code asks for; dicts, for their order.
        self.fields: dict[str, dict[str, Any]] = {}
        self.names: dict[str, dict[str, str]] = {}

    def _value(self, name: str, kind: str) -> Any:
        from students.models import Student

        return 7 if kind == "int" else self.fixture[Student].pk

    def targets(self) -> list[tuple[str, str]]:
        """(address, method) of all that can be asked."""
        others = [(a.name, method) for a in self.others for method in ("GET", "POST")]
        return [*self.entries, *others]

    def shots(self, random: Random) -> Iterator[Shot]:
        """Endless requests with something senseless, each address as often as every other."""
        targets = self.targets()
        for address, method in targets:  # as it is, for the names that it asks for
            yield Shot(address, method, "header", "User-Agent", "x")
        while True:
            random.shuffle(targets)
            for address, method in targets:
                place = random.choices(
                    ("query", "body", "header", "cookie", "path"), (6, 6 * (method == "POST"), 2, 1, 1)
                )[0]
                yield Shot(address, method, place, self._name(random, address, place), random.choice(HOSTILE))

    def _name(self, random: Random, address: str, place: str) -> str:
        if place == "header":
            return random.choice(HEADERS)
        if place == "cookie":
            return random.choice(COOKIES)
        own = [*self.fields.get(address, ()), *self.names.get(address, ())]
        return random.choice(own) if own and random.random() < 0.9 else random.choice(names_read())

    def fire(self, shot: Shot) -> str:
        """What is wrong with the answer; "" where nothing is. Nothing stays of what was done."""
        raised: list[str] = []

        def note(**_: Any) -> None:
            raised.append(traceback.format_exc(limit=-3))

        got_request_exception.connect(note)
        try:
            with transaction.atomic():
                began = time.process_time()
                status, asked = self._ask(shot)
                took = time.process_time() - began
                transaction.set_rollback(True)
        except Exception:  # noqa: BLE001  whatever comes is what we look for
            return f"{shot} raised {traceback.format_exc(limit=-3)}"
        finally:
            got_request_exception.disconnect(note)
        if status >= 500:
            return f"{shot} ({asked[:100]}) is a {status}: {''.join(raised)}"
        return f"{shot} took {took:.1f} s" if took > SLOW else ""

    @contextmanager
    def _learning(self, address: str) -> Iterator[None]:
        """Remember the names that the code of an address asks the query and the body for."""
        known = self.names.setdefault(address, {})
        one, several = MultiValueDict.__getitem__, MultiValueDict._getlist  # type: ignore[attr-defined]

        def get_one(parameters: Any, name: Any) -> Any:
            if isinstance(parameters, QueryDict):
                known.setdefault(str(name), "")
            return one(parameters, name)

        def get_several(parameters: Any, name: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(parameters, QueryDict):
                known.setdefault(str(name), "")
            return several(parameters, name, *args, **kwargs)

        MultiValueDict.__getitem__, MultiValueDict._getlist = get_one, get_several  # type: ignore[method-assign, attr-defined]
        try:
            yield
        finally:
            MultiValueDict.__getitem__, MultiValueDict._getlist = one, several  # type: ignore[method-assign, attr-defined]

    def _ask(self, shot: Shot) -> tuple[int, str]:
        path, data, client = self._prepared(shot)
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        headers: dict[str, str] = {}
        text = shot.value.decode("latin-1") if isinstance(shot.value, bytes) else shot.value
        line = re.sub(r"[\0\r\n]", "", text).encode().decode("latin-1")  # a server lets no others through
        if shot.place == "path":
            parts = path.strip("/").split("/")
            path = "/" + "/".join([*parts[:-1], quoted(shot.value[:200]), ""])
        elif shot.place == "query":
            path += f"{'&' if '?' in path else '?'}{shot.name}={quoted(shot.value)}"
        elif shot.place == "header":
            headers[shot.name] = line
        elif shot.place == "cookie":
            client.cookies[shot.name] = line[:4000]
        body = urlencode({k: v for k, v in data.items() if k != shot.name and v is not None}, doseq=True)
        if shot.place == "body":
            body += f"&{shot.name}={quoted(shot.value)}"
        try:
            extra = {"data": body, "content_type": FORM} if shot.method == "POST" else {}
            extra |= {"HTTP_HOST": headers.pop("Host")} if "Host" in headers else {}
            with self._learning(shot.address):
                answer = client.generic(shot.method, path, headers=headers, **extra)
            if shot.method == "GET" and answer.status_code == 200:
                self._learn(shot.address, answer)
            return int(answer.status_code), path
        finally:
            client.cookies = SimpleCookie(cookies)

    def _prepared(self, shot: Shot) -> tuple[str, dict[str, Any], PageClient]:
        """The path, what the page itself would send, and who asks."""
        entry = self.entries.get((shot.address, shot.method))
        context = {"program_context": str(self.fixture.program.pk)}
        if entry is not None:
            fixture = self.fixture.anew()
            data = entry.prepared(fixture)
            self.fields.setdefault(shot.address, {}).update(data)
            return (
                entry.url(fixture),
                {**data, **context},
                self.clients["super" if entry.outside else "admin"],
            )
        address = next(a for a in self.others if a.name == shot.address)
        path = self._admin_path(shot.address) or address.path
        visiting = not shot.address.startswith("admin:") and "mfa_" not in shot.address
        return (
            path,
            {**self.fields.get(shot.address, {}), **context},
            self.clients["visitor" if visiting else "super"],
        )

    def _admin_path(self, name: str) -> str:
        """The address of a row of the program in the admin."""
        for model, row in self.fixture.rows.items():
            label = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
            if name.startswith(label) and name.removeprefix(label) in ("change", "delete", "history"):
                return reverse(name, args=[row.pk])
        return ""

    def _learn(self, address: str, answer: Any) -> None:
        """Remember what the forms of a page post and what its links ask for."""
        known = self.fields.setdefault(address, {})
        with suppress(Exception):  # a page without a form
            known.update(form_data(answer))
        if "text/html" in answer.get("Content-Type", ""):
            names = self.names.setdefault(address, {})
            names |= dict.fromkeys(re.findall(r"[?&;]([\w-]+)=", answer.text)[:60], "")


def halfway(fixture: ProgramFixture) -> PageClient:
    """A browser of somebody who has given the password and not the code."""
    user = make_member(Role.TUTOR, fixture.program)
    totp.TOTP.activate(user, totp.generate_totp_secret())
    client = PageClient()
    client.post("/accounts/login/", {"username": user.username, "password": PASSWORD})
    return client


def quoted(value: str | bytes) -> str:
    return quote_from_bytes(value if isinstance(value, bytes) else value.encode(), safe="")
