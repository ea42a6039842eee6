"""The application on a slow day: each answer waits for up to E2E_SLOW seconds. It finds tests that do not wait.

E2E_SLOW=1 python -m pytest -n 4 e2e
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable
from typing import Any

from academy.wsgi import application as quick

LONGEST = float(os.environ["E2E_SLOW"])


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The answer of the application, late; a static file by a fifth of that."""
    longest = LONGEST / 5 if environ["PATH_INFO"].startswith("/static/") else LONGEST
    time.sleep(random.uniform(0, longest))
    return quick(environ, start_response)
