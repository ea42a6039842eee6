"""Highlights the words of a search in a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from crud.names import normalize_text, search_words


def normalize(text: str) -> str:
    """`text` in lower case and without accents, as the database compares what it searches."""
    return normalize_text(text.casefold())


def normalized_words(text: str) -> list[str]:
    """The words of a search, as `highlight` takes them."""
    return [normalize(word) for word in search_words(text)]


def highlight(
    text: str, words: Iterable[str], normalize_letter: Callable[[str], str] = normalize
) -> SafeString:
    """`text` as HTML with each occurrence of the normalized `words` in <mark>.

    Words of one or two letters are marked at the beginning of a word alone, where they are searched for.
    """
    normalized = ""
    origins: list[int] = []
    """For each letter of `normalized` the position in `text` that it comes from."""
    for position, letter in enumerate(text):
        part = normalize_letter(letter)
        normalized += part
        origins += [position] * len(part)
    marked = _marked_positions(normalized, origins, words)
    parts, within = [], False
    for position, letter in enumerate(text):
        if (position in marked) != within:
            within = not within
            parts.append("<mark>" if within else "</mark>")
        parts.append(escape(letter))
    return mark_safe("".join(parts) + ("</mark>" if within else ""))  # noqa: S308  each letter is escaped


def _marked_positions(normalized: str, origins: list[int], words: Iterable[str]) -> set[int]:
    positions: set[int] = set()
    for word in words:
        start = normalized.find(word) if word else -1
        while start >= 0:
            if len(word) > 2 or start == 0 or not normalized[start - 1].isalnum():
                positions.update(range(origins[start], origins[start + len(word) - 1] + 1))
            start = normalized.find(word, start + len(word))
    return positions
