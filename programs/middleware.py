"""Sets the program of a request and opens one transaction around view and rendering."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from web.form_answers import SIGNED_OUT
from web.http import match_of

from .all_programs import use_all_programs
from .elsewhere import program_of_row
from .error_pages import outage, refused, unavailable
from .isolation_checks import refuse_unsafe_database
from .last_admin import last_admin_reason
from .models import VisitEvent
from .outages import OUTAGES, is_outage
from .page_program import (
    SAFE_METHODS,
    AmbiguousProgram,
    choose_program,
    keep_program_in_redirect,
    opens_address,
    requested_program,
    take_program_from_address,
)
from .scope import read_only, use_program
from .visits import ALL, SESSION_PROGRAM, current_all_programs_visit, end_all_programs_visit, request_details


class ProgramMiddleware:
    """Must stand last, so that the transaction it opens closes around the view and the rendering alone.

    Sets `request.program`, `request.role`, `request.memberships`, `request.all_programs`, `request.page_program` (the
    value that the forms of the page carry) and `request.request_id`, which the history records.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.program, request.role, request.memberships = None, None, []
        request.all_programs, request.page_program, request.scope_failed = False, "", False
        request.request_id = str(uuid.uuid4())
        request.view_as = getattr(request, "view_as", None)
        take_program_from_address(request)
        try:
            refuse_unsafe_database()
            response = self._respond(request)
        except IntegrityError:  # a deferred constraint, at commit
            return refused(request, 409)
        except OUTAGES as error:
            return outage(request, error)
        keep_program_in_redirect(request, response)
        return response

    def process_exception(self, request: Any, exception: Exception) -> HttpResponse | None:
        # Only a note: rolling back here would break error pages that query.
        request.scope_failed = True
        if reason := last_admin_reason(exception):
            return refused(request, 409, reason)
        return unavailable(request, exception) if is_outage(exception) else None

    def _respond(self, request: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return self._to_visitor(request)
        signed_in = request.view_as.by if request.view_as else request.user
        if signed_in.lacks_second_factor and not _is_marked(request, "before_second_factor"):
            return _to_second_factor(request)
        if _is_exempt(request):
            return self._outside(request)
        try:
            named = requested_program(request)
        except AmbiguousProgram as unclear:
            return refused(request, 400, str(unclear))
        if not named and request.method not in SAFE_METHODS:
            return refused(request, 400, _("The page did not say which program it belongs to."))
        over = _visit_over(request, named)
        if over is not None:
            return over
        choose_program(request, named)
        nowhere = not request.user.is_superuser and not request.memberships
        if nowhere and request.method in SAFE_METHODS:
            return render(request, "programs/none.html", status=403)
        if named and not (request.program or request.all_programs):
            return refused(request, 403, _("You no longer work in the program this page belongs to."))
        if request.all_programs and not request.path_info.startswith("/admin/") and not _is_chooser(request):
            if request.method not in SAFE_METHODS:
                return refused(request, 400, _("This page works inside one program. Choose one first."))
            return render(request, "programs/choose_one.html")
        if not (request.program or request.all_programs):
            return render(request, "programs/none.html", status=403)
        response = self._within(self._scope(request), request)
        if response.status_code == 404 and request.method == "GET" and (there := program_of_row(request)):
            return render(request, "programs/elsewhere.html", {"found_in": there}, status=404)
        return response

    def _to_visitor(self, request: Any) -> HttpResponse:
        if request.method not in SAFE_METHODS and _needs_sign_in(request):
            # A redirect to the sign-in page would throw away what was typed.
            response = refused(request, 403, template="signed_out.html", sendable=True)
            response[SIGNED_OUT] = "1"
            return response
        return self._outside(request)

    def _outside(self, request: Any) -> HttpResponse:
        """Answer a page that stands outside programs, in one transaction; as another user, reading only."""
        if request.view_as is not None:
            request.view_as.note(request)
            return self._within(read_only(), request)
        match = match_of(request)
        apart = match is None or getattr(match.func, "in_no_transaction", False)
        return self.get_response(request) if apart else self._within(transaction.atomic(), request)

    def _within(self, transaction_of: AbstractContextManager[Any], request: Any) -> HttpResponse:
        """Answer in a transaction; what failed leaves nothing.

        ATOMIC_REQUESTS would put a savepoint in a scope.
        """
        with transaction_of:
            response = self.get_response(request)
            if request.scope_failed or response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def _scope(self, request: Any) -> AbstractContextManager[Any]:
        only_reads = request.method in SAFE_METHODS
        history = {"url": request.path[:500], "request": request.request_id}
        if request.all_programs:
            visit = current_all_programs_visit(request) or {}
            return use_all_programs(
                user=request.user,
                reason=visit["reason"],
                visit=visit["visit"],
                details=request_details(request),
                read_only=only_reads,
                history={**history, "visit": visit["visit"]},
            )
        if request.view_as is not None:
            request.view_as.note(request, request.program)
            only_reads, history = True, {**history, **request.view_as.history()}
        return use_program(request.program, user=request.user, read_only=only_reads, history=history)


def _to_second_factor(request: Any) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(reverse("mfa_index"))
    if request.method not in SAFE_METHODS:
        return refused(request, 403, _("Set up your second factor first, then send the form again."))
    return redirect("mfa_index")


def _is_exempt(request: HttpRequest) -> bool:
    return _is_marked(request, "program_exempt")


def _is_marked(request: HttpRequest, mark: str) -> bool:
    match = match_of(request)
    if match is None:
        return request.method not in SAFE_METHODS  # nothing will be written: let the 404 answer
    return getattr(match.func, mark, False)


def _visit_over(request: Any, named: str) -> HttpResponse | None:
    """The response where the visit to all programs has ended that the request belongs to; else None."""
    in_all = request.user.is_superuser and ALL in (named, request.session.get(SESSION_PROGRAM))
    if not in_all or current_all_programs_visit(request):
        return None
    end_all_programs_visit(request, VisitEvent.TIME)
    if named == ALL and not opens_address(request):
        return refused(request, 403, _("Your visit to all programs has ended. Enter it again with a reason."))
    if named not in ("", ALL) or request.method not in SAFE_METHODS:
        return None
    return redirect(f"{reverse('programs:enter-all')}?{urlencode({'next': request.get_full_path()})}")


def _needs_sign_in(request: HttpRequest) -> bool:
    match = match_of(request)
    return match is not None and getattr(match.func, "login_required", True)


def _is_chooser(request: HttpRequest) -> bool:
    return resolve(request.path_info).view_name == "programs:choose"  # an unknown address ends here, as a 404


class SignedInUserMiddleware:
    """Loads the session and its user.

    Answers 503 where they can't be loaded, instead of treating nobody as signed in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        try:
            request.user.is_authenticated  # noqa: B018  reads the session and the user
        except OUTAGES as error:
            # The language of the user's preferences is not known either.
            with translation.override(translation.get_language_from_request(request)):
                return outage(request, error)
        return self.get_response(request)
