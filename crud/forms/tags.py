"""A form field for a list of short words: checkboxes for common ones, and a text area for others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class TagsWidget(forms.Widget):
    """The checkboxes and the text area as one widget of the form; ``crud/fields/tags.html`` renders them.

    The checked words are posted under the name of the field, the others, one a line, under ``<name>_other``.
    """

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[list[str], str]:
        checked = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        return list(checked), data.get(f"{name}_other", "")

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_other" not in data


class BoundTags(BoundField):
    """A TagsField in its form, for example ``form["amenities"]``."""

    def as_widget(self, *args: Any, **kwargs: Any) -> SafeString:
        """The words as the Django admin shows them, which renders each widget by this method."""
        return render_to_string("admin/fields/tags.html", {"bound": self})

    @cached_property
    def _words(self) -> tuple[list[str], str]:
        """(checked common words, the other words one a line)."""
        if self.form.is_bound:
            return self.data
        field: TagsField = self.field  # type: ignore[assignment]
        names = field.common_names()
        words = [names.get(str(word).casefold(), str(word)) for word in self.initial or ()]
        return [w for w in words if w in field.common], "\n".join(w for w in words if w not in field.common)

    @property
    def options(self) -> list[tuple[str, str, str, bool]]:
        """(id, word, translated word, whether it is checked) of each common word."""
        words = self.field.common  # type: ignore[attr-defined]
        return [
            (f"{self.auto_id}_{n}", word, gettext(word), word in self._words[0])
            for n, word in enumerate(words)
        ]

    @property
    def other(self) -> str:
        return self._words[1]


class TagsField(forms.Field):
    """A list of short words: a checkbox for each of the ``common`` ones, a line for each other.

    Common words are marked for translation with ``gettext_noop`` and stored in English, whatever the language in
    which they are checked or typed. A word has at most ``max_length`` characters, a list ``max_tags`` words.
    """

    widget = TagsWidget

    def __init__(
        self, common: Sequence[Any] = (), *, max_length: int = 60, max_tags: int = 40, **kwargs: Any
    ) -> None:
        self.common, self.max_length, self.max_tags = tuple(common), max_length, max_tags
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def get_bound_field(self, form: Any, field_name: str) -> BoundField:
        return BoundTags(form, self, field_name)

    def common_names(self) -> dict[str, str]:
        """The common words by their casefolded English and translated forms."""
        translated = {gettext(word).casefold(): word for word in self.common}
        return translated | {word.casefold(): word for word in self.common}

    def value_as_text(self, words: Sequence[str]) -> str:
        """Stored words in one line, translated where they are common ones."""
        return ", ".join(gettext(word) if word in self.common else str(word) for word in words)

    def clean(self, value: Any) -> list[str]:
        checked, other = value or ([], "")
        words: dict[str, str] = {}
        names = self.common_names()
        for line in [*(checked or ()), *(other or "").splitlines()]:
            word = " ".join(line.split())
            word = names.get(word.casefold(), word)
            if "\0" in word:
                raise ValidationError(
                    _("Null characters are not allowed."), code="null_characters_not_allowed"
                )
            if len(word) > self.max_length:
                text = _("“%(word)s…” is longer than %(number)d characters.")
                raise ValidationError(text % {"word": word[:30], "number": self.max_length})
            if word:
                words.setdefault(word.casefold(), word)
        if len(words) > self.max_tags:
            raise ValidationError(_("Give at most %(number)d.") % {"number": self.max_tags})
        if self.required and not words:
            raise ValidationError(self.error_messages["required"], code="required")
        return list(words.values())

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.clean(data) != list(initial or ())
        except ValidationError:
            return True
