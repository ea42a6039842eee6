"""How names are stored, and how texts are split and normalized for a search."""

from __future__ import annotations

import re
import unicodedata

from django import forms

MAX_WORDS = 8
APOSTROPHES = "'`´‘’‛ʹʻʼʽˈ′＇"

# As in the migration that makes `academy_clean_name`; a test compares the two.
INVISIBLE = (
    "\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
JOINERS, SELECTORS = "\u200c\u200d", "\ufe00-\ufe0f\U000e0100-\U000e01ef"
JOINED = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ua840-\ua87f"
PICTURES = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\U0001f000-\U0001faff"
IDEOGRAPHS = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))

_unseen = re.compile(
    f"[{INVISIBLE}]|(?<![{JOINED}{PICTURES}])(?<![{PICTURES}]\ufe0f)[{JOINERS}]"
    f"|[{JOINERS}](?![{JOINED}{PICTURES}])|(?<![{IDEOGRAPHS}{PICTURES}])[{SELECTORS}]"
)
_breaks = re.compile("[\t-\r\x85\u2028\u2029]+")
_between = re.compile(r"[\s,;\u060c\u3001\uff0c\u061b]+")
_hyphens = re.compile("[-\u2010-\u2015\u2212\u05be]+")


def clean_name(text: str) -> str:
    """The name as it is stored: in NFC, on one line, without invisible characters.

    A joiner stays between letters of a script that needs it, such as Persian, and between emoji; a variation selector
    stays after an ideograph or an emoji. The trigger `clean_names` does the same for all other writes.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    text = unicodedata.normalize("NFC", _unseen.sub("", text))
    return _breaks.sub(" ", text).strip(SPACES)


class CleanCharField(forms.CharField):
    """A name in a form. A text of invisible characters alone counts as empty."""

    def to_python(self, value: object) -> str | None:
        text = super().to_python(value)
        return clean_name(text) if text else text


def normalize_text(text: str) -> str:
    """A text in lower case without accents and apostrophes, much as the search columns of the database have it.

    It serves to highlight matches; which rows match is decided by the database.
    """
    decomposed = unicodedata.normalize("NFKD", text.lower())
    letters = (c for c in decomposed if not unicodedata.combining(c) and c not in APOSTROPHES)
    return "".join(letters).replace("ς", "σ")


def search_words(text: str) -> list[str]:
    """The words of a search: "Last, First" and "Anne-Marie" are two each, "2026-0001" is one."""
    words: list[str] = []
    for word in _between.split(text):
        parts = [word] if any(c.isdigit() for c in word) or "@" in word else _hyphens.split(word)
        words += [part for part in parts if any(c.isalnum() for c in part)]
    # In a text of signs alone, the signs are the words: "&" may be in the name of a course.
    return (words or [word for word in _between.split(text) if word.strip(APOSTROPHES)])[:MAX_WORDS]
