"""Addresses of lists, and numbers as links to the rows they count."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crud.templatetags.ui import number

STUDENTS, COURSES, FACILITIES = "students:student-list", "courses:course-list", "facilities:facility-list"


def link(url_name: str, **query: object) -> str:
    """The address of a list; what is empty is left out."""
    text = urlencode({name: str(value) for name, value in query.items() if value not in (None, "")})
    return f"{_address(url_name)}?{text}" if text else _address(url_name)


@cache
def _address(url_name: str) -> str:
    return reverse(url_name)  # once and not for each of the hundred links of the page


def linked(value: int, url: str) -> SafeString:
    """A number as a link to the rows it counts."""
    return format_html('<a href="{}">{}</a>', url, number(value))
