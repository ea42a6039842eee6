"""The atoms of the pages: icons, badges, fields, charts, links that keep the query string.

Nothing here writes ``style=""``: the Content-Security-Policy refuses it. Sizes are classes or SVG attributes.
"""

from __future__ import annotations

import math
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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
from django.utils.translation import gettext as _

from performance.constant_folding import Kept
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


@lru_cache(maxsize=1)
def _sprite() -> str:
    """The address of the sprite; asked for dozens of times on each page."""
    return static("vendor/icons.svg")


@lru_cache(maxsize=1024)
def _icon(sprite: str, name: str, css: str, label: str) -> SafeString:
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="{}" {}><use href="{}#{}"></use></svg>', css, said, sprite, name)


@register.simple_tag
def icon(name: str, css: str = "icon", label: str = "") -> SafeString:
    """An icon of the sprite (names: ``tools/icons.txt``). Decoration unless ``label`` says what it means."""
    return _icon(_sprite(), name, css, label)


icon.constant = True  # type: ignore[attr-defined]  # the same for the same arguments: performance.constant_folding


@register.filter
def tone(value: object) -> str:
    """The tone of a status value: success, warning, danger, info, muted or ""."""
    return TONES.get(str(value), "")


@register.simple_tag
def badge(label: object, tone: str = "", plain: bool = False) -> SafeString:
    """A status in words with a coloured dot; ``plain`` leaves the dot out."""
    css = " ".join(filter(None, ("badge", tone, "plain" if plain else "")))
    return format_html('<span class="{}">{}</span>', css, label)


@register.filter
def initials(name: object) -> str:
    """First letters of the first and the last word: "Ana María Ruiz" is AR."""
    words = unicodedata.normalize("NFC", str(name)).split()
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper()


@register.filter
def tint(name: object) -> str:
    """The avatar tint of a name, the same on every page: t0 to t5."""
    return f"t{zlib.crc32(str(name).encode()) % AVATAR_TINTS}"


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """Initials in a tinted disc (``size="lg"`` in page headers). Decoration: the name stands beside it."""
    css = f"avatar {size} {tint(name)}" if size else f"avatar {tint(name)}"
    # As format_html, at a third of its cost: a list has one in each row.
    return mark_safe(f'<span class="{css}" aria-hidden="true">{escape(initials(name))}</span>')  # noqa: S308


@register.simple_tag
def glyph(program: Any, css: str = "") -> SafeString:
    """The coloured letters of a program; of "all programs" when there is none. Decoration."""
    if program is None:
        return format_html(
            '<span class="glyph slate {}" aria-hidden="true">{}</span>', css, icon("layout-grid")
        )
    return format_html(
        '<span class="glyph {} {}" aria-hidden="true">{}</span>', program.color, css, program.glyph
    )


@register.tag
def kept(parser: Any, token: Any) -> Kept:
    """A part of the frame that is drawn once and kept; see performance.constant_folding."""
    _, name = token.split_contents()
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(name.strip('"'), nodelist)


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
    """How a widget is laid out: input, select, textarea, check, checks, radios, or other (a widget of parts)."""
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
    """Only the control of a field, in the look of its kind. Underscores in names of ``attrs`` become hyphens."""
    own = bound.field.widget.attrs.get("class", "")
    look = WIDGET_CLASSES.get(_kind(bound.field.widget), "")
    named = {name.replace("_", "-"): value for name, value in attrs.items()}
    return bound.as_widget(attrs={**named, "class": " ".join(filter(None, (look, own)))})


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, span: int = 6, label: str = "", optional: bool | None = None) -> dict[str, Any]:
    """A field: label, control, help and errors, tied together for screen readers.

    ``span`` is 1 to 6 columns of ``.grid6``; ``optional`` overrides whether "Optional" is said. It is not said of a
    form field with the attribute ``one_of_several``: it may be empty where another one is not.
    """
    needed = bound.field.required or getattr(bound.field, "one_of_several", False)
    return {
        "f": bound,
        "kind": "hidden" if bound.is_hidden else _kind(bound.field.widget),
        "span": span,
        "label": label or bound.label,
        "optional": (not needed) if optional is None else optional,
    }


# --- charts ----------------------------------------------------------------------------------------------

Row = Mapping[str, Any] | Sequence[Any]


@register.filter
def number(value: float) -> str:
    """A number as people write it where they are: 12,345 or 12.345."""
    if type(value) is int and 0 <= value < 1000:
        return str(value)  # as every language writes it, and most numbers of a page are so small
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def _row(row: Row) -> dict[str, Any]:
    """A row as a mapping with label, value and href; given as one, or as a sequence of two or three."""
    if isinstance(row, Mapping):
        return {"href": "", **row}
    return {"label": row[0], "value": row[1], "href": row[2] if len(row) > 2 else ""}


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, str]]:
    """The further numbers of a row, as cells of its table."""
    return [{"value": number(value), "href": href} for value, href in row.get("more", ())[: len(names)]]


def _scale(highest: float) -> tuple[int, int]:
    """(top, step) of an axis from zero with at most five whole, round steps."""
    rough = max(highest, 1) / 4
    magnitude = 10 ** math.floor(math.log10(rough))
    steps = (n * magnitude for n in (1, 2, 2.5, 5, 10))
    step = next(int(step) for step in steps if step >= rough and step == int(step))
    return step * math.ceil(max(highest, 1) / step), step


def _tenths(value: float) -> str:
    """A place in a drawing of 100 by 100, without digits that no screen shows."""
    return f"{value:.1f}".removesuffix(".0")


def _label_class(place: int, count: int, widest: int) -> str:
    """The class of a label under the axis: "h" hides it on phones, "hh" everywhere, for want of room.

    ``place`` counts from the last point, whose label always shows.
    """
    most, most_on_phone = (14, 6) if widest <= 6 else (7, 4)
    step = math.ceil(count / most)
    step_on_phone = step * math.ceil(count / step / most_on_phone)
    if place % step:
        return "hh"
    return "h" if place % step_on_phone else ""


@register.inclusion_tag("components/chart_line.html")
def chart_line(
    points: Iterable[Row],
    title: str,
    name: str = "",
    unit: str = "",
    key: str = "",
    before: str = "",
    more: Sequence[str] = (),
) -> dict[str, Any]:
    """A line over time, from zero, with its table.

    ``points``: (label, value) or (label, value, href), oldest first, or mappings with these names; a point with
    an href is a link. A mapping may also have ``short``, its label on the axis; ``before``, the (value, href) of
    the time before, drawn as a dashed line where ``before`` names it; and ``more``, the (value, href) of further
    columns of the table, named by ``more``. ``title`` is read to those who don't see the line, ``name`` heads
    the value column, ``key`` the label column.
    """
    rows = [_row(point) for point in points]
    values = [row["value"] for row in rows]
    earlier = [row["before"][0] for row in rows] if before else []
    top, step = _scale(max(values + earlier, default=0))
    count = max(len(rows), 1)
    widest = max((len(str(row.get("short", row["label"]))) for row in rows), default=0)
    xs = [_tenths((index + 0.5) / count * 100) for index in range(len(rows))]

    def y(value: float) -> str:
        return _tenths(100 - value / top * 100)

    def path(values: Sequence[float]) -> str:
        return "M" + " ".join([f"{x} {y(value)}" for x, value in zip(xs, values, strict=True)])

    marks = [
        {
            "label": row["label"],
            "short": row.get("short", row["label"]),
            "value": f"{number(row['value'])}{unit}",
            "href": row["href"],
            "before": {"value": number(row["before"][0]), "href": row["before"][1]} if before else None,
            "more": _cells(row, more),
            "show": _label_class(len(rows) - 1 - index, len(rows), widest),
        }
        for index, row in enumerate(rows)
    ]
    line = path(values) if rows else ""
    return {
        "title": title,
        "name": name or title,
        "key": key or _("Period"),
        "more": more,
        "before": before,
        "marks": marks,
        "line": line,
        "line_before": path(earlier) if earlier else "",
        "area": f"{line} {xs[-1]} 100 {xs[0]} 100Z" if rows else "",
        "last": f"M{xs[-1]} {y(values[-1])}h0" if rows else "",
        "ticks": [f"{number(value)}{unit}" for value in range(0, top + 1, step)],
        "grid": "".join([f"M0 {y(value)}H100" for value in range(0, top + 1, step)]),
    }


@register.inclusion_tag("components/chart_bars.html")
def chart_bars(
    rows: Iterable[Row],
    title: str,
    name: str = "",
    unit: str = "",
    key: str = "",
    note: str = "",
) -> dict[str, Any]:
    """Horizontal bars, the longest full width, with their table of shares.

    Where a bar would tell nothing, as only one value is above zero or none is above one, the rows are a plain list
    of their numbers. ``rows`` as in ``chart_line``. A mapping may also have ``sub``, a few words under its label, and ``note``, a
    cell of the table's column that ``note`` names.
    """
    parts = [_row(row) for row in rows]
    longest = max((part["value"] for part in parts), default=0) or 1
    total = sum(part["value"] for part in parts) or 1
    return {
        "title": title,
        "name": name or _("Number"),
        "key": key or _("Name"),
        "note": note,
        "plain": longest <= 1 or sum(part["value"] > 0 for part in parts) < 2,
        "rows": [
            {
                **part,
                "value": f"{number(part['value'])}{unit}",
                "width": f"{part['value'] / longest * 100:.1f}",
                "share": number(round(part["value"] / total * 100)),
            }
            for part in parts
        ],
    }


@register.simple_tag
def sparkline(values: Sequence[float], label: str = "") -> SafeString:
    """A small trend beside a figure. Decoration unless ``label`` puts it into words."""
    if len(values) < 2:
        return mark_safe("")
    low, high = min(values), max(values)
    spread = (high - low) or 1
    line = "M" + " ".join(
        f"{_tenths(index / (len(values) - 1) * 100)} {_tenths(92 - (value - low) / spread * 84)}"
        for index, value in enumerate(values)
    )
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" {}>'
        '<path class="spark-area" d="{} 100 100 0 100Z"></path><path class="spark-line" d="{}"></path></svg>',
        said,
        line,
        line,
    )
