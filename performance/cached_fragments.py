"""Parts of a page that are rendered once for each value of a key, and then taken from memory.

Menus, dialogs and filter panels take a third of the time of a page and are the same from one request to the next.
"""

from __future__ import annotations

from typing import Any

from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.exceptions import TemplateSyntaxError
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from performance import is_enabled

MAX_ENTRIES = 300
"""For each fragment. All of them are dropped where there are more."""
TOKEN, HERE = "\ue001token\ue001", "\ue001here\ue001"
"""Placeholders, of a private character that is in no text, for what differs in each request."""


class CachedFragment(Node):
    """`{% cached_fragment key %}…{% endcached_fragment %}`: its content is rendered once for each key.

    `key` is a variable with a hashable value, or a function that returns it. It must tell apart everything that the
    content depends on, the language too. None renders the content each time. Two variables need not be in the key,
    because they are put into the text of each request: `csrf_token` (with its tag) and `here`, the address.
    """

    child_nodelists = ("nodelist",)

    def __init__(self, key: FilterExpression, nodelist: NodeList) -> None:
        self.key, self.nodelist = key, nodelist
        self.texts: dict[Any, str] = {}

    def render(self, context: Any) -> str:
        key = self.key.resolve(context, ignore_failures=True) if is_enabled() else None
        if key is None:
            return self.nodelist.render(context)
        text = self.texts.get(key)
        if text is None:
            if len(self.texts) >= MAX_ENTRIES:
                self.texts.clear()  # also while another thread reads: it holds the text that it has found
            with context.push(csrf_token=TOKEN, here=HERE):
                text = self.texts[key] = self.nodelist.render(context)
        token, here = str(context.get("csrf_token", "")), conditional_escape(context.get("here", ""))
        return mark_safe(text.replace(TOKEN, token).replace(HERE, here))  # noqa: S308 - rendered by a template


def cached_fragment(parser: Parser, token: Token) -> CachedFragment:
    """The compilation function of the tag; `{% load ui %}` registers it."""
    try:
        _name, key = token.split_contents()
    except ValueError:
        raise TemplateSyntaxError("{% cached_fragment %} takes one argument, the key.") from None
    nodelist = parser.parse(("endcached_fragment",))
    parser.delete_first_token()
    return CachedFragment(parser.compile_filter(key), nodelist)
