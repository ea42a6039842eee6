"""What is measured, and the measuring: each round asks Academy, the plain admin and the bare SQL in turn.

Every page is asked for over a kept-open connection by a signed-in browser that reads it to the end. A list
of the plain admin shows 100 rows, one of Academy 25: both as they come; `hundred` compares 100 with 100, and
the deep page starts at the same row in both.
Searches and rows change from round to round. A created student is posted from a form that was fetched
before, with its token and the program of its page; only the POST counts.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from database import RUNTIME

from .bare import Bare
from .browser import Answer, Browser
from .database import MARK, PASSWORD, BenchError, Database, Subject
from .plain.sites import PROGRAM_HEADER

ACADEMY, PLAIN, MILLION, BARE = "academy", "plain", "million", "bare"
FIRST_PART = "plain_first_part"
SEARCHES = ("prefix", "contains")
LISTS = ("list", "deep")
ROWS, PLAIN_ROWS = 25, 100
"""Rows of a page, in Academy and in the plain admin, each as it comes."""
DEEP_PAGE = 1000
TITLES = {
    "list": "list, first page",
    "deep": "list, page 1,000",
    "hundred": "list, 100 rows",
    "prefix": "prefix search",
    "contains": "contains search",
    "detail": "detail",
    "create": "create",
    "tree": "course tree",
    "dashboard": "dashboard",
}
THREADS = 8

Sample = Callable[[int], float]

STUDENTS, PLAIN_STUDENTS = "/students/", "/admin/plain/student/"


@dataclass
class Times:
    """Seconds of one page asked in one way."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]


@dataclass
class Measured:
    """The times of the pages of one subject, by page and way."""

    subject: Subject
    times: dict[str, dict[str, Times]] = field(default_factory=dict)


class Round:
    def __init__(
        self, database: Database, subject: Subject, academy: int, plain: int, *, million: bool
    ) -> None:
        self.subject, self.million = subject, million
        self.browsers = {
            ACADEMY: Browser(academy),
            PLAIN: Browser(plain, **{PROGRAM_HEADER: str(subject.program)}),
            MILLION: Browser(plain),
        }
        self.browsers[ACADEMY].sign_in("/accounts/login/", subject.username, PASSWORD)
        self.browsers[PLAIN].sign_in("/admin/login/", "bench", PASSWORD)
        self.browsers[MILLION].cookies = self.browsers[PLAIN].cookies
        self.bare = Bare(database.url(RUNTIME), subject, skipped=(deep_page(subject) - 1) * ROWS)

    def samples(self) -> dict[str, dict[str, Sample]]:
        """For each page the ways to ask for it; a way takes the number of the round, gives seconds."""
        over_all = (*LISTS, *SEARCHES) if self.million else ()
        return {
            page: {way: sample for way, sample in ways.items() if way != MILLION or page in over_all}
            for page, ways in {**self._lists(), **self._searches(), **self._rows(), **self._others()}.items()
        }

    def _lists(self) -> dict[str, dict[str, Sample]]:
        bare, page = self.bare, deep_page(self.subject)
        students, admin = STUDENTS, PLAIN_STUDENTS
        deep, same_depth = f"?page={page}", f"?p={(page - 1) * ROWS // PLAIN_ROWS + 1}"
        return {
            "list": {
                **self._pages(lambda n: students, lambda n: admin),
                BARE: lambda n: bare.seconds(bare.first_page(), students),
            },
            "deep": {
                **self._pages(lambda n: students + deep, lambda n: admin + same_depth),
                BARE: lambda n: bare.seconds(bare.deep_page(), students + deep),
            },
            "hundred": {
                ACADEMY: lambda n: self._read(ACADEMY, f"{students}?size={PLAIN_ROWS}"),
                PLAIN: lambda n: self._read(PLAIN, admin),
                BARE: lambda n: bare.seconds(bare.hundred_rows(), f"{students}?size={PLAIN_ROWS}"),
            },
        }

    def _searches(self) -> dict[str, dict[str, Sample]]:
        bare, prefixes, words = self.bare, self.subject.prefixes, self.subject.words

        def query(texts: tuple[str, ...], number: int) -> str:
            return f"?q={quote(_pick(texts, number))}"

        def pages(texts: tuple[str, ...]) -> dict[str, Sample]:
            return self._pages(
                lambda n: STUDENTS + query(texts, n), lambda n: PLAIN_STUDENTS + query(texts, n)
            )

        first_prefix, first_word = STUDENTS + query(prefixes, 0), STUDENTS + query(words, 0)
        return {
            "prefix": {
                **pages(prefixes),
                BARE: lambda n: bare.seconds(bare.prefix(_pick(prefixes, n)), first_prefix),
            },
            "contains": {
                **pages(words),
                BARE: lambda n: bare.seconds(bare.contains(_pick(words, n)), first_word),
            },
        }

    def _rows(self) -> dict[str, dict[str, Sample]]:
        bare, students, admin = self.bare, STUDENTS, PLAIN_STUDENTS

        def row(number: int) -> Any:
            return _pick(self.subject.student_ids, number)

        first_row = f"{students}{row(0)}/"
        return {
            "detail": {
                **self._pages(lambda n: f"{students}{row(n)}/", lambda n: f"{admin}{row(n)}/change/"),
                BARE: lambda n: bare.seconds(bare.detail(row(n)), first_row),
            },
            "create": {
                ACADEMY: lambda n: self._create(ACADEMY, f"{students}new/", n),
                PLAIN: lambda n: self._create(PLAIN, f"{admin}add/", n),
                BARE: lambda n: bare.seconds(bare.create(n)),
            },
        }

    def _others(self) -> dict[str, dict[str, Sample]]:
        bare, course = self.bare, f"/courses/{self.subject.course}/"
        # The plain admin shows a tree on several pages: those of the course, its curricula, its modules.
        parts = [f"/admin/plain/{kind}/{pk}/change/" for kind, pk in self.subject.tree]
        return {
            "tree": {
                ACADEMY: lambda n: self._read(ACADEMY, course),
                PLAIN: lambda n: sum(self._read(PLAIN, part) for part in parts),
                FIRST_PART: lambda n: self._read(PLAIN, parts[0]),
                BARE: lambda n: bare.seconds(bare.tree(), course),
            },
            "dashboard": {
                **self._pages(lambda n: "/", lambda n: "/admin/"),
                BARE: lambda n: bare.seconds(bare.dashboard(), "/"),
            },
        }

    def _pages(self, academy: Callable[[int], str], plain: Callable[[int], str]) -> dict[str, Sample]:
        return {
            ACADEMY: lambda number: self._read(ACADEMY, academy(number)),
            PLAIN: lambda number: self._read(PLAIN, plain(number)),
            MILLION: lambda number: self._read(MILLION, plain(number)),
        }

    def _read(self, way: str, path: str) -> float:
        return _expect(200, path, self.browsers[way].get(path)).seconds

    def _create(self, way: str, path: str, number: int) -> float:
        form = self.browsers[way].form(path, "first_name")
        fields = form.filled(**_new_student(f"{way}{number}"))
        if way == PLAIN:
            fields.append(("program", str(self.subject.program)))
        return _expect(302, path, self.browsers[way].post(path, fields)).seconds


def deep_page(subject: Subject) -> int:
    """The deep page of a program: 1,000, or its last."""
    return max(1, min(DEEP_PAGE, -(-subject.size // ROWS)))


def run(rounds: Iterable[Round], number: int, warm_up: int, say: Callable[[str], None]) -> list[Measured]:
    """Take `number` samples of everything after `warm_up` that don't count."""
    plans = [(one.samples(), Measured(one.subject)) for one in rounds]
    for turn in range(-warm_up, number):
        for pages, measured in plans:
            for page, ways in pages.items():
                for way, sample in ways.items():
                    seconds = sample(turn + warm_up)
                    if turn >= 0:
                        measured.times.setdefault(page, {}).setdefault(way, Times()).seconds.append(seconds)
        say(f"round {turn + 1} of {number}" if turn >= 0 else "warming up")
    return [measured for _, measured in plans]


@dataclass
class Crowd:
    """Many at once: how many students were created, how many numbers they got, what went wrong."""

    wanted: int
    created: int
    distinct: int
    errors: list[str]
    seconds: float


def crowd(database: Database, signed_in: Browser, port: int, wanted: int) -> Crowd:
    """8 threads create `wanted` students through the form. The rows stay until `remove_created`."""
    errors: list[str] = []
    before = len(database.numbers())
    path = "/students/new/"

    def work(place: int) -> None:
        browser = Browser(port)
        browser.cookies = dict(signed_in.cookies)
        for number in range(place, wanted, THREADS):
            try:
                form = browser.form(path, "first_name")
                fields = form.filled(**_new_student(f"crowd{number}"))
                _expect(302, path, browser.post(path, fields))
            except (BenchError, OSError) as error:
                errors.append(str(error))

    threads = [threading.Thread(target=work, args=[place]) for place in range(THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    numbers = database.numbers()
    return Crowd(wanted, len(numbers) - before, len(set(numbers)) - before, errors, seconds)


def _pick(values: tuple[Any, ...], number: int) -> Any:
    return values[number % len(values)]


def _new_student(key: str) -> dict[str, str]:
    return {
        "first_name": "Measured",
        "last_name": "Student",
        "email": f"{key}{MARK}",
        "enrollment_date": "2024-09-01",
        "status": "active",
    }


def _expect(status: int, path: str, answer: Answer) -> Answer:
    if answer.status != status:
        raise BenchError(f"{path} answered {answer.status} instead of {status}.\n{answer.body[:2000]}")
    return answer
