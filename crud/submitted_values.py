"""The values of a form that was refused before its view ran, with the labels of the form.

The page of the refusal shows them, so that nothing that was typed is lost, and offers to send them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crud.forms import JSONRowsField, TagsField, modelform
from web.http import match_of, model_of

SECRET_FIELDS = ("csrfmiddlewaretoken", "program_context", "view_as", "version", "token")
SECRET = re.compile(r"^code$|password|credential", re.IGNORECASE)
ROW_FIELD = re.compile(r"^(?P<field>.+)-(?P<number>\d+)-(?P<name>[^-]+)$")
LABELS_WITHOUT_FORM: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "reason": gettext_lazy("Reason"),
    "q": gettext_lazy("Search"),
}
"""The labels of inputs that stand in a template and in no form class."""


def labels_from(*form_classes: type[forms.BaseForm]) -> Callable[[Any], Any]:
    """Decorate a view function with its form classes, whose labels `submitted_values` uses.

    Views of the page kit, and class-based views with a `form_class`, need no decorator.
    """

    def decorate(view: Any) -> Any:
        view.label_forms = form_classes
        return view

    return decorate


def submitted_values(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, value as text) of each posted value, without secrets and without what no person has typed."""
    fields = _fields(request)
    submitted = []
    for name, values in request.POST.lists():
        if name in SECRET_FIELDS or SECRET.search(name):
            continue
        label, field = _label_and_field(name, fields)
        if not label:
            continue
        submitted += [(label, text) for value in values if (text := _value_as_text(field, value))]
    return submitted


def resend_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """(name, value) of the hidden inputs of a form that sends the same request again; empty where that is not safe.

    It is safe for what a page of this site has sent, as a form of another site must not get a valid token by being
    refused, and for what contains no secret, which must not be written into a page.
    """
    headers, posted = request.headers, request.POST
    origin = f"{request.scheme}://{request.get_host()}"
    same_origin = headers.get("Sec-Fetch-Site") == "same-origin" or headers.get("Origin") == origin
    if request.method != "POST" or not same_origin or not posted or request.FILES:
        return []
    if any(SECRET.search(name) for name in posted):
        return []
    return [
        (name, value)
        for name, values in posted.lists()
        if name not in ("csrfmiddlewaretoken", "view_as")
        for value in values
    ]


def _fields(request: HttpRequest) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for form_class in _forms(request):
        fields |= form_class.base_fields
    return fields


def _forms(request: HttpRequest) -> Iterable[Any]:
    match = match_of(request)
    if match is None:
        return ()
    func: Any = match.func
    view = getattr(func, "view_class", func)
    if named := getattr(view, "label_forms", None):
        return view(**func.view_initkwargs).label_forms() if callable(named) else named
    if form_class := getattr(view, "form_class", None):
        return (form_class,)
    model = model_of(match)
    return (modelform(model, getattr(view, "fields", None)),) if model is not None else ()


def _label_and_field(name: str, fields: dict[str, forms.Field]) -> tuple[str, forms.Field | None]:
    """The label and the field of a posted name. The label is empty for an input that no person fills in."""
    if name in fields:
        field = fields[name]
        return _label(name, field), field
    if part := ROW_FIELD.match(name):
        rows = fields.get(part["field"])
        if isinstance(rows, JSONRowsField) and part["name"] in rows.formset_class.form.base_fields:
            cell = rows.formset_class.form.base_fields[part["name"]]
            return f"{rows.row_label} {int(part['number']) + 1}, {_label(part['name'], cell)}", cell
        return "", None
    row = fields.get(name.removesuffix("-text"))
    if isinstance(row, forms.ModelChoiceField):
        return _label(name.removesuffix("-text"), row), None
    tags = fields.get(name.removesuffix("_other"))
    if isinstance(tags, TagsField):
        return _label(name, tags), None
    return str(LABELS_WITHOUT_FORM.get(name, "")), None


def _label(name: str, field: forms.Field) -> str:
    """The label of a field, by default made of its name as Django does."""
    return capfirst(str(field.label or name.replace("_", " ")))


def _value_as_text(field: forms.Field | None, value: str) -> str:
    """A posted value as the form showed it; empty for the key of a row, which says nothing to a person."""
    if isinstance(field, forms.ModelChoiceField):
        return ""
    if isinstance(field, forms.BooleanField):
        return _("Yes") if value else ""
    return dict(_choices(field)).get(value, value)


def _choices(field: Any) -> Iterator[tuple[str, str]]:
    for key, label in getattr(field, "choices", ()):
        if isinstance(label, list | tuple):
            yield from ((str(inner), str(text)) for inner, text in label)
        else:
            yield str(key), str(label)
