"""Every page there is, found from the URLs: for the tests that walk them all, and for the screenshots.

A named URL gets rows of the demo for its arguments. One that can't be visited needs a reason here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

import academy.urls  # noqa: F401  registers the views
import crud
from accounts.models import User
from courses.models import Course, Curriculum, Lesson, Module
from facilities.models import Facility
from programs.archive import archive
from programs.models import AllProgramsVisit, Program, UserProgramAssignment, VisitEvent
from programs.scope import use_program
from programs.testing import factory_of
from programs.visits import begin_visit, end_visit
from staff.invitations import LIFETIME, hash_token
from staff.models import Invitation, InvitationProgram
from students.models import Student

PROGRAM = "Swimming"
USER = "swim-admin"

# Named URLs that are no page, and why. What takes POST alone need not be named: it answers GET with 405.
EXEMPT: dict[str, str] = {
    "staff:invitation": "leads on to the page of an invitation, which is visited below",
    "staff:invitation-accept": "shows the invitation of a session: visited below by its link",
    "mfa_deactivate_totp": "the demo has no app to remove",
    "mfa_edit_webauthn": "the demo has no passkey",
    "mfa_remove_webauthn": "the demo has no passkey",
    "mfa_view_recovery_codes": "the demo has no codes",
    "mfa_download_recovery_codes": "a file",
    "account_reset_password_from_key": "visited below, with a link that does not hold",
    "openid_connect_login": "off until it is configured",
    "openid_connect_callback": "off until it is configured",
}
TOKEN = "of-the-invitation-to-look-at"
# Pages that stand before the sign-in.
ENTRANCE = {
    "login",
    "account_login",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
}
# What an address asks for beside its path.
QUERIES = {
    "desk:views": "?page=students:student-list",
    "desk:view-save": "?page=students:student-list&query=status%3Dactive",
}
FOR_SUPER_ADMINS = ("programs:enter-all", "staff:visits", "staff:visit", "staff:view-as")
# These show other pages of Django's own, in its own frame.
EXEMPT_NAMESPACES = {"admin": "the admin, for super admins: e2e/test_admin.py"}


@dataclass(frozen=True)
class Visit:
    """A page to look at: a name for it, its address, and who may look; "" is somebody who is not signed in."""

    name: str
    path: str
    user: str = USER
    status: int = 200


def url_names() -> list[tuple[str, Any]]:
    """(name, pattern) of every named URL outside the exempt namespaces."""
    return sorted(_names(get_resolver(), ""), key=lambda found: found[0])


def _names(resolver: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in EXEMPT_NAMESPACES:
                yield from _names(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield prefix + pattern.name, pattern


def prepare() -> None:
    """Archive a row of each kind, so that the pages of archived rows can be seen. Needs the demo's database.

    Of an entity that is not in the demo rows are made first.
    """
    with use_program(_program()):
        for model in (views.model for views in crud.registered()):
            if not model.objects.exists():
                factory_of(model).create_batch(2)
            if not model.with_archived.filter(deleted_at__isnull=False).exists():
                archive(model.objects.order_by("-pk")[0])
    super_admin, other = User.objects.get(username="super"), User.objects.get(username="tutor")
    if not AllProgramsVisit.objects.exists():
        for as_user in (None, other):
            visit = begin_visit(user=super_admin, reason="A look around", as_user=as_user)
            end_visit(str(visit.visit), VisitEvent.LEFT)
    if not Invitation.objects.filter(token_hash=hash_token(TOKEN)).exists():
        Invitation.objects.filter(email="invited@example.org").delete()
        invitation = Invitation.objects.create(
            email="invited@example.org",
            full_name="Ingrid Invited",
            role="tutor",
            invited_by=User.objects.get(username=USER),
            token_hash=hash_token(TOKEN),
            expires_at=timezone.now() + LIFETIME,
        )
        InvitationProgram.objects.create(invitation=invitation, program=_program())


def visits() -> list[Visit]:
    """A visit for each named URL, then the states of pages that no URL of its own leads to."""
    with use_program(_program()):
        found = [
            Visit(name, reverse(name, kwargs=_arguments(name, pattern)) + QUERIES.get(name, ""))
            for name, pattern in url_names()
            if name not in EXEMPT
        ]
        student = Student.objects.exclude(medical_info={}).exclude(emergency_contact={}).order_by("pk")[0]
        closed = Facility.objects.exclude(status="active").order_by("pk").first()
        elsewhere = "00000000-0000-4000-8000-000000000000"
    people = {**dict.fromkeys(ENTRANCE, ""), **dict.fromkeys(FOR_SUPER_ADMINS, "super")}
    found = [Visit(visit.name, visit.path, people.get(visit.name, visit.user)) for visit in found]
    return [
        *found,
        Visit(
            "reset-link-that-does-not-hold", reverse("account_reset_password_from_key", args=["a", "b"]), ""
        ),
        Visit("list-no-match", reverse("students:student-list") + "?q=nobody+of+this+name"),
        Visit("list-archived", reverse("students:student-list") + "?archived=1"),
        Visit("list-filtered", reverse("students:student-list") + "?q=a&status=active&page=2"),
        Visit("list-refused", reverse("students:student-list") + "?enrolled_from=never", status=422),
        Visit("student-with-alert", reverse("students:student-detail", args=[student.pk])),
        Visit("student-with-alert-for-tutor", reverse("students:student-detail", args=[student.pk]), "tutor"),
        *(
            [Visit("facility-closed", reverse("facilities:facility-detail", args=[closed.pk]))]
            if closed
            else []
        ),
        Visit("dashboard-for-tutor", reverse("dashboard"), "tutor"),
        Visit("list-for-tutor", reverse("students:student-list"), "tutor"),
        Visit("staff-invited", reverse("staff:list") + "?access=invited"),
        Visit("staff-ended", reverse("staff:list") + "?access=ended"),
        Visit("staff-no-match", reverse("staff:list") + "?q=nobody+of+this+name"),
        Visit("invitation", reverse("staff:invitation", args=[TOKEN]), ""),
        Visit("invitation-of-another", reverse("staff:invitation", args=[TOKEN]), "tutor", status=403),
        Visit("invitation-gone", reverse("staff:invitation", args=["gone"]), "", status=404),
        Visit("choose-of-many", reverse("programs:choose"), "super"),
        Visit("visits-no-match", reverse("staff:visits") + "?q=nothing+of+this", "super"),
        Visit("view-as-nobody", reverse("staff:view-as") + "?q=nobody+of+this+name", "super"),
        Visit("not-found", reverse("students:student-detail", args=[elsewhere]), status=404),
        Visit("not-allowed", reverse("students:student-create"), "tutor", status=403),
    ]


def answering(visits: list[Visit], request: Any) -> list[Visit]:
    """The visits without those whose address takes POST alone. `request` is Playwright's of a signed-in window."""
    return [visit for visit in visits if request.get(visit.path, max_redirects=0).status != 405]


def _program() -> Program:
    return Program.objects.get(name=PROGRAM)


def _arguments(name: str, pattern: Any) -> dict[str, Any]:
    """Rows for the arguments of a URL: `pk` is of the view's model, `node` of the level the path names."""
    wanted = pattern.pattern.converters
    given: dict[str, Any] = {}
    if not wanted:
        return given
    archived = name.endswith("-restore")
    if name.startswith("staff:invitation-"):
        return {"pk": Invitation.objects.get(token_hash=hash_token(TOKEN)).pk}
    if name.startswith("staff:") and "pk" in wanted:
        return {"pk": UserProgramAssignment.objects.get(user__username="tutor", program=_program()).pk}
    view = getattr(pattern.callback, "view_class", None)
    model = getattr(view, "model", None)
    if "node" in wanted:
        kind = str(pattern.pattern)
        model = next(m for word, m in NODES.items() if f"/{word}/" in kind)
        node = _row(model, archived=False)
        given["node"] = node.pk
        given["pk"] = _course_of(node).pk
    elif "pk" in wanted:
        given["pk"] = _row(model or Course, archived=archived).pk
    if "visit" in wanted:
        given["visit"] = AllProgramsVisit.objects.exclude(visit=None)[0].visit
    if "user" in wanted:  # of addresses that take POST alone
        given["user"] = User.objects.get(username=USER).pk
    missing = set(wanted) - set(given)
    assert not missing, f"{name}: e2e/pages.py knows no row for {', '.join(sorted(missing))}"
    return given


NODES: dict[str, Any] = {"curricula": Curriculum, "modules": Module, "lessons": Lesson}


def _row(model: Any, *, archived: bool) -> Any:
    if archived and hasattr(model, "with_archived"):
        return model.with_archived.filter(deleted_at__isnull=False).order_by("pk")[0]
    rows = model.objects.order_by("pk")
    if model is Course:  # one with a tree to look at
        rows = rows.filter(pk__in=Lesson.objects.values("module__curriculum__course"))
    return rows[0]


def _course_of(node: Any) -> Course:
    if isinstance(node, Lesson):
        node = node.module
    if isinstance(node, Module):
        node = node.curriculum
    return node.course
