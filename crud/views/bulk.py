"""The pages that change many rows of a list, and that undo such a change."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crud import bulk, history
from crud.hooks import hooks
from crud.templatetags.ui import number as grouped
from web.http import address_sent, is_partial

from .lists import ListPages

REFUSAL_STATUS = {bulk.Refusal.TOO_MANY_ROWS: 409, bulk.Refusal.REASON_MISSING: 422}


class BulkPages(ListPages):
    status_details: ClassVar[Sequence[str]] = ()

    def asks_reason(self, status: Any) -> bool:
        """Whether rows that get this status all at once need a reason."""
        return False

    def status_values(self, status: Any, reason: str) -> Mapping[str, Any]:
        """The values that are written into rows that get a status: those of the status and of ``status_details``."""
        return {self.status_name: status}

    @property
    def bulk_spec(self) -> bulk.BulkSpec:
        return bulk.BulkSpec(
            model=self.model,
            queryset=self.get_queryset,
            rows_of_query=self._rows_of_query,
            hidden_fields=(*self.list_defer, *self.private),
            actions=self.bulk_actions,
            status_field=self.status_name,
            statuses=self.statuses,
            asks_reason=self.asks_reason,
            status_values=self.status_values,
        )

    def _rows_of_query(self, query: str) -> models.QuerySet[Any]:
        try:
            listed = self.list_query(query)
        except Http404 as error:
            raise BadRequest("There is no such list.") from error
        if listed.errors or listed.archived:
            raise BadRequest("There is no such list.")
        return listed.filtered_by_status

    def required_permission(self) -> str:
        if self.page not in ("bulk", "undo"):
            return super().required_permission()
        kind = self.request.GET.get("did") if self.page == "undo" else self.request.POST.get("action")
        return self.permission_for("archive" if kind == bulk.ARCHIVE else "change")

    # --- changing -------------------------------------------------------------------------------------

    def bulk_page(self, request: HttpRequest) -> HttpResponse:
        """The preview of a change of many rows, or with ``confirm`` the change itself."""
        select_all, ids = request.POST.get("all"), request.POST.getlist("ids")
        if not (select_all or ids):
            messages.info(request, _("Nothing is selected."))
            return redirect(self.url_name("list"))
        if not select_all and len(ids) > bulk.MAX_IDS:
            text = _(
                "At most %(n)s can be chosen one by one. Choose the whole list instead, and narrow it first."
            )
            messages.warning(request, text % {"n": grouped(bulk.MAX_IDS)})
            return redirect(self.url_name("list"))
        change = bulk.BulkChange(self.bulk_spec, request.POST)
        if not request.POST.get("confirm"):
            return self._bulk_preview(change)
        result = change.make(request.session, getattr(request, "request_id", ""))
        if isinstance(result, bulk.Refusal):
            return self._bulk_preview(change, refusal=result)
        return self._bulk_changed(change, result)

    def list_url_of(self, selection: bulk.Selection) -> str:
        url = reverse(self.url_name("list"))
        return f"{url}?{selection.query}" if selection.query else url

    def _bulk_preview(self, change: bulk.BulkChange, refusal: bulk.Refusal | None = None) -> HttpResponse:
        context = {
            "bulk": bulk.BulkPreview(change, refusal=refusal),
            "list_url": self.list_url_of(change.selection),
        }
        status = REFUSAL_STATUS[refusal] if refusal is not None else 200
        return self.render("bulk", context, status=status, partial=True)

    def _bulk_changed(self, change: bulk.BulkChange, result: bulk.Changed) -> HttpResponse:
        """Back to the list with a message that offers to undo the change."""
        message = bulk.result_message(change.action, result)
        undo_url = ""
        if result.number and result.request_id:
            undo_url = self._undo_url(change.action.kind, result.request_id)
        if is_partial(self.request):
            toast = {"message": message, "tone": "success" if result.number else "info", "undo": undo_url}
            events = json.dumps({"toast": toast, "list-changed": ""})
            return HttpResponse(status=204, headers={"HX-Trigger": events})
        notify = messages.success if result.number else messages.info
        notify(self.request, message, extra_tags=undo_url)
        return redirect(self.list_url_of(change.selection))

    # --- undoing --------------------------------------------------------------------------------------

    def _undo_url(self, kind: str, request_id: str) -> str:
        """The address that undoes what a request changed: `kind` is bulk.ARCHIVE or bulk.STATUS."""
        return f"{reverse(self.url_name('undo'))}?{urlencode({'did': kind, 'request': request_id})}"

    def undo_page(self, request: HttpRequest) -> HttpResponse:
        """Give the rows that one request changed their values back, where nobody has changed them since."""
        fields = {bulk.ARCHIVE: ["deleted_at"]}
        if self.status_name:
            fields[bulk.STATUS] = [self.status_name, *self.status_details]
        kind = request.GET.get("did", "")
        if kind not in fields:
            raise BadRequest("There is nothing of this kind to undo.")
        try:
            request_id = str(uuid.UUID(request.GET.get("request", "")))
        except ValueError as error:
            raise BadRequest("The request to undo is not named.") from error
        bulk.allow_long_statements()
        number = hooks.undo_request(self.model, request_id, fields[kind], user=request.user)
        if number:
            text = ngettext("%(n)s is as it was before.", "%(n)s are as they were before.", number)
            messages.success(request, text % {"n": grouped(number)})
        else:
            messages.info(request, _("There was nothing left to undo."))
        return redirect(address_sent(request, default=reverse(self.url_name("list"))))

    def more_ways_back(self, entry: history.HistoryEntry) -> Iterator[history.WayBack]:
        """Undoes the change of all rows, where the entry of one row is part of a change of many."""
        kind = bulk.ARCHIVE if entry.verb is history.Verb.ARCHIVED else bulk.STATUS
        of_many = entry.page == reverse(self.url_name("bulk")) and entry.request_id
        if not of_many or timezone.now() - entry.at >= history.UNDO_LASTS:
            return
        if not self.can["archive" if kind == bulk.ARCHIVE else "change"]:
            return
        if kind == bulk.STATUS and self.status_name not in entry.changed_names:
            return
        if hooks.may_undo_request(self.request.user, entry.actor_id):
            url = self._undo_url(kind, entry.request_id)
            yield history.WayBack(_("Undo for all that changed with it"), url)
