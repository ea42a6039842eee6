"""E-mail addresses: validation, comparison, and the form in which mail servers know them."""

from __future__ import annotations

import unicodedata
from typing import Any

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models import Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

NO_ADDRESS = EmailValidator.message


def validate_address(value: str) -> None:
    """Refuse what Django's validator lets through: invisible characters, letters that only look like others.

    Before the @ stand ASCII characters alone. The host may be of any language, as IDNA 2008 has it.
    """
    for character in value:
        if not _is_plain(character):
            name = unicodedata.name(character, _("no character"))
            shown = f"U+{ord(character):04X} {name}"
            raise ValidationError(
                _("No address holds this character: %(shown)s."), "character", {"shown": shown}
            )
    local, at, host = value.rpartition("@")
    if not at or not local.isascii():
        raise ValidationError(NO_ADDRESS, "invalid")
    try:
        if not host.isascii():
            idna.encode(host.lower())
    except idna.IDNAError:
        raise ValidationError(NO_ADDRESS, "invalid") from None


def _is_plain(character: str) -> bool:
    """Whether it is visible, and no other way to write an ASCII letter: not U+200B, ſ, İ or the Kelvin sign."""
    if character.isascii():
        return character.isprintable()
    if unicodedata.category(character)[0] not in "LMN":
        return False
    lower = character.lower()
    return len(lower) == 1 and unicodedata.normalize("NFKC", character) == character


def is_address(value: str) -> bool:
    try:
        validate_address(value)
    except ValidationError:
        return False
    return True


def same(field: str, text: str) -> Any:
    """The condition that `field` is `text` in any case, as the unique indexes on `lower(…)` have it.

    Django's `iexact` compares in upper case, where ı is I and ſ is S: another's address.
    """
    return Exact(Lower(field), Lower(Value(text)))


def deliverable(address: str) -> str:
    """The address with its host as mail servers know it. IDNA 2008 tells straße from strasse; Django's own does not."""
    local, _at, host = address.rpartition("@")
    try:
        return f"{local}@{idna.encode(host.lower()).decode()}" if not host.isascii() else address
    except idna.IDNAError:
        return address
