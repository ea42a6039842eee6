from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.roles import assignable_role_choices

from .models import SavedView


class SavedViewForm(forms.ModelForm):
    """The name of a view, with whom it is shared, whether it opens by default."""

    shared_with = forms.MultipleChoiceField(
        label=_("Share with"),
        choices=assignable_role_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = SavedView
        fields = ("name", "shared_with", "is_default")

    def __init__(self, *args: Any, may_share: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared_with"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if "\0" in name:
            raise forms.ValidationError(_("The name has a character that can't be saved."))
        return name
