"""Charts as SVG, each with a table of its values.

Nothing here writes ``style=""``, which the Content-Security-Policy refuses: sizes are SVG attributes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

from .ui import number

register = template.Library()

ChartRow = Mapping[str, Any] | Sequence[Any]
"""A mapping with label, value and href, or these in a sequence of two or three."""


@register.inclusion_tag("components/chart_line.html")
def chart_line(
    points: Iterable[ChartRow],
    title: str,
    name: str = "",
    unit: str = "",
    key: str = "",
    before: str = "",
    more: Sequence[str] = (),
) -> dict[str, Any]:
    """A line over time, from zero, with its table.

    ``points`` are chart rows, the oldest first; a point with an href is a link. A mapping may also have ``short``,
    its label on the axis; ``before``, the (value, href) of an earlier time, drawn as a dashed line where ``before``
    names it; and ``more``, the (value, href) of further columns of the table, named by ``more``. ``title`` is read to
    those who don't see the line, ``name`` heads the column of the values, ``key`` that of the labels.
    """
    rows = [_as_mapping(point) for point in points]
    values = [row["value"] for row in rows]
    earlier = [row["before"][0] for row in rows] if before else []
    top, step = axis_scale(max(values + earlier, default=0))
    xs = [_coordinate((index + 0.5) / len(rows) * 100) for index in range(len(rows))]
    ys = [_y(value, top) for value in values]
    line = _path(xs, ys) if rows else ""
    return {
        "title": title,
        "name": name or title,
        "key": key or _("Period"),
        "more": more,
        "before": before,
        "marks": _marks(rows, unit, before, more),
        "line": line,
        "line_before": _path(xs, [_y(value, top) for value in earlier]) if earlier else "",
        "area": f"{line} {xs[-1]} 100 {xs[0]} 100Z" if rows else "",
        "last": f"M{xs[-1]} {ys[-1]}h0" if rows else "",
        "ticks": [f"{number(value)}{unit}" for value in range(0, top + 1, step)],
        "grid": "".join([f"M0 {_y(value, top)}H100" for value in range(0, top + 1, step)]),
    }


def _marks(rows: list[dict[str, Any]], unit: str, before: str, more: Sequence[str]) -> list[dict[str, Any]]:
    """The points of a line as the template shows them: labels, numbers as text, and links."""
    longest_label = max((len(str(row.get("short", row["label"]))) for row in rows), default=0)
    return [
        {
            "label": row["label"],
            "short": row.get("short", row["label"]),
            "value": f"{number(row['value'])}{unit}",
            "href": row["href"],
            "before": {"value": number(row["before"][0]), "href": row["before"][1]} if before else None,
            "more": [
                {"value": number(value), "href": href} for value, href in row.get("more", ())[: len(more)]
            ],
            "show": _label_class(len(rows) - 1 - index, len(rows), longest_label),
        }
        for index, row in enumerate(rows)
    ]


def _label_class(place: int, count: int, longest_label: int) -> str:
    """The class of a label of the axis: "h" hides it on phones and "hh" everywhere, as there is no room for all.

    ``place`` counts from the last point, whose label is always shown.
    """
    most, most_on_phone = (14, 6) if longest_label <= 6 else (7, 4)
    step = math.ceil(count / most)
    step_on_phone = step * math.ceil(count / step / most_on_phone)
    if place % step:
        return "hh"
    return "h" if place % step_on_phone else ""


@register.inclusion_tag("components/chart_bars.html")
def chart_bars(
    rows: Iterable[ChartRow],
    title: str,
    name: str = "",
    unit: str = "",
    key: str = "",
    note: str = "",
) -> dict[str, Any]:
    """Horizontal bars, the longest at full width, with a table of their shares.

    A mapping among ``rows`` may also have ``sub``, a few words under its label, and ``note``, a cell of the column
    that ``note`` names. The rows are a plain list of numbers where bars would tell nothing: where no more than one
    value is above zero, or none above one.
    """
    bars = [_as_mapping(row) for row in rows]
    longest = max((bar["value"] for bar in bars), default=0) or 1
    total = sum(bar["value"] for bar in bars) or 1
    return {
        "title": title,
        "name": name or _("Number"),
        "key": key or _("Name"),
        "note": note,
        "plain": longest <= 1 or sum(bar["value"] > 0 for bar in bars) < 2,
        "rows": [
            {
                **bar,
                "value": f"{number(bar['value'])}{unit}",
                "width": f"{bar['value'] / longest * 100:.1f}",
                "share": number(round(bar["value"] / total * 100)),
            }
            for bar in bars
        ],
    }


# --- geometry: every chart is drawn in a square of 100 by 100 ------------------------------------------------


def _as_mapping(row: ChartRow) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return {"href": "", **row}
    return {"label": row[0], "value": row[1], "href": row[2] if len(row) > 2 else ""}


def axis_scale(highest: float) -> tuple[int, int]:
    """(top, step) of an axis from zero with at most five round, whole steps."""
    rough = max(highest, 1) / 4
    magnitude = 10 ** math.floor(math.log10(rough))
    steps = (n * magnitude for n in (1, 2, 2.5, 5, 10))
    step = next(int(step) for step in steps if step >= rough and step == int(step))
    return step * math.ceil(max(highest, 1) / step), step


def _coordinate(value: float) -> str:
    """With no more digits than a screen shows."""
    return f"{value:.1f}".removesuffix(".0")


def _y(value: float, top: int) -> str:
    return _coordinate(100 - value / top * 100)


def _path(xs: Sequence[str], ys: Sequence[str]) -> str:
    return "M" + " ".join([f"{x} {y}" for x, y in zip(xs, ys, strict=True)])
