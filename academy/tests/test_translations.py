"""The lint that finds what nobody marked for translation, and German as users get it."""

from __future__ import annotations

import datetime

import pytest
from django.utils import formats, translation

from accounts.models import Role
from scripts.translations import check, unmarked_in


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        '<a href="/" title="Go home">{{ name }}</a>',
        '<input placeholder="Search {{ names }}">',
        '<button data-confirm="Archive {{ name }}?">{% icon "x" %}</button>',
        '{% include "x.html" with heading="Nothing here" %}',
        '{{ name|default:"Nobody" }}',
        '{{ number }} row{{ number|pluralize:"s" }}',
        '{{ day|date:"j F Y" }}',
        "<p>{% if a %}Yes, indeed{% endif %}</p>",
    ],
)
def test_a_text_that_is_not_marked(source: str) -> None:
    assert list(unmarked_in(source))


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "Hello" %}</p>',
        "<p>{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}</p>",
        '{% include "x.html" with heading=_("Nothing here") icon="users" %}',
        '{{ name|default:_("Nobody") }}',
        '{{ day|date:"DATE_FORMAT" }} · {{ day|date:"c" }}',
        "<kbd>Ctrl</kbd> <kbd>/</kbd> … 12 %",
        "{# A remark #}<script>const words = 1</script>",
        '<legend{% if a %} class="sr-only"{% endif %}>{{ label }}</legend>',
        '<{% if a %}a href="/"{% else %}span{% endif %} class="row">{{ label }}</{% if a %}a{% else %}span{% endif %}>',
    ],
)
def test_a_text_that_is_marked_or_needs_no_mark(source: str) -> None:
    assert list(unmarked_in(source)) == []


def test_every_text_is_marked_translated_and_compiled(capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == 0, capsys.readouterr().out


def test_german() -> None:
    with translation.override("de"):
        assert Role.TUTOR.label == "Tutor:in"
        assert formats.date_format(datetime.date(2026, 11, 3), "DATE_FORMAT") == "3. November 2026"
        assert formats.number_format(1234567, force_grouping=True) == "1.234.567"


def test_english_dates_are_the_same_in_every_country() -> None:
    with translation.override("en-gb"):
        day = datetime.datetime(2026, 4, 5, 14, 30, tzinfo=datetime.UTC)
        assert formats.date_format(day, "SHORT_DATE_FORMAT") == "5 Apr 2026"
        assert formats.date_format(day, "TIME_FORMAT") == "14:30"
