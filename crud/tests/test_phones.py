"""What a call link dials."""

import pytest
from django.core.exceptions import ValidationError

from crud.phones import dialled, validate_phone_region

CASES = [
    # With a country code, whatever the region.
    ("+44 7700 900123", "", "+447700900123"),
    ("+44 (0)7700 900123", "DE", "+447700900123"),
    ("+44 (0)20 7946 0958", "", "+442079460958"),
    ("+1-608-271-9000", "DE", "+16082719000"),
    ("０１７１ ２３４５６７８", "DE", "+491712345678"),
    ("+٤٤ ٧٧٠٠ ٩٠٠١٢٣", "", "+447700900123"),
    ("+39 06 698 12345", "", "+390669812345"),
    # An extension is dialled after a pause.
    ("+1-608-271-9000 x11", "", "+16082719000,11"),
    ("+1 608 271 9000 ext. 11", "", "+16082719000,11"),
    ("(608) 271-9000 extension 11", "US", "+16082719000,11"),
    ("608-271-9000 x11", "", "6082719000,11"),
    ("+16082719000;ext=11", "", "+16082719000,11"),
    ("0228 1234567 Durchwahl 12", "", "02281234567,12"),
    # Of several numbers the first.
    ("608-271-9000 608-271-9001", "US", "+16082719000"),
    ("608-271-9000 / 608-271-9001", "US", "+16082719000"),
    ("608-271-9000 / 608-271-9001", "", "6082719000"),
    ("030 123456, 0171 2345678", "DE", "+4930123456"),
    ("030 123456; 0171 2345678", "", "030123456"),
    ("020 7946 0958 or 07911 123456", "GB", "+442079460958"),
    ("+49 30 123456 +49 171 2345678", "", "+4930123456"),
    ("+1-608-271-9000 x11 / +1-608-271-9001", "", "+16082719000,11"),
    ("Mutti: 030 123456 / 0171 2345678", "", "030123456"),
    ("030 123456, nur abends", "", "030123456"),
    # One number with a stroke in it.
    ("0171/2345678", "DE", "+491712345678"),
    ("0171/2345678", "", "01712345678"),
    # Vanity letters.
    ("1-800-FLOWERS", "US", "+18003569377"),
    ("1-800-FLOWERS", "", "18003569377"),
    ("1-800-flowers", "US", "+18003569377"),
    ("+1 800 FLOWERS", "", "+18003569377"),
    # Words around a number are no letters of it.
    ("0171 2345678 (Mutti)", "DE", "+491712345678"),
    ("0171 2345678 Mutti", "", "01712345678"),
    ("Office: 030 123456", "DE", "+4930123456"),
    ("112 Notruf", "DE", "112"),
    # Short numbers and those of the place are dialled as typed.
    ("112", "DE", "112"),
    ("911", "US", "911"),
    ("271-9000", "US", "2719000"),
    ("07700 900123", "", "07700900123"),
    # Nothing that could be dialled.
    ("", "DE", ""),
    ("x", "DE", ""),
    ("12", "DE", ""),
    ("ask the school", "DE", ""),
    ("6082719000608271900160827190", "", ""),
    ('"><b>', "", ""),
]


@pytest.mark.parametrize(("typed", "region", "number"), CASES)
def test_a_link_dials_the_first_number(typed, region, number):
    assert dialled(typed, region) == number


@pytest.mark.parametrize("code", ["", "DE", "GB", "NZ"])
def test_a_country_is_named_by_its_two_letters(code):
    validate_phone_region(code)


@pytest.mark.parametrize("code", ["de", "XX", "ZZ", "D", "49"])
def test_what_names_no_country_is_refused(code):
    with pytest.raises(ValidationError):
        validate_phone_region(code)
