"""The form that enters all programs."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        min_length=5,
        max_length=300,
        help_text=_("What you look for, or for whom. It stands in the list of visits."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
