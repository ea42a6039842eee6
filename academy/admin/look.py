"""Settings of Unfold, the theme of the Django admin: the colours (as in static/src/css/tokens.css) and the menu."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

# The models in the menu, by group; what is not named here comes last.
GROUPS: tuple[tuple[Any, dict[str, str]], ...] = (
    (
        _("Academy"),
        {
            "programs.program": "category",
            "accounts.user": "person",
            "programs.userprogramassignment": "badge",
            "programs.invitation": "mail",
        },
    ),
    (
        _("Rows of the program"),
        {
            "students.student": "group",
            "courses.course": "school",
            "courses.curriculum": "account_tree",
            "courses.module": "view_module",
            "courses.lesson": "menu_book",
            "facilities.facility": "location_on",
        },
    ),
    (
        _("Records"),
        {
            "programs.allprogramsvisit": "visibility",
            "desk.savedview": "bookmark",
            "desk.draft": "edit_note",
        },
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu: the dashboard, the registered models in their groups, the history of all."""
    from django.contrib import admin

    registered = {model._meta.label_lower: model for model in admin.site._registry}  # noqa: SLF001

    def item(label: str, icon: str) -> dict[str, Any]:
        meta = registered.pop(label)._meta
        link = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        title = str(meta.verbose_name_plural)
        return {"title": title[:1].upper() + title[1:], "icon": icon, "link": link}

    first = {"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [first]}]
    for heading, models in GROUPS:
        items = [item(label, icon) for label, icon in models.items() if label in registered]
        groups.append({"title": heading, "separator": True, "items": items})
    history = {"title": _("History"), "icon": "history", "link": reverse("admin:history")}
    groups[-1]["items"].insert(0, history)
    others = [item(label, "table_rows") for label in sorted(registered)]
    return [*groups, {"title": _("Further"), "separator": True, "items": others}] if others else groups


def styles(name: str) -> Any:
    return lambda request: static(name)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Academy administration"),
    "SITE_HEADER": "Academy",
    "SITE_SUBHEADER": _("Administration"),
    "SITE_ICON": styles("icons/favicon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": styles("icons/favicon.svg")}],
    "SITE_URL": lambda request: reverse("dashboard"),
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "THEME": "academy.admin.site.theme",
    "STYLES": [styles("css/admin.css"), styles("css/admin-pages.css")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "base": {
            "50": "oklch(97.9% .003 255)",
            "100": "oklch(96.4% .004 255)",
            "200": "oklch(92.6% .005 255)",
            "300": "oklch(87% .007 255)",
            "400": "oklch(67% .011 260)",
            "500": "oklch(51.5% .016 260)",
            "600": "oklch(42% .016 260)",
            "700": "oklch(33% .012 262)",
            "800": "oklch(26.6% .01 262)",
            "900": "oklch(18.6% .007 262)",
            "950": "oklch(15.5% .006 262)",
        },
        "primary": {
            "50": "oklch(96.2% .019 264)",
            "100": "oklch(93% .034 264)",
            "200": "oklch(87% .065 264)",
            "300": "oklch(80% .1 264)",
            "400": "oklch(74% .12 264)",
            "500": "oklch(68% .15 264)",
            "600": "oklch(51% .196 264)",
            "700": "oklch(46% .196 264)",
            "800": "oklch(39% .17 264)",
            "900": "oklch(33% .13 264)",
            "950": "oklch(24% .09 264)",
        },
        "font": {
            "subtle-light": "var(--color-base-500)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-600)",
            "default-dark": "oklch(78% .009 260)",
            "important-light": "oklch(22% .015 260)",
            "important-dark": "oklch(95% .004 260)",
        },
    },
    "COMMAND": {"search_models": True, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": navigation,
    },
}

# Unfold brings no translations: its texts that pages show, for ours; and Django's words for saving, which differ from
# those of our pages.
UNFOLD_TEXTS = (
    gettext_noop("Filters"),
    gettext_noop("Type to search"),
    gettext_noop("Search apps and models..."),
    gettext_noop("Select action"),
    gettext_noop("Select record"),
    gettext_noop("Select value"),
    gettext_noop("Run"),
    gettext_noop("General"),
    gettext_noop("No results matching your query"),
    gettext_noop(" By %(filter_title)s "),
    gettext_noop("Apply Filters"),
    gettext_noop("Go back"),
    gettext_noop("Loading more results..."),
    gettext_noop("No results found"),
    gettext_noop("Reset filters"),
    gettext_noop("Select action to run"),
    gettext_noop("Select all rows"),
    gettext_noop("This page yielded into no results. Create a new item or reset your filters."),
    gettext_noop("Toggle password visibility"),
    gettext_noop("True"),
    gettext_noop("False"),
    gettext_noop("After you've created a user, you’ll be able to edit more user options."),
    gettext_noop(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the "
        'password using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
    ),
    gettext_noop("Password-based authentication"),
    gettext_noop("Enabled"),
    gettext_noop("Disabled"),
    gettext_noop(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able "
        "to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    gettext_noop("Save and add another"),
    gettext_noop("Save and continue editing"),
    gettext_noop("Save and view"),
)
