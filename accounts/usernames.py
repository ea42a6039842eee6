"""Validation of user names: none may be mistaken for another user's."""

from __future__ import annotations

from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .models import User

# Scripts that are written together.
TOGETHER = ({"HAN", "HIRAGANA", "KATAKANA"}, {"HAN", "HANGUL"}, {"HAN", "BOPOMOFO"})
ANYWHERE = {"COMMON", "INHERITED"}


def validate_new_name(name: str) -> None:
    """Refuse a user name for a new account that could be taken for another's."""
    validate_one_script(name)
    validate_like_nobodys(name)


def validate_one_script(name: str) -> None:
    """Refuse letters of several scripts in one name: a Cyrillic а among Latin letters."""
    from confusable_homoglyphs import categories  # reads large tables, which few requests need

    scripts = categories.unique_aliases(name) - ANYWHERE
    if len(scripts) > 1 and not any(scripts <= each for each in TOGETHER):
        raise ValidationError(_("A user name has letters of one script only."), "scripts")


def validate_like_nobodys(name: str) -> None:
    """Refuse a name that another user has, or that looks like theirs: Anna for anna, rn for m, Cyrillic а for Latin a."""
    alike = looks_like(name)
    if any(alike & looks_like(other) for other in User.objects.values_list("username", flat=True)):
        raise ValidationError(_("This user name is taken. Choose another."), "taken")


def looks_like(name: str) -> frozenset[str]:
    """What the name looks like, as written and in either case. Two names that share one of these can be confused."""
    table = _prototypes()
    return frozenset(text.translate(table) for text in (name, name.lower(), name.upper()))


@cache
def _prototypes() -> dict[int, str]:
    """For each character that looks like another the one that stands for all of them: l for 1 and I, rn for m.

    The tables of Unicode name for each such character either that one, or, for it, all that look like it.
    """
    from confusable_homoglyphs.confusables import confusables_data as data

    found = {}
    for character, alike in data.items():
        if len(character) != 1 or len(alike) != 1:
            continue
        target = alike[0]["c"]
        mutual = len(target) == 1 and len(data.get(target, ())) == 1
        found[ord(character)] = min(character, target) if mutual else target
    return found
