"""Templates say the same folded and unfolded, in each language."""

from __future__ import annotations

import pytest
from django.template import Context, Engine
from django.utils import translation

from performance.constant_folding import MOST_KEPT, Constant, Kept, fold

SOURCE = """{% load i18n ui static %}<b>{% translate "Close" %}</b>{# said #}{% icon "x" %}{% url "login" %}
{% if shown %}{% translate "Undo" %} {% static "css/app.css" %}{% else %}{% translate "Cancel" %}!{% endif %}
{% for one in many %}{% icon one %}{% translate "Edit" %}{{ one }}{% endfor %}{% translate "Add" as word %}{{ word }}
{% blocktranslate %}Show results{% endblocktranslate %}{% blocktranslate with x=one %}{{ x }}{% endblocktranslate %}"""

VALUES = {"many": ["plus", "minus"], "shown": True}


@pytest.fixture
def engine() -> Engine:
    from django.template import engines

    return Engine(libraries=engines["django"].engine.libraries)


@pytest.mark.parametrize("shown", [True, False])
def test_a_folded_template_says_the_same_in_each_language(engine: Engine, shown: bool) -> None:
    plain, folded = engine.from_string(SOURCE), engine.from_string(SOURCE)
    fold(folded.nodelist)
    for _again in range(2):
        for language in ("en-gb", "de", "en-gb"):
            with translation.override(language):
                values = {**VALUES, "shown": shown}
                assert folded.render(Context(values)) == plain.render(Context(values))
    with translation.override("de"):
        assert "Schließen" in folded.render(Context(VALUES))


def test_only_what_is_the_same_for_everybody_is_folded(engine: Engine) -> None:
    template = engine.from_string(
        '{% load i18n ui %}a{% translate "Close" %}b{{ x }}{% icon x %}{% translate x %}c'
    )
    fold(template.nodelist)
    kinds = [type(node) is Constant for node in template.nodelist]
    assert kinds == [True, False, False, False, False]  # the last is text alone


FRAME = """{% load ui %}{% kept "menu" %}<p>{{ name }}</p><a href="{{ here }}">{{ csrf_token }}</a>{% endkept %}"""


def test_what_is_kept_is_drawn_once_for_each_frame(engine: Engine) -> None:
    template = engine.from_string(FRAME)

    def draw(name: str, here: str, token: str) -> str:
        values = {"name": name, "here": here, "csrf_token": token, "frame": lambda: (name,)}
        return template.render(Context(values))

    assert draw("Ann", "/a?b=1&c=<", "one") == '<p>Ann</p><a href="/a?b=1&amp;c=&lt;">one</a>'
    assert draw("Ben", "/", "two") == '<p>Ben</p><a href="/">two</a>'
    assert draw("Ann", "/d", "three") == '<p>Ann</p><a href="/d">three</a>'
    (kept,) = template.nodelist.get_nodes_by_type(Kept)
    assert set(kept.texts) == {("Ann",), ("Ben",)}


def test_without_a_frame_nothing_is_kept(engine: Engine) -> None:
    template = engine.from_string(FRAME)
    for name in ("Ann", "Ben"):
        drawn = template.render(
            Context({"name": name, "here": "/", "csrf_token": "t", "frame": lambda: None})
        )
        assert drawn == f'<p>{name}</p><a href="/">t</a>'
        assert template.render(Context({"name": name})) == f'<p>{name}</p><a href=""></a>'
    (kept,) = template.nodelist.get_nodes_by_type(Kept)
    assert kept.texts == {}


def test_no_more_is_kept_than_fits(engine: Engine) -> None:
    template = engine.from_string(FRAME)
    for number in range(MOST_KEPT + 1):
        template.render(Context({"here": "", "csrf_token": "", "frame": lambda number=number: (number,)}))
    (kept,) = template.nodelist.get_nodes_by_type(Kept)
    assert set(kept.texts) == {(MOST_KEPT,)}
