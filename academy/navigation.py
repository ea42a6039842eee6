"""The menu, as data."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from academy.crud.theme import theme_of


class Item(NamedTuple):
    key: str
    label: str | Promise
    icon: str
    url_name: str
    permission: str | None  # None: for everybody who works in the program
    group: str = ""


MENU = (
    Item("d", _("Dashboard"), "layout-dashboard", "dashboard", None),
    Item("s", _("Students"), "users", "students:student-list", "students.view_student"),
    Item("c", _("Courses"), "sitemap", "courses:course-list", "courses.view_course"),
    Item("f", _("Facilities"), "map-pin", "facilities:facility-list", "facilities.view_facility"),
    Item("t", _("Staff"), "users-group", "programs:staff", "programs.view_userprogramassignment"),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`: the entries this user may open, and `theme`."""
    if getattr(request, "program", None) is None:
        return {"nav": [], "theme": theme_of(request)}
    entries = []
    for item in MENU:
        if item.permission is None or request.user.has_perm(item.permission):
            url = reverse(item.url_name)
            active = request.path == url if url == "/" else request.path.startswith(url)
            entries.append(
                {"key": item.key, "label": item.label, "icon": item.icon, "url": url, "active": active}
            )
    return {"nav": entries, "theme": theme_of(request)}
