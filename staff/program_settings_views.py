"""The settings page of a program, for its admins."""

from __future__ import annotations

from typing import Any

import phonenumbers
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from crud.submitted_values import labels_from
from programs.models import Program

from .hooks import hooks


class ProgramSettingsForm(forms.ModelForm):
    phone_region = forms.ChoiceField(
        label=gettext_lazy("Country of phone numbers"),
        required=False,
        help_text=gettext_lazy("Numbers without a country code are dialled as numbers of this country."),
        widget=forms.Select(attrs={"data-regions": True}),  # named by static/js/regions.js
    )

    class Meta:
        model = Program
        fields = ("emergency_details_for_tutors", "phone_region")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions: Any = self.fields["phone_region"]
        regions.choices = [("", _("None: dialled as typed")), *_regions()]


def _regions() -> list[tuple[str, str]]:
    """Choices of countries: two letters, and these with the dialling code."""
    codes = sorted(phonenumbers.SUPPORTED_REGIONS)
    return [(code, f"{code} (+{phonenumbers.country_code_for_region(code)})") for code in codes]


@labels_from(ProgramSettingsForm)
@require_http_methods(["GET", "HEAD", "POST"])
def program_settings(request: Any) -> HttpResponse:
    """Show the settings of the active program; a POST saves them."""
    if not request.user.has_perm("programs.change_program"):
        raise PermissionDenied
    # A copy: the page around a refused form shows the program as it is stored.
    program = Program.objects.get(pk=request.program.pk)
    form = ProgramSettingsForm(request.POST if request.method == "POST" else None, instance=program)
    if form.is_bound and form.is_valid():
        program.save(update_fields=form.Meta.fields)
        messages.success(request, _("The settings of %(program)s are saved.") % {"program": program})
        return redirect("staff:program-settings")
    links = [link for link in hooks.settings_links if request.user.has_perm(link.permission)]
    fields = [(bound, [link for link in links if link.field == bound.name]) for bound in form]
    context = {"form": form, "fields": fields}
    return render(request, "staff/program_settings.html", context, status=422 if form.errors else 200)
