"""Ports of this machine, for tools and tests that start servers."""

from __future__ import annotations

import http.client
import socket


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int, path: str = "/readyz") -> bool:
    """Whether a server on the port answers a request for `path` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
