"""Every address that the product answers, the admin's among them, with values for what stands in its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern

Value = Callable[[str, str], Any]


@dataclass(frozen=True)
class Address:
    """The name of an address, its path, and the names of what stands in the path."""

    name: str
    path: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def every_address(value: Value) -> Iterator[Address]:
    """Each address once. `value(name, kind)` says what stands in its path: kind is "uuid", "int", "str" or "slug"."""
    for name, parts in _walk(get_resolver(), ""):
        kwargs = {
            part: "students" if part == "app_label" else value(part, kind) for part, kind in parts.items()
        }
        yield Address(name, reverse(name, kwargs=kwargs), tuple(parts))


def _walk(
    resolver: Any, prefix: str, parts: dict[str, str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    for pattern in resolver.url_patterns:
        inside = {**(parts or {}), **_parts(pattern.pattern)}
        if isinstance(pattern, URLResolver):
            yield from _walk(
                pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix, inside
            )
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield prefix + pattern.name, inside


def _parts(pattern: Any) -> dict[str, str]:
    if isinstance(pattern, RegexPattern):
        return dict.fromkeys(re.compile(str(pattern)).groupindex, "str")
    return {
        name: type(kind).__name__.removesuffix("Converter").lower().replace("string", "str")
        for name, kind in pattern.converters.items()
    }
