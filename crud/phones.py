"""What a phone dials for a number that somebody typed."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import Leniency, NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberMatcher

from performance.memoization import memoize

NO_REGION = "ZZ"
FEWEST_DIGITS, MOST_DIGITS = 3, 15  # a short number such as 112; the longest of ITU-T E.164
FEWEST_OF_A_SUBSCRIBER = 6  # fewer digits between two separators are a part of one number
SEPARATOR = re.compile(r"\s*(?:[;,/|\n]|(?<=\d)\s*(?=\+)|\b(?:or|and|oder|und)\b)\s*", re.IGNORECASE)
EXTENSION = re.compile(
    r"\s*(?:;ext=|(?:\b|(?<=\d))(?:ext(?:ension|n)?|x|durchwahl|dw)\.?:?|#)\s*(\d{1,7})\s*$", re.IGNORECASE
)
VANITY = re.compile(r"\+?\d[\d ().-]*[ .-][A-Za-z]{3,}[\dA-Za-z .-]*$")
DIGITS = re.compile(r"\+?[\d ()./-]*\d")


def validate_phone_region(code: str) -> None:
    """Raises ValidationError for a country that has no phone numbers. Empty is no country."""
    if code and code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValidationError(_("Enter the two capital letters of a country, such as DE or GB."))


@memoize(20_000)
def dialled(text: str, region: str = "") -> str:
    """What follows `tel:` in a link that calls the first number of a text; empty where nothing can be dialled.

    A number that is valid in `region` (two letters, as in ISO 3166), or that begins with "+" and a country code, is
    dialled in its international form; any other as it was typed. An extension follows after a comma, which is a
    pause. Vanity letters are digits. Words around a number are left out.
    """
    text = _plain(text)
    for candidate in (text, *_parts(text)):
        if found := _international(candidate, region) or _vanity(candidate, region):
            return found
    if found := _within(text, region):
        return found
    first = next(iter(_parts(text)), text)
    return _as_typed(first)


def _plain(text: str) -> str:
    """The text with ASCII digits, letters and signs where another script or width has its own."""
    text = unicodedata.normalize("NFKC", text).replace("\u2011", "-").replace("\u2013", "-")
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text).strip()


def _parts(text: str) -> list[str]:
    """The numbers of a text that holds several; empty where it holds one."""
    text = re.sub(r"(?i);ext=", " ext ", text)
    parts = [part for part in SEPARATOR.split(text) if any(map(str.isdigit, part))]
    numbers = [part for part in parts if sum(map(str.isdigit, part)) >= FEWEST_OF_A_SUBSCRIBER]
    # In 0171/2345678 the first part is the code of an area: the separator stands inside of one number.
    return numbers if len(parts) > 1 and parts[:1] == numbers[:1] else []


def _parsed(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region or NO_REGION)
    except NumberParseException:
        return None


def _international(text: str, region: str) -> str:
    """The number in its international form, where the library knows it as a whole; else empty."""
    if re.search(r"[A-Za-z]{3,}", EXTENSION.sub("", text)):
        return ""  # the library takes the letters of a remark for vanity letters
    number = _parsed(text, region)
    if number is None or not (phonenumbers.is_valid_number(number) or _is_possible(text, number)):
        return ""
    return _formatted(number)


def _is_possible(text: str, number: PhoneNumber) -> bool:
    """Whether a number with a country code has as many digits as numbers of its country."""
    reason: Any = phonenumbers.is_possible_number_with_reason(number)
    return text.startswith("+") and reason == phonenumbers.ValidationResult.IS_POSSIBLE


def _formatted(number: PhoneNumber) -> str:
    extension = f",{number.extension}" if number.extension else ""
    bare = PhoneNumber()
    bare.merge_from(number)
    bare.extension = None
    return phonenumbers.format_number(bare, PhoneNumberFormat.E164) + extension


def _vanity(text: str, region: str) -> str:
    """1-800-FLOWERS as digits. Letters are digits where the number is valid, or where they are capitals."""
    if not VANITY.match(text):
        return ""
    number = _parsed(text, region)
    if number is not None and phonenumbers.is_valid_number(number):
        return _formatted(number)
    letters = re.sub(r"[^A-Za-z]", "", text)
    typed = _as_typed(phonenumbers.convert_alpha_characters_in_number(text))
    return typed if letters.isupper() and len(typed.lstrip("+")) >= FEWEST_OF_A_SUBSCRIBER + 4 else ""


def _within(text: str, region: str) -> str:
    """The first valid number in a text of other words; else empty."""
    matcher = PhoneNumberMatcher(text, region or NO_REGION, leniency=Leniency.VALID)
    match = next(iter(matcher), None)
    return _formatted(match.number) if match is not None else ""


def _as_typed(text: str) -> str:
    """The digits of the first number as they stand there, with an extension; empty where they are no number."""
    extension = EXTENSION.search(text)
    match = DIGITS.search(text[: extension.start()] if extension else text)
    if match is None:
        return ""
    found = match.group().replace("(0)", "") if match.group().startswith("+") else match.group()
    digits = re.sub(r"\D", "", found)
    if not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return ""
    plus = "+" if found.startswith("+") else ""
    return f"{plus}{digits}" + (f",{extension.group(1)}" if extension else "")
