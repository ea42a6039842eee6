"""The entries of the menu, and the context that the layout of every page needs."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from web.http import theme_of


class MenuEntry(NamedTuple):
    key: str
    label: str | Promise
    icon: str
    url_name: str
    permission: str | None  # None: for everybody who works in the program
    group: str = ""


MENU = (
    MenuEntry("d", _("Dashboard"), "layout-dashboard", "dashboard", None),
    MenuEntry("s", _("Students"), "users", "students:student-list", "students.view_student"),
    MenuEntry("c", _("Courses"), "sitemap", "courses:course-list", "courses.view_course"),
    MenuEntry("f", _("Facilities"), "map-pin", "facilities:facility-list", "facilities.view_facility"),
    MenuEntry("t", _("Staff"), "users-group", "staff:list", "programs.view_userprogramassignment"),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`nav`: the entries this user may open, `theme`, `here`: this address, `layout_cache_key`."""
    entries = []
    for entry in MENU if getattr(request, "program", None) is not None else ():
        if entry.permission is None or request.user.has_perm(entry.permission):
            url = reverse(entry.url_name)
            active = request.path == url if entry.url_name == "dashboard" else request.path.startswith(url)
            entries.append(
                {"key": entry.key, "label": entry.label, "icon": entry.icon, "url": url, "active": active}
            )
    return {
        "nav": entries,
        "theme": theme_of(request),
        "here": request.get_full_path(),
        "layout_cache_key": partial(layout_cache_key, request, entries),
    }


def layout_cache_key(request: Any, entries: list[dict[str, Any]]) -> tuple[Any, ...] | None:
    """Everything that the layout of a page depends on: the key of the {% cached_fragment %}s in `base.html`.

    Without the token of its forms and the address, which such a fragment puts in. None where nobody is signed in.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    view_as, cookies = getattr(request, "view_as", None), request.COOKIES
    return (
        get_language(),
        (user.pk, user.username, user.full_name, user.email, user.is_superuser),
        getattr(request, "role", None),
        _look_of(getattr(request, "program", None)),
        tuple((m.role, *_look_of(m.program)) for m in getattr(request, "memberships", ())),
        getattr(request, "all_programs", False),
        getattr(request, "page_program", ""),
        view_as and view_as.visit,
        tuple((entry["url"], entry["active"]) for entry in entries),
        theme_of(request),
        cookies.get("density"),
        cookies.get("shortcuts"),
    )


def _look_of(program: Any) -> tuple[Any, ...]:
    return (program.pk, program.name, program.initials, program.color) if program is not None else ()
