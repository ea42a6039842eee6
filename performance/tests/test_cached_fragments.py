"""Cached fragments: rendered once for each key, with the token and the address of each request."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine, TemplateSyntaxError

from performance.cached_fragments import MAX_ENTRIES, CachedFragment


@pytest.fixture
def engine() -> Engine:
    from django.template import engines

    return Engine(libraries=engines["django"].engine.libraries)


SOURCE = """{% load ui %}{% cached_fragment layout_cache_key %}<p>{{ name }}</p><a href="{{ here }}">{{ csrf_token }}</a>{% endcached_fragment %}"""


def test_a_fragment_is_rendered_once_for_each_key(engine: Engine) -> None:
    template = engine.from_string(SOURCE)

    def render(name: str, here: str, token: str) -> str:
        values = {"name": name, "here": here, "csrf_token": token, "layout_cache_key": lambda: (name,)}
        return template.render(Context(values))

    assert render("Ann", "/a?b=1&c=<", "one") == '<p>Ann</p><a href="/a?b=1&amp;c=&lt;">one</a>'
    assert render("Ben", "/", "two") == '<p>Ben</p><a href="/">two</a>'
    assert render("Ann", "/d", "three") == '<p>Ann</p><a href="/d">three</a>'
    (fragment,) = template.nodelist.get_nodes_by_type(CachedFragment)
    assert set(fragment.texts) == {("Ann",), ("Ben",)}


def test_without_a_key_nothing_is_cached(engine: Engine) -> None:
    template = engine.from_string(SOURCE)
    for name in ("Ann", "Ben"):
        text = template.render(
            Context({"name": name, "here": "/", "csrf_token": "t", "layout_cache_key": lambda: None})
        )
        assert text == f'<p>{name}</p><a href="/">t</a>'
        assert template.render(Context({"name": name})) == f'<p>{name}</p><a href=""></a>'
    (fragment,) = template.nodelist.get_nodes_by_type(CachedFragment)
    assert fragment.texts == {}


def test_no_more_is_cached_than_fits(engine: Engine) -> None:
    template = engine.from_string(SOURCE)
    for number in range(MAX_ENTRIES + 1):
        template.render(
            Context({"here": "", "csrf_token": "", "layout_cache_key": lambda number=number: (number,)})
        )
    (fragment,) = template.nodelist.get_nodes_by_type(CachedFragment)
    assert set(fragment.texts) == {(MAX_ENTRIES,)}


def test_without_optimisations_nothing_is_cached(engine: Engine, settings: Any) -> None:
    settings.OPTIMISATIONS = False
    template = engine.from_string(SOURCE)
    values = {"name": "Ann", "here": "/", "csrf_token": "t", "layout_cache_key": lambda: ("Ann",)}
    assert template.render(Context(values)) == '<p>Ann</p><a href="/">t</a>'
    (fragment,) = template.nodelist.get_nodes_by_type(CachedFragment)
    assert fragment.texts == {}


def test_a_fragment_needs_a_key(engine: Engine) -> None:
    with pytest.raises(TemplateSyntaxError, match="one argument"):
        engine.from_string("{% load ui %}{% cached_fragment %}{% endcached_fragment %}")
