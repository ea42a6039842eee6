"""Sending invitations, following their links, and accepting them."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.limits import LoginAttempt
from accounts.models import Role, User
from crud.submitted_values import labels_from
from programs.models import Program
from programs.page_program import enter_program
from programs.scope import in_no_transaction, program_exempt
from web.http import theme_of

from . import invitations
from .forms import AcceptForm, AccountForm, InviteForm
from .models import Invitation
from .services import Refused
from .views import with_right

SESSION = "invitation"
SALT = "programs.invitation"
DOUBLE_CLICK = datetime.timedelta(seconds=30)


# ---- sending: pages of a program


def _link(request: HttpRequest) -> invitations.Link:
    return lambda token: request.build_absolute_uri(reverse("staff:invitation", args=[token]))


@labels_from(InviteForm)
@require_http_methods(["GET", "HEAD", "POST"])
@with_right("add")
def invite(request: Any) -> HttpResponse:
    """Invite somebody by e-mail into this program and others that the user administers."""
    form = InviteForm(request.user, request.program, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            invitation = invitations.invite(user=request.user, link=_link(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field, refused.reason)
        else:
            messages.success(request, _("%(person)s is invited.") % {"person": invitation})
            return redirect(reverse("staff:list") + "?access=invited")
    problems = [
        {
            "target": form[name].id_for_label or form[name].auto_id if name in form.fields else "",
            "label": form[name].label if name in form.fields else "",
            "message": error,
        }
        for name, errors in form.errors.items()
        for error in errors
    ]
    context = {"form": form, "problems": problems}
    return render(request, "staff/invite.html", context, status=422 if problems else 200)


def _invitation(request: Any, pk: uuid.UUID) -> Invitation:
    try:
        return Invitation.objects.get(pk=pk, places__program=request.program)
    except Invitation.DoesNotExist:
        raise Http404 from None


@require_POST
@with_right("add")
def resend(request: Any, pk: uuid.UUID) -> HttpResponse:
    invitation = _invitation(request, pk)

    def send() -> None:
        invitations.resend(
            user=request.user, invitation=invitation, program=request.program, link=_link(request)
        )

    said = _("%(person)s gets a new link. The old one no longer works.") % {"person": invitation}
    return _changed(request, said, send)


@require_POST
@with_right("add")
def withdraw(request: Any, pk: uuid.UUID) -> HttpResponse:
    invitation = _invitation(request, pk)

    def end_it() -> None:
        invitations.withdraw(user=request.user, invitation=invitation, program=request.program)

    return _changed(request, _("The invitation of %(person)s is withdrawn.") % {"person": invitation}, end_it)


def _changed(request: Any, said: str, change: Callable[[], None]) -> HttpResponse:
    try:
        change()
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, said)
    return redirect(reverse("staff:list") + "?access=invited")


# ---- following the link and accepting: outside the sign-in


def _apart(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view as open to everybody, outside programs, outside the transaction and never cached."""

    @program_exempt
    @in_no_transaction  # what is counted must be known to the other workers at once
    @login_not_required
    @wraps(view)
    def apart(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return apart


@_apart
@require_safe
def follow(request: Any, token: str) -> HttpResponse:
    """The address in the mail.

    Moves the token into the session and redirects, so that no address shows it any more.
    """
    found = (
        Invitation.objects.select_related("invited_by")
        .filter(token_hash=invitations.hash_token(token))
        .first()
    )
    if found is None or not invitations.programs_granted(found):
        response = _dead(request, 404 if found is None else 410)
    else:
        request.session[SESSION] = found.token_hash
        response = redirect("staff:invitation-accept")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@_apart
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: Any) -> HttpResponse:
    """The page of the invitation in the session or the form; a POST accepts it."""
    with transaction.atomic():
        token_hash = _token_hash(request)
        invitation = invitations.locked(token_hash) if token_hash else None
        if invitation is None:
            return _dead(request, 404)
        if invitation.accepted_by and invitation.accepted_by == request.user:
            return redirect(settings.LOGIN_REDIRECT_URL)
        programs = invitations.programs_granted(invitation)
        once_more = request.method == "POST" and invitation.accepted_by and not request.user.is_authenticated
        if not once_more:
            return _answer(request, invitation, programs)
    return _once_more(request, invitation)


def _answer(request: Any, invitation: Invitation, programs: list[Program]) -> HttpResponse:
    """The response for an invitation that was not accepted yet."""
    account = invitations.invited_account(invitation)
    if not programs or (account and not account.is_active):
        return _dead(request, 410)
    if request.user.is_authenticated:
        return _as_account(request, invitation, programs, account)
    if account:
        return _page(request, invitation, programs, sign_in=True)
    return _as_newcomer(request, invitation, programs)


def _token_hash(request: Any) -> str:
    """The hash of the form, else of the session: after the first request of a double click the session is another one."""
    try:
        return signing.loads(request.POST.get("token", ""), salt=SALT)
    except signing.BadSignature:
        return request.session.get(SESSION, "")


def _as_account(
    request: Any, invitation: Invitation, programs: list[Program], account: User | None
) -> HttpResponse:
    """The response for a signed-in user, who may accept only as the invited address."""
    if account is None or account != request.user:
        return _page(request, None, [], not_yours=True, status=403)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if not (form.is_bound and form.is_valid()):
        return _page(request, invitation, programs, form=form, status=422 if form.is_bound else 200)
    invitations.accept(invitation=invitation, user=account, programs=programs, history=_history(request))
    return _arrived(request, programs)


def _as_newcomer(request: Any, invitation: Invitation, programs: list[Program]) -> HttpResponse:
    form = AccountForm(
        request.POST if request.method == "POST" else None,
        initial={"full_name": invitation.full_name},
        email=invitation.email,
    )
    if not (form.is_bound and form.is_valid()):
        return _page(
            request, invitation, programs, form=form, newcomer=True, status=422 if form.is_bound else 200
        )
    user = form.account()
    user.set_password(form.cleaned_data["password1"])
    try:
        invitations.accept(invitation=invitation, user=user, programs=programs, history=_history(request))
    except IntegrityError:
        # Somebody took the name, or the address, between the question and the write.
        return _page(request, invitation, programs, form=form, newcomer=True, taken=True, status=422)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return _arrived(request, programs)


def _once_more(request: Any, invitation: Invitation) -> HttpResponse:
    """The response for the second request of a double click: signs in whoever knows the password just set."""
    user: Any = invitation.accepted_by
    same = request.POST.get("username", "") == user.username
    # A moment only: a used link must not become a place to guess passwords at.
    accepted: Any = invitation.accepted_at
    if same and timezone.now() - accepted < DOUBLE_CLICK and user.is_active:
        with LoginAttempt(request, str(user.pk)) as attempt:
            right = user.check_password(request.POST.get("password1", ""))
            if not right:
                attempt.mark_failed()
        if right:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect(settings.LOGIN_REDIRECT_URL)
    return _dead(request, 410)


def _arrived(request: Any, programs: list[Program]) -> HttpResponse:
    enter_program(request, str(programs[0].pk))
    return redirect(settings.LOGIN_REDIRECT_URL)


def _history(request: Any) -> dict[str, Any]:
    return {"url": request.path, "request": request.request_id}


def _page(
    request: Any, invitation: Invitation | None, programs: list[Program], *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"invitation": invitation, "granted": programs, "theme": theme_of(request), **more}
    if invitation:
        context["role"] = Role(invitation.role).label
        context["link"] = signing.dumps(invitation.token_hash, salt=SALT)
    return render(request, "staff/invitation_accept.html", context, status=status)


def _dead(request: Any, status: int) -> HttpResponse:
    return render(request, "staff/invitation_dead.html", {"theme": theme_of(request)}, status=status)
