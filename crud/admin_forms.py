"""Forms of the pages in the Django admin: the same fields, validation and messages, with the classes of the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.widgets import Input
from django.http import HttpRequest
from unfold.widgets import CHECKBOX_CLASSES, INPUT_CLASSES, SELECT_CLASSES, TEXTAREA_CLASSES

from crud.forms import JSONRowsField, ModelForm


class AdminForm(ModelForm):
    """The base of the forms in the admin. The admin makes a subclass for each request and sets `admin_request`."""

    admin_request: ClassVar[HttpRequest | None] = None
    searches_rows = False  # the admin has a search of its own: autocomplete_fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, request=self.admin_request, **kwargs)
        for field in self.fields.values():
            add_admin_classes(field)

    def _post_clean(self) -> None:
        super()._post_clean()
        django: Any = self
        try:
            self.instance.validate_constraints(exclude=django._get_validation_exclusions())  # noqa: SLF001
        except ValidationError as error:
            django._update_errors(error)  # noqa: SLF001

    def _check_unique_constraints(self) -> None:
        """Nothing: `_post_clean` checks them with the other constraints."""


def admin_form(form: type[ModelForm]) -> type[AdminForm]:
    """The form class of a page as a form class of the admin."""
    meta = type("Meta", (form.Meta,), {})  # type: ignore[attr-defined]
    return type(f"Admin{form.__name__}", (AdminForm, form), {"Meta": meta})


def add_admin_classes(field: forms.Field) -> None:
    """Give the widget of a field the classes of the admin, unless it has classes of its own."""
    widget = field.widget
    if isinstance(field, JSONRowsField) or "class" in widget.attrs:
        return
    if classes := _classes(widget):
        widget.attrs["class"] = " ".join(classes)


def _classes(widget: forms.Widget) -> list[str]:
    if isinstance(widget, forms.CheckboxInput):
        return CHECKBOX_CLASSES
    if isinstance(widget, forms.Textarea):
        return TEXTAREA_CLASSES
    if isinstance(widget, forms.Select):
        return SELECT_CLASSES
    return INPUT_CLASSES if isinstance(widget, Input) else []


class KeySelect(AutocompleteSelect):
    """Shows the row whose key was sent, and none for what can be no key, which Django would ask the database for."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_key(self.field, key)], attr)


class KeyLookups:
    """For an admin or an inline: its `autocomplete_fields` take whatever is sent."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        admin: Any = self
        if "widget" not in kwargs and db_field.name in admin.get_autocomplete_fields(request):
            kwargs["widget"] = KeySelect(db_field, admin.admin_site, using=kwargs.get("using"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


def is_key(field: Any, key: Any) -> bool:
    """Whether the key could be one of the rows that the foreign key leads to."""
    target: models.Field = field.target_field
    try:
        target.to_python(key)
    except (ValidationError, ValueError, TypeError):
        return False
    return True
