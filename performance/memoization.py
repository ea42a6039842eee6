"""Functions whose results are kept, as a list formats the same few values again and again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from performance import is_enabled

P = ParamSpec("P")
R = TypeVar("R")


def memoize(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: keeps the last `maxsize` results of a function, by its arguments.

    These must be hashable and be all that the result depends on: pass the language where it matters.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        cached = lru_cache(maxsize)(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return (cached if is_enabled() else function)(*args, **kwargs)  # type: ignore[arg-type]

        return call

    return decorate
