"""`python -m bench.optimisations`: what the optimisations save, page by page.

Asks for each page in this process, with the optimisations and without, in turns, and compares the processor time of
both; the time of the database is not in it. `--each` turns off one after the other. Fills a small database of its own
where there is none: how many rows it has makes no difference.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from .database import Subject, add_options, prepared

MODULES = ("prepared_queries", "constant_folding", "cached_fragments", "memoization", "frames")
REQUESTS = 5
"""In a row, without a look at the clock."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.optimisations", description=__doc__)
    add_options(parser, "bench-small", 20, 20_000)
    parser.add_argument(
        "--turns", type=int, default=20, help=f"runs of {REQUESTS} requests for each way; the best counts"
    )
    parser.add_argument("--each", action="store_true", help="turn off one after the other, too")
    options = parser.parse_args(arguments)
    subject = prepared(options).subject("scale-large")
    _compare(subject, options.turns, [("all", MODULES), *((one, (one,)) for one in MODULES if options.each)])
    return 0


def _compare(subject: Subject, turns: int, ways: list[tuple[str, tuple[str, ...]]]) -> None:
    ask = _asker(subject.username)
    print(f"{'page':<12} {'turned off':<18} {'on':>8} {'off':>8} {'saved':>7}")
    for page, path in _pages(subject).items():
        for name, modules in ways:
            on, off = _measure(lambda path=path: ask(path), modules, turns)  # type: ignore[misc]
            print(
                f"{page:<12} {name:<18} {on * 1000:>5.1f} ms {off * 1000:>5.1f} ms {1 - on / off:>6.0%}",
                flush=True,
            )


def _pages(subject: Subject) -> dict[str, str]:
    students = "/students/"
    row = f"{students}{subject.student_ids[0]}/"
    return {
        "list": students,
        "deep": f"{students}?page=1000",
        "hundred": f"{students}?size=100",
        "prefix": f"{students}?q={subject.prefixes[0]}",
        "contains": f"{students}?q={subject.words[0]}",
        "detail": row,
        "form": f"{row}edit/",
        "courses": "/courses/",
        "tree": f"/courses/{subject.course}/",
        "dashboard": "/",
    }


def _asker(username: str) -> Callable[[str], None]:
    """A function that asks for a page as somebody who is signed in, like a thread of the worker."""
    from django.core.wsgi import get_wsgi_application

    from accounts.models import User
    from performance.frames import with_room
    from programs.testing import PageClient

    application = get_wsgi_application()
    cookies = PageClient(User.objects.get(username=username)).cookies
    sent = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())

    @with_room
    def ask(path: str) -> None:
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_COOKIE": sent,
            "HTTP_ACCEPT_ENCODING": "gzip",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        said: list[str] = []
        answer: Any = application(environ, lambda status, headers, error=None: said.append(status))
        b"".join(answer)
        answer.close()
        if not said[0].startswith("200"):
            raise SystemExit(f"{path} answered {said[0]}")

    return ask


def _measure(ask: Callable[[], None], modules: tuple[str, ...], turns: int) -> tuple[float, float]:
    """Seconds of processor time for one request, with the optimisations of these modules and without."""
    best = [float("inf"), float("inf")]
    for turn in range(-1, turns):
        for way in (0, 1):
            with _without(modules if way else ()):
                ask()
                began = time.process_time()
                for _ in range(REQUESTS):
                    ask()
                seconds = (time.process_time() - began) / REQUESTS
            if turn >= 0:
                best[way] = min(best[way], seconds)
    return best[0], best[1]


@contextmanager
def _without(modules: tuple[str, ...]) -> Iterator[None]:
    """Each module asks `is_enabled` itself, so here each is answered for itself."""
    patches = [patch(f"performance.{module}.is_enabled", lambda: False) for module in modules]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


if __name__ == "__main__":
    sys.exit(main())
