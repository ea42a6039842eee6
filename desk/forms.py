from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import SavedView


class SavedViewForm(forms.ModelForm):
    """The name of a view, with whom it is shared, whether it opens by default."""

    class Meta:
        model = SavedView
        fields = ("name", "shared_with", "is_default")

    def __init__(self, *args: Any, may_share: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shared_with"].required = False
        self.fields["shared_with"].choices = [  # type: ignore[attr-defined]
            ("", _("Nobody: only I see it")),
            *[choice for choice in SavedView._meta.get_field("shared_with").choices or () if choice[0]],
        ]
        if not may_share:
            del self.fields["shared_with"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if "\0" in name:
            raise forms.ValidationError(_("The name has a character that can't be saved."))
        return name
