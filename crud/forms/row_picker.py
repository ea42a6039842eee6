"""The field of a foreign key: a select where few rows can be chosen, else a search as one types.

`use_row_fields` puts it into a form in the place of Django's select, which would hold every row of the program. The search
is that of the list (`crud/lists/matches.py`); static/src/js/picker.js makes a combobox of it. Without a script a button
submits the form, which comes back with the matches as radio buttons; a name that only one row has needs no button.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import flatatt
from django.forms.widgets import Media, Script
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crud.lists.matches import Matches, find_matches, find_named
from crud.registry import views_of

MAX_OPTIONS = 50
"""Up to so many rows stand in a select; more are searched."""


class Entered(NamedTuple):
    """What a row picker posts: the key of the chosen row, the visible text, and that text as it was when the key was set.

    A select posts the key alone, and ``text`` is None. A text that differs from ``chosen_text`` was typed afterwards, and
    replaces the key.
    """

    key: str
    text: str | None
    chosen_text: str

    def __str__(self) -> str:
        return self.text or ""

    @property
    def typed(self) -> str | None:
        """The text that says which row is meant, "" for none; None where the key says it."""
        if self.text is None or (self.key and self.text == self.chosen_text):
            return None
        return self.text.strip()


class RowPicker(forms.Widget):
    """Renders a `RowField`, which sets itself as ``field``. Posts ``<name>``, ``<name>-text`` and ``<name>-chosen``."""

    field: RowField
    shows_matches = False
    """Whether what matches the text stands below it: after the button "Search", or where the text was not clear."""

    @property
    def media(self) -> Media:
        script: Any = Script("js/picker.js", defer=True)
        return Media() if self.field.options is not None else Media(js=[script])

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Entered:
        return Entered(data.get(name) or "", data.get(f"{name}-text"), data.get(f"{name}-chosen", ""))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-text" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        entered = value if isinstance(value, Entered) else Entered(str(value or ""), None, "")
        attrs = self.build_attrs(self.attrs, attrs)
        context = {"name": name, "id": attrs.get("id", name), "field": self.field, "key": entered.key}
        if self.field.options is not None:
            attrs |= {"class": "select"}
            template = "crud/fields/row_select.html"
        else:
            attrs |= {"class": "input"}
            template = "crud/fields/row_picker.html"
            context |= self._search_context(entered)
        return render_to_string(template, {**context, "attrs": flatatt({**attrs, "name": None})})

    def _search_context(self, entered: Entered) -> dict[str, Any]:
        if entered.text is None:
            row = self.field.row(entered.key)
            entered = Entered(entered.key, self.field.label_of(row), "") if row else Entered("", "", "")
        elif entered.typed is not None:
            entered = entered._replace(key="")
        matches = self.field.matches(entered.text or "") if self.shows_matches and entered.typed else None
        return {
            "key": entered.key,
            "text": entered.text,
            "matches": matches,
            "options": self.field.labelled(matches.rows) if matches else (),
        }


class RowField(forms.ModelChoiceField):
    """A foreign key to an entity with a list. ``chosen`` is the key of the row that is stored, which may be archived."""

    widget = RowPicker
    queryset: Any

    def __init__(
        self, field: forms.ModelChoiceField, *, views: Any, request: HttpRequest, chosen: Any, name: str
    ) -> None:
        """Take the place of ``field``. ``name`` is "app.model.field" of the foreign key, "" where it limits nothing."""
        super().__init__(
            field.queryset,
            required=field.required,
            label=field.label,
            help_text=field.help_text,
            initial=field.initial,
            limit_choices_to=field.limit_choices_to,
            disabled=field.disabled,
            validators=field.validators,
        )
        self.error_messages = {**field.error_messages}
        self.widget.attrs |= field.widget.attrs
        self.widget.field = self
        self.views, self.request, self.chosen = views, request, chosen
        self.search_url = reverse(views.url_name("choices")) + (f"?for={name}" if name else "")
        user: Any = request.user
        self.may_search = user.has_perm(views.permission_for("view"))
        if not self.may_search:
            self.queryset = self.queryset.none()

    # --- rows -----------------------------------------------------------------------------------------

    @cached_property
    def options(self) -> list[tuple[Any, str]] | None:
        """(key, label) of every row that can be chosen; None where there are more than `MAX_OPTIONS`."""
        queryset = self.queryset
        if not queryset.ordered and self.views.name_field() == "name":
            queryset = queryset.order_by("name")
        rows = list(queryset[: MAX_OPTIONS + 1])
        if len(rows) > MAX_OPTIONS:
            return None
        if self.chosen and self.chosen not in {row.pk for row in rows}:
            rows += filter(None, [self.row(self.chosen)])
        return self.labelled(rows)

    def row(self, key: Any) -> Any | None:
        """The row that can be chosen by this key, or is."""
        try:
            return self.to_python(key)
        except ValidationError:
            return None

    def to_python(self, value: Any) -> Any:
        if not value or str(value) != str(self.chosen):
            return super().to_python(value)
        return self._chosen_row or super().to_python(value)

    @cached_property
    def _chosen_row(self) -> Any | None:
        """The stored row, which stays what it is also where it could not be chosen any more."""
        model: Any = self.queryset.model
        manager = getattr(model, "with_archived", model._default_manager)
        return manager.filter(pk=self.chosen).first()

    def matches(self, text: str) -> Matches:
        if not self.may_search:
            return Matches(text, [], more=False)
        return find_matches(self.views, self.request, text, self.get_limit_choices_to())

    # --- labels ---------------------------------------------------------------------------------------

    def label_of(self, row: Any) -> str:
        archived = getattr(row, "deleted_at", None) is not None
        return _("%(name)s (archived)") % {"name": row} if archived else str(row)

    def labelled(self, rows: list[Any]) -> list[tuple[Any, str]]:
        """(key, label) of rows; those of one name are told apart by `summary_of`."""
        labels = [self.label_of(row) for row in rows]
        number = Counter(labels)
        summaries = [self.views.summary_of(row) if number[str(row)] > 1 else "" for row in rows]
        return [
            (row.pk, f"{label} · {summary}" if summary else label)
            for row, label, summary in zip(rows, labels, summaries, strict=True)
        ]

    def value_as_text(self, value: Any) -> str:
        """The label of a row, or of the row with a key."""
        row = value if isinstance(value, models.Model) else self.row(value)
        return self.label_of(row) if row is not None else ""

    # --- what was posted ------------------------------------------------------------------------------

    def clean(self, value: Any) -> Any:
        return super().clean(self._key_of(value) if isinstance(value, Entered) else value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if isinstance(data, Entered):
            data = data.key if data.typed is None else data.typed
        return super().has_changed(initial, data)

    def _key_of(self, entered: Entered) -> Any:
        text = entered.typed
        if not text:
            return entered.key if text is None else ""
        if self.may_search:
            named = find_named(self.views, self.request, text, self.get_limit_choices_to())
            if len(named) == 1:
                return named[0].pk
        self.widget.shows_matches = True
        message = _("Choose one of the matches for “%(text)s”.")
        if not self.matches(text).rows:
            message = _("Nothing found for “%(text)s”.")
        raise ValidationError(message % {"text": text[:100]}, code="invalid_choice")


def use_row_fields(form: Any) -> None:
    """Make a `RowField` of each field of a form that is a plain select of the rows of an entity with a list."""
    for name, field in form.fields.items():
        if type(field) is not forms.ModelChoiceField or type(field.widget) is not forms.Select:
            continue
        views = views_of(field.queryset.model) if field.queryset is not None else None
        if views is None or field.to_field_name not in (None, "pk", "id"):
            continue
        chosen = getattr(form.instance, f"{form.column_of(name)}_id", None)
        limited = f"{form.instance._meta.label_lower}.{name}" if field.get_limit_choices_to() else ""
        form.fields[name] = RowField(field, views=views, request=form.request, chosen=chosen, name=limited)


def show_matches(form: Any, name: str) -> bool:
    """Show what matches the text of a field, as its button asks where no script runs.

    Returns False, and changes nothing, where there is no such field.
    """
    field = form.fields.get(name)
    if not isinstance(field, RowField):
        return False
    field.widget.shows_matches = True
    form.without_errors()
    return True
