"""Every address of the admin × role × verb: exact answers, generated from its URL patterns.

A new admin is in here by being registered; a new page that nobody described fails the first test.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Role, RolePolicy, User
from programs.factories import AssignmentFactory, ProgramFactory
from programs.models import AllProgramsVisit, Program, UserProgramAssignment
from programs.registry import scoped_models
from programs.testing import ClientFor, PageClient, made_once, make_member, one_of_each, without_program
from staff.factories import InvitationFactory
from staff.models import Invitation
from web.csp import ADMIN_CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
SCOPED = set(scoped_models())
# Looked at only; users, programs and assignments are deactivated, never deleted.
READ_ONLY = {
    "programs.allprogramsvisit",
    "programs.invitation",
    "desk.savedview",
    "desk.draft",
    "students.emergencylook",
}
NOTHING_TO_CHANGE = {"courses.coursegrant"}
KEPT = {"accounts.user", "programs.program", "programs.userprogramassignment"}
OTHERS = [Role.PROGRAM_ADMIN, Role.PROGRAM_COORDINATOR, Role.TUTOR]
NOBODY = "00000000-0000-4000-8000-000000000000"

# The addresses beside those of the models: what a super admin gets by GET.
SITE = {
    "index": ("/admin/", 200),
    "login": ("/admin/login/", 302),
    "logout": ("/admin/logout/", 405),
    "password_change": ("/admin/password_change/", 200),
    "password_change_done": ("/admin/password_change/done/", 200),
    "autocomplete": (
        "/admin/autocomplete/?app_label=programs&model_name=userprogramassignment&field_name=user",
        200,
    ),
    "jsi18n": ("/admin/jsi18n/", 200),
    "search": ("/admin/search/?extended=1&s=abc", 200),
    "history": ("/admin/history/", 200),
    "app_list": ("/admin/students/", 200),
}
PAGES = {"changelist", "add", "history", "delete", "change"}


def name_of(model: Any) -> str:
    return model._meta.label_lower


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def rows_of(program: Program) -> dict[Any, Any]:
    """A row of each model in the admin."""
    found = {model: row.pk for model, row in one_of_each(program).items()}
    member = make_member(Role.TUTOR)
    found |= {User: member.pk, Program: program.pk}
    found[UserProgramAssignment] = AssignmentFactory(user=member, program=program).pk
    found[AllProgramsVisit] = AllProgramsVisit.objects.create(user=member, username="x", reason="x").pk
    found[Invitation] = InvitationFactory(programs=[program]).pk
    found[RolePolicy] = RolePolicy.objects.get_or_create(role=Role.TUTOR)[0].pk
    return found


def answers(model: Any, *, everywhere: bool) -> dict[tuple[str, str], int]:
    """What a super admin gets for each page and verb of a model, with a row that is there."""
    name = name_of(model)
    looked_at = name in READ_ONLY
    no_add = looked_at or (everywhere and model in SCOPED)
    no_delete = looked_at or name in KEPT
    return {
        ("changelist", "GET"): 200,
        ("changelist", "POST"): 200,  # no action chosen
        ("add", "GET"): 403 if no_add else 200,
        ("add", "POST"): 403 if no_add else 200,  # what is required is missing
        ("change", "GET"): 200,
        ("change", "POST"): 403 if looked_at else 302 if name in NOTHING_TO_CHANGE else 200,
        ("history", "GET"): 200,
        ("delete", "GET"): 403 if no_delete else 200,
        ("delete", "POST"): 403 if no_delete else 302,
    }


def address(model: Any, page: str, pk: Any) -> str:
    return url(model, page) if page in ("changelist", "add") else url(model, page, pk)


def send(client: PageClient, verb: str, path: str, program: Any) -> Any:
    return client.get(path) if verb == "GET" else client.post(path, {"post": "yes"}, program=program)


def test_every_address_of_the_admin_is_described() -> None:
    names = set()

    def walk(patterns: Any) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns)
            elif pattern.name:
                names.add(pattern.name)

    walk(admin.site.get_urls())
    models = {
        f"{model._meta.app_label}_{model._meta.model_name}_{page}" for model in MODELS for page in PAGES
    }
    assert names == models | set(SITE) | {"auth_user_password_change"}


Rows = tuple[Program, dict[Any, Any], dict[Any, Any]]


@made_once
def made() -> Rows:
    """A program with a row of each model, and those of another program."""
    here, there = ProgramFactory(name="Yoga"), ProgramFactory(name="Zumba")
    return here, rows_of(here), rows_of(there)


@pytest.fixture
def super_admin(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    return client_for(Role.SUPER_ADMIN, program, full_name="Boss")


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_a_super_admin_gets_exactly_this(client_for: ClientFor, made: Rows, model: Any) -> None:
    program, own, foreign = made
    super_admin = client_for(Role.SUPER_ADMIN, program)
    for (page, verb), status in answers(model, everywhere=False).items():
        if page != "delete" or verb == "GET":
            path = address(model, page, own[model])
            assert send(super_admin, verb, path, program).status_code == status, (page, verb)
        if page not in ("changelist", "add"):
            # A row of another program is answered like one that does not exist: 403, or back to the overview.
            for pk in (NOBODY, foreign[model]) if model in SCOPED else (NOBODY,):
                answer = send(super_admin, verb, address(model, page, pk), program)
                expected = (403, "") if status == 403 else (302, "/admin/")
                assert (answer.status_code, without_program(getattr(answer, "url", ""))) == expected, (
                    page,
                    verb,
                )
    super_admin.enter("all")
    for (page, verb), status in answers(model, everywhere=True).items():
        for rows in (own, foreign) if page not in ("changelist", "add") else (own,):
            answer = send(super_admin, verb, address(model, page, rows[model]), "all")
            assert answer.status_code == status, (page, verb, "all")


@pytest.mark.parametrize("role", OTHERS)
def test_everybody_else_is_refused_everywhere(client_for: ClientFor, made: Rows, role: str) -> None:
    program, rows, _ = made
    client = client_for(role, program)
    for model in MODELS:
        for page in PAGES:
            for verb in ("GET", "POST"):
                answer = send(client, verb, address(model, page, rows[model]), program)
                assert answer.status_code == 403, (model, page, verb)
                assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    password = reverse("admin:auth_user_password_change", args=[rows[User]])
    for path in (*(path for path, _ in SITE.values()), password):
        if "logout" not in path:
            assert client.get(path).status_code == 403, path
            assert client.post(path, {}).status_code == 403, path


def test_without_a_sign_in_there_is_nothing(db: None) -> None:
    client = PageClient()
    for model in MODELS:
        for page in PAGES:
            path = address(model, page, NOBODY)
            answer = client.get(path)
            assert answer.status_code == 302 and "/login/" in answer.url, path
            assert client.post(path, {"post": "yes"}).status_code == 403, path
    for path, _status in SITE.values():
        if "logout" not in path:
            assert client.get(path).status_code == 302, path


def test_the_pages_of_the_site_itself(super_admin: PageClient) -> None:
    for path, status in SITE.values():
        answer = super_admin.get(path)
        assert answer.status_code == status, path
        if status == 200:
            assert answer.headers["Content-Security-Policy"] == ADMIN_CONTENT_SECURITY_POLICY


def test_the_wider_policy_is_the_admins_alone(super_admin: PageClient, program: Program) -> None:
    assert ADMIN_CONTENT_SECURITY_POLICY.count("unsafe") == 2
    assert "script-src 'self' 'unsafe-eval';" in ADMIN_CONTENT_SECURITY_POLICY
    assert "style-src 'self' 'unsafe-inline';" in ADMIN_CONTENT_SECURITY_POLICY
    for path in (
        "/",
        "/students/",
        "/courses/",
        "/facilities/",
        "/staff/",
        "/accounts/profile/",
        "/palette/",
        "/nowhere/",
    ):
        policy = super_admin.get(path).headers["Content-Security-Policy"]
        assert policy == CONTENT_SECURITY_POLICY and "unsafe" not in policy, path
    # Not even under /admin/, where something else answers.
    assert super_admin.get("/admin/nowhere").headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
