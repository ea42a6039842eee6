"""Memoized functions run once for the same arguments, and each time without optimisations."""

from __future__ import annotations

from typing import Any

from performance.memoization import memoize


def test_a_result_is_kept_by_its_arguments(settings: Any) -> None:
    calls: list[tuple[int, str]] = []

    @memoize(10)
    def add(number: int, language: str = "en") -> str:
        calls.append((number, language))
        return f"{number} {language}"

    assert [add(1), add(1), add(2), add(1, language="de")] == ["1 en", "1 en", "2 en", "1 de"]
    assert calls == [(1, "en"), (2, "en"), (1, "de")]
    settings.OPTIMISATIONS = False
    assert (add(1), add(1)) == ("1 en", "1 en")
    assert len(calls) == 5
