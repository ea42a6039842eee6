"""The rows of a list: what their template shows of each object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django.utils.safestring import SafeString

from crud.columns import Column, escaped

from .spec import ListSpec


class RenderedRow(TypedDict):
    """A dict, since a template looks for keys before attributes. ``main`` is the first column, the text of the link to ``url``; ``lead`` stands before it, ``below`` under it.

    ``cells`` are the other columns. All but the object are HTML.
    """

    object: Any
    key: str
    name: SafeString
    url: str
    edit_url: str
    lead: SafeString
    main: SafeString
    below: SafeString
    cells: SafeString


class RowRenderer:
    """Renders the cells here: a template that looks up every part of every cell takes as long as the database."""

    def __init__(self, spec: ListSpec) -> None:
        self.spec = spec
        self.main, *self.others = spec.visible_columns
        self.render_main = spec.cell_renderer(self.main)
        self.renderers = [(self._opening_tag(column), spec.cell_renderer(column)) for column in self.others]
        self.below = [number for number, column in enumerate(self.others) if column.phone == "sub"]

    def render(self, objects: Iterable[Any], search_text: str = "") -> list[RenderedRow]:
        """With `search_text`, each row also says where that was found in it."""
        objects = list(objects)
        notes: Mapping[Any, SafeString] = {}
        if search_text and objects:
            notes = self.spec.match_notes([obj.pk for obj in objects], search_text)
        return [self._render(obj, notes.get(obj.pk, "")) for obj in objects]

    def _render(self, obj: Any, note: str) -> RenderedRow:
        cells = [render(obj) for _, render in self.renderers]
        below = ""
        if self.below:
            below = f'<div class="sub m-sub truncate">{" · ".join([cells[number] for number in self.below])}</div>'
        if self.main.sub and (sub := escaped(self.main.sub(obj))):
            below += f'<div class="sub truncate">{sub}</div>'
        html = "".join([f"{tag}{cell}</td>" for (tag, _), cell in zip(self.renderers, cells, strict=True)])
        return RenderedRow(
            object=obj,
            key=str(obj.pk),
            name=escaped(str(obj)),
            url=self.spec.row_url(obj.pk),
            edit_url=self.spec.edit_url(obj.pk),
            lead=escaped(self.main.lead(obj)) if self.main.lead else SafeString(),
            main=self.render_main(obj),
            # Of escaped parts and constants.
            below=SafeString(below + note),
            cells=SafeString(html),
        )

    def _opening_tag(self, column: Column) -> str:
        """On the phone a cell stands at the end of the row, or nowhere."""
        at_end = column.phone == "end" or (not column.phone and column.key == self.spec.status_field)
        css = f' class="{column.css}"' if column.css else ""
        place = column.phone if column.phone == "call" else "end" if at_end else ""
        return f'<td{css} data-m="{place}">' if place else f"<td{css}>"
