"""Frames in chunks: shown by the memory that the system hands out, not by time."""

import resource
import sys

from performance.frames import with_room

CALLS, DEPTHS = 300, 400


def _leaf():
    return None


_leaf.__code__ = _leaf.__code__.replace(
    co_stacksize=100
)  # larger than a frame between, so that one depth is the end


def _faults_at(depth):
    """How many pages the system hands out for many calls of a function so many frames below this one."""
    if depth:
        return _faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        _leaf()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _most_faults():
    return max(_faults_at(depth) for depth in range(DEPTHS))


def test_no_depth_takes_memory_anew_with_each_call(settings):
    roomy = with_room(lambda: _most_faults())
    assert roomy() < CALLS / 10
    if sys.version_info[:2] == (3, 11):  # what it is for
        assert _most_faults() >= CALLS
        settings.OPTIMISATIONS = False
        assert roomy() >= CALLS
