"""Small helps for the pages of objects."""

from __future__ import annotations

import unicodedata

from django import template

register = template.Library()


@register.filter
def tel(number: object) -> str:
    """A phone number as a ``tel:`` link wants it: "+44 (0)20 79" is +442079, whatever digits it is written in.

    The zero in brackets is dialled inside the country alone.
    """
    text = str(number or "").strip()
    if text.startswith("+"):
        text = text.replace("(0)", "")
    digits = "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
    return f"+{digits}" if text.startswith("+") else digits
