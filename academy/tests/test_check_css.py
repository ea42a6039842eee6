"""The check of the style sheet tells of classes without a rule and of rules without a use, wherever they stand."""

from __future__ import annotations

import pytest

from tools import css_classes
from tools.check_css import UNUSED, Classes, classes_of_project

PYTHON = """
EMPTY = mark_safe('<span class="quiet">–</span>')
WIDGET_CLASSES = {"select": "picker"}
def tone(value): return "loud" if value else ""
def initials(name): return f'<b class="disc t{len(name)}">{name}</b>'
Column("since", css="p3", label="not-a-class")
attrs["class"] = "tall"
"""
SCRIPT = """
// A comment names .nothing and sets className = "nothing".
row.className = `toast ${tone}`;
row.classList.toggle("open", isOpen);
find(".card:not(.shut) > a[href]");
"""


def test_classes_in_a_template() -> None:
    template = (
        '{# class="nothing" #}<p class="card{% if x %} wide{% endif %} sp{{ span }} {{ tone }}">'
        '{% icon "edit" "icon flip" %}{% include "x.html" with tone="danger" title="no class" %}</p>'
    )
    assert css_classes.in_template(template) == {"card", "wide", "sp#", "icon", "flip", "danger"}


def test_classes_in_python() -> None:
    assert css_classes.in_python(PYTHON) == {"quiet", "picker", "loud", "disc", "t#", "p3", "tall"}


def test_classes_in_a_script() -> None:
    assert css_classes.set_by_script(SCRIPT) == {"toast", "open"}
    assert css_classes.sought_by_script(SCRIPT) == {"card", "shut"}


def test_classes_in_a_style_sheet() -> None:
    sheet = '.mt-1\\.5 { top: 1.5rem } /* .gone */ .sm\\:flex:hover > .t0 { background: url("a.svg") }'
    assert css_classes.in_style_sheet(sheet) == {"mt-1.5", "sm:flex", "t0"}


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("product", "templates/page.html"),
        ("product", "students/views.py"),
        ("sought", "static/js/list.js"),
        ("admin", "templates/admin/page.html"),
    ],
)
def test_a_class_without_a_rule(place: str, name: str) -> None:
    classes = Classes(components={"card"}, built={"card"}, product={"a.html": {"card"}})
    assert classes.without_rule() == []
    getattr(classes, place)[name] = {"card", "kard"}
    assert classes.without_rule() == [f"{name}: no style sheet has a rule for the class kard"]


def test_a_class_with_a_variable_part() -> None:
    classes = Classes(components={"t0", "t1"}, built={"t0", "t1"}, product={"ui.py": {"t#"}})
    assert classes.without_rule() == classes.unused() == []
    classes.product["ui.py"] = {"tint#"}
    assert len(classes.without_rule()) == 1
    assert len(classes.unused()) == 2


def test_a_component_that_nothing_uses() -> None:
    classes = Classes(components={"card", "htmx-request"}, built={"card", "htmx-request", "mt-4"})
    classes.product["a.html"] = {"mt-4"}
    assert classes.unused() == ["static/src/css: nothing uses the component: card"]
    classes.product["a.html"] = {"card"}
    assert [trouble.rpartition(": ")[2] for trouble in classes.unused()] == ["mt-4"]


def test_an_exemption_that_is_needed_no_more() -> None:
    stale = Classes(components=set(UNUSED) - {"sortable-ghost"}).stale_exemptions()
    assert "UNUSED: no rule names sortable-ghost" in stale
    assert "WITHOUT_RULE: nothing uses tab" in stale


def test_the_project() -> None:
    assert classes_of_project().troubles() == []
