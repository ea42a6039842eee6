"""Room for the stack frames of a request in one chunk of memory.

CPython keeps the frames of a thread in chunks of 16 KiB. A function that is called again and again just where a chunk
ends takes a new chunk from the system at each call and gives it back at each return. Which function that is depends on
the number of frames above it: two more middlewares once made a list of students take half as long again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from performance import is_enabled

P = ParamSpec("P")
R = TypeVar("R")

STACK_WORDS = 40_000
"""Words of 8 bytes. The size of a chunk is a power of two, so this one has as much again for the frames that follow.
The system gives no memory for a part that is never touched."""


def with_room(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: calls the function from a frame so large that its chunk has room for the frames of all calls below."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return (_call_in_large_frame if is_enabled() else _call)(function, args, kwargs)

    return call


def _call(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


def _call_in_large_frame(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


_call_in_large_frame.__code__ = _call_in_large_frame.__code__.replace(co_stacksize=STACK_WORDS)
