"""Room for the frames of a request in one piece of memory.

CPython keeps the frames of a thread in chunks of 16 KiB. A function that is called again and again just where a chunk
ends takes a new chunk from the system at each call and gives it back at each return. Which function that is depends on
how many frames stand above it: two more middlewares made a list of students take half as long again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

WORDS = 40_000
"""Words (8 bytes) that the frame claims: a chunk is a power of two, so as much again is left for the frames below.
Memory that nobody uses is never touched. 0 turns it off."""


def with_room(function: Function) -> Function:
    """The function, whose frame is so large that its chunk has room for every frame of the calls it makes."""
    if WORDS:
        function.__code__ = function.__code__.replace(co_stacksize=WORDS)
    return function
