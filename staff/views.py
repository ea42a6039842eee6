"""Staff pages of a program: the list, one person, and changes of their assignment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import RANKS, Role
from crud.history import HistoryEntry, Verb, WayBack, entries_of
from crud.names import search_words
from crud.submitted_values import labels_from
from database.functions import Fold, with_words
from programs.models import UserProgramAssignment
from web import http

from . import invitations
from .forms import RoleForm
from .hooks import hooks
from .models import Invitation
from .services import (
    Refused,
    access_of,
    bring_back,
    can_undo,
    change_role,
    end_assignment,
    last_seen,
    refusal_reason,
    rights_of,
    roles_to_give,
    undo_change,
)

View = Callable[..., HttpResponse]
ROWS = 25
UNUSED = Q(user__is_active=False) | Q(user__last_login__isnull=True)
TABS = {
    "": Q(is_active=True, user__is_active=True),
    "none": Q(is_active=True) & UNUSED,
    "ended": Q(is_active=False),
}
SORTS = {
    "name": ("user__full_name", "user__username"),
    "role": ("rank", "user__full_name", "user__username"),
    "since": ("assigned_at", "user__username"),
    "seen": ("user__last_login", "user__username"),
}
COLUMN_CLASSES = {"name": "w-[30%]", "seen": "p2", "since": "p3"}


def with_right(verb: str) -> Callable[[View], View]:
    """Require the right `verb` on assignments in the active program; raises PermissionDenied before anything is read."""

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(f"programs.{verb}_userprogramassignment"):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return asked

    return decorate


# ---- the list


@dataclass(frozen=True)
class StaffQuery:
    """The parameters of the list.

    `access` is a key of TABS or "invited"; `sort` a key of SORTS, with "-" for descending.
    """

    access: str
    q: str
    role: str
    sort: str

    @classmethod
    def of(cls, request: HttpRequest) -> StaffQuery:
        """The parameters of a request. Raises Http404 for unknown values."""
        asked = {
            name: request.GET.get(name, "").replace("\0", "") for name in ("access", "q", "role", "sort")
        }
        query = cls(**{**asked, "sort": asked["sort"] or "name"})
        known = query.access in (*TABS, "invited") and query.role in ("", *Role.values)
        if not known or query.sort.removeprefix("-") not in SORTS:
            raise Http404
        return query

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.role)


@require_safe
@with_right("view")
def staff(request: Any) -> HttpResponse:
    """The list of assignments of the program, or of its open invitations.

    `?access=`: "" active, "none" active but deactivated users or never signed in, "ended", "invited".
    `?q=` searches names and addresses, `?role=` filters, `?sort=` orders.
    """
    query = StaffQuery.of(request)
    everybody = UserProgramAssignment.objects.filter(program=request.program).annotate(
        in_program=Coalesce("role", "user__role")
    )
    pending = invitations.open_invitations(request.program)
    counts = everybody.aggregate(
        **{tab or "all": Count("pk", filter=condition) for tab, condition in TABS.items()}
    )
    counts["invited"] = pending.count()
    found = _invited(pending, query) if query.access == "invited" else _assigned(everybody, query)
    paginator = Paginator(found, ROWS)
    if not query.is_narrowed:
        paginator.count = counts[query.access or "all"]  # counted already
    page = paginator.get_page(request.GET.get("page"))
    labels = (("", _("All")), ("none", _("Without access")), ("ended", _("Ended")), ("invited", _("Invited")))
    context = {
        "page": page,
        "assignments": [] if query.access == "invited" else list(page),
        "invitations": list(page) if query.access == "invited" else [],
        "asked": query,
        "narrowed": query.is_narrowed,
        "tabs": [(value, label, counts[value or "all"], value == query.access) for value, label in labels],
        "roles": [(role.value, role.label) for role in Role],
        "headings": _headings(query.sort),
        "may_invite": request.user.has_perm("programs.add_userprogramassignment"),
    }
    for row in context["assignments"]:
        row.seen, row.access = last_seen(row.user), access_of(row)
        row.role_label = Role(row.in_program).label
    return http.render(request, "staff/list.html", context, partial="staff/_list.html")


def _invited(pending: QuerySet[Invitation], query: StaffQuery) -> QuerySet[Invitation]:
    found = _searched(pending, query.q, "full_name", "email")
    if query.role:
        found = found.filter(role=query.role)
    return found.order_by("-created_at", "pk")


def _assigned(everybody: QuerySet[Any], query: StaffQuery) -> QuerySet[Any]:
    names = ("user__full_name", "user__username", "user__email")
    found = _searched(everybody.filter(TABS[query.access]), query.q, *names)
    if query.role:
        found = found.filter(in_program=query.role)
    return _sorted(found.select_related("user", "assigned_by"), query.sort)


def _searched(rows: QuerySet[Any], words: str, *names: str) -> QuerySet[Any]:
    """The rows that contain every word in one of the columns `names`, in any spelling."""
    parts = [part for name in names for part in (F(name), Value(" "))]
    folded = rows.alias(texts=Fold(Concat(*parts, output_field=TextField())))
    return with_words(folded, "texts", search_words(words))


def _sorted(rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    key, down = sort.removeprefix("-"), sort.startswith("-")
    if key == "role":
        ranks = [When(in_program=role, then=Value(-rank)) for role, rank in RANKS.items()]
        rows = rows.annotate(rank=Case(*ranks, default=Value(0)))
    first, *others = SORTS[key]
    nulls = {"nulls_last": True} if key == "seen" else {}
    order = F(first).desc(**nulls) if down else F(first).asc(**nulls)
    return rows.order_by(order, *others, "pk")


def _headings(sort: str) -> list[dict[str, str]]:
    key, down = sort.removeprefix("-"), sort.startswith("-")
    columns = (
        ("name", _("Name")),
        ("role", _("Role")),
        ("seen", _("Last seen")),
        ("since", _("Since")),
    )
    return [
        {
            "key": name,
            "label": label,
            "css": COLUMN_CLASSES.get(name, ""),
            "sort": f"-{name}" if name == key and not down else name,
            "direction": ("desc" if down else "asc") if name == key else "",
        }
        for name, label in columns
    ]


# ---- one person


def _assignment(request: Any, pk: uuid.UUID) -> UserProgramAssignment:
    """The assignment of this program. Raises Http404 for any other, like for one that does not exist."""
    rows = UserProgramAssignment.objects.select_related("user", "program", "assigned_by")
    try:
        return rows.get(pk=pk, program=request.program)
    except UserProgramAssignment.DoesNotExist:
        raise Http404 from None


def _member_page(
    request: Any, assignment: UserProgramAssignment, refusal: str = "", form: RoleForm | None = None
) -> HttpResponse:
    user = assignment.user
    role = user.role if user.is_superuser else assignment.role or user.role
    may_change = request.user.has_perm("programs.change_userprogramassignment") and not refusal_reason(
        request.user, assignment
    )
    roles = roles_to_give(request.user, assignment.program) if may_change else []
    refused = bool(refusal or (form and form.errors))
    context = {
        "assignment": assignment,
        "person": user,
        "role_held": Role(role).label,
        "from_account": not assignment.role,
        "access": access_of(assignment),
        "seen": last_seen(user),
        "rights": rights_of(role) if assignment.is_active and user.is_active else [],
        "panels": [panel(user) for panel in hooks.member_panels],
        "history": _history(assignment, may_change=may_change),
        "may_change": may_change,
        "form": form or RoleForm(roles, assignment.role or user.role),
        "refusal": refusal,
    }
    return render(request, "staff/member.html", context, status=409 if refusal else 422 if refused else 200)


def _history(assignment: UserProgramAssignment, *, may_change: bool) -> list[HistoryEntry]:
    """The last changes of the assignment; with a button to undo each, where one `may_change` it and it still stands."""

    def ways_back(entry: HistoryEntry) -> tuple[WayBack, ...]:
        if may_change and entry.verb is Verb.ADDED and assignment.is_active:
            url = reverse("staff:end", args=[assignment.pk])
            return (WayBack(_("Undo"), url, asks=True),)
        if may_change and can_undo(assignment, entry):
            url = reverse("staff:take-back", args=[assignment.pk])
            return (WayBack(_("Undo"), url, entry.event),)
        return ()

    entries = entries_of(assignment, limit=20)
    return [replace(entry, ways_back=ways_back(entry)) for entry in entries]


@require_safe
@with_right("view")
def member(request: Any, pk: uuid.UUID) -> HttpResponse:
    """The page of one person: role, rights and history in this program."""
    return _member_page(request, _assignment(request, pk))


@labels_from(RoleForm)
@require_POST
@with_right("change")
def role(request: Any, pk: uuid.UUID) -> HttpResponse:
    assignment = _assignment(request, pk)
    form = RoleForm(roles_to_give(request.user, assignment.program), "", request.POST)
    if not form.is_valid():
        return _member_page(request, assignment, form=form)
    given = form.cleaned_data["role"]
    said = _("%(person)s is now %(role)s.") % {"person": assignment.user, "role": Role(given).label}
    return _done(
        request, assignment, said, lambda: change_role(user=request.user, assignment=assignment, role=given)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_right("change")
def end(request: Any, pk: uuid.UUID) -> HttpResponse:
    assignment = _assignment(request, pk)
    if request.method != "POST":
        return render(request, "staff/end.html", {"assignment": assignment, "person": assignment.user})
    said = _("%(person)s no longer works here. The account and all records stay.") % {
        "person": assignment.user
    }
    return _done(request, assignment, said, lambda: end_assignment(user=request.user, assignment=assignment))


@require_POST
@with_right("change")
def back(request: Any, pk: uuid.UUID) -> HttpResponse:
    assignment = _assignment(request, pk)
    said = _("%(person)s works here again.") % {"person": assignment.user}
    return _done(request, assignment, said, lambda: bring_back(user=request.user, assignment=assignment))


@require_POST
@with_right("change")
def take_back(request: Any, pk: uuid.UUID) -> HttpResponse:
    """Undo the posted `event` of the history."""
    assignment, event = _assignment(request, pk), http.posted_event(request)
    said = _("“%(name)s” is as it was before.") % {"name": assignment.user}

    def give_back() -> None:
        undo_change(user=request.user, assignment=assignment, event=event)

    return _done(request, assignment, said, give_back)


def _done(
    request: Any, assignment: UserProgramAssignment, said: str, change: Callable[[], None]
) -> HttpResponse:
    try:
        change()
    except Refused as refused:
        assignment.refresh_from_db()
        return _member_page(request, assignment, refusal=refused.reason)
    messages.success(request, said)
    return redirect("staff:member", pk=assignment.pk)
