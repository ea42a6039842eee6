"""The access log of gunicorn, without the queries of addresses and other secrets."""

from __future__ import annotations

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

from web.logs import SECRET_NAME, LogFormatter, without_secrets

QUERY = re.compile(r"(\s/[^\s?]*)\?\S+")
ADDRESSES = ("location", "referer", "uri", "path", "query", "request")


class ServerFormatter(LogFormatter):
    """What the server says of a request that it could not answer names its address, here without the query too."""

    def format(self, record: logging.LogRecord) -> str:
        return QUERY.sub(r"\1?…", super().format(record))


class ServerLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's logger, whose lines show no link of a mail, no query and no cookie."""

    def _set_handler(self, log: Any, output: Any, fmt: Any, stream: Any = None) -> None:
        clean = ServerFormatter(fmt._fmt, fmt.datefmt)  # noqa: SLF001
        super()._set_handler(log, output, clean, stream)

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """The parts that the format of a line may name."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        address = without_query(environ.get("RAW_URI", ""))
        method, protocol = environ.get("REQUEST_METHOD"), environ.get("SERVER_PROTOCOL")
        shown = {
            name: value
            for name, value in atoms.items()
            if not name.startswith("{")
            or not (SECRET_NAME.search(name) or any(part in name for part in ADDRESSES))
        }
        return shown | {
            "r": f"{method} {address} {protocol}",
            "U": without_secrets(environ.get("PATH_INFO") or ""),
            "q": "",
            "f": without_query(environ.get("HTTP_REFERER", "-")),
        }


def without_query(address: str) -> str:
    """The address as far as its path, which says enough: the rest is what somebody searched for, or a secret."""
    path, mark, _ = address.partition("?")
    return without_secrets(path) + (f"{mark}…" if mark else "")
