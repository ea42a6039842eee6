"""The page's program in every form, set once: `{% csrf_token %}` carries it."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: Any) -> SafeString:
    """The CSRF field and, inside a program, the field that names the program of this page.

    Registered as a builtin in place of Django's tag, so that no form, not even one of the Django admin, can
    forget it. A write then lands in the program of the page that sent it.
    """
    token = context.get("csrf_token")
    request = context.get("request")
    page_program = getattr(request, "page_program", "")
    html = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token) if token else ""
    if page_program:
        html = format_html('{}<input type="hidden" name="program_context" value="{}">', html, page_program)
    if view_as := getattr(
        request, "view_as", None
    ):  # so that no form of such a page is sent as oneself later
        html = format_html('{}<input type="hidden" name="view_as" value="{}">', html, view_as.visit)
    return SafeString(html)
