"""What somebody had typed into a form that was not saved, in the words of the form."""

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
IN_A_ROW = re.compile(r"^(?P<field>.+)-(?P<number>\d+)-(?P<name>[^-]+)$")
# Of pages whose form is drawn by hand.
OTHER_LABELS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "reason": gettext_lazy("Reason"),
    "q": gettext_lazy("Search"),
}


def labels_from(*form_classes: type[forms.BaseForm]) -> Callable[[Any], Any]:
    """Name the forms of a view function, for the labels of what was typed into them."""

    def marked(view: Any) -> Any:
        view.label_forms = form_classes
        return view

    return marked


def submitted_values(request: HttpRequest) -> list[tuple[str, str]]:
    """(label, value) of each text that was posted, without what is secret and what no person typed."""
    fields = _fields(request)
    found = []
    for name, values in request.POST.lists():
        if name in SECRET_FIELDS or SECRET.search(name):
            continue
        label, field = _described(name, fields)
        if not label:
            continue
        found += [(label, words) for value in values if (words := _in_words(field, value))]
    return found


def resend_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """The hidden fields of a form that sends the same once more; empty where that would not be safe.

    Only what a page of our own has sent: a form of another site must not get a valid token by being refused. Nothing
    with a secret in it, which must not stand in a page.
    """
    headers, posted = request.headers, request.POST
    origin = f"{request.scheme}://{request.get_host()}"
    ours = headers.get("Sec-Fetch-Site") == "same-origin" or headers.get("Origin") == origin
    if request.method != "POST" or not ours or not posted or request.FILES:
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
    """The form classes of the page that a request was sent to."""
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


def _described(name: str, fields: dict[str, forms.Field]) -> tuple[str, forms.Field | None]:
    """The label of a posted name and its field. No label for what a page adds for its own sake."""
    if name in fields:
        field = fields[name]
        return _label(name, field), field
    if row := IN_A_ROW.match(name):
        rows = fields.get(row["field"])
        if isinstance(rows, JSONRowsField) and row["name"] in rows.formset_class.form.base_fields:
            cell = rows.formset_class.form.base_fields[row["name"]]
            return f"{rows.row_label} {int(row['number']) + 1}, {_label(row['name'], cell)}", cell
        return "", None
    tags = fields.get(name.removesuffix("_other"))
    if isinstance(tags, TagsField):
        return _label(name, tags), None
    return str(OTHER_LABELS.get(name, "")), None


def _label(name: str, field: forms.Field) -> str:
    """As Django labels a field that names no label itself."""
    return capfirst(str(field.label or name.replace("_", " ")))


def _in_words(field: forms.Field | None, value: str) -> str:
    """A posted value as the page showed it; empty where it is an id that no person reads."""
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
