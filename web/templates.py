"""Templates without the whitespace that stands in them for the reader.

Templates are indented and short-lined. When one is loaded, each run of whitespace that holds a line break is taken
out beside a block-level element, at the inner edges of every element and at both ends of the template, and is one space
elsewhere. Among the attributes of an element it is one space at most. Whitespace within a line of text is left, and so
is everything within `pre`, `textarea`, `script`, `style`, `{% blocktranslate %}`, `{% verbatim %}`, `{% comment %}` and
the quotes of an attribute, lists of classes aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loaders.cached import Loader as CachedLoader

from performance import is_enabled
from performance.constant_folding import FoldingLoader

BLOCK_ELEMENTS = """
address article aside blockquote body br caption circle col colgroup dd defs details dialog div dl dt fieldset
figcaption figure footer form g h1 h2 h3 h4 h5 h6 head header hr html legend li line link main meta nav ol optgroup
option p path polygon polyline rect script section stop style summary table tbody td template tfoot th thead title tr
ul use
"""
BLOCK_LEVEL = frozenset(BLOCK_ELEMENTS.split())
"""Elements that begin and end a line, or whose parent ignores text between its children."""
VOID_ELEMENTS = frozenset(["area", "embed", "img", "input", "track", "wbr"])
RAW_ELEMENTS = frozenset(["pre", "script", "style", "textarea"])
RAW_TAGS = {"blocktranslate": "endblocktranslate", "verbatim": "endverbatim", "comment": "endcomment"}
SILENT = """
autoescape block cached_fragment comment elif else empty endautoescape endblock endcached_fragment endfor endif
endlocalize endwith extends for if load localize with
"""
SILENT_TAGS = frozenset(SILENT.split())
"""Tags of templates that give no text themselves."""
OPENING_TAGS = ("if", "for", "with", "block")
CLOSING_TAGS = ("endif", "endwith", "endblock")
BLOCK_TAGS = frozenset(["csrf_token", "field", "icon"])
"""Tags of templates that give a block-level element, one that is not shown, or one whose distance is a style's."""

PIECES = re.compile(
    r"(?P<tag>{%.*?%})|(?P<comment>{#.*?#})|(?P<variable>{{.*?}})|(?P<hidden><!--.*?-->)"
    r"|(?P<element></?[a-zA-Z][\w-]*|<!\w+|</?(?={))|(?P<end>/?>)|(?P<quote>[\"'])|(?P<space>\s+)|(?P<text>[^\s<>{\"'/]+|.)",
    re.DOTALL,
)


@dataclass(slots=True)
class Piece:
    text: str
    kind: str
    """A name of a group of PIECES; "raw" for what is left as it is; "classes" for the value of a class attribute."""
    in_element: bool = False
    """Whether it stands among the attributes of an element."""
    hides_before: bool = False
    hides_after: bool = False
    """Whether whitespace before it, or after it, is not shown."""

    def is_tag(self, *names: str) -> bool:
        return self.kind == "tag" and self.text[2:-2].split()[0] in names

    @property
    def is_silent(self) -> bool:
        if self.kind == "tag":
            words = self.text[2:-2].split()
            return words[0] in SILENT_TAGS or (len(words) > 2 and words[-2] == "as")
        return self.kind in ("comment", "hidden")

    @property
    def is_shown(self) -> bool:
        return not self.is_silent and self.kind != "space"

    @property
    def is_layout(self) -> bool:
        return self.kind == "space" and "\n" in self.text


def compact(source: str) -> str:
    """The source of a template without the whitespace that stands in it for the reader."""
    pieces = list(_pieces(source))
    for position, piece in enumerate(pieces):
        if piece.in_element and piece.kind == "space":
            piece.text = _among_attributes(pieces, position)
        elif piece.kind == "classes":
            piece.text = _one_line(piece.text)
        elif piece.is_layout:
            piece.text = _in_text(pieces, position)
    return "".join(piece.text for piece in pieces)


def _in_text(pieces: list[Piece], position: int) -> str:
    """A space where a browser shows one and no other stands beside it."""
    before = next((piece for piece in _beside(pieces, position, step=-1) if piece.is_shown), None)
    after = next((piece for piece in _beside(pieces, position, step=1) if piece.is_shown), None)
    shown = before is not None and after is not None and not before.hides_after and not after.hides_before
    return " " if shown and not _has_space_beside(pieces, position) else ""


def _has_space_beside(pieces: list[Piece], position: int) -> bool:
    """Whether a space is given whenever this one is: before the tags that open, or after those that close."""
    earlier = (
        piece
        for piece in _beside(pieces, position, step=-1)
        if piece.text and not piece.is_tag(*OPENING_TAGS)
    )
    later = (piece for piece in _beside(pieces, position, step=1) if not piece.is_tag(*CLOSING_TAGS))
    return any(next(pieces, Piece("", "text")).kind == "space" for pieces in (earlier, later))


def _beside(pieces: list[Piece], position: int, *, step: int) -> Iterator[Piece]:
    """The pieces after (`step` 1) or before (-1) a position, without the other branches of the same {% if %}."""
    position += step
    while 0 <= position < len(pieces):
        if pieces[position].is_tag("elif", "else", "empty"):
            position = _end_of_branches(pieces, position, step=step)
        yield pieces[position]
        position += step


def _end_of_branches(pieces: list[Piece], position: int, *, step: int) -> int:
    """From a tag between two branches the position of the tag that ends them all, or (`step` -1) begins them."""
    depth = 0
    while 0 <= position + step < len(pieces):
        position += step
        change = pieces[position].is_tag("if", "for") - pieces[position].is_tag("endif", "endfor")
        depth += change * step
        if depth < 0:
            break
    return position


def _among_attributes(pieces: list[Piece], position: int) -> str:
    """A space, or nothing before the end of the element. Before {% if %} it goes into each of the branches."""
    after = pieces[position + 1]
    if after.kind == "end":
        return ""
    if after.is_tag("if"):
        _begin_with_space(pieces, position + 1)
        return ""
    if after.is_tag("endif", "elif", "else") and pieces[position + 2].kind in ("space", "end"):
        return ""
    return " "


def _begin_with_space(pieces: list[Piece], position: int) -> None:
    """Put a space before what stands at `position`, inside the branches where it is an {% if %}."""
    piece = pieces[position]
    if piece.is_tag("if"):
        for tag in _branches(pieces, position):
            _begin_with_space(pieces, tag + 1)
    elif piece.kind != "space" and not piece.is_tag("elif", "else", "endif"):
        piece.text = f" {piece.text}"


def _branches(pieces: list[Piece], start: int) -> Iterator[int]:
    """The positions of the {% if %} at `start` and of its {% elif %} and {% else %}."""
    depth = 0
    for position in range(start, len(pieces)):
        piece = pieces[position]
        depth += piece.is_tag("if") - piece.is_tag("endif")
        if depth == 0:
            return
        if depth == 1 and piece.is_tag("if", "elif", "else"):
            yield position


def _pieces(source: str) -> Iterator[Piece]:
    position, element, within, is_class = 0, "", False, False
    while position < len(source):
        match = PIECES.match(source, position)
        assert match is not None and match.lastgroup is not None
        position = match.end()
        piece = Piece(match.group(), match.lastgroup, in_element=within)
        piece.hides_before = piece.hides_after = piece.is_tag(*BLOCK_TAGS)
        if piece.kind == "tag" and (end := RAW_TAGS.get(piece.text[2:-2].split()[0])):
            position = _end_of(source, re.compile(rf"{{%\s*{end}\b.*?%}}"), position)
            yield Piece(source[match.start() : position], "raw", in_element=within)
        elif piece.kind == "quote" and within:
            position = _end_of_value(source, piece.text, position)
            value = source[match.start() : position]
            yield Piece(value, "classes" if is_class else "raw", in_element=True)
        elif piece.kind == "element" and not within:
            element, within = piece.text.lstrip("</").lower(), True
            closes = piece.text.startswith("</")
            piece.hides_before = closes or element in BLOCK_LEVEL
            yield piece
        elif piece.kind == "end" and within:
            within = piece.in_element = False
            opens = not closes and element not in VOID_ELEMENTS and piece.text == ">"
            piece.hides_after = opens or element in BLOCK_LEVEL
            yield piece
            if element in RAW_ELEMENTS and not closes:
                start, position = position, _end_of(source, re.compile(rf"(?=</{element})"), position)
                yield Piece(source[start:position], "raw")
        else:
            is_class = piece.text == "class="
            yield piece


def _one_line(value: str) -> str:
    words = re.sub(r"\s*\n\s*", " ", value[1:-1]).strip()
    return f"{value[0]}{words}{value[-1]}"


def _end_of(source: str, pattern: re.Pattern[str], position: int) -> int:
    match = pattern.search(source, position)
    return match.end() if match else len(source)


def _end_of_value(source: str, quote: str, position: int) -> int:
    """The end of the value of an attribute; the tags in it may hold the same quotes."""
    match = re.compile(rf"(?:{{%.*?%}}|{{{{.*?}}}}|[^{quote}])*{quote}", re.DOTALL).match(source, position)
    return match.end() if match else len(source)


class CompactLoader(CachedLoader):
    """Django's cached loader, which compacts the HTML templates of this project as it reads them."""

    def get_contents(self, origin: Any) -> str:
        contents = super().get_contents(origin)
        path = Path(origin.name)
        ours = path.suffix == ".html" and path.is_relative_to(settings.BASE_DIR / "templates")
        return compact(contents) if ours else contents


class Loader(CompactLoader, FoldingLoader):
    """Compacts templates and folds their constants, before it caches them."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        """Folded templates are cached apart from those that are loaded without optimisations."""
        return f"{super().cache_key(template_name, skip)}{'' if is_enabled() else ' not folded'}"
