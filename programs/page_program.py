"""Which program a page belongs to.

A page names its program in a field of its forms, in a header of its HTMX requests, and in its address (`?in=<id>`).
A copied link, and a redirect after a write, therefore open in the program they came from, whichever program the
session is in meanwhile (another tab may have switched it).
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.preferences import preference, remember_program
from web.http import PROGRAM_PARAMETER, is_partial, works_in_several

from .memberships import Membership, memberships_of, remember_roles
from .models import Program, VisitEvent
from .visits import ALL, SESSION_PROGRAM, current_all_programs_visit, end_all_programs_visit

HEADER, FIELD = "X-Program-Context", "program_context"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
REDIRECT_HEADERS = ("Location", "HX-Redirect", "HX-Location")


class AmbiguousProgram(Exception):
    """A request names a malformed program, or two different ones. The message is for the user."""


def take_program_from_address(request: Any) -> None:
    """Move the `in` parameter from `request.GET`, where lists would take it for a filter, to `programs_in_address`."""
    request.programs_in_address = [text for text in request.GET.getlist(PROGRAM_PARAMETER) if text]
    if PROGRAM_PARAMETER in request.GET:
        query = request.GET.copy()
        del query[PROGRAM_PARAMETER]
        request.GET = query


def requested_program(request: Any) -> str:
    """The id of the program that the request names, or ALL; "" where it names none.

    Raises AmbiguousProgram.
    """
    said = [request.headers.get(HEADER, ""), *request.programs_in_address]
    if request.method not in SAFE_METHODS:
        said.append(request.POST.get(FIELD, ""))
    named = {program_key(text) for text in said if text}
    if len(named) > 1:
        raise AmbiguousProgram(_("The page named two different programs. Load it anew."))
    return next(iter(named), "")


def program_key(text: str) -> str:
    """The normalized id of a program, or ALL. Raises AmbiguousProgram."""
    try:
        return text if text == ALL else str(uuid.UUID(text))
    except ValueError as error:
        raise AmbiguousProgram(_("The page named a program in a form that can't be read.")) from error


def opens_address(request: Any) -> bool:
    """Whether a full page is requested by an address that names a program, which becomes that of the session."""
    return bool(request.programs_in_address) and request.method == "GET" and not is_partial(request)


# ---- the program of a request


def choose_program(request: Any, named: str) -> None:
    """Set the program of the request: the named one if any, else the one of the session.

    Without one that the user has, `request.program` stays None.
    """
    user, wanted = request.user, named or _program_of_session(request)
    if wanted == ALL and user.is_superuser and current_all_programs_visit(request):
        request.all_programs, request.page_program, request.role = True, ALL, user.role
        _note_memberships(request)
        if opens_address(request):
            request.session[SESSION_PROGRAM] = ALL
        return
    membership = find_membership(request, wanted)
    if membership is None and not named:
        membership = next(iter(request.memberships), None)
        if membership is not None and request.session.get(SESSION_PROGRAM):
            said = _("Your access to the other program has ended. This is %(program)s.")
            messages.warning(request, said % {"program": membership.program})
    if membership is not None:
        request.program, request.role = membership.program, membership.role
        request.page_program = str(membership.program.pk)
        if opens_address(request) or not named:
            enter_program(request, request.page_program)


def find_membership(request: Any, key: str) -> Membership | None:
    """The membership of the user in the program with that id; None without one.

    Sets `request.memberships`.
    """
    user, wanted = request.user, uuid.UUID(key) if key not in ("", ALL) else None
    _note_memberships(request)
    if user.is_superuser:
        program = Program.objects.filter(pk=wanted, is_active=True).first() if wanted else None
        return Membership(program, user.role) if program else None
    return next((m for m in request.memberships if m.program.pk == wanted), None)


def _note_memberships(request: Any) -> None:
    """Set `request.memberships`; for super admins lazily, the first nine of all programs."""
    user = request.user
    if user.is_superuser:
        request.memberships = SimpleLazyObject(lambda: memberships_of(user, limit=9))
        return
    request.memberships = memberships_of(user)
    remember_roles(user, request.memberships)


# ---- the program of the session, for pages whose address says none


def _program_of_session(request: Any) -> str:
    """The id of the program to open, or ALL: that of the session, else the one used last before signing in."""
    return str(request.session.get(SESSION_PROGRAM) or preference(request.user, "program", ""))


def enter_program(request: Any, key: str) -> None:
    """Make the program with that id that of the session, and of the next sign-in."""
    if request.session.get(SESSION_PROGRAM) == key:
        return
    if request.session.get(SESSION_PROGRAM) == ALL:
        end_all_programs_visit(request, VisitEvent.LEFT)
    request.session[SESSION_PROGRAM] = key
    # Who looks as another user leaves that user's preferences alone.
    if getattr(request, "view_as", None) is None and preference(request.user, "program") != key:
        remember_program(request.user, key)


# ---- addresses that say their program


def with_program(url: str, key: str) -> str:
    """`url`, an address of this site, with the program in its query string."""
    parts = urlsplit(url)
    mark = f"{PROGRAM_PARAMETER}="
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith(mark)]
    return urlunsplit(parts._replace(query="&".join([*kept, mark + key])))


def keep_program_in_redirect(request: Any, response: HttpResponse) -> None:
    """Add the program of the page to the target of a redirect after a write or from an address that names one."""
    asked = request.method not in SAFE_METHODS or request.programs_in_address
    if not (asked and getattr(request, "page_program", "") and works_in_several(request)):
        return
    for name in REDIRECT_HEADERS:
        goal = response.headers.get(name, "")
        if goal.startswith("/") and not goal.startswith("//"):
            response.headers[name] = with_program(goal, request.page_program)


def shared_address(request: HttpRequest) -> str:
    """The address to copy from this page, with its program; "" for pages of one row, which the row identifies."""
    match = getattr(request, "resolver_match", None)
    key = getattr(request, "page_program", "")
    if not key or match is None or match.kwargs or request.method not in SAFE_METHODS:
        return ""
    return with_program(request.get_full_path(), key)
