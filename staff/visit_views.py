"""Pages of the audit log of visits. For super admins only."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from programs.models import AllProgramsVisit, VisitEvent
from programs.program_optional import program_optional
from web.http import parse_moment

from .visits import MOST_COUNTED, find_visits, summarize_visits, take_page, visitors


class VisitFilter(forms.Form):
    # Of fewer letters the index knows nothing.
    q = forms.CharField(label=_("Search"), min_length=3, max_length=100, required=False)
    who = forms.ChoiceField(label=_("Person"), required=False)
    since = forms.DateField(label=_("From"), required=False)
    until = forms.DateField(label=_("Until"), required=False)
    before = forms.CharField(required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", _("Everybody")), *((n, n) for n in visitors())]  # type: ignore[attr-defined]
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")

    def clean_before(self) -> tuple[datetime.datetime, uuid.UUID] | None:
        return _before(self.cleaned_data["before"])


def _before(key: str) -> tuple[datetime.datetime, uuid.UUID] | None:
    """(time, id) of the last row of the page before, from its key. Raises Http404 for a malformed key."""
    if not key:
        return None
    when, _separator, row = key.partition("~")
    moment = parse_moment(when)
    try:
        pk = uuid.UUID(row)
    except ValueError as error:
        raise Http404 from error
    if moment is None:
        raise Http404
    return moment, pk


@program_optional
@require_safe
def visits(request: Any) -> HttpResponse:
    """The visits, the newest first: `?q=`, `?who=`, `?since=`, `?until=`."""
    _refuse_others(request)
    form = VisitFilter(request.GET)
    valid = form.is_valid()
    data = form.cleaned_data if valid else {}
    found = find_visits(
        words=data.get("q", ""),
        person=data.get("who", ""),
        since=_midnight(data.get("since")),
        until=_midnight(data.get("until"), days=1),
    )
    page, more = take_page(found, data.get("before")) if valid else ([], "")
    known = summarize_visits(page)
    for row in page:
        row.looks, row.last, row.ended = known.get(row.visit, (0, row.created_at, ""))
        row.many, row.ended = row.looks >= MOST_COUNTED - 1, dict(VisitEvent.choices).get(row.ended, "")
    context = {
        "form": form,
        "page": page,
        "more": more,
        "filtered": any(data.get(name) for name in ("q", "who", "since", "until")),
    }
    return render(request, "staff/visits.html", context, status=200 if valid else 422)


def _midnight(day: datetime.date | None, days: int = 0) -> datetime.datetime | None:
    try:
        return (
            timezone.make_aware(datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(days))
            if day
            else None
        )
    except OverflowError:
        return None


@program_optional
@require_safe
def visit(request: Any, visit: uuid.UUID) -> HttpResponse:
    _refuse_others(request)
    rows = AllProgramsVisit.objects.filter(visit=visit).order_by("-created_at", "-pk")
    begun = rows.filter(event=VisitEvent.START).first()
    if begun is None:
        raise Http404
    page, more = take_page(rows, _before(request.GET.get("before", "")))
    return render(request, "staff/visit.html", {"begun": begun, "page": page, "more": more})


def _refuse_others(request: Any) -> None:
    if not request.user.is_superuser:
        raise PermissionDenied
