from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from academy.crud.theme import theme_of

from .models import User
from .preferences import preference, set_preferences, time_zones

# The areas of the names that are in use; the others are old names of the same zones.
AREAS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}
THEMES = (("light", _("Light")), ("dark", _("Dark")), ("system", _("As the device")))
DENSITIES = (("normal", _("Comfortable")), ("compact", _("Compact")))


def language_choices() -> list[tuple[str, str]]:
    return [("", gettext("As the browser asks")), *settings.LANGUAGES]


def time_zone_choices() -> Iterator[Any]:
    """The zones by area, so that typing the beginning of a city finds it."""
    yield "", gettext("As this device")
    yield "UTC", "UTC"
    for area, label in AREAS.items():
        names = sorted(name for name in time_zones() if name.startswith(f"{area}/"))
        yield label, [(name, name.partition("/")[2].replace("_", " ").replace("/", ", ")) for name in names]


class PasswordForm(PasswordChangeForm):
    """Django's, with what a password must be as a sentence and not as a list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = " ".join(map(str, password_validators_help_texts()))


class PreferencesForm(forms.Form):
    """How somebody likes the pages. The theme is a matter of the device: the view puts it into a cookie."""

    language = forms.ChoiceField(label=_("Language"), choices=language_choices, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        required=False,
        help_text=_("Times are shown in it. Open the list and type the name of a city."),
    )
    theme = forms.ChoiceField(
        label=_("Theme of this device"), choices=THEMES, widget=forms.RadioSelect, required=False
    )
    density = forms.ChoiceField(
        label=_("Rows of lists"), choices=DENSITIES, widget=forms.RadioSelect, required=False
    )
    shortcuts = forms.BooleanField(
        label=_("Use single-key shortcuts"),
        required=False,
        help_text=_(
            "Such as / to search and N to add. Switch them off if you dictate or press keys by accident."
        ),
    )

    @classmethod
    def of(cls, request: Any, data: Any = None) -> PreferencesForm:
        """The form with what holds now for the user and the browser of `request`."""
        return cls(
            data,
            initial={
                "language": preference(request.user, "language", ""),
                "time_zone": preference(request.user, "time_zone", ""),
                "theme": theme_of(request),
                "density": request.COOKIES.get("density", "normal"),
                "shortcuts": request.COOKIES.get("shortcuts") != "off",
            },
        )

    def save(self, user: User) -> None:
        chosen = self.cleaned_data
        set_preferences(
            user,
            language=chosen["language"] or None,
            time_zone=chosen["time_zone"] or None,
            density=chosen["density"] or None,
            shortcuts=chosen["shortcuts"],
        )
