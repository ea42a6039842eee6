"""Viewing the product as another user: for super admins, read only, for some minutes, recorded under both names.

The signed-in user stays the super admin. `request.user` is the other user for the length of a request, after
everything that concerns the session, and the transaction of that request is read only.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from programs.error_pages import outage, refused
from programs.models import VisitEvent
from programs.outages import OUTAGES
from programs.page_program import SAFE_METHODS
from programs.visits import SESSION_PROGRAM, ViewAs, end_all_programs_visit, end_visit, is_visit_over
from web.http import match_of

SESSION = "view_as"
FIELD, HEADER = "view_as", "X-View-As"
SIGN_OUT = {"logout", "account_logout"}
# What the super admin does in person meanwhile, and what may be sent.
OWN = {"staff:view-as", "staff:view-as-start", "staff:view-as-stop"} | SIGN_OUT
MAY_SEND = {"programs:switch"}
# The account of a person is nobody else's: codes, keys and sessions are shown there.
OPEN_ACCOUNT = {"profile"}


class ViewAsMiddleware:
    """Must stand right before ProgramMiddleware: session, language and second factor are those of the signed-in user.

    Sets `request.view_as`, None where nobody is viewed as.
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
        """Set `request.user` to the other user where the session views as one; return a response to refuse the request."""
        name, unsafe = _name_of(request), request.method not in SAFE_METHODS
        state = request.session.get(SESSION)
        if unsafe and name in SIGN_OUT:
            stop_looking(request, VisitEvent.OUT)
            end_all_programs_visit(request, VisitEvent.OUT)
            return None
        if state is None:
            if unsafe and name not in OWN and request.user.is_authenticated and _named(request):
                return refused(
                    request,
                    403,
                    _("This page was looked at as another user. Load it anew to work as yourself."),
                )
            return None
        looking, ended = current_view_as(request, state)
        if looking is None:
            stop_looking(request, ended)
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
        goal = (
            reverse("staff:view-as")
            if request.user.is_superuser
            else resolve_url(settings.LOGIN_REDIRECT_URL)
        )
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": goal})
        return redirect(goal)


def _name_of(request: HttpRequest) -> str:
    match = match_of(request)
    return match.view_name if match is not None else ""


def _named(request: Any) -> bool:
    """Whether the request comes from a page that was shown to somebody viewing as another user."""
    return bool(request.headers.get(HEADER) or request.POST.get(FIELD))


def _is_closed(request: HttpRequest, name: str) -> bool:
    return request.path_info.startswith("/admin/") or (
        request.path_info.startswith("/accounts/") and name not in OPEN_ACCOUNT
    )


def current_view_as(request: Any, state: dict[str, Any]) -> tuple[ViewAs | None, VisitEvent]:
    """(the running view-as of the session, None where it has ended; how it has ended)."""
    user = request.user
    if not (user.is_authenticated and user.is_superuser):
        return None, VisitEvent.ENDED
    if time.time() >= state["until"]:
        return None, VisitEvent.TIME
    over = is_visit_over(state["visit"])
    other = None if over else may_be_looked_as(user).filter(pk=state["user"]).first()
    if other is None:
        return None, VisitEvent.ENDED
    until = datetime.datetime.fromtimestamp(state["until"], datetime.UTC)
    return ViewAs(user, other, until, state["visit"], state["reason"]), VisitEvent.ENDED


def stop_looking(request: Any, how: VisitEvent) -> None:
    """End the view-as of the session, if there is one, and return to the program that the session was in before."""
    state = request.session.pop(SESSION, None)
    if state is None:
        return
    request.session.pop(SESSION_PROGRAM, None)
    if state["program"]:
        request.session[SESSION_PROGRAM] = state["program"]
    end_visit(state["visit"], how)


def may_be_looked_as(user: User) -> QuerySet[User]:
    """The users whom `user` may view the product as: active, no super admins, not oneself."""
    return User.objects.filter(is_active=True).exclude(role=Role.SUPER_ADMIN).exclude(pk=user.pk)
