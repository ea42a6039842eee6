"""Optimisations: code that is here for speed alone. Pages are the same without it.

Each module holds one of them, which saves at least a tenth of the time of a page. `docs/performance.md` lists what
each does and gains, and `python -m bench.optimisations` measures it. The setting `OPTIMISATIONS` turns all off.
"""

from django.conf import settings


def is_enabled() -> bool:
    """Whether optimisations are used. Ask at each use: tests and measurements change the setting."""
    return bool(settings.OPTIMISATIONS)
