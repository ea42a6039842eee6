"""Small helps for the pages of objects."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def tel(number: object) -> str:
    """A phone number as a ``tel:`` link wants it: "+44 (0)20 79" is +4402079."""
    text = str(number or "").strip()
    digits = "".join(c for c in text if c.isascii() and c.isdigit())
    return f"+{digits}" if text.startswith("+") else digits
