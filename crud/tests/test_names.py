import unicodedata

import pytest

from crud.names import CleanCharField, clean_name, search_words
from programs.testing import rows


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Zoë", "Zoë"),
        (unicodedata.normalize("NFD", "Zoë 민준 が й"), "Zoë 민준 が й"),
        ("e\u200b\u0301", "é"),  # what stood between is gone before it is composed
        ("A\u00add\u200ba\u2060m\ufeff", "Adam"),
        ("\u202eevil\u202c\u200f", "evil"),
        ("\u3000 Ann\u00a0", "Ann"),
        ("Ann\nLee\t\r\nX", "Ann Lee X"),
        ("\u200b\u00ad", ""),
        ("\u3164", ""),
        ("a\u200db", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian is written with it
        ("علی\u200c", "علی"),
        ("क्\u200dष", "क्\u200dष"),
        ("葛\U000e0100城", "葛\U000e0100城"),  # chooses how the name is written
        ("a\ufe0fb", "ab"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("a\ufe0f\u200d🔥", "a🔥"),
        ("🚀\u200dAnn", "🚀Ann"),
        ("\x07Bell\x7f", "Bell"),
        ("O’Brien-Smith", "O’Brien-Smith"),
    ],
)
def test_a_name_is_kept_composed_and_without_what_nobody_sees(typed, kept):
    assert clean_name(typed) == kept
    assert clean_name(kept) == kept


def test_the_database_cleans_as_python_does(db):
    """Each character of Unicode alone, between Latin, Arabic and Chinese letters; those that both have assigned."""
    texts = [
        f"{before}{chr(code)}{after}"
        for before, after in (
            ("a", "b"),
            ("ا", "ب"),
            ("中", "中"),
            ("🚀", "🚀"),
            ("🚀\ufe0f", "🚀"),
            ("", ""),
        )
        for code in (
            *range(1, 0xD800),
            *range(0xE000, 0x10000),
            *range(0xE0000, 0xE0200),
            *range(0x1BC90, 0x1BCB0),
        )
        if unicodedata.category(chr(code)) != "Cn"
    ]
    found = rows(
        "SELECT academy_clean_name(name) FROM unnest(%s::text[]) WITH ORDINALITY AS t(name, place) ORDER BY place",
        texts,
    )
    different = [
        (text, one, clean_name(text))
        for text, (one,) in zip(texts, found, strict=True)
        if one != clean_name(text)
    ]
    assert different == []


def test_a_field_with_nothing_visible_is_empty():
    field = CleanCharField()
    with pytest.raises(Exception, match="This field is required"):
        field.clean("\u200b\u00ad\u3164")
    assert field.clean(" e\u0301\u200b ") == "é"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Last, First", ["Last", "First"]),
        ("Anne-Marie  Smith‐Jones", ["Anne", "Marie", "Smith", "Jones"]),
        ("STU-2026-0001", ["STU-2026-0001"]),
        ("a-b@example.org", ["a-b@example.org"]),
        ("- ,", ["-"]),
        ("R & B", ["R", "B"]),
        ("&", ["&"]),
        ("'", []),
        ("a b c d e f g h i j", list("abcdefgh")),
    ],
)
def test_words_of_a_search(text, words):
    assert search_words(text) == words
