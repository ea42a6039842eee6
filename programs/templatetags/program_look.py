"""How a program is told from others at a glance."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django import template
from django.utils.html import format_html

register = template.Library()

# As the classes of .glyph in the style sheet, for where no style sheet reaches.
COLORS = {
    "blue": "#0069b9",
    "violet": "#6d3fc4",
    "amber": "#9a5a00",
    "green": "#17733f",
    "rose": "#c4204f",
    "teal": "#007078",
    "slate": "#515b69",
}
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="{}"/>'
    '<text x="16" y="{}" font-family="system-ui,sans-serif" font-weight="700" font-size="{}" fill="#fff" '
    'text-anchor="middle">{}</text></svg>'
)


@register.simple_tag
def program_icon(program: Any) -> str:
    """The icon of a browser tab as a data URL: the letters of the program on its colour."""
    letters = program.glyph[:3]
    y, size = (20.5, 12) if len(letters) > 2 else (21.5, 16)
    svg = format_html(ICON, COLORS.get(program.color, COLORS["slate"]), y, size, letters)
    return f"data:image/svg+xml,{quote(svg)}"
