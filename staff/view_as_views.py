"""The pages that begin and end viewing as another user. For super admins only."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.reauthentication import require_reauthentication
from crud.submitted_values import labels_from
from programs.models import VisitEvent
from programs.program_optional import program_optional
from programs.visits import SESSION_PROGRAM, begin_visit

from .view_as import SESSION, current_view_as, may_be_looked_as, stop_looking

SHOWN = 20
LONGEST_REASON = 300
TYPED = "view_as_typed"
"""Session key of the values posted to `start` before it asked for the password."""


class ViewAsForm(forms.Form):
    user = forms.ModelChoiceField(label=gettext_lazy("Person"), queryset=User.objects.none())
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=5,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("It stands in the list of visits, under your name and theirs."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, by: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = may_be_looked_as(by)  # type: ignore[attr-defined]


@program_optional
@require_safe
def choose(request: Any) -> HttpResponse:
    """The form for user and reason; `?q=` searches users, `?user=` preselects one.

    Values that `start` stored while it asked for the password are filled in again, once.
    """
    _refuse_others(request)
    if SESSION not in request.session and (again := require_reauthentication(request)):
        return again
    initial = {"user": request.GET.get("user", ""), **request.session.pop(TYPED, {})}
    return _page(request, ViewAsForm(request.user, initial=initial))


@program_optional
@labels_from(ViewAsForm)
@require_POST
def start(request: Any) -> HttpResponse:
    """Begin to view as the posted `user`, for the posted `reason`."""
    _refuse_others(request)
    if again := require_reauthentication(request, reverse("staff:view-as")):
        request.session[TYPED] = {
            name: request.POST.get(name, "")[:LONGEST_REASON] for name in ("user", "reason")
        }
        return again
    form = ViewAsForm(request.user, request.POST)
    if SESSION in request.session or not form.is_valid():
        return _page(request, form, status=422)
    other = form.cleaned_data["user"]
    begun = begin_visit(user=request.user, reason=form.cleaned_data["reason"], as_user=other)
    request.session[SESSION] = {
        "user": str(other.pk),
        "visit": str(begun.visit),
        "reason": begun.reason,
        "until": time.time() + settings.VIEW_AS_MINUTES * 60,
        "program": request.session.pop(SESSION_PROGRAM, ""),
    }
    request.page_program = ""  # the other one's first page is in a program of theirs
    return redirect(settings.LOGIN_REDIRECT_URL)


@program_optional
@require_POST
def stop(request: Any) -> HttpResponse:
    """End viewing as another user. Does nothing where the session views as nobody."""
    _refuse_others(request)
    stop_looking(request, VisitEvent.LEFT)
    request.page_program = ""
    return redirect("staff:view-as")


def _refuse_others(request: Any) -> None:
    if not request.user.is_superuser:
        raise PermissionDenied


def _page(request: Any, form: ViewAsForm, status: int = 200) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()[:100]
    people = may_be_looked_as(request.user)
    chosen = form["user"].value() or ""
    if query:
        for word in query.split():
            people = people.filter(
                Q(username__icontains=word) | Q(full_name__icontains=word) | Q(email__icontains=word)
            )
    elif chosen:
        people = people.filter(pk__in=_ids(form, chosen))
    people = people.order_by(F("last_login").desc(nulls_last=True), "username")[:SHOWN]
    state = request.session.get(SESSION)
    context = {
        "form": form,
        "people": people,
        "query": query,
        "chosen": str(chosen),
        "looking": current_view_as(request, state)[0] if state else None,
        "minutes": round(settings.VIEW_AS_MINUTES),
    }
    return render(request, "staff/view_as.html", context, status=status)


def _ids(form: ViewAsForm, chosen: Any) -> list[Any]:
    """The chosen id as a list; empty where it is malformed."""
    try:
        return [User._meta.pk.to_python(chosen)]
    except forms.ValidationError:
        return []
