"""Pages that choose the program, or all programs; error handlers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crud.names import search_words
from crud.submitted_values import labels_from
from database.functions import Fold, with_words

from .forms import ReasonForm
from .memberships import Membership
from .models import Program
from .page_program import AmbiguousProgram, enter_program, find_membership, program_key
from .program_optional import program_optional
from .scope import program_exempt
from .visits import ALL, SESSION_PROGRAM, begin_all_programs_visit, current_all_programs_visit


@program_exempt
@require_POST
def switch(request: Any) -> HttpResponse:
    """Make the posted `program` the active one of the session and go on to `next`, keeping the section.

    A program that is not the user's own, or does not exist, is refused with 403; a malformed id with 400.
    All programs are entered with a reason, which is asked first.
    """
    try:
        wanted = program_key(request.POST.get("program", ""))
    except AmbiguousProgram as error:
        raise BadRequest("The program to switch to is named in a form that can't be read.") from error
    if wanted != ALL:
        if find_membership(request, wanted) is None:
            raise PermissionDenied
        enter_program(request, wanted)
        return redirect(next_url(request))
    if not request.user.is_superuser:
        raise PermissionDenied
    if not current_all_programs_visit(request):
        return redirect(f"{reverse('programs:enter-all')}?{urlencode({'next': next_url(request)})}")
    request.session[SESSION_PROGRAM] = ALL
    return redirect(next_url(request))


def next_url(request: HttpRequest) -> str:
    """The target after switching: the section of the posted `next`, or `next` itself where `exact` is posted."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    parts = urlsplit(target)
    base, path = get_script_prefix().rstrip("/"), parts.path
    below = path.removeprefix(base)
    try:
        match = resolve(below)
    except Resolver404:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    if request.POST.get("exact"):
        return f"{path}?{parts.query}" if parts.query else path
    # A page of one row means nothing in another program: its list does.
    return f"{base}/{below.split('/')[1]}/" if match.kwargs and below.count("/") > 1 else path


@program_optional
@labels_from(ReasonForm)
@require_http_methods(["GET", "HEAD", "POST"])
def enter_all(request: Any) -> HttpResponse:
    """Ask for a reason, then begin a visit to all programs and redirect to `next`, if it is in the admin, or to the admin."""
    if not request.user.is_superuser:
        raise PermissionDenied
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if not current_all_programs_visit(request):
            begin_all_programs_visit(request, form.cleaned_data["reason"])
        request.page_program = ""  # what follows is in all programs, as the session is now
        goal = next_url(request)
        return redirect(goal if goal.startswith(reverse("admin:index")) else reverse("admin:index"))
    context = {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}
    return render(request, "programs/enter_all.html", context, status=422 if form.is_bound else 200)


@require_safe
def choose(request: Any) -> HttpResponse:
    """The list of the user's programs, with a search."""
    query = request.GET.get("q", "").replace("\0", "").strip()
    active = Program.objects.filter(is_active=True).alias(folded=Fold("name"))
    programs = with_words(active, "folded", search_words(query))
    if request.user.is_superuser:
        found: Any = [Membership(program, request.user.role) for program in programs]
    else:
        named = {program.pk for program in programs} if query else None
        found = [m for m in request.memberships if named is None or m.program.pk in named]
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return render(request, "programs/choose.html", {"page": page, "query": query})
