"""Starts the embedded server again whenever it ends: killed, or stopped by a full disk.

`python -m database.keeper FOLDER PARENT` is a process beside the one that serves (`Cluster.keep`), and ends with it. It
logs to standard error, as the web server does.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
import time
from pathlib import Path

from database.embedded import Cluster
from database.server_files import EmbeddedError

logger = logging.getLogger("database.keeper")
LOOK_SECONDS = 0.5
AGAIN_SECONDS = 2
"""How long to wait after a start that failed, for example as long as the disk is full."""


def keep(cluster: Cluster, parent: int, ended: threading.Event) -> None:
    """Look after the server until `ended` is set or the process `parent`, which started this one, is gone."""
    told, pause = "", LOOK_SECONDS
    gone_at = 0.0
    while not ended.wait(pause) and os.getppid() == parent:
        pause = LOOK_SECONDS
        try:
            if cluster.revive():
                since = f" after {time.monotonic() - gone_at:.0f} s" if gone_at else ""
                logger.warning("The embedded database had ended and has been started again%s.", since)
                told, gone_at = "", 0.0
        except (EmbeddedError, OSError) as error:
            gone_at = gone_at or time.monotonic()
            reason = str(error)
            if reason.splitlines()[:1] != told.splitlines()[:1]:  # once, and not every two seconds
                logger.error(  # noqa: TRY400  the reason says it all
                    "The embedded database has ended and can't be started; it is tried again every %s s. %s",
                    AGAIN_SECONDS,
                    reason,
                )
            told, pause = reason, AGAIN_SECONDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("parent", type=int)
    parser.add_argument("--throwaway", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(format="{asctime} {levelname} {name}: {message}", style="{")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    keep(Cluster(options.folder, throwaway=options.throwaway), options.parent, ended)


if __name__ == "__main__":
    main()
