"""Looking at the product as another user: a super admin, reading only, for some minutes, noted under both names.

Who is signed in stays the super admin. `request.user` is the other for the length of a request, after everything
that concerns the session, and the transaction of that request is read only. `academy.urls` says where the pages stand.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.fresh import fresh_required
from accounts.models import Role, User
from crud.typed import typed_into
from programs.middleware import outage, refused
from programs.models import AllProgramsVisit, Program, VisitEvent
from programs.outages import OUTAGES
from programs.page_program import SAFE_METHODS
from programs.visits import SESSION_PROGRAM, begin, end, is_over, leave_all_programs, seen
from web.http import match_of

SESSION = "view_as"
FIELD, HEADER = "view_as", "X-View-As"
SIGN_OUT = {"logout", "account_logout"}
# What the super admin does in person meanwhile, and what may be sent.
OWN = {"view-as", "view-as-start", "view-as-stop"} | SIGN_OUT
MAY_SEND = {"programs:switch"}
# The account of a person is nobody else's: codes, keys and sessions are shown there.
OPEN_ACCOUNT = {"profile"}
SHOWN = 20
LONGEST_REASON = 300
TYPED = "view_as_typed"
"""Key of the session: what was posted to `start` before it asked for the password."""


@dataclass(frozen=True)
class ViewAs:
    """`by` looks as `user` until `until`. `visit` is the id in the audit."""

    by: User
    user: User
    until: datetime.datetime
    visit: str
    reason: str

    def note(self, request: HttpRequest, program: Program | None = None) -> None:
        """Write what is about to be looked at. Its own transaction: what fails later does not erase it."""
        with transaction.atomic(durable=True):
            AllProgramsVisit.objects.create(
                visit=self.visit,
                event=VisitEvent.LOOK,
                user=self.by,
                username=self.by.username,
                as_user=self.user,
                as_username=self.user.username,
                reason=self.reason,
                program_name=program.name if program else "",
                **seen(request),
            )

    def history(self) -> dict[str, str]:
        """Who really looks, for a history row: there is none, because nothing can be written."""
        return {"viewed_by": str(self.by.pk), "viewed_by_username": self.by.username, "visit": self.visit}


class ViewAsMiddleware:
    """Must stand right before ProgramMiddleware: session, language and second factor are those of who is signed in.

    Sets `request.view_as`, None where everybody is themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.view_as = None
        try:
            answer = self._look(request)
        except OUTAGES as error:
            return outage(request, error)
        try:
            return answer or self.get_response(request)
        finally:
            if request.view_as is not None:
                request.user = request.view_as.by

    def _look(self, request: Any) -> HttpResponse | None:
        """Let the request look as the other, if it does and may; return what to answer instead, if anything."""
        name, unsafe = _name_of(request), request.method not in SAFE_METHODS
        state = request.session.get(SESSION)
        if unsafe and name in SIGN_OUT:
            _stop(request, VisitEvent.OUT)
            leave_all_programs(request, VisitEvent.OUT)
            return None
        if state is None:
            if unsafe and name not in OWN and request.user.is_authenticated and _named(request):
                return refused(
                    request,
                    403,
                    _("This page was looked at as another user. Load it anew to work as yourself."),
                )
            return None
        looking, ended = _now(request, state)
        if looking is None:
            _stop(request, ended)
            return self._over(request, name, unsafe)
        if name in OWN:
            return None
        request.view_as = looking
        if unsafe and name not in MAY_SEND:
            reason = _("You look as %(name)s, and only look. Stop looking to work as yourself.")
            return refused(request, 403, reason % {"name": looking.user})
        if _is_closed(request, name):
            reason = _("This page is closed while you look as %(name)s.")
            return refused(request, 403, reason % {"name": looking.user})
        request.user = looking.user
        return None

    def _over(self, request: Any, name: str, unsafe: bool) -> HttpResponse | None:
        if not request.user.is_authenticated or name in OWN:
            return None
        said = _("Looking as another user has ended.")
        if unsafe:
            return refused(request, 403, said)
        messages.info(request, said)
        goal = reverse("view-as") if request.user.is_superuser else reverse("dashboard")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": goal})
        return redirect(goal)


def _name_of(request: HttpRequest) -> str:
    match = match_of(request)
    return match.view_name if match is not None else ""


def _named(request: Any) -> bool:
    """Whether the page that sends this was looked at as another user."""
    return bool(request.headers.get(HEADER) or request.POST.get(FIELD))


def _is_closed(request: HttpRequest, name: str) -> bool:
    return request.path_info.startswith("/admin/") or (
        request.path_info.startswith("/accounts/") and name not in OPEN_ACCOUNT
    )


def _now(request: Any, state: dict[str, Any]) -> tuple[ViewAs | None, VisitEvent]:
    """The looking that the session is in; else None and why it has ended. Asked on every request."""
    user = request.user
    if not (user.is_authenticated and user.is_superuser):
        return None, VisitEvent.ENDED
    if time.time() >= state["until"]:
        return None, VisitEvent.TIME
    over = is_over(state["visit"])
    other = None if over else may_be_looked_as(user).filter(pk=state["user"]).first()
    if other is None:
        return None, VisitEvent.ENDED
    until = datetime.datetime.fromtimestamp(state["until"], datetime.UTC)
    return ViewAs(user, other, until, state["visit"], state["reason"]), VisitEvent.ENDED


def _stop(request: Any, how: VisitEvent) -> None:
    """End the looking of the session, if it is in one, and give back the program it was in."""
    state = request.session.pop(SESSION, None)
    if state is None:
        return
    request.session.pop(SESSION_PROGRAM, None)
    if state["program"]:
        request.session[SESSION_PROGRAM] = state["program"]
    end(state["visit"], how)


def may_be_looked_as(user: User) -> QuerySet[User]:
    """Whom `user` may look as: active users who are no super admins, and not oneself."""
    return User.objects.filter(is_active=True).exclude(role=Role.SUPER_ADMIN).exclude(pk=user.pk)


# ---- the pages


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


@require_safe
def choose(request: Any) -> HttpResponse:
    """Whom to look as, and why; `?q=` searches, `?user=` names somebody. While looking: until when.

    What `start` kept while it asked for the password is offered again, once.
    """
    _refuse_others(request)
    if SESSION not in request.session and (again := fresh_required(request)):
        return again
    initial = {"user": request.GET.get("user", ""), **request.session.pop(TYPED, {})}
    return _page(request, ViewAsForm(request.user, initial=initial))


@typed_into(ViewAsForm)
@require_POST
def start(request: Any) -> HttpResponse:
    """Begin to look as the posted `user`, for the posted `reason`."""
    _refuse_others(request)
    if again := fresh_required(request, reverse("view-as")):
        request.session[TYPED] = {
            name: request.POST.get(name, "")[:LONGEST_REASON] for name in ("user", "reason")
        }
        return again
    form = ViewAsForm(request.user, request.POST)
    if SESSION in request.session or not form.is_valid():
        return _page(request, form, status=422)
    other = form.cleaned_data["user"]
    begun = begin(user=request.user, reason=form.cleaned_data["reason"], as_user=other)
    request.session[SESSION] = {
        "user": str(other.pk),
        "visit": str(begun.visit),
        "reason": begun.reason,
        "until": time.time() + settings.VIEW_AS_MINUTES * 60,
        "program": request.session.pop(SESSION_PROGRAM, ""),
    }
    request.page_program = ""  # the other one's first page is in a program of theirs
    return redirect("dashboard")


@require_POST
def stop(request: Any) -> HttpResponse:
    """Be oneself again. Nothing happens to somebody who is."""
    _refuse_others(request)
    _stop(request, VisitEvent.LEFT)
    request.page_program = ""
    return redirect("view-as")


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
        "looking": _now(request, state)[0] if state else None,
        "minutes": round(settings.VIEW_AS_MINUTES),
    }
    return render(request, "staff/view_as.html", context, status=status)


def _ids(form: ViewAsForm, chosen: Any) -> list[Any]:
    """The id that was chosen, nothing where it makes no sense."""
    try:
        return [User._meta.pk.to_python(chosen)]
    except forms.ValidationError:
        return []
