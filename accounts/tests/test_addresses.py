"""E-mail addresses: refused at their field, told apart as the database tells them apart, mailed as they are spelled."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.test import Client

from academy.rooms import APPS
from accounts.addresses import deliverable, is_address, validate_address
from accounts.models import Role, User
from crud.testing import dom
from programs.models import Program
from programs.testing import ClientFor, make_member

REFUSED = {
    "coach@exa\u200bmple.org": "U+200B ZERO WIDTH SPACE",
    "coach@example.org\u200f": "U+200F RIGHT-TO-LEFT MARK",
    "co\u00adach@example.org": "U+00AD SOFT HYPHEN",
    "\u2060coach@example.org": "U+2060 WORD JOINER",
    "\u0130stanbul@example.org": "U+0130 LATIN CAPITAL LETTER I WITH DOT ABOVE",
    "\u017fam@example.org": "U+017F LATIN SMALL LETTER LONG S",
    "\u212aim@example.org": "U+212A KELVIN SIGN",
    "coach@\u017fchule.de": "U+017F LATIN SMALL LETTER LONG S",
    "coach@exa\u202emple.org": "U+202E RIGHT-TO-LEFT OVERRIDE",
    "coach@\uff45xample.org": "U+FF45 FULLWIDTH LATIN SMALL LETTER E",
    "m\u0131a@example.org": "Enter a valid email address.",
    "j\u00fcrgen@example.org": "Enter a valid email address.",
    "coach@\u05d0b.example.org": "Enter a valid email address.",
}
TAKEN = [
    "coach@example.org",
    "Coach.Two+x@Example.ORG",
    "info@stra\u00dfe.de",
    "info@M\u00dcNCHEN.de",
    "info@\u4f8b\u3048.jp",
    "info@\u0131sparta.com.tr",
    "info@\u0938\u0902\u0917\u0920\u0928.\u092d\u093e\u0930\u0924",
]


@pytest.mark.parametrize(("address", "words"), REFUSED.items())
def test_what_is_no_address_is_refused_in_words(address: str, words: str) -> None:
    with pytest.raises(ValidationError) as error:
        validate_address(address)
    assert words in " ".join(error.value.messages)


@pytest.mark.parametrize("address", TAKEN)
def test_addresses_of_any_language_are_taken(address: str) -> None:
    validate_address(address)
    assert forms.EmailField(validators=[validate_address]).clean(address) == address


def test_every_field_for_an_address_asks_for_one() -> None:
    found = [
        field
        for model in apps.get_models()
        if model.__module__.split(".")[0] in APPS
        for field in model._meta.get_fields()
        if isinstance(field, models.EmailField)
    ]
    assert {field.model.__name__ for field in found} >= {"User", "Invitation", "Student"}
    assert [str(field) for field in found if validate_address not in field.validators] == []


def test_every_form_for_an_address_asks_for_one() -> None:
    """Fields that forms declare themselves, wherever they stand in the source."""
    seen = 0
    for path in Path(settings.BASE_DIR).glob("*/**/forms.py"):
        if ".venv" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "EmailField":
                seen += 1
                named = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                assert "validate_address" in named.get("validators", ""), f"{path}:{node.lineno}"
                assert named["widget"].startswith("EmailInput("), f"{path}:{node.lineno}"
    assert seen >= 3


@pytest.mark.parametrize(
    "path",
    [
        "/staff/invite/",
        "/students/new/",
        "/admin/students/student/add/",
        "/admin/accounts/user/add/",
        "/admin/accounts/user/{user}/change/",
        "/accounts/password/reset/",
    ],
)
def test_no_page_lets_the_browser_change_an_address(
    path: str, client_for: ClientFor, program: Program
) -> None:
    """Chromium sends strasse.de where straße.de was typed into a field of the type "email"."""
    client = client_for(Role.SUPER_ADMIN, program)
    if path.startswith("/accounts/"):
        client.logout()
    page = dom(client.get(path.format(user=client.user.pk), follow=True))
    fields = page.select('input[name="email"], input[name$="-email"]')
    assert fields
    for field in fields:
        assert [field.get(name) for name in ("type", "inputmode", "spellcheck")] == ["text", "email", "false"]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("ida@example.org", "IDA@EXAMPLE.ORG", True),
        ("ida@example.org", "\u0131da@example.org", False),
        ("sam@example.org", "\u017fam@example.org", False),
        ("info@strasse.de", "info@stra\u00dfe.de", False),
        ("info@m\u00fcnchen.de", "info@M\u00dcNCHEN.de", True),
    ],
)
def test_two_are_the_same_where_the_unique_index_says_so(db: None, one: str, other: str, equal: bool) -> None:
    user = make_member(Role.TUTOR, email=one)
    assert (User.objects.with_address(other).first() == user) is equal
    assert (User.objects.by_name_or_email(other) == user) is equal
    if equal:
        with pytest.raises(IntegrityError):
            make_member(Role.TUTOR, email=other)
    else:
        make_member(Role.TUTOR, email=other)


def test_no_code_compares_in_upper_case() -> None:
    """What Django calls `iexact` takes ı for i and ſ for s."""
    for path in Path(settings.BASE_DIR).glob("*/**/*.py"):
        if ".venv" in path.parts or "tests" in path.parts:
            continue
        text = path.read_text()
        assert "email__iexact" not in text and "username__iexact" not in text, path


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("info@stra\u00dfe.de", "info@xn--strae-oqa.de"),
        ("info@M\u00fcnchen.de", "info@xn--mnchen-3ya.de"),
        ("info@example.org", "info@example.org"),
    ],
)
def test_a_mail_goes_to_the_host_that_was_spelled(address: str, sent_to: str) -> None:
    assert deliverable(address) == sent_to


def test_a_link_for_a_new_password_goes_there(client: Client, db: None) -> None:
    make_member(Role.TUTOR, email="info@stra\u00dfe.de")
    answer = client.post("/accounts/password/reset/", {"email": "Info@stra\u00dfe.de"})
    answer.close()
    assert [message.to for message in mail.outbox] == [["info@xn--strae-oqa.de"]]


@pytest.mark.parametrize("address", ["\u017fam@example.org", "sam@exa\u200bmple.org"])
def test_the_form_for_a_new_password_says_so(client: Client, db: None, address: str) -> None:
    answer: Any = client.post("/accounts/password/reset/", {"email": address})
    assert "No address holds this character" in answer.context["form"].errors["email"][0]
    assert not is_address(address)
