"""A line between the application and a server, which a test can cut, or let hang."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator


class Line:
    """Leads from a port of 127.0.0.1 to the Unix socket or port `to`. While `hangs`, it takes bytes and passes none on."""

    def __init__(self, to: str | tuple[str, int]) -> None:
        self.to = to
        self.hangs = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, as a server does that is restarted."""
        for each in [*self.open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.hangs = False
        self.listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX if isinstance(self.to, str) else socket.AF_INET)
        self.open += [client, server]
        with client, server, contextlib.suppress(OSError):
            server.connect(self.to)
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(65536)
                    while self.hangs:
                        time.sleep(0.02)
                    if not data:
                        return
                    (server if ready is client else client).sendall(data)


@contextlib.contextmanager
def line(to: str | tuple[str, int]) -> Iterator[Line]:
    made = Line(to)
    try:
        yield made
    finally:
        made.close()
