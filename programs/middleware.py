"""Which program this request works in, and one transaction around view and rendering."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from academy.crud.theme import theme_of

from .database import refuse_unsafe_database
from .memberships import Membership, memberships_of, remember_roles
from .models import Program, ProgramScopedModel
from .roles import may
from .scope import use_all_programs, use_program

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
ALL = "all"
SECRET_FIELDS = ("csrfmiddlewaretoken", "program_context", "version", "token")
UNAVAILABLE = (OperationalError, InterfaceError)


class ProgramMiddleware:
    """Must stand last: everything it opens has to close around the view and the rendering alone.

    Sets `request.request_id`, which the history notes, `request.program`, `request.role`, `request.memberships`, `request.all_programs` and
    `request.page_program`, the value that the forms of the page carry.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.program, request.role, request.memberships = None, None, []
        request.all_programs, request.page_program, request.scope_failed = False, "", False
        request.request_id = str(uuid.uuid4())
        try:
            refuse_unsafe_database()
            return self._respond(request)
        except UNAVAILABLE:
            return refused(request, 503)
        except IntegrityError:  # a deferred constraint, at commit
            return refused(request, 409)

    def process_exception(self, request: Any, exception: Exception) -> HttpResponse | None:
        # Only a note: rolling back here would break error pages that query.
        request.scope_failed = True
        return refused(request, 503) if isinstance(exception, UNAVAILABLE) else None

    def _respond(self, request: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if request.method not in SAFE_METHODS and _needs_sign_in(request):
                # A redirect to the sign-in page would throw away what was typed.
                return refused(
                    request, 403, _("You are no longer signed in. Sign in, then send the form again.")
                )
            return self.get_response(request)
        if request.user.lacks_second_factor and not _is_marked(request, "before_second_factor"):
            return _to_second_factor(request)
        if _is_exempt(request):
            return self.get_response(request)
        named = request.headers.get("X-Program-Context") or ""
        if request.method not in SAFE_METHODS:
            named = named or request.POST.get("program_context", "")
            if not named:
                return refused(request, 400, _("The page did not say which program it belongs to."))
        if named and named != ALL:
            try:
                uuid.UUID(named)
            except ValueError:
                return refused(request, 400, _("The page named a program in a form that can't be read."))

        _choose(request, named)
        if named and not (request.program or request.all_programs):
            return refused(request, 403, _("You no longer work in the program this page belongs to."))
        if request.all_programs and not request.path.startswith("/admin/") and not _is_chooser(request):
            if request.method not in SAFE_METHODS:
                return refused(request, 400, _("This page works inside one program. Choose one first."))
            return render(request, "programs/choose_one.html")
        if not (request.program or request.all_programs):
            return render(request, "programs/none.html", status=403)
        with self._scope(request):
            response = self.get_response(request)
            if request.scope_failed or response.status_code >= 500:
                transaction.set_rollback(True)
        if response.status_code == 404 and request.method == "GET":
            response = _elsewhere(request) or response
        return response

    def _scope(self, request: Any) -> AbstractContextManager[Any]:
        read_only = request.method in SAFE_METHODS
        history = {"url": request.path[:500], "request": request.request_id}
        if request.all_programs:
            reason = f"{request.method} {request.get_full_path()}"
            return use_all_programs(user=request.user, reason=reason, read_only=read_only, history=history)
        return use_program(request.program, user=request.user, read_only=read_only, history=history)


def _to_second_factor(request: Any) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(reverse("mfa_index"))
    if request.method not in SAFE_METHODS:
        return refused(request, 403, _("Set up your second factor first, then send the form again."))
    return redirect("mfa_index")


def _is_exempt(request: HttpRequest) -> bool:
    return _is_marked(request, "program_exempt")


def _is_marked(request: HttpRequest, mark: str) -> bool:
    try:
        return getattr(resolve(request.path_info).func, mark, False)
    except Resolver404:
        return request.method not in SAFE_METHODS  # nothing will be written: let the 404 answer


def _needs_sign_in(request: HttpRequest) -> bool:
    try:
        return getattr(resolve(request.path_info).func, "login_required", True)
    except Resolver404:
        return False


def _is_chooser(request: HttpRequest) -> bool:
    return resolve(request.path_info).view_name == "programs:choose"


def _choose(request: Any, named: str) -> None:
    """Set the program of the request: the named one if any, else the one of the session."""
    user, wanted = request.user, named or request.session.get("program", "")
    if wanted == ALL and user.is_superuser:
        request.all_programs, request.page_program, request.role = True, ALL, user.role
        request.memberships = SimpleLazyObject(lambda: memberships_of(user, limit=9))
        return
    membership = _find(request, wanted)
    if membership is None and not named:
        membership = next(iter(request.memberships), None)
        if membership is not None:
            if wanted:
                messages.warning(
                    request,
                    _("Your access to the other program has ended. This is %(program)s.")
                    % {"program": membership.program},
                )
            request.session["program"] = str(membership.program.pk)
    if membership is not None:
        request.program, request.role = membership.program, membership.role
        request.page_program = str(membership.program.pk)


def _find(request: Any, wanted: str) -> Membership | None:
    user = request.user
    if user.is_superuser:  # has every program; the list is read only where it is shown
        request.memberships = SimpleLazyObject(lambda: memberships_of(user, limit=9))
        program = (
            Program.objects.filter(pk=wanted, is_active=True).first() if wanted and wanted != ALL else None
        )
        return Membership(program, user.role) if program else None
    request.memberships = memberships_of(user)
    remember_roles(user, request.memberships)
    wanted_id = uuid.UUID(wanted) if wanted and wanted != ALL else None
    return next((m for m in request.memberships if m.program.pk == wanted_id), None)


def _elsewhere(request: Any) -> HttpResponse | None:
    """For a row of another program that the user also has: offer to open it there. Else None."""
    match = request.resolver_match
    model = getattr(getattr(match.func, "view_class", None), "model", None) if match else None
    if model is None or not issubclass(model, ProgramScopedModel) or "pk" not in match.kwargs:
        return None
    for membership in memberships_of(request.user, limit=50):
        if membership.program == request.program:
            continue
        label = f"{model._meta.app_label}.view_{model._meta.model_name}"
        if not (request.user.is_superuser or may(membership.role, label)):
            continue
        with use_program(membership.program, user=request.user, read_only=True):
            found = model._base_manager.filter(pk=match.kwargs["pk"]).exists()
        if found:
            return render(request, "programs/elsewhere.html", {"found_in": membership.program}, status=404)
    return None


def refused(request: Any, status: int, reason: str = "", template: str = "") -> HttpResponse:
    """The plain page of `status`, which shows what had been typed, so that nothing is lost."""
    kept = []
    if request.method == "POST":
        kept = [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if value and name not in SECRET_FIELDS and "password" not in name
        ]
    context = {"reason": reason, "kept": kept, "theme": theme_of(request)}
    # Without the request: context processors would query, and the database may be what is missing.
    return HttpResponse(render_to_string(template or f"{status}.html", context), status=status)
