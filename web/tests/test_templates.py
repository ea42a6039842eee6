"""The whitespace of templates: what stands for the reader is taken out, what a browser shows stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Engine, engines
from django.template.base import TextNode
from django.template.loader import get_template

from web.templates import BLOCK_TAGS, compact


@pytest.mark.parametrize(
    ("source", "compacted"),
    [
        ("<div>\n  <p>\n    Words\n  </p>\n</div>\n", "<div><p>Words</p></div>"),
        ("<p>\n  One\n  <b>two</b>\n  three\n</p>", "<p>One <b>two</b> three</p>"),
        ("<a>One</a>\n<a>two</a>", "<a>One</a> <a>two</a>"),
        ("<a>One</a><a\n>two</a>", "<a>One</a><a>two</a>"),
        ("<b>{{ x }}</b>\n{{ y }}", "<b>{{ x }}</b> {{ y }}"),
        ("One  two", "One  two"),  # within a line nothing changes
        ("<ul>\n  {% for x in y %}\n    <li>{{ x }}</li>\n  {% endfor %}\n</ul>", "<ul>{% for x in y %}<li>{{ x }}</li>{% endfor %}</ul>"),
        ("{% if a %}\n  One\n{% endif %}\n{% if b %}\n  two\n{% endif %}", "{% if a %}One{% endif %} {% if b %}two{% endif %}"),
        ("{# Why. #}\n{% load i18n %}\n<p>One</p>", "{# Why. #}{% load i18n %}<p>One</p>"),
        ("One\n{# why #}\ntwo", "One {# why #} two"),
        ("A\n{% if b %}\n  · {{ b }}\n{% endif %}\nc", "A {% if b %}· {{ b }}{% endif %} c"),
        ("{% for a in b %}\n{{ a }}\n{% endfor %}\nc", "{% for a in b %}{{ a }} {% endfor %} c"),
        ("a\n{% if b %}\nc\n{% else %}\nd\n{% endif %}\n<p>", "a {% if b %}c{% else %}d{% endif %}<p>"),
        ("<b>\n  {% if a %}\n    One\n  {% elif b %}\n    two\n  {% else %}\n    3\n  {% endif %}\n</b>", "<b>{% if a %}One{% elif b %}two{% else %}3{% endif %}</b>"),
        ("{% if a %}\nx\n{% if b %}y{% else %}z{% endif %}\n{% else %}\nw\n{% endif %}\n<p>", "{% if a %}x {% if b %}y{% else %}z{% endif %}{% else %}w{% endif %}<p>"),
        ('<a\n  class="b"\n  href="{{ url }}"\n>One</a>', '<a class="b" href="{{ url }}">One</a>'),
        ('<a\n  {% if b %}class="b"{% endif %}\n  id="c"\n>', '<a{% if b %} class="b"{% endif %} id="c">'),
        ('<a\n  id="c"\n  {% if b %}\n    class="b"\n  {% endif %}\n>', '<a id="c"{% if b %} class="b"{% endif %}>'),
        ('<a {% if b %}c{% elif d %}\ne{% else %}f{% endif %} g>', '<a{% if b %} c{% elif d %} e{% else %} f{% endif %} g>'),
        ('<a {% if b %}{% if c %}d{% else %}e{% endif %}{% endif %}>', '<a{% if b %}{% if c %} d{% else %} e{% endif %}{% endif %}>'),
        ('<a\n{% for b in c %}\nd\n{% endfor %}\n>', "<a {% for b in c %} d {% endfor %}>"),
        ('<a title="{% translate "a\nb" %}\n c">', '<a title="{% translate "a\nb" %}\n c">'),
        ('<a class="\n  b{% if c %} d\n  e{% endif %}\n" title="f\n g">', '<a class="b{% if c %} d e{% endif %}" title="f\n g">'),
        ("<pre>\n a\n</pre>\n<p>", "<pre>\n a\n</pre><p>"),
        ("<textarea\n  name='a'\n>\n{{ text }}\n</textarea>", "<textarea name='a'>\n{{ text }}\n</textarea>"),
        ("{% blocktranslate %}\n <p>\n a{% endblocktranslate %}\n<p>", "{% blocktranslate %}\n <p>\n a{% endblocktranslate %}<p>"),
        ("<button>\n  One\n</button>\n<button>two</button>", "<button>One</button> <button>two</button>"),
        ("{% csrf_token %}\n<input>\n<input>", "{% csrf_token %}<input> <input>"),
        ("{% url 'x' as y %}\n<p>", "{% url 'x' as y %}<p>"),
        ("a < b\nc > d", "a < b c > d"),
    ],
)  # fmt: skip
def test_what_a_browser_shows_stays(source: str, compacted: str) -> None:
    assert compact(source) == compacted
    assert compact(compacted) == compacted


def test_tags_that_give_blocks_exist() -> None:
    engine = engines["django"].engine
    libraries = {
        name
        for library in [*engine.template_builtins, *engine.template_libraries.values()]
        for name in library.tags
    }
    assert libraries >= BLOCK_TAGS


def test_templates_are_compact_once_they_are_loaded() -> None:
    nodes = get_template("403.html").template.nodelist.get_nodes_by_type(TextNode)
    assert nodes
    assert not any("\n" in node.s for node in nodes)


def test_templates_of_libraries_are_left_as_they_are() -> None:
    nodes = get_template("allauth/elements/field.html").template.nodelist.get_nodes_by_type(TextNode)
    assert any("\n" in node.s for node in nodes)


def test_the_lines_of_a_mail_are_left(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        "<ul>\n  {% if shown %}\n\n    <li>a  b</li>\n  {% endif %}\n</ul>\n"
    )
    (tmp_path / "templates" / "mail.txt").write_text("Dear\n\n  {{ name }}")
    loaders = [("web.templates.Loader", ["django.template.loaders.filesystem.Loader"])]
    engine = Engine(dirs=[str(tmp_path / "templates")], loaders=loaders)
    assert engine.get_template("page.html").render(Context({"shown": True})) == "<ul><li>a  b</li></ul>"
    assert engine.get_template("mail.txt").render(Context({"name": "Ann"})) == "Dear\n\n  Ann"
