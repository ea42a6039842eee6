"""Constant folding: templates give the same text with it and without, in each language."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine
from django.utils import translation

from academy.settings import LOADERS
from performance.constant_folding import Constant, fold_constants
from web.templates import Loader

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
    fold_constants(folded.nodelist)
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
    fold_constants(template.nodelist)
    kinds = [type(node) is Constant for node in template.nodelist]
    assert kinds == [True, False, False, False, False]  # the last is text alone


def test_without_optimisations_nothing_is_rendered_before(engine: Engine, settings: Any) -> None:
    template = engine.from_string('{% load i18n %}a{% translate "Close" %}')
    fold_constants(template.nodelist)
    settings.OPTIMISATIONS = False
    assert template.render(Context()) == "aClose"
    (constant,) = template.nodelist.get_nodes_by_type(Constant)
    assert constant.texts == {}
    settings.OPTIMISATIONS = True
    assert template.render(Context()) == "aClose"
    assert list(constant.texts.values()) == ["aClose"]


def test_without_optimisations_the_loader_folds_nothing(settings: Any) -> None:
    for optimised in (True, False):
        settings.OPTIMISATIONS = optimised
        loader = Loader(Engine.get_default(), LOADERS)
        template = loader.get_template("errors/base.html")
        assert bool(template.nodelist.get_nodes_by_type(Constant)) is optimised
