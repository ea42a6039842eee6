"""Services for invitations: create, resend, withdraw, accept."""

from __future__ import annotations

import datetime
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.addresses import deliverable, same
from accounts.models import Role, User
from programs.models import Program, UserProgramAssignment
from programs.scope import use_program

from .models import Invitation, InvitationProgram, InvitationState
from .services import Refused, roles_to_give

LIFETIME = datetime.timedelta(days=7)
MOST_PENDING = 50
"""Open invitations of one program."""
MOST_A_DAY = 100
"""Invitations that one person may send in a day, withdrawn ones included."""
BETWEEN_MAILS = datetime.timedelta(minutes=1)

logger = logging.getLogger(__name__)

Link = Callable[[str], str]
"""Builds the address in the mail from a token."""


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_invitations(program: Program) -> QuerySet[Invitation]:
    """Invitations into the program that were neither accepted nor withdrawn, including expired ones."""
    return Invitation.objects.filter(
        places__program=program, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).select_related("invited_by")


def state_condition(state: InvitationState) -> Q:
    """The condition for invitations that are in this state now."""
    ended = Q(accepted_at__isnull=False) | Q(withdrawn_at__isnull=False)
    return {
        InvitationState.PENDING: ~ended & Q(expires_at__gt=timezone.now()),
        InvitationState.EXPIRED: ~ended & Q(expires_at__lte=timezone.now()),
        InvitationState.ACCEPTED: Q(accepted_at__isnull=False),
        InvitationState.WITHDRAWN: Q(withdrawn_at__isnull=False),
    }[state]


def programs_granted(invitation: Invitation) -> list[Program]:
    """The programs that accepting would assign: those into which the inviter may still bring staff in that role."""
    inviter = invitation.invited_by
    if inviter is None or not invitation.is_pending:
        return []
    programs = Program.objects.filter(invitations=invitation, is_active=True).order_by("name")
    return [program for program in programs if invitation.role in roles_to_give(inviter, program)]


# ---- inviting


def invite(
    *, user: User, email: str, full_name: str, role: str, programs: Iterable[Program], link: Link
) -> Invitation:
    """Create an invitation into the programs; the mail is sent after the commit. Raises Refused."""
    chosen = sorted(programs, key=lambda program: program.pk)
    # One inviter of a program at a time, so that the limit and "once" hold for two at once as well.
    list(Program.objects.select_for_update(no_key=True).filter(pk__in=[p.pk for p in chosen]).order_by("pk"))
    today = Invitation.objects.filter(
        invited_by=user, created_at__gt=timezone.now() - datetime.timedelta(days=1)
    )
    if today.count() >= MOST_A_DAY:
        raise Refused(_("You have sent very many invitations today. Go on tomorrow."))
    for program in chosen:
        _refuse_unless_wanted(user, program, role, email)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        full_name=full_name,
        role=role,
        invited_by=user,
        token_hash=hash_token(token),
        expires_at=timezone.now() + LIFETIME,
    )
    for program in chosen:
        InvitationProgram.objects.create(invitation=invitation, program=program)
    _mail(invitation, token, link)
    return invitation


def _refuse_unless_wanted(user: User, program: Program, role: str, email: str) -> None:
    if role not in roles_to_give(user, program):
        raise Refused(_("This role is not yours to give."), "role")
    names = {"email": email, "program": program}
    if UserProgramAssignment.objects.filter(
        same("user__email", email), program=program, is_active=True, user__is_active=True
    ).exists():
        raise Refused(_("%(email)s already works in %(program)s.") % names, "email")
    pending = open_invitations(program)
    if pending.filter(same("email", email)).exists():
        raise Refused(
            _(
                "%(email)s is already invited into %(program)s. "
                "Send that invitation again, or withdraw it first."
            )
            % names,
            "email",
        )
    if pending.filter(expires_at__gt=timezone.now()).count() >= MOST_PENDING:
        raise Refused(
            _("%(program)s has %(most)s open invitations. Withdraw some that nobody needs any more.")
            % {**names, "most": MOST_PENDING}
        )


def resend(*, user: User, invitation: Invitation, program: Program, link: Link) -> None:
    """Send a new link with a new expiry; the old link stops working at once. Raises Refused."""
    row = _locked_open(invitation)
    inviter = row.invited_by
    if row.role not in roles_to_give(user, program):
        raise Refused(_("This role is not yours to give."))
    if inviter is None or row.role not in roles_to_give(inviter, program):
        raise Refused(_("Who sent this invitation may no longer invite here. Withdraw it and invite anew."))
    if row.sent_at and timezone.now() - row.sent_at < BETWEEN_MAILS:
        raise Refused(_("This invitation was sent a moment ago. Wait a minute."))
    token = secrets.token_urlsafe(32)
    row.token_hash, row.expires_at, row.sent_at = hash_token(token), timezone.now() + LIFETIME, None
    row.save(update_fields=["token_hash", "expires_at", "sent_at"])
    _mail(row, token, link)


def withdraw(*, user: User, invitation: Invitation, program: Program) -> None:
    """Remove the program from the invitation, which is withdrawn with its last one. Raises Refused."""
    row = _locked_open(invitation)
    if row.places.exclude(program=program).exists():
        row.places.filter(program=program).delete()
        return
    row.withdrawn_at, row.withdrawn_by = timezone.now(), user
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])


def withdraw_all(*, user: User, invitations: QuerySet[Invitation]) -> int:
    """Withdraw those of the invitations that are still open, as a whole; return the number."""
    still_open = Invitation.objects.filter(
        pk__in=invitations.values("pk"), accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    return still_open.update(withdrawn_at=timezone.now(), withdrawn_by=user)


def _locked_open(invitation: Invitation) -> Invitation:
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if row.accepted_at or row.withdrawn_at:
        raise Refused(_("This invitation was accepted or withdrawn meanwhile."))
    return row


def _mail(invitation: Invitation, token: str, link: Link) -> None:
    """Send the link after the commit. `sent_at` stays empty where that fails, which the list shows."""
    programs = Program.objects.filter(invitations=invitation).order_by("name")
    context = {
        "invitation": invitation,
        "programs": [program.name for program in programs],
        "link": link(token),
        "expires_at": invitation.expires_at,
    }
    # Written now, in the language of whoever sends it.
    subject = _("%(inviter)s invites you to Academy") % {"inviter": invitation.invited_by}
    body = render_to_string("staff/invitation_mail.txt", context)
    current = Invitation.objects.filter(pk=invitation.pk, token_hash=invitation.token_hash)

    def deliver() -> None:
        try:
            send_mail(" ".join(subject.split()), body, None, [deliverable(invitation.email)])
        except Exception as error:  # noqa: BLE001 - whatever a mail server does, the invitation stays
            logger.warning(
                "The mail of invitation %s could not be sent: %s", invitation.pk, type(error).__name__
            )
            return
        current.update(sent_at=timezone.now())

    transaction.on_commit(deliver)


# ---- accepting


def locked(token_hash: str) -> Invitation | None:
    """The invitation with this token hash, locked until the transaction ends."""
    # The people behind it are read afterwards: a join would show them as they were before the wait.
    return Invitation.objects.select_for_update().filter(token_hash=token_hash).first()


def invited_account(invitation: Invitation) -> User | None:
    """The account with the invited address, if there is one."""
    return User.objects.with_address(invitation.email).first()


def accept(
    *, invitation: Invitation, user: User, programs: list[Program], history: dict[str, Any] | None = None
) -> None:
    """Assign `user`, who may be a new account that is not saved yet, to the programs.

    `invitation` comes from `locked`, `programs` from `programs_granted`. A new account is a tutor; the invited role is
    set on the assignments alone, so that it holds in no other program.
    """
    with use_program(programs[0], user=user, history=history):
        if user._state.adding:
            user.role = Role.TUTOR
            user.save()
        for program in programs:
            given = {
                "role": invitation.role,
                "is_active": True,
                "assigned_at": timezone.now(),
                "assigned_by": invitation.invited_by,
            }
            row, is_new = UserProgramAssignment.objects.select_for_update(of=("self",)).get_or_create(
                user=user, program=program, defaults=given
            )
            if not (is_new or row.is_active):
                for name, value in given.items():
                    setattr(row, name, value)
                row.save()
        invitation.accepted_at, invitation.accepted_by = timezone.now(), user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
