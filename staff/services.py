"""Services for the staff of a program: who may assign whom, rights in words, changes of assignments."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import RANKS, RIGHTS, assignable_roles
from crud.history import HistoryEntry, Verb
from programs.last_admin import last_admin_reason
from programs.memberships import memberships_of, role_in
from programs.models import Program, UserProgramAssignment
from programs.roles import may_act
from programs.undo import CHANGED_SINCE, undo_event

BRING_IN = "programs.add_userprogramassignment"
VERBS = {
    "view": gettext_lazy("see"),
    "view_private": gettext_lazy("see private details"),
    "view_emergency": gettext_lazy("open emergency details, which is noted"),
    "view_looks": gettext_lazy("see who opened emergency details"),
    "add": gettext_lazy("add"),
    "change": gettext_lazy("change"),
    "archive": gettext_lazy("archive and restore"),
}
PRIVATE_VERBS = ("view_private", "view_emergency", "view_looks")
"""Verbs that say something only about models whose permissions include view_private."""

STAFF_VERBS = {
    BRING_IN: gettext_lazy("invite"),
    "programs.change_userprogramassignment": gettext_lazy("change the role, end and bring back"),
    "programs.view_userprogramassignment": gettext_lazy("see"),
}

ENDED = gettext_lazy("The assignment has ended. Bring it back first.")


class Refused(Exception):
    """A change is refused. `reason` is for the user; `field` is the form field it concerns, if any."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


# ---- who may bring in whom


def roles_to_give(user: User, program: Program) -> list[str]:
    """The roles that `user` may give in the program: none above their own, and never super admin."""
    own = role_in(user, program.pk)
    if own is None or not may_act(own, BRING_IN):
        return []
    return [role.value for role in assignable_roles() if role.rank <= RANKS[own]]


def programs_to_staff(user: User) -> list[Program]:
    """The programs into which `user` may bring staff, ordered by name."""
    return [m.program for m in memberships_of(user) if m.may(BRING_IN)]


# ---- what is shown about somebody


def last_seen(user: Any) -> datetime.datetime | None:
    """When the user made the last request, or else signed in."""
    return getattr(user, "last_seen_at", None) or user.last_login


def access_of(assignment: UserProgramAssignment) -> tuple[str, str]:
    """(state of the access in words, tone of its badge)."""
    if not assignment.is_active:
        return _("Ended"), "muted"
    if not assignment.user.is_active:
        return _("Deactivated"), "danger"
    if last_seen(assignment.user) is None:
        return _("Never signed in"), "warning"
    return _("Active"), "success"


class Right(NamedTuple):
    what: str
    verbs: list[str]


def rights_of(role: str) -> list[Right]:
    """The rights of a role, in words, for each model that roles name and for staff; `verbs` is empty for none."""
    named = dict.fromkeys(name for rights in RIGHTS.values() for name in rights)
    found = []
    for name in named:
        if name == "*" or name.startswith("programs."):
            continue
        app, _dot, model_name = name.partition(".")
        meta = apps.get_model(name)._meta
        has_private = "view_private" in meta.default_permissions
        verbs = [
            str(label)
            for verb, label in VERBS.items()
            if (has_private or verb not in PRIVATE_VERBS) and may_act(role, f"{app}.{verb}_{model_name}")
        ]
        found.append(_right(meta.verbose_name_plural, verbs))
    staff_verbs = [str(label) for verb, label in STAFF_VERBS.items() if may_act(role, verb)]
    return [*found, _right(_("Staff"), staff_verbs)]


def _right(what: Any, verbs: list[str]) -> Right:
    label = str(what)
    return Right(label[:1].upper() + label[1:], verbs)


# ---- changes


def refusal_reason(user: User, assignment: UserProgramAssignment) -> str:
    """Why `user` may not change this assignment; "" where they may."""
    if assignment.user_id == user.pk:
        return _("Nobody changes or ends their own role. Ask another admin.")
    if assignment.user.is_superuser and not user.is_superuser:
        return _("Super admins work in every program. Only super admins change that.")
    return ""


def can_undo(assignment: UserProgramAssignment, entry: HistoryEntry) -> bool:
    """Whether an entry of the assignment's history can be undone now: a change of its role, its end or its return."""
    is_undoable = entry.verb is Verb.CHANGED and entry.is_current
    undone = {"role", "is_active"} & entry.changed_names if is_undoable else set()
    return bool(undone) and (assignment.is_active or "is_active" in undone)


def change_role(*, user: User, assignment: UserProgramAssignment, role: str) -> None:
    """Give somebody another role in the program. Raises Refused."""
    if role not in roles_to_give(user, assignment.program):
        raise Refused(_("This role is not yours to give."), "role")

    def change(row: UserProgramAssignment) -> None:
        if not row.is_active:
            raise Refused(str(ENDED), "role")
        row.role = role

    _change(user, assignment, change)


def end_assignment(*, user: User, assignment: UserProgramAssignment) -> None:
    """Deactivate the assignment; the account and all records stay. Raises Refused."""

    def end(row: UserProgramAssignment) -> None:
        row.is_active = False

    _change(user, assignment, end)


def bring_back(*, user: User, assignment: UserProgramAssignment) -> None:
    """Reactivate the assignment, in the role held before. Raises Refused."""

    def renew(row: UserProgramAssignment) -> None:
        _refuse_access(user, row)
        if not row.is_active:
            row.is_active, row.assigned_at, row.assigned_by = True, timezone.now(), user

    _change(user, assignment, renew)


def undo_change(*, user: User, assignment: UserProgramAssignment, event: int) -> None:
    """Undo the change `event` of the assignment's history.

    Raises Refused where the values have changed since, and where `user` may not give the resulting role or access.
    """

    def give_back(row: UserProgramAssignment) -> None:
        ended = not row.is_active
        if not undo_event(row, event):
            raise Refused(str(CHANGED_SINCE))
        if row.is_active:
            _refuse_access(user, row)
        elif ended:
            raise Refused(str(ENDED))

    _change(user, assignment, give_back)


def _refuse_access(user: User, row: UserProgramAssignment) -> None:
    """Raise Refused where `user` may not let somebody work in the program in the role of `row`."""
    if not row.user.is_active:
        raise Refused(_("The account is deactivated. A super admin can activate it."))
    if (row.role or row.user.role) not in roles_to_give(user, row.program) and not row.user.is_superuser:
        raise Refused(_("This role is not yours to give."))


def _change(
    user: User, assignment: UserProgramAssignment, change: Callable[[UserProgramAssignment], None]
) -> None:
    try:
        with transaction.atomic():
            rows = UserProgramAssignment.objects.select_for_update(of=("self",), no_key=True)
            row = rows.select_related("user", "program").get(pk=assignment.pk)
            if reason := refusal_reason(user, row):
                raise Refused(reason)
            change(row)
            row.save(update_fields=["role", "is_active", "assigned_at", "assigned_by"])
    except IntegrityError as error:
        if reason := last_admin_reason(error):
            raise Refused(reason) from error
        raise


@transaction.atomic
def transfer_assignments(*, assignments: Iterable[UserProgramAssignment], to: Program, by: User) -> int:
    """Move the users of the active `assignments` to the program `to`, in the same roles. Returns the number moved.

    The old assignment is deactivated, not deleted. An inactive assignment to `to` is reactivated; an active one
    stays as it is.
    """
    moved = 0
    keys = [assignment.pk for assignment in assignments]
    locked = UserProgramAssignment.objects.select_for_update().filter(pk__in=keys, is_active=True)
    for assignment in locked.exclude(program=to).order_by("pk"):
        now = timezone.now()
        there, made = UserProgramAssignment.objects.select_for_update().get_or_create(
            user_id=assignment.user_id,
            program=to,
            defaults={"role": assignment.role, "assigned_by": by, "assigned_at": now},
        )
        if not made and not there.is_active:
            there.is_active, there.role = True, assignment.role
            there.assigned_by, there.assigned_at = by, now
            there.save()
        assignment.is_active = False
        assignment.save()
        moved += 1
    return moved
