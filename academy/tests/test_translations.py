"""The lint that finds what nobody marked for translation, and German as users get it."""

from __future__ import annotations

import datetime
import errno
import gettext
import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import dateformat, formats, translation

from academy.translations import LOCALE, compile_translations
from accounts.models import Role
from scripts.translations import answers_for_others, check, unmarked_in


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


def test_every_text_is_marked_and_translated(capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == 0, capsys.readouterr().out


# ---- compiled where they are needed


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    """A folder with the source of one small translation, not compiled."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    write(folder / "django.po", "Hallo")
    return tmp_path


def write(path: Path, text: str, *, age: int = 0) -> None:
    path.write_text(
        f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n\nmsgid "Hi"\nmsgstr "{text}"\n'
    )
    time = path.stat().st_mtime_ns - age * 10**9
    os.utime(path, ns=(time, time))


def said(locale: Path) -> str:
    return gettext.translation("django", locale, ["de"]).gettext("Hi")


def test_a_missing_translation_is_compiled_and_stays_while_nothing_changes(locale: Path) -> None:
    compile_translations(locale)
    assert said(locale) == "Hallo"
    before = (locale / "de/LC_MESSAGES/django.mo").stat()
    compile_translations(locale)
    after = (locale / "de/LC_MESSAGES/django.mo").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path.name for path in sorted((locale / "de/LC_MESSAGES").iterdir())] == ["django.mo", "django.po"]


@pytest.mark.parametrize("age", [0, 3_600])
def test_a_source_of_another_time_is_compiled_again(locale: Path, age: int) -> None:
    compile_translations(locale)
    write(locale / "de/LC_MESSAGES/django.po", "Guten Tag", age=age)
    gettext._translations.clear()  # type: ignore[attr-defined]
    compile_translations(locale)
    assert said(locale) == "Guten Tag"


def test_where_nothing_can_be_written_a_missing_translation_is_an_error_and_an_old_one_serves(
    locale: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read_only(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.NamedTemporaryFile", read_only)
        with pytest.raises(ImproperlyConfigured, match=r"de can't be compiled .*Read-only file system"):
            compile_translations(locale)
    compile_translations(locale)
    write(locale / "de/LC_MESSAGES/django.po", "Guten Tag", age=60)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", read_only)
    compile_translations(locale)
    assert "The older one is used" in caplog.text
    gettext._translations.clear()  # type: ignore[attr-defined]
    assert said(locale) == "Hallo"


def test_every_translation_of_ours_is_compiled() -> None:
    sources = sorted(LOCALE.rglob("*.po"))
    assert sources
    assert [path for path in sources if not path.with_suffix(".mo").exists()] == []


def test_german() -> None:
    with translation.override("de"):
        assert Role.TUTOR.label == "Tutor:in"
        assert formats.date_format(datetime.date(2026, 11, 3), "DATE_FORMAT") == "3. November 2026"
        assert formats.number_format(1234567, force_grouping=True) == "1.234.567"


MONTHS = {
    "en-gb": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
SHORT_MONTHS = {
    "en-gb": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
}
ABBREVIATED_MONTHS = {
    "en-gb": "Jan. Feb. March April May June July Aug. Sept. Oct. Nov. Dec.",
    "de": "Jan. Feb. März April Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
}
WEEKDAYS = {
    "en-gb": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
}
SHORT_WEEKDAYS = {"en-gb": "Mon Tue Wed Thu Fri Sat Sun", "de": "Mo Di Mi Do Fr Sa So"}


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_month_and_weekday_by_its_name(language: str) -> None:
    months = [datetime.date(2026, month, 1) for month in range(1, 13)]
    days = [datetime.date(2026, 6, day) for day in range(1, 8)]  # the first is a Monday
    with translation.override(language):
        for letter, names in (("F", MONTHS), ("E", MONTHS), ("M", SHORT_MONTHS), ("N", ABBREVIATED_MONTHS)):
            assert [dateformat.format(day, letter) for day in months] == names[language].split(), letter
        assert [dateformat.format(day, "b").title() for day in months] == SHORT_MONTHS[language].split()
        for letter, names in (("l", WEEKDAYS), ("D", SHORT_WEEKDAYS)):
            assert [dateformat.format(day, letter) for day in days] == names[language].split(), letter


def test_a_long_date_in_may() -> None:
    with translation.override("de"):
        assert formats.date_format(datetime.date(2026, 5, 5), "DATE_FORMAT") == "5. Mai 2026"


@pytest.mark.parametrize(
    ("text", "context", "said", "answers"),
    [
        ("May", None, "Darf", True),
        ("May", "rights of a role", "Darf", False),
        ("May", None, "Mai", False),
        ("Monday", None, "Montags", True),
        ("This field is required.", None, "Pflicht.", True),
        ("Save", None, "Speichern", False),
    ],
)
def test_a_text_of_ours_that_would_answer_for_another(
    text: str, context: str | None, said: str, answers: bool
) -> None:
    catalog = Catalog(locale="de")
    catalog.add(text, said, context=context)
    assert bool(list(answers_for_others(catalog))) is answers


def test_english_dates_are_the_same_in_every_country() -> None:
    with translation.override("en-gb"):
        day = datetime.datetime(2026, 4, 5, 14, 30, tzinfo=datetime.UTC)
        assert formats.date_format(day, "SHORT_DATE_FORMAT") == "5 Apr 2026"
        assert formats.date_format(day, "TIME_FORMAT") == "14:30"
