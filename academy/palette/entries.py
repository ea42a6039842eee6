"""The entries of the palette that are not rows of models: pages, actions, settings and programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db.models import Model, Q, Value
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from academy.navigation import navigation
from crud.templatetags.ui import glyph, icon
from crud.views import ModelViews, registered
from database.functions import Fold
from programs.models import Program
from web.http import theme_of

from .highlight import highlight, normalize

MOST = 6
"""Entries of a kind."""


@dataclass(frozen=True)
class Entry:
    """A line of the palette. It opens `url`; or it posts `name`=`value` by the form `form` of the page's frame.

    `words` are searched beside the label. `press` is a CSS selector: where the page has that button, it is pressed
    instead of posting.
    """

    label: SafeString | str
    picture: SafeString
    hint: SafeString | str = ""
    url: str = ""
    form: str = ""
    name: str = ""
    value: str = ""
    press: str = ""
    key: str = ""
    words: str = ""


@dataclass
class Group:
    label: str
    items: list[Entry] = field(default_factory=list)


def entities() -> list[type[ModelViews]]:
    """The declarations whose rows and forms the palette offers: the first of each model that has a list."""
    found: dict[type[Model], type[ModelViews]] = {}
    for views in registered():
        if any(page.name == "list" for page in views.pages):
            found.setdefault(views.model, views)
    return list(found.values())


def pages(request: Any) -> list[Entry]:
    """The pages of the menu, the profile and, for super admins, the Django admin."""
    found = [
        Entry(entry["label"], icon(entry["icon"]), url=entry["url"], key=f"G {entry['key'].upper()}")
        for entry in navigation(request)["nav"]
    ]
    found.append(Entry(_("Profile and preferences"), icon("user"), url=reverse("profile")))
    if request.user.is_superuser:
        found.append(Entry(_("Administration"), icon("settings"), url=reverse("admin:index")))
    return found


def additions(request: Any) -> list[Entry]:
    """The forms by which this user may add a row."""
    return [
        Entry(
            _("Add %(name)s") % {"name": views.model._meta.verbose_name},
            icon("plus"),
            url=reverse(views.url_name("create")),
            words=_("new create"),
        )
        for views in entities()
        if request.program and request.user.has_perm(views.permission_for("add"))
    ]


def account_actions(request: Any) -> list[Entry]:
    return [
        Entry(_("Change your password"), icon("lock"), url=reverse("password"), words=_("account")),
        Entry(
            _("Sign out"), icon("logout"), form="logout", name="out", value="1", words=_("log out leave exit")
        ),
    ]


THEMES = (
    ("light", "sun", gettext_lazy("Light theme")),
    ("dark", "moon", gettext_lazy("Dark theme")),
    ("system", "device-desktop", gettext_lazy("Theme of the device")),
)


def appearance_settings(request: Any) -> list[Entry]:
    """The settings of theme, density and language, without those that are in force."""

    def setting(label: str, picture: str, name: str, value: str, words: str, press: str = "") -> Entry:
        return Entry(
            label, icon(picture), form="preferences", name=name, value=value, words=words, press=press
        )

    found = [
        setting(
            str(label),
            picture,
            "theme",
            value,
            _("switch appearance mode"),
            f'#pop-user [data-theme-set="{value}"]',
        )
        for value, picture, label in THEMES
        if value != theme_of(request)
    ]
    compact = request.COOKIES.get("density") == "compact"
    found.append(
        setting(
            _("Comfortable rows") if compact else _("Compact rows"),
            "adjustments-horizontal",
            "density",
            "normal" if compact else "compact",
            _("density lists"),
            "#pop-user [data-density]",
        )
    )
    found += [
        # In its own language, for those who understand only that.
        setting(name, "world", "language", code, f"{_('language')} language {code}")
        for code, name in settings.LANGUAGES
        if code != translation.get_language()
    ]
    return found


def matching(items: Iterable[Entry], words: Sequence[str]) -> list[Entry]:
    """The items of which each of `words` begins a word, those first whose label itself matches."""

    def begins(text: str) -> bool:
        parts = re.split(r"[\s-]+", normalize(text))
        return all(any(part.startswith(word) for part in parts) for word in words)

    found = [item for item in items if begins(f"{item.label} {item.words}")]
    found.sort(key=lambda item: not begins(str(item.label)))
    return [replace(item, label=highlight(str(item.label), words)) for item in found[:MOST]]


def programs(request: Any, words: Sequence[str]) -> list[Entry]:
    """The programs to go to: the user's own; for super admins all, which are looked up."""
    if request.user.is_superuser:
        rows = Program.objects.filter(is_active=True).annotate(folded=Fold("name"))
        for word in words:
            rows = rows.filter(Q(folded__contains=Value(word)) | Q(initials__iexact=word))
        found = list(rows[: MOST + 1])
    else:
        own = [m.program for m in request.memberships]
        found = [p for p in own if all(word in normalize(f"{p} {p.initials}") for word in words)]
    found = [program for program in found if program != request.program]
    items = [
        Entry(
            highlight(program.name, words),
            glyph(program),
            form="switch",
            name="program",
            value=str(program.pk),
        )
        for program in found[:MOST]
    ]
    everything = _("All programs")
    if (
        request.user.is_superuser
        and not request.all_programs
        and all(w in normalize(everything) for w in words)
    ):
        hint = _("Every row; each visit is recorded")
        items.append(
            Entry(highlight(everything, words), glyph(None), hint, form="switch", name="program", value="all")
        )
    return items
