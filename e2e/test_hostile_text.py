"""Texts that break pages elsewhere are shown as they are. e2e/test_pages_axe.py walks every other page with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crud.names import clean_name
from e2e import pages
from e2e.conftest import DESKTOP, PHONE, Academy, watch
from e2e.hostile import TEXTS, broken, hostile, note_dialogs


@pytest.fixture(scope="module")
def visits(academy: Academy) -> Iterator[list[pages.Visit]]:
    with hostile(academy) as (found, _):
        yield found


def test_no_text_breaks_a_page(academy: Academy, visits: list[pages.Visit]) -> None:
    found: list[str] = []
    with academy.context(pages.USER, **PHONE) as context:
        watch(context, found)
        page = context.new_page()
        note_dialogs(page, found)
        for visit in visits:
            page.goto(visit.path)
            for size in (PHONE["viewport"], DESKTOP["viewport"]):
                page.set_viewport_size(size)
                found += [f"{visit.name} {visit.path}: {trouble}" for trouble in broken(page)]
    assert not found, f"{len(found)}:\n" + "\n".join(found[:40])


def test_the_texts_are_shown_as_they_are(academy: Academy, visits: list[pages.Visit]) -> None:
    shown = []
    with academy.context(pages.USER) as context:
        page = context.new_page()
        for visit in visits:
            if visit.name.startswith("student ") and visit.name[-1].isdigit() and "form" not in visit.name:
                page.goto(visit.path)
                shown.append(page.locator("h1").first.inner_text())
    for text in map(clean_name, TEXTS):  # names are kept without signs that turn the direction of a text
        assert any(" ".join(text.split())[:60] in " ".join(heading.split()) for heading in shown), text
