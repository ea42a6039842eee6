"""What every form of the product promises: it can say why it is not sent, and what was typed has its labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from academy.tests.contract import MATRIX, Entry, ProgramFixture
from crud.testing import texts_of
from programs.factories import ProgramFactory
from programs.testing import PageClient, made_once

POSTS = [entry for entry in MATRIX if entry.method == "POST"]
TEMPLATES = Path(settings.BASE_DIR) / "templates"
# The panel is filled anew by each answer: its notices stand on the page around it.
ELSEWHERE = {"courses/_panel.html": "courses/course_detail.html"}


def test_every_guarded_form_can_say_why_it_is_not_sent() -> None:
    guarded = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if "data-guard" in path.read_text()
    }
    assert guarded > {"crud/form.html", "accounts/profile.html"}
    without = [
        name
        for name in guarded
        if "components/form_notices.html" not in (TEMPLATES / ELSEWHERE.get(name, name)).read_text()
    ]
    assert without == []


@made_once
def scenario() -> ProgramFixture:
    made = ProgramFixture(ProgramFactory(name="Yoga"))
    assert made.admin and made.newcomer
    return made


@pytest.fixture
def fixture(scenario: ProgramFixture, db: None) -> ProgramFixture:
    return scenario.anew()


@pytest.mark.parametrize("entry", POSTS, ids=str)
def test_no_page_shows_the_raw_name_of_a_field(fixture: ProgramFixture, entry: Entry) -> None:
    posted = entry.prepared(fixture)
    answer = PageClient().post(entry.url(fixture), posted, program=fixture.program)
    assert answer.status_code == 403
    shown = texts_of(answer, "dt")
    raw = {name for name in posted if re.search(r"[-_]", name) or name.islower()}
    assert not set(shown) & raw
    assert all(label[:1].isupper() for label in shown)
