"""The words of the admin and of the pages around it: labels instead of values, German where German is asked for."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from bs4 import NavigableString
from bs4.element import TemplateString
from django.apps import apps
from django.contrib import admin
from django.utils.text import capfirst

from academy.tests.described import ADDED_DOMAINS
from accounts.models import Role, User
from crud.testing import dom
from programs.factories import ProgramFactory
from programs.models import Program, UserProgramAssignment
from programs.testing import ClientFor, PageClient, made_once, make_member, one_of_each
from programs.tests.test_admin_product import url
from staff.factories import InvitationFactory

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
# Words that are the same in both languages, and signs.
SAME = {
    "Academy", "Code", "Name", "Status", "Region", "Team", "Details", "Optional", "System", "Version", "Administration",
    "Football", "Swimming", "Yoga", "Boss", "Text", "Module", "Filter", "PostgreSQL", "Django", "STU", "Ctrl + K", "Person", "esc", "Esc", "GH",
}  # fmt: skip
LABELS_OF_ADDED_DOMAINS = {
    str(capfirst(str(text)))
    for app in ADDED_DOMAINS
    for config in [apps.get_app_config(app)]
    for text in (
        config.verbose_name,
        *(
            text
            for model in config.get_models()
            for text in (model._meta.verbose_name, model._meta.verbose_name_plural)
        ),
        *(field.verbose_name for model in config.get_models() for field in model._meta.fields),
    )
}
TOLD = {
    "label",
    "th",
    "legend",
    "button",
    "h1",
    "h2",
    "h3",
    "summary",
    "option",
    "caption",
    "title",
    "a",
    "dt",
    "p",
    "div",
}


class Words(HTMLParser):
    """The texts of a page that name something, beside those of the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = "material-symbols" in (given.get("class") or "") or given.get("translate") == "no"
        if tag not in ("input", "meta", "link", "br", "img", "hr", "use", "path", "rect"):
            self.open.append("silent" if silent else tag)
        for name in ("title", "aria-label", "placeholder"):
            if words := given.get(name):
                self.found.add(" ".join(words.split()))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("input", "meta", "link", "br", "img", "hr", "use", "path", "rect") and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if (
            re.search(r"[^\W\d_]{2}", text)
            and not {
                "script",
                "style",
                "silent",
                "td",
                "kbd",
                "textarea",
            }
            & set(self.open)
            and TOLD & set(self.open)
        ):
            self.found.add(text)


def words_of(client: PageClient, path: str, language: str) -> set[str]:
    reader = Words()
    reader.feed(client.get(path, headers={"Accept-Language": language}).text)
    return reader.found


@made_once
def filled() -> dict[Any, Any]:
    program = ProgramFactory(name="Yoga")
    member = make_member(Role.TUTOR, program, full_name="Grace Hopper")
    InvitationFactory(programs=[program])
    return {**one_of_each(program), Program: program, User: member}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_the_admin_is_german_where_german_is_asked_for(
    client_for: ClientFor, filled: dict[Any, Any], model: Any
) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, filled[Program], full_name="Boss")
    row = filled.get(model)
    pages = [url(model, "changelist"), url(model, "add")]
    pages += [url(model, "change", row.pk), url(model, "history", row.pk)] if row is not None else []
    for page in pages:
        both = words_of(super_admin, page, "en") & words_of(super_admin, page, "de")
        names = {str(value) for value in (row, *vars(row or object).values())}
        same = SAME | LABELS_OF_ADDED_DOMAINS | names
        left = {text for text in both if text not in same and not _of_data(text, filled)}
        assert left == set(), page


def _of_data(text: str, filled: dict[Any, Any]) -> bool:
    """Whether a text is one of the rows, of the accounts, or a name that is no word."""
    known = " ".join(str(row) for row in filled.values())
    return (
        text in known
        or "@" in text
        or "***" in text
        or text.startswith(("STU-", "member", "M ", "Students.student"))
        or bool(re.search(r"\d", text))
    )


@pytest.mark.parametrize("path", ["/students/quick/", "/staff/", "/staff/invite/", "/view-as/", "/visits/"])
def test_pages_about_people_are_german_too(client_for: ClientFor, filled: dict[Any, Any], path: str) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, filled[Program], full_name="Boss")
    both = words_of(super_admin, path, "en") & words_of(super_admin, path, "de")
    assert {text for text in both if text not in SAME and not _of_data(text, filled)} == set()


def test_roles_are_told_by_their_label(client_for: ClientFor, filled: dict[Any, Any]) -> None:
    """On no page stands the value that the database keeps."""
    program = filled[Program]
    super_admin = client_for(Role.SUPER_ADMIN, program, full_name="Boss")
    for role in Role.values:
        make_member(role, program)
    values = re.compile(r"\b(super_admin|program_admin|program_coordinator|TUTOR)\b")
    member = UserProgramAssignment.objects.filter(program=program).first()
    assert member is not None
    pages = [
        "/",
        "/staff/",
        f"/staff/{member.pk}/",
        "/staff/invite/",
        "/view-as/",
        "/visits/",
        "/accounts/profile/",
    ]
    pages += ["/admin/", "/admin/history/", *(url(model, "changelist") for model in MODELS)]
    for page in pages:
        # Everything but scripts, styles and comments; what stands in templates is text too.
        text = dom(super_admin.get(page)).get_text(" ", types=(NavigableString, TemplateString))
        assert not values.search(text), (page, values.search(text))
    labels = super_admin.get(url(User, "changelist"), headers={"Accept-Language": "de"}).text
    for label in ("Super-Admin", "Programm-Admin", "Koordination", "Tutor:in"):
        assert f">{label}<" in "".join(labels.split()), label


def test_icons_are_not_read_aloud(client_for: ClientFor, filled: dict[Any, Any]) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, filled[Program], full_name="Boss")
    for page in ("/admin/", url(User, "changelist"), url(User, "add"), "/admin/search/?extended=1&s=grace"):
        icons = dom(super_admin.get(page)).select('[class*="material-symbols-outlined"]:not(input)')
        assert icons, page
        assert [icon for icon in icons if icon.get("aria-hidden") != "true"] == [], page
