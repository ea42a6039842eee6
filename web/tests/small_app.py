"""A WSGI application for the tests of the worker: it says what it was given. And the settings that the worker reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
OPTIMISATIONS = True


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/file":
        start_response(
            "200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(Path(__file__).stat().st_size))]
        )
        return environ["wsgi.file_wrapper"](open(__file__, "rb"))
    seconds, _, size = environ["QUERY_STRING"].partition("-")
    time.sleep(float(seconds or 0))
    received = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    answer = b"x" * int(size) if size else b"%s %d" % (environ["REQUEST_METHOD"].encode(), len(received))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
