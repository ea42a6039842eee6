"""For tests: what a page shows, what a browser would post, and values for the fields of any model."""

from __future__ import annotations

import datetime
from html.parser import HTMLParser
from typing import Any

from bs4 import BeautifulSoup, Tag
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    EmailField,
    FloatField,
    IntegerField,
    TextField,
)
from django.utils.text import capfirst


def dom(page: Any) -> BeautifulSoup:
    """The document of a page: a response, its HTML as text, or a document already.

    `select` and `select_one` take CSS selectors.
    """
    if isinstance(page, BeautifulSoup):
        return page
    return BeautifulSoup(page if isinstance(page, str) else page.content, "html.parser")


def text_of(element: Tag | None) -> str:
    """The text of an element as a browser shows it: one space where the source has several, or line breaks."""
    assert element is not None, "There is no such element."
    return " ".join(element.get_text().split())


def texts_of(page: Any, selector: str) -> list[str]:
    """The texts of all elements that a CSS selector finds, in the order of the page."""
    return [text_of(element) for element in dom(page).select(selector)]


def row_names(page: Any) -> list[str]:
    """The names of the rows that a list shows: the text of the link to each row."""
    return texts_of(page, 'a[class="block truncate"][href]')


def table_cells(page: Any) -> list[list[str]]:
    """The texts of the cells of the body of a table, row by row; texts of different elements are kept apart."""
    rows = dom(page).select("tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in rows]


def hidden_fields(form: Tag) -> dict[str, str]:
    """Names and values of the hidden fields of a form."""
    return {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}


def form_data(response: Any, form_id: str = "form") -> dict[str, Any]:
    """The values a browser without a script posts for the form with ``form_id`` on the page, by name.

    A name that stands there several times has a list. Submit buttons are left out.
    """
    reader = _Reader(form_id)
    reader.feed(response.content.decode())
    assert reader.found, f"The page has no form with the id {form_id!r}."
    return {name: values[0] if len(values) == 1 else values for name, values in reader.values.items()}


def example_value(field: Any, number: int) -> Any:
    """A value for a field of a model, another for each number. Raises LookupError for a kind it does not know."""
    if isinstance(field, EmailField):
        return f"someone{number}@example.org"
    if isinstance(field, CharField | TextField):
        return f"{capfirst(field.verbose_name)} {number:03}"[: field.max_length]
    if isinstance(field, BooleanField):
        return bool(number % 2)
    if isinstance(field, IntegerField | DecimalField | FloatField):
        return 1 + number % 100
    if isinstance(field, DateTimeField):
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(days=number)
    if isinstance(field, DateField):
        return datetime.date(2026, 1, 1) + datetime.timedelta(days=number)
    raise LookupError(f"Write a factory: no example is known of {field}.")


def another_value(model: type[Any]) -> tuple[str, Any]:
    """A field that everybody may change freely, and a value that rows of factories do not have: a text if there is one."""
    fields = [
        field
        for field in model._meta.local_fields
        if field.editable and not field.generated and not field.choices and not field.is_relation
    ]
    kinds = (CharField | TextField, IntegerField, DateField, BooleanField)
    field = next(field for kind in kinds for field in fields if isinstance(field, kind))
    return field.name, example_value(field, 98)


class _Reader(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.found = form_id, False
        self.values: dict[str, list[str]] = {}
        self.inside = self.in_template = False
        self.select: str | None = None
        self.textarea: str | None = None
        self.text = ""

    def add(self, name: str | None, value: str) -> None:
        if name:
            self.values.setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == self.form_id
            self.found = self.found or self.inside
        if tag == "template":
            self.in_template = True
        if not self.inside or self.in_template:
            return
        name, value = given.get("name"), given.get("value") or ""
        if tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.add(name, value or ("on" if given.get("type") == "checkbox" else ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.add(self.select, value)
        elif tag == "textarea":
            self.textarea, self.text = name, ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "template":
            self.in_template = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.textarea:
            self.add(self.textarea, self.text.removeprefix("\r\n").removeprefix("\n"))
            self.textarea = None
