"""`python -m bench.admin`: the admin over 1,000 programs and a million students, page by page.

The time of the server alone, measured in this process: middleware, view, database and rendering, without a network.
Fills the folder of `python -m bench` where it is empty.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

from .database import add_options, prepared

MOST_MS, MOST_QUERIES = 300, 15
"""What issue 4 allows the list of students."""
ROUNDS = 15


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. 1 where a page of the goal is slower or asks more than allowed."""
    parser = argparse.ArgumentParser(prog="python -m bench.admin", description=__doc__)
    add_options(parser)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    database = prepared(options)
    large, small = (database.subject(name) for name in ("scale-large", "scale-small"))
    return _measure(large, small, options.rounds)


def _pages(large: Any, small: Any) -> list[tuple[str, str, str, bool]]:
    """(mode, what, address, whether the goal of the issue holds for it)."""
    from programs.scope import use_program
    from students.models import Student

    with use_program(large.program, read_only=True):
        number = Student.objects.values_list("student_id", flat=True).get(pk=large.student_ids[0])
    students = "/admin/students/student/"
    lists = [
        ("first page", students, True),
        ("page 20", f"{students}?p=20", False),
        ("search by number", f"{students}?q={number}", True),
        ("search by a name", f"{students}?q={large.words[0]}", False),
        ("filter by status", f"{students}?status__exact=graduated", False),
    ]
    every = [
        *lists,
        ("filter by the large program", f"{students}?program__id__exact={large.program}", True),
        ("filter by a small program", f"{students}?program__id__exact={small.program}", True),
        ("lessons", "/admin/courses/lesson/", False),
        ("programs", "/admin/programs/program/", False),
    ]
    both = [
        ("overview", "/admin/", False),
        ("command palette", f"/admin/search/?extended=1&s={large.words[0]}", False),
        ("history of everything", "/admin/history/", False),
        ("a student", f"{students}{large.student_ids[0]}/change/", False),
    ]
    return [
        *(("all", *page) for page in (*every, *both)),
        *((str(large.program), *page) for page in (*lists, *both)),
        *((str(small.program), *page) for page in lists),
    ]


def _measure(large: Any, small: Any, rounds: int) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import User
    from programs.testing import PageClient

    client = PageClient(User.objects.get(username="super"), headers={"host": "localhost"})
    names = {
        "all": "all programs",
        str(large.program): f"one of {large.size:,}",
        str(small.program): f"one of {small.size:,}",
    }
    missed = 0
    print(f"{'rows of':<16} {'page':<30} {'median':>9} {'best':>9} {'queries':>8}")
    for mode, what, path, goal in _pages(large, small):
        client.enter(mode)
        client.get(path)  # what is read once for the process
        with CaptureQueriesContext(connection) as sent:
            answer = client.get(path)
            asked = len(sent)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        times = []
        for _ in range(rounds):
            begun = time.perf_counter()
            client.get(path)
            times.append((time.perf_counter() - begun) * 1000)
        median = statistics.median(times)
        over = goal and (median > MOST_MS or asked > MOST_QUERIES)
        missed += over
        print(
            f"{names[mode]:<16} {what:<30} {median:>6.0f} ms {min(times):>6.0f} ms {asked:>8}{'  over' if over else ''}",
            flush=True,
        )
    print(
        f"Goal: under {MOST_MS} ms and at most {MOST_QUERIES} queries for first page, number and program filter: "
        f"{'met' if not missed else f'missed by {missed}'}."
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
