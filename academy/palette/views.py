"""The command palette: a search for pages, actions, programs and rows that the user may open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import crud
from students.search import is_phone
from web.http import is_partial

from . import entries, rows
from .entries import MOST, Group
from .highlight import normalize, normalized_words

LONGEST = 100
"""Characters of a search; more are left out."""
FEW = 2
"""So few rows of a search are completed by similar spellings, the archive and the user's other programs."""


@never_cache
@require_safe
def palette(request: Any) -> HttpResponse:
    """What matches `q`: a fragment for HTMX, else a page that works without a script.

    Where few rows match, the fragment asks for a second one (`further=1`) with similar spellings and matches elsewhere,
    which takes longer. The page has it at once.
    The view is program-optional (see `programs.program_optional`): without a program there are no rows, but programs to go to.
    """
    text = " ".join(request.GET.get("q", "").replace("\0", "")[:LONGEST].split())
    partial, further = is_partial(request), bool(request.GET.get("further"))
    row_groups = list(rows.matching_rows(request, text)) if text else []
    few = bool(text and request.program) and sum(len(group.items) for group in row_groups) <= FEW
    groups: list[Group] = []
    if not (partial and further):
        groups += _matches(request, text, row_groups) if text else _suggestions(request)
    if few and (further or not partial):
        groups += _near_matches(request, text, row_groups)
    groups = [group for group in groups if group.items]
    count = sum(len(group.items) for group in groups)
    said = ngettext("%(count)d result", "%(count)d results", count) % {"count": count}
    return crud.render(
        request,
        "palette/page.html",
        {
            "query": text,
            "groups": groups,
            "said": said if text else "",
            "longest": LONGEST,
            "further_query": urlencode({"q": text, "further": 1}) if partial and few and not further else "",
            # Who switches the program here wants to go on, not to search again.
            "here": reverse("dashboard"),
        },
        partial="palette/_further.html" if further else "palette/_results.html",
    )


def _suggestions(request: Any) -> Iterator[Group]:
    yield Group(_("You changed"), rows.recently_changed(request))
    yield Group(_("Go to"), entries.pages(request)[:MOST])
    yield Group(_("Actions"), [*entries.additions(request), *entries.account_actions(request)][:MOST])
    if len(request.memberships) <= MOST or not request.program:
        yield Group(_("Switch program"), entries.programs(request, []))


def _matches(request: Any, text: str, row_groups: list[Group]) -> Iterator[Group]:
    """What matches `text`: pages, actions and programs, and in their midst the rows."""
    words = normalized_words(text)
    pages = entries.pages(request)
    actions = [
        *entries.additions(request),
        *entries.account_actions(request),
        *entries.appearance_settings(request),
    ]
    above: list[Group] = []
    below: list[Group] = []
    for label, candidates in ((_("Go to"), pages), (_("Actions"), actions)):
        # Above the rows only what begins like that: a name must not stand below words that happen to match.
        begins = any(normalize(str(entry.label)).startswith(" ".join(words)) for entry in candidates)
        (above if begins else below).append(Group(label, entries.matching(candidates, words)))
    yield from above
    yield from row_groups
    yield Group(_("Switch program"), entries.programs(request, words))
    yield from below


def _near_matches(request: Any, text: str, row_groups: list[Group]) -> Iterator[Group]:
    if not is_phone(text):
        shown = {entry.url for group in row_groups for entry in group.items}
        yield Group(_("Similar spellings"), rows.similar_rows(request, text, shown))
    yield Group(_("In the archive and in other programs"), rows.counts_elsewhere(request, text))
