"""Changing many rows of a list at once: first what would change, then one statement, then one way back.

What is posted: ``action`` ("status=<key>" or "archive") and either ``ids`` or ``all=1``; ``query`` is the query string
of the list, which with ``all`` says which rows. Without ``confirm`` the answer is a preview and nothing is written.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import connection
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crud import history
from crud.hooks import hooks
from crud.moments import moment_in
from crud.statuses import status_key
from crud.templatetags.ui import number as grouped
from web.http import address_sent, is_partial, whole_number

if TYPE_CHECKING:
    from crud.views import ModelViews

ARCHIVE = "archive"
STATUS = "status"
MOST_IDS = 1000
#: Rows that take others along are archived one after the other, so no more than these at once.
MOST_ONE_BY_ONE = 500
MOST_AT_ONCE = 100_000
#: One statement changes them all, which may take longer than a page may; still shorter than a worker lives.
STATEMENT_TIMEOUT = "55s"
SAMPLES = 5
LONGEST_REASON = 500
#: So many answers are remembered for a form that is sent twice.
REMEMBERED = 5
SESSION_KEY = "bulk"


@dataclass(frozen=True)
class Action:
    """Something that can be done with many rows. ``status`` is the key of the status it sets."""

    value: str
    label: str
    status: str | None = None
    tone: str = ""


@dataclass(frozen=True)
class ListAction:
    """Something else that the bar below a list does with the chosen rows; the views answer it in `bulk_page`."""

    value: str
    label: Any
    icon: str


def actions(views: ModelViews) -> list[Action]:
    """What this user may do with many rows of the list."""
    found = []
    if views.can["change"] and views.status_name:
        found = [
            Action(f"{STATUS}={key}", status.label, key, status.tone)
            for key, status in views.statuses.items()
        ]
    if views.can["archive"]:
        found.append(Action(ARCHIVE, _("Archive")))
    return found


def verb(views: ModelViews) -> str:
    """The right that a request to change, or to change back, many rows needs."""
    request = views.request
    what = request.GET.get("did") if views.page == "undo" else request.POST.get("action")
    return "archive" if what == ARCHIVE else "change"


def bulk(views: ModelViews, request: HttpRequest) -> HttpResponse:
    """The preview, or with ``confirm`` the change itself. Raises BadRequest for what can't be understood."""
    if not (request.POST.get("all") or request.POST.get("ids")):
        messages.info(request, _("Nothing is selected."))
        return redirect(views.url_name("list"))
    if not request.POST.get("all") and len(request.POST.getlist("ids")) > MOST_IDS:
        text = _(
            "At most %(n)s can be chosen one by one. Choose the whole list instead, and narrow it first."
        )
        messages.warning(request, text % {"n": grouped(MOST_IDS)})
        return redirect(views.url_name("list"))
    change = BulkChange(views, request)
    if request.POST.get("confirm"):
        return change.carry_out()
    return views.render("bulk", {"bulk": change}, partial=True)


def undo(views: ModelViews, request: HttpRequest) -> HttpResponse:
    """Give the rows that one request changed their values back, where nobody has changed them since."""
    fields = {ARCHIVE: ["deleted_at"], STATUS: [views.status_name, *views.status_details]}
    did = request.GET.get("did", "")
    if did not in fields or (did == STATUS and not views.status_name):
        raise BadRequest("There is nothing of this kind to undo.")
    try:
        key = str(uuid.UUID(request.GET.get("request", "")))
    except ValueError as error:
        raise BadRequest("The request to undo is not named.") from error
    _take_time()
    number = hooks.undo_request(views.model, key, fields[did], user=request.user)
    if number:
        text = ngettext("%(n)s is as it was before.", "%(n)s are as they were before.", number)
        messages.success(request, text % {"n": grouped(number)})
    else:
        messages.info(request, _("There was nothing left to undo."))
    return redirect(address_sent(request, default=reverse(views.url_name("list"))))


class Selection:
    """The rows of a list that were posted: `ids`, or with `all` every row that `query` finds."""

    def __init__(self, views: ModelViews, request: HttpRequest) -> None:
        self.views, self.request, self.posted = views, request, request.POST
        self.all = bool(self.posted.get("all"))
        self.query = QueryDict(self.posted.get("query", "").removeprefix("?")).urlencode()
        self.ids = [] if self.all else _ids(self.posted.getlist("ids"))

    @cached_property
    def selected(self) -> QuerySet[Any]:
        """The rows that were chosen and are here. Ids of rows of elsewhere are not."""
        if not self.all:
            return self.views.get_queryset().filter(pk__in=self.ids)
        try:
            query = self.views.list_query(self.query)
        except Http404 as error:
            raise BadRequest("There is no such list.") from error
        if query.errors or query.archived:
            raise BadRequest("There is no such list.")
        return query.filtered_by_status

    @property
    def back(self) -> str:
        """The list as it was."""
        url = reverse(self.views.url_name("list"))
        return f"{url}?{self.query}" if self.query else url


def undo_url(views: ModelViews, did: str, request_id: str) -> str:
    """The address that changes many rows back."""
    return f"{reverse(views.url_name('undo'))}?{urlencode({'did': did, 'request': request_id})}"


def undo_url_of(views: ModelViews, entry: history.HistoryEntry) -> str:
    """The same for a change of one row that was made to many at once; empty where this user can't take it back."""
    did = ARCHIVE if entry.verb is history.Verb.ARCHIVED else STATUS
    of_many = entry.page == reverse(views.url_name("bulk")) and entry.request_id
    if not of_many or timezone.now() - entry.at >= history.UNDO_LASTS:
        return ""
    if not views.can["archive" if did == ARCHIVE else "change"]:
        return ""
    if did == STATUS and views.status_name not in entry.changed_names:
        return ""
    mine = hooks.may_undo_request(views.request.user, entry.actor_id)
    return undo_url(views, did, entry.request_id) if mine else ""


class BulkChange(Selection):
    """One change of many rows, as it was posted."""

    def __init__(self, views: ModelViews, request: HttpRequest) -> None:
        super().__init__(views, request)
        wanted = self.posted.get("action", "")
        action = next((each for each in actions(views) if each.value == wanted), None)
        if action is None:
            raise BadRequest("There is no such change.")
        self.action: Action = action
        self.token = str(_uuid(self.posted.get("token") or str(uuid.uuid4())))
        self.reason = self.posted.get("reason", "").strip()
        if "\0" in self.reason or len(self.reason) > LONGEST_REASON:
            raise BadRequest("The reason can't be saved.")

    @property
    def once(self) -> str:
        """The key of this change: the same form with other content is another one."""
        rows = self.query if self.all else sorted(map(str, self.ids))
        return str(uuid.uuid5(uuid.UUID(self.token), repr((self.action.value, self.reason, self.all, rows))))

    # --- which rows -----------------------------------------------------------------------------------

    @cached_property
    def _counts(self) -> dict[Any, int]:
        """Chosen rows by what they are now: by status, or under "" where that does not matter."""
        rows = self.selected.order_by()
        if self.action.status is None:
            return {"": rows.count()}
        counted = rows.values_list(self.views.status_name).annotate(number=Count("*"))
        return {status_key(value): number for value, number in counted}

    @property
    def present(self) -> int:
        return sum(self._counts.values())

    @property
    def number(self) -> int:
        """How many rows were chosen."""
        return self.present if self.all else len(self.ids)

    @property
    def same(self) -> int:
        return self._counts.get(self.action.status, 0) if self.action.status is not None else 0

    @property
    def changing(self) -> int:
        return self.present - self.same

    @property
    def _to_change(self) -> QuerySet[Any]:
        rows = self.views.get_queryset().filter(pk__in=self.selected.order_by().values("pk"))
        return rows if self.action.status is None else rows.exclude(**{self.views.status_name: self._value})

    @property
    def _value(self) -> Any:
        return self.views.statuses[self.action.status or ""].value

    # --- the preview ----------------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        if self.action.status is None:
            return _("Archive what is selected?")
        return _("Set the status to “%(status)s”?") % {"status": self.action.label}

    @property
    def sentences(self) -> list[str]:
        """What the change would do, and what it would leave alone and why."""
        numbers = {"n": grouped(self.changing), "all": grouped(self.number)}
        if self.action.status is None:
            text = ngettext(
                "%(n)s of %(all)s leaves every list and count, with what belongs to it.",
                "%(n)s of %(all)s leave every list and count, with what belongs to them.",
                self.changing,
            )
        else:
            text = ngettext("%(n)s of %(all)s changes.", "%(n)s of %(all)s change.", self.changing)
        told = [text % numbers]
        if self.same:
            text = ngettext("%(n)s already has this status.", "%(n)s already have this status.", self.same)
            told.append(text % {"n": grouped(self.same)})
        if gone := self.number - self.present:
            text = ngettext("%(n)s is no longer here.", "%(n)s are no longer here.", gone)
            told.append(text % {"n": grouped(gone)})
        return told

    @cached_property
    def samples(self) -> list[str]:
        rows = self._to_change.defer(*self.views.list_defer, *self.views.private)
        return [str(row) for row in rows.order_by(*self._order)[:SAMPLES]]

    @property
    def _order(self) -> Iterable[str]:
        return self.views.meta.ordering or ("pk",)

    @property
    def more(self) -> int:
        return self.changing - len(self.samples)

    @property
    def refusal(self) -> str:
        """Why it can't be done at all; else empty."""
        most = MOST_ONE_BY_ONE if self._one_by_one else MOST_AT_ONCE
        if self.changing <= most:
            return ""
        return _("At most %(n)s can be changed at once. Narrow the list first.") % {"n": grouped(most)}

    @property
    def button(self) -> str:
        text = (
            ngettext("Archive %(n)s", "Archive %(n)s", self.changing)
            if self.action.status is None
            else ngettext("Change %(n)s", "Change %(n)s", self.changing)
        )
        return text % {"n": grouped(self.changing)}

    @property
    def asks_reason(self) -> bool:
        return self.action.status is not None and self.views.asks_reason(self._value)

    @property
    def reason_error(self) -> str:
        """What is wrong with the reason of a change that was sent; else empty."""
        missing = self.posted.get("confirm") and self.asks_reason and not self.reason
        return _("Say why.") if missing else ""

    @cached_property
    def as_of(self) -> str:
        """The moment of the preview, by the clock that stamps the rows: what changes later is left alone."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (now,) = cursor.fetchone()
        return now.isoformat()

    # --- the change -----------------------------------------------------------------------------------

    @property
    def _one_by_one(self) -> bool:
        return self.action.status is None and bool(getattr(self.views.model, "archive_children", ()))

    def carry_out(self) -> HttpResponse:
        """Do it, once for each form and its content, and say how many rows changed."""
        expected, moment = self._agreed()
        _take_time()
        with connection.cursor() as cursor:
            # The second click waits here until the first is done.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [uuid.UUID(self.once).int % 2**62])
        session: Any = self.request.session
        before = type(session)(session.session_key).load().get(SESSION_KEY, {}) if session.session_key else {}
        if self.once in before:
            number = before[self.once]
            return self._told(number, expected, before.get(f"{self.once} request", ""))
        if self.refusal:
            return self.views.render("bulk", {"bulk": self}, status=409, partial=True)
        if self.changing and self.reason_error:
            return self.views.render("bulk", {"bulk": self}, status=422, partial=True)
        number = self._write(moment)
        request_id = getattr(self.request, "request_id", "")
        kept = list(before.items())[-2 * (REMEMBERED - 1) :]
        session[SESSION_KEY] = {**dict(kept), self.once: number, f"{self.once} request": request_id}
        session.save()  # with the change, for the second click to read
        return self._told(number, expected, request_id)

    def _agreed(self) -> tuple[int, datetime]:
        """(how many rows the preview promised, when that was)."""
        expected = whole_number(self.posted.get("expected", ""), 9)
        if expected is None:
            raise BadRequest("The form does not say how many rows change.")
        moment = moment_in(self.posted.get("as_of", ""))
        if moment is None:
            raise BadRequest("The form does not say when it was made.")
        return expected, moment

    def _write(self, moment: datetime) -> int:
        rows = self._to_change
        if any(field.name == "updated_at" for field in self.views.meta.fields):
            rows = rows.filter(updated_at__lte=moment)
        if self.action.status is not None:
            return rows.update(**self.views.status_values(self._value, self.reason))
        if not self._one_by_one:
            return rows.update(deleted_at=timezone.now())
        found = list(rows.order_by("pk"))
        for row in found:
            hooks.archive(row)
        return len(found)

    def _told(self, number: int, expected: int, request_id: str) -> HttpResponse:
        if self.action.status is None:
            text = ngettext("%(n)s archived.", "%(n)s archived.", number)
        else:
            text = ngettext("%(n)s set to “%(status)s”.", "%(n)s set to “%(status)s”.", number)
        told = text % {"n": grouped(number), "status": self.action.label}
        if (skipped := expected - number) > 0:
            left = ngettext(
                "%(n)s had changed meanwhile and was left alone.",
                "%(n)s had changed meanwhile and were left alone.",
                skipped,
            )
            told = f"{told} {left % {'n': grouped(skipped)}}"
        way_back = ""
        if number and request_id:
            way_back = undo_url(self.views, ARCHIVE if self.action.status is None else STATUS, request_id)
        if is_partial(self.request):
            toast = {"message": told, "tone": "success" if number else "info", "undo": way_back}
            return HttpResponse(
                status=204, headers={"HX-Trigger": json.dumps({"toast": toast, "list-changed": ""})}
            )
        (messages.success if number else messages.info)(self.request, told, extra_tags=way_back)
        return redirect(self.back)


def _take_time() -> None:
    """Let the statements of this transaction run longer than those of a page."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, %s, true) FROM unnest(ARRAY['statement_timeout', 'lock_timeout']) AS name",
            [STATEMENT_TIMEOUT],
        )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise BadRequest("An id is not well formed.") from error


def _ids(texts: list[str]) -> list[uuid.UUID]:
    """The ids, each once. Raises BadRequest where one is malformed."""
    return list(dict.fromkeys(_uuid(text) for text in texts))
