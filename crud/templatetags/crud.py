"""The template tag for links that dial a number."""

from __future__ import annotations

from django import template
from django.template.context import Context

from crud.phones import dialled

register = template.Library()


@register.simple_tag(takes_context=True)
def dial(context: Context, number: object) -> str:
    """What follows `tel:` in a link that calls a number of this program; empty where nothing can be dialled."""
    return dialled(str(number or ""), getattr(context.get("program"), "phone_region", ""))
