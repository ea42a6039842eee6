"""Template tags for the small parts of pages: icons, badges, avatars, form fields, links, numbers.

Nothing here writes ``style=""``, which the Content-Security-Policy refuses.
"""

from __future__ import annotations

import unicodedata
import zlib
from typing import Any

from django import forms, template
from django.conf import settings
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.forms.widgets import Input
from django.shortcuts import resolve_url
from django.template.context import Context
from django.templatetags.static import static
from django.utils import formats
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from performance.cached_fragments import cached_fragment
from performance.memoization import memoize
from web.http import query_string

register = template.Library()

AVATAR_TINTS = 6

#: The tone of a badge, by the stored value of a status. What is not listed is neutral.
TONES = {
    "active": "success",
    "graduated": "info",
    "maintenance": "warning",
    "moderate": "warning",
    "severe": "danger",
    "withdrawn": "muted",
    "archived": "muted",
}


# --- icons, badges, people -------------------------------------------------------------------------------


@memoize(1024)
def _icon(name: str, css: str, label: str) -> SafeString:
    sprite = static("vendor/icons.svg")
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="{}" {}><use href="{}#{}"></use></svg>', css, role, sprite, name)


@register.simple_tag
def icon(name: str, css: str = "icon", label: str = "") -> SafeString:
    """An icon of the sprite (names: ``tools/icons.txt``). Decorative unless ``label`` says what it means."""
    return _icon(name, css, label)


icon.constant = True  # type: ignore[attr-defined]  # the same for the same arguments: performance.constant_folding


@register.filter
def tone(value: object) -> str:
    """The tone of a status value: success, warning, danger, info, muted or "" for neutral."""
    return TONES.get(str(value), "")


@register.simple_tag
def badge(label: object, tone: str = "", plain: bool = False) -> SafeString:
    """A status as text with a coloured dot, or without it if ``plain``."""
    css = " ".join(filter(None, ("badge", tone, "plain" if plain else "")))
    return format_html('<span class="{}">{}</span>', css, label)


def initials(name: object) -> str:
    """First letters of the first and the last word: "Ana María Ruiz" is AR."""
    words = unicodedata.normalize("NFC", str(name)).split()
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper()


def tint(name: object) -> str:
    """The avatar tint of a name, the same on every page: t0 to t5."""
    return f"t{zlib.crc32(str(name).encode()) % AVATAR_TINTS}"


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """Initials in a tinted disc (``size="lg"`` in page headers). Decorative: the name is always beside it."""
    css = f"avatar {size} {tint(name)}" if size else f"avatar {tint(name)}"
    # As format_html, at a third of its cost: a list has one in each row.
    return mark_safe(f'<span class="{css}" aria-hidden="true">{escape(initials(name))}</span>')  # noqa: S308


@register.simple_tag
def glyph(program: Any, css: str = "") -> SafeString:
    """The coloured letters of a program, or the sign of all programs where there is none. Decorative."""
    if program is None:
        return format_html(
            '<span class="glyph slate {}" aria-hidden="true">{}</span>', css, icon("layout-grid")
        )
    return format_html(
        '<span class="glyph {} {}" aria-hidden="true">{}</span>', program.color, css, program.glyph
    )


register.tag(cached_fragment)


# --- links -----------------------------------------------------------------------------------------------


@register.simple_tag
def home_url() -> str:
    """The address of the first page of somebody who is signed in."""
    return resolve_url(settings.LOGIN_REDIRECT_URL)


@register.simple_tag(takes_context=True)
def qs(context: Context, **changes: object) -> str:
    """The query string of this page with ``changes``; None or "" removes a key, a list sets several values.

    The page number goes back to the first unless it is given.
    """
    query = context["request"].GET.copy()
    if "page" not in changes:
        query.pop("page", None)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        elif isinstance(value, list | tuple):
            query.setlist(key, [str(item) for item in value])
        else:
            query[key] = str(value)
    pairs = [(key, value) for key, values in query.lists() for value in values]
    return "?" + query_string(context["request"], pairs)


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, page_obj: Page, target: str = "#list", param: str = "page") -> dict[str, Any]:
    """Links to the pages of ``page_obj``; with HTMX they swap ``target``, if there is one. Empty when there is one page."""
    paginator = page_obj.paginator

    def link(number: int) -> str:
        return qs(context, **{param: number})

    numbers = [
        {"number": number, "url": link(number)} if isinstance(number, int) else None
        for number in paginator.get_elided_page_range(page_obj.number, on_each_side=2, on_ends=1)
    ]
    return {
        "page_obj": page_obj,
        "target": target,
        "numbers": numbers,
        "previous": link(page_obj.previous_page_number()) if page_obj.has_previous() else "",
        "next": link(page_obj.next_page_number()) if page_obj.has_next() else "",
    }


# --- form fields -----------------------------------------------------------------------------------------


def _kind(widget: forms.Widget) -> str:
    """The layout of a widget: input, select, textarea, check, checks, radios, or other for a widget of several."""
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checks"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.Textarea):
        return "textarea"
    return "input" if isinstance(widget, Input) else "other"


WIDGET_CLASSES = {"input": "input", "select": "select", "textarea": "textarea", "check": "check"}


@register.simple_tag
def widget(bound: BoundField, **attrs: str | bool) -> SafeString:
    """The control of a field alone, with the class of its kind. Underscores in names of ``attrs`` become hyphens."""
    own = bound.field.widget.attrs.get("class", "")
    look = WIDGET_CLASSES.get(_kind(bound.field.widget), "")
    named = {name.replace("_", "-"): value for name, value in attrs.items()}
    return bound.as_widget(attrs={**named, "class": " ".join(filter(None, (look, own)))})


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, span: int = 6, label: str = "", optional: bool | None = None) -> dict[str, Any]:
    """A field: label, control, help and errors, tied together for screen readers.

    ``span`` is 1 to 6 columns of ``.grid6``. ``optional`` overrides whether the label says "Optional", which is said
    of fields that are not required, unless they have the attribute ``one_of_several``: one of several must be filled.
    """
    needed = bound.field.required or getattr(bound.field, "one_of_several", False)
    return {
        "f": bound,
        "kind": "hidden" if bound.is_hidden else _kind(bound.field.widget),
        "span": span,
        "label": label or bound.label,
        "optional": (not needed) if optional is None else optional,
    }


# --- numbers -----------------------------------------------------------------------------------------


@register.filter
def number(value: float) -> str:
    """A number in the format of the language: 12,345 or 12.345."""
    if type(value) is int and 0 <= value < 1000:
        return str(value)  # the same in every language, and the case of most numbers
    return formats.number_format(value, use_l10n=True, force_grouping=True)
