"""Formatted text: what people typed as Markdown, as HTML that is safe to show.

Twice safe: the parser knows no HTML of the author's, and what it makes is cleaned again by a list of what may stand
there. Links lead to http, https and mailto alone; an address with one of these is a link as it stands. In the place
of an image stands that it is not shown: it would tell somebody else's server who reads.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import nh3
from django import template
from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_inline import image

register = template.Library()

SCHEMES = ("http", "https", "mailto")
TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *(f"h{level}" for level in range(2, 7)),
}
LOWEST_HEADING = 6
LONGEST = 50_000
"""Longer texts are shown as they are: no field takes one, and formatting takes longer with the square of the length."""

ALIGNED = {"text-align:right": "num", "text-align:center": "text-center"}
"""Classes in the place of styles, which the Content-Security-Policy refuses."""


def _without_image(tokens: Any, place: int, options: Any, env: Any) -> str:
    alt = "".join(token.content for token in tokens[place].children or ())
    words = _("Image not shown: %(alt)s") % {"alt": alt} if alt else _("Image not shown")
    return f"<em>{escape(words)}</em>"


def _image(state: Any, silent: bool) -> bool:
    """Markdown-it's rule, for images of any address: none of them is shown."""
    if state.src.find("]", state.pos) < 0:
        return False  # else each of many "![" is looked through to the end
    known = _of_image.set(True)
    try:
        return image(state, silent)
    finally:
        _of_image.reset(known)


def _may_be_linked(url: str) -> bool:
    return _of_image.get() or url.partition(":")[0].lower() in SCHEMES


_of_image: ContextVar[bool] = ContextVar("of_image", default=False)
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True})
_parser.enable(["table", "linkify"])
_parser.disable(["html_block", "html_inline"])
_parser.renderer.rules["image"] = _without_image  # type: ignore[attr-defined]
assert _parser.linkify is not None
_parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
_parser.linkify.add("//", None)
_parser.inline.ruler.at("image", _image)
_parser.validateLink = _may_be_linked  # type: ignore[method-assign]
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    allowed_classes={"th": set(ALIGNED.values()), "td": set(ALIGNED.values())},
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
        elif token.type in {"th_open", "td_open"} and "style" in token.attrs:
            css = ALIGNED.get(str(token.attrs["style"]))
            token.attrs = {"class": css} if css else {}
    html = _parser.renderer.render(tokens, _parser.options, {})
    # Every element that is left stands in the list above, so nothing of the author's is trusted here.
    return mark_safe(_cleaner.clean(html))  # noqa: S308
