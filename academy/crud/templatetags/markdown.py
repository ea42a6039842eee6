"""Formatted text: what people typed as Markdown, as HTML that is safe to show.

Twice safe: the parser knows no HTML of the author's and no images, and what it makes is cleaned again by a list
of what may stand there. Links lead to http, https and mailto alone.
"""

from __future__ import annotations

from typing import Any

import nh3
from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

register = template.Library()

SCHEMES = ("http", "https", "mailto")
TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *(f"h{level}" for level in range(2, 7)),
}
LOWEST_HEADING = 6
LONGEST = 50_000
"""Longer texts are shown as they are: no field takes one, and formatting takes longer with the square of the length."""

_parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
_parser.disable(["image", "html_block", "html_inline"])
_parser.validateLink = lambda url: url.partition(":")[0].lower() in SCHEMES  # type: ignore[method-assign]
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes=set(SCHEMES),
    link_rel="noopener",
)


@register.filter
def markdown(text: Any, highest: int = 3) -> SafeString:
    """The text formatted. Its headings begin at ``highest``, below those of the page that it stands in."""
    text = str(text or "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308  escaped
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = int(token.tag[1]) + int(highest) - 1
            token.tag = f"h{min(level, LOWEST_HEADING)}"
    html = _parser.renderer.render(tokens, _parser.options, {})
    # Every element that is left stands in the list above, so nothing of the author's is trusted here.
    return mark_safe(_cleaner.clean(html))  # noqa: S308
