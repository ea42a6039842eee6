"""The atoms of the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import formats, translation

from crud.templatetags import charts, ui
from crud.testing import dom, text_of

ROOT = Path(settings.BASE_DIR)
SPRITE = ROOT / "static" / "vendor" / "icons.svg"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def render(source: str, query: str = "", **context: object) -> str:
    request = RequestFactory().get("/students/" + query)
    return Template("{% load ui charts %}" + source).render(Context({"request": request, **context}))


class ExampleForm(forms.Form):
    name = forms.CharField(help_text="As in the passport.", widget=forms.TextInput(attrs={"class": "own"}))
    level = forms.ChoiceField(choices=[("1", "One"), ("2", "Two")], required=False)
    days = forms.MultipleChoiceField(choices=[("mo", "Monday")], widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(widget=forms.Textarea, required=False)
    consent = forms.BooleanField(required=False)


def test_field_is_tied_to_its_label_help_and_errors():
    form = ExampleForm({"name": ""})
    html = render("{% field form.name span=3 %}", form=form)
    assert '<label for="id_name">Name</label>' in html
    assert 'class="input own"' in html and "sp3" in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html and 'aria-invalid="true"' in html
    assert 'id="id_name_helptext"' in html and 'id="id_name_error"' in html


def test_field_says_when_it_is_optional():
    form = ExampleForm()
    assert "Optional" in render("{% field form.level %}", form=form)
    assert "Optional" not in render("{% field form.level optional=False %}", form=form)
    assert "Optional" not in render("{% field form.name %}", form=form)
    assert "Optional" not in render("{% field form.consent %}", form=form)


@pytest.mark.parametrize(
    ("name", "expected"), [("level", '<select name="level" class="select"'), ("note", 'class="textarea"')]
)
def test_widget_has_the_look_of_its_kind(name: str, expected: str):
    assert expected in render("{% widget bound %}", bound=ExampleForm()[name])


def test_choices_are_a_fieldset_with_a_legend():
    html = render("{% field form.days %}", form=ExampleForm({"name": "x"}))
    assert '<fieldset class="field sp6" id="id_days" aria-describedby="id_days_error">' in html
    assert "<legend>Days</legend>" in html and '<label for="id_days_0">' in html


def test_qs_changes_keeps_and_removes():
    assert render("{% qs sort='name' %}", "?q=a&page=3") == "?q=a&amp;sort=name"
    assert render("{% qs q=None %}", "?q=a&level=1&level=2") == "?level=1&amp;level=2"
    assert render("{% qs page=2 %}", "?q=%C3%A9&page=3") == "?q=%C3%A9&amp;page=2"


def test_pager_links_to_the_pages_around():
    page = Paginator(range(500), 10).page(20)
    html = render("{% pager page %}", "?q=a&page=20", page=page)
    assert 'href="?q=a&amp;page=19"' in html and 'rel="next"' in html
    pages = [text_of(link) for link in dom(html).select("a, [aria-current]") if "Page" in text_of(link)]
    assert [text.removeprefix("Page ") for text in pages] == ["1", "18", "19", "20", "21", "22", "50"]
    assert "pager" not in render("{% pager page %}", page=Paginator(range(5), 10).page(1))


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, (1, 1)),
        (1, (1, 1)),
        (4, (4, 1)),
        (7, (8, 2)),
        (61, (80, 20)),
        (1_000, (1_000, 250)),
        (99_999, (100_000, 25_000)),
    ],
)
def test_scale_of_a_chart_is_round(highest: int, expected: tuple[int, int]):
    assert charts.axis_scale(highest) == expected


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
def test_a_small_number_is_written_as_django_writes_it(language: str):
    with translation.override(language):
        for value in (0, 7, 999, 1000, 12_345, -5, 2.5, True):
            assert ui.number(value) == formats.number_format(value, use_l10n=True, force_grouping=True)


def test_line_chart_has_its_table_and_links():
    html = render(
        "{% chart_line points title='New students' name='Students' key='Month' %}",
        points=[("Oct 2026", 3, "/students/?month=10"), {"label": "Nov 2026", "value": 1200}],
    )
    assert 'href="/students/?month=10"' in html and "1,200" in html
    assert '<th scope="row">Oct 2026</th><td><a href="/students/?month=10">3</a></td>' in html
    assert "style=" not in html


def test_bars_fill_the_longest_and_survive_nothing():
    html = render("{% chart_bars rows title='Levels' %}", rows=[("One", 5, "/x"), ("Two", 10)])
    assert 'width="50.0"' in html and 'width="100.0"' in html and "<td>67%</td>" in html
    assert 'width="0.0"' in render(
        "{% chart_bars rows title='Levels' %}", rows=[("One", 0), ("Two", 2), ("Three", 3)]
    )
    assert "Nothing to show yet" in render("{% chart_bars rows title='Levels' %}", rows=[])
    assert "Nothing to show yet" in render("{% chart_line rows title='Levels' %}", rows=[])


@pytest.mark.parametrize(
    "rows", [[("One", 0)], [("One", 7)], [("One", 7), ("Two", 0)], [("One", 1), ("Two", 1)]]
)
def test_bars_that_would_tell_nothing_are_a_list_of_numbers(rows: list[tuple[str, int]]):
    html = render("{% chart_bars rows title='Levels' %}", rows=rows)
    assert 'class="bars plain"' in html and "<svg" not in html and "<table" not in html
    assert all(f"{label}</span><b>{value}</b>" in html for label, value in rows)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Ana María Ruiz", "AR"), ("小明", "小"), ("élodie öz", "ÉÖ"), ("", ""), ("x", "X")],
)
def test_initials(name: str, expected: str):
    assert ui.initials(name) == expected


def test_text_is_escaped_everywhere():
    evil = "<img src=x onerror=alert(1)>"
    for html in (
        ui.badge(evil),
        ui.avatar(evil),
        render("{% chart_bars rows title=evil %}", rows=[(evil, 1, 'javascript:"')], evil=evil),
        render("{% chart_line rows title=evil %}", rows=[(evil, 1)], evil=evil),
    ):
        assert "<img" not in html


def test_every_icon_named_in_a_template_is_in_the_sprite():
    known = {symbol["id"] for symbol in dom(SPRITE.read_text()).select("symbol[id]")}
    named = {
        (path.name, name)
        for path in TEMPLATES
        for name in re.findall(r"""(?:{% icon |\bicon=)["']([\w-]+)["']""", path.read_text())
    }
    assert named and not {(path, name) for path, name in named if name not in known}


def test_no_template_has_inline_style_or_script():
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r"""\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=["']""", text), path
