"""The latest changes in the program, for the dashboard."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Concat, JSONObject, Trim
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from courses.models import Course, Curriculum, Lesson, Module
from crud.history import ARCHIVED_AT, HistoryEntry, Verb, event_rows, events, read
from crud.templatetags.ui import number
from facilities.models import Facility
from performance.prepared_queries import PreparedQuery
from students.models import Student

LINES = 8
EVENTS_READ = 60
"""More than the lines: events of one request and kind, as of a course that is archived with its lessons, are one."""

DETAIL_PAGES = {
    Student: "students:student-detail",
    Course: "courses:course-detail",
    Facility: "facilities:facility-detail",
}
RECORDED = (Student, Course, Curriculum, Module, Lesson, Facility)


SENTENCES: dict[Verb | None, tuple[Any, Any, Any]] = {
    Verb.ADDED: (
        _("{who} added {kind} {what}"),
        ngettext_lazy(
            "{who} added {what} and {others} more {kind}",
            "{who} added {what} and {others} more {kind}",
            "others",
        ),
        _("{who} added {what} and many more {kind}"),
    ),
    Verb.ARCHIVED: (
        _("{who} archived {kind} {what}"),
        ngettext_lazy(
            "{who} archived {what} and {others} more {kind}",
            "{who} archived {what} and {others} more {kind}",
            "others",
        ),
        _("{who} archived {what} and many more {kind}"),
    ),
    Verb.DELETED: (
        _("{who} deleted {kind} {what}"),
        ngettext_lazy(
            "{who} deleted {what} and {others} more {kind}",
            "{who} deleted {what} and {others} more {kind}",
            "others",
        ),
        _("{who} deleted {what} and many more {kind}"),
    ),
    None: (
        _("{who} changed {kind} {what}"),
        ngettext_lazy(
            "{who} changed {what} and {others} more {kind}",
            "{who} changed {what} and {others} more {kind}",
            "others",
        ),
        _("{who} changed {what} and many more {kind}"),
    ),
}
"""About one row, about it and some more, and about it and many more."""


@dataclass(slots=True)
class ChangeLine:
    """One line of the recent changes: `actor` did `verb` to `what` and to `count` rows of its kind in all.

    `open` where there are more of them than were read.
    """

    actor: str
    verb: Verb
    kind: str
    kinds: str
    what: str
    url: str
    at: datetime.datetime
    count: int = 1
    open: bool = False

    @property
    def sentence(self) -> SafeString:
        """The line in words, `what` as a link where it has a page."""
        others = self.count - 1
        one, several, many = SENTENCES.get(self.verb, SENTENCES[None])
        pattern = many if self.open else several % {"others": others} if others else one
        what = (
            format_html('<a class="linkish" href="{}">{}</a>', self.url, self.what) if self.url else self.what
        )
        return format_html(
            str(pattern),
            who=format_html('<b class="font-medium">{}</b>', self.actor or "Academy"),
            what=what,
            kind=self.kinds if others > 1 or self.open else self.kind,
            others=number(others),
        )


@cache
def _newest_events(most: int) -> PreparedQuery:
    parts = []
    for model in RECORDED:
        name = Trim(Concat("first_name", Value(" "), "last_name")) if model is Student else F("name")
        state = JSONObject(name=name, deleted_at=F(ARCHIVED_AT))
        found = events(model).order_by("-event_at")
        parts.append(event_rows(found, kind=model.__name__, state=state)[:most])
    newest = parts[0].union(*parts[1:], all=True).order_by("-event_at")[:most]
    return PreparedQuery(lambda: newest)


def recent_changes() -> list[ChangeLine]:
    entries = read(_newest_events(EVENTS_READ).rows())
    models = {model.__name__: model for model in RECORDED}
    lines: list[ChangeLine] = []
    last_key: Any = None
    for entry in entries:
        minute = entry.at.replace(second=0, microsecond=0)
        key = (entry.kind, entry.verb, entry.actor_id, entry.page, minute)
        if lines and key == last_key:
            lines[-1].count += 1
            continue
        if len(lines) == LINES:
            break
        last_key = key
        lines.append(_change_line(entry, models[entry.kind]))
    else:
        if lines and lines[-1].count > 1 and len(entries) == EVENTS_READ:
            lines[-1].open = True
    return lines


def _change_line(entry: HistoryEntry, model: Any) -> ChangeLine:
    page = DETAIL_PAGES.get(model)
    return ChangeLine(
        actor=entry.actor,
        verb=entry.verb,
        kind=str(model._meta.verbose_name),
        kinds=str(model._meta.verbose_name_plural),
        what=entry.after["name"],
        url=reverse(page, args=[entry.row]) if page and entry.verb is not Verb.DELETED else "",
        at=entry.at,
    )
