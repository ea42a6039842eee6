"""Every address of the product with what it takes and who may use it: the contract tests run over this table.

An entity's own pages come from its declaration; what stands below them, and what is no entity, is written here.
An address that stands nowhere fails `test_contracts.py`.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any

from django.db.models import CharField, EmailField, TextField
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

import academy.urls  # noqa: F401  registers the views
import crud
from accounts.factories import PASSWORD
from accounts.models import Role, User
from courses.changes import GRANTS
from courses.models import Course, CourseGrant
from courses.outline import LEVELS
from crud.statuses import status_key
from crud.testing import form_data
from desk.models import SavedView
from programs.archive import archive
from programs.factories import AssignmentFactory, ProgramFactory
from programs.models import Program, UserProgramAssignment
from programs.registry import scoped_models
from programs.roles import may
from programs.scope import use_program
from programs.testing import PageClient, make_member, one_of_each
from programs.visits import begin_visit
from staff.factories import InvitationFactory
from staff.models import Invitation
from students.models import Student

# Addresses outside the table: why, and what tests them instead.
EXEMPT: dict[str, str] = {
    "login": "stands before the sign-in: accounts/tests/test_sign_in.py",
    "account_login": "the same address, by the name allauth knows: accounts/tests/test_sign_in.py",
    "logout": "ends the session: accounts/tests/test_sign_in.py",
    "staff:invitation": "opened by a link, signed in or not: staff/tests/test_invitations.py",
    "staff:invitation-accept": "opened by a link, signed in or not: staff/tests/test_invitations.py",
    "mfa_authenticate": "stands before the sign-in: accounts/tests/test_second_factor.py",
    "mfa_login_webauthn": "stands before the sign-in: accounts/tests/test_second_factor.py",
    "account_reset_password": "stands before the sign-in: accounts/tests/test_reset.py",
    "account_reset_password_done": "stands before the sign-in: accounts/tests/test_reset.py",
    "account_reset_password_from_key": "stands before the sign-in: accounts/tests/test_reset.py",
    "account_reset_password_from_key_done": "stands before the sign-in: accounts/tests/test_reset.py",
    "openid_connect_login": "stands before the sign-in: accounts/tests/test_open_id.py",
    "openid_connect_callback": "stands before the sign-in: accounts/tests/test_open_id.py",
}
EXEMPT_NAMESPACES: dict[str, str] = {
    "admin": "the admin, for super admins alone: programs/tests/test_admin_matrix.py",
}

MARK = "Foreign"
NO_EVENT = "9" * 18  # none has so high a number, in no history
NOT_ONES_OWN = {"version", "token", "program_context", "csrfmiddlewaretoken"}


class ProgramFixture:
    """A program with a row of everything, and what browsers post about them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.rows = one_of_each(program)
        # Who works here and who is asked to: of the program too, though read before one is entered.
        self.rows[UserProgramAssignment] = AssignmentFactory(program=program)
        self.rows[Invitation] = InvitationFactory(
            programs=[program], invited_by=make_member(Role.SUPER_ADMIN), sent_at=None
        )

    @cached_property
    def admin(self) -> PageClient:
        """Somebody who may do everything here."""
        return PageClient(make_member(Role.PROGRAM_ADMIN, self.program), self.program)

    @cached_property
    def newcomer(self) -> User:
        """A tutor of the program who has been granted nothing."""
        return make_member(Role.TUTOR, self.program)

    def anew(self) -> ProgramFixture:
        """The same rows for another test, which may change them."""
        other = copy.copy(self)
        other.rows = {model: copy.copy(row) for model, row in self.rows.items()}
        return other

    def __getitem__(self, model: Any) -> Any:
        return self.rows[model]

    def archived(self, model: Any) -> None:
        with use_program(self.program):
            archive(self.rows[model])

    def marked(self) -> ProgramFixture:
        """The same fixture with a word in every text that must not be seen elsewhere."""
        with use_program(self.program):
            for model, row in self.rows.items():
                names = [
                    f.name
                    for f in model._meta.local_fields
                    if isinstance(f, CharField | TextField)
                    and f.editable
                    and not f.choices
                    and not f.generated
                    # A view of a list is named and shared; its address must stay one.
                    and not isinstance(f, EmailField)
                ]
                values = {name: f"{MARK} {name}" for name in names}
                model._base_manager.filter(pk=row.pk).update(**values)
        return self

    def form(self, page: str, **args: Any) -> dict[str, Any]:
        """What the form of a page would post as it stands, as an admin of the program gets it."""
        response = self.admin.get(reverse(page, kwargs=args))
        assert response.status_code == 200, (page, response.status_code)
        return form_data(response)

    def filled_in(self, views: Any) -> dict[str, Any]:
        """A new row of an entity as its form posts it: the values of the row that is there."""
        known = self.form(views.url_name("update"), pk=self[views.model].pk)
        values = {name: value for name, value in known.items() if name not in NOT_ONES_OWN}
        values |= {name: "Somebody new" for name in ("name", "first_name", "last_name") if name in values}
        # A row that looks like one that is there is asked about; this is the answer.
        return {**self.form(views.url_name("create")), **values, "anyway": "1"}


Args = Callable[[ProgramFixture], dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """One address with one method.

    `permission` is the right it asks, None where everybody who works in the program may. `row` is the model
    of the row that the address names. `state` is what that row must be. `outside` opens it to people without
    a program as well, `chooses` says that it goes to a program and asks whether one works there. `elsewhere` is
    the answer to somebody of another program who posts what was meant for this one, where it differs from the
    usual; `anywhere` that super admins get the usual there too, because they name the program in what they post.
    `visitors` opens the address to people who are not signed in.
    """

    name: str
    method: str
    permission: str | None
    success: int
    row: Any = None
    args: Args = field(default=lambda _: {})
    data: Args = field(default=lambda _: {})
    query: str = ""
    state: str = "present"
    outside: bool = False
    partial: bool = False
    chooses: bool = False
    elsewhere: int | None = None
    anywhere: bool = False
    visitors: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    def url(self, fixture: ProgramFixture) -> str:
        return reverse(self.name, kwargs=self.args(fixture)) + self.query

    def prepared(self, fixture: ProgramFixture) -> dict[str, Any]:
        """What to send; and the row is brought into its state."""
        data = self.data(fixture) if self.method == "POST" else {}
        if self.state == "archived":
            fixture.archived(self.row)
        return data


# ---- entities


def pk_of(model: Any) -> Args:
    return lambda fixture: {"pk": fixture[model].pk}


def filled_in(views: Any) -> Args:
    return lambda fixture: fixture.filled_in(views)


def as_it_stands(views: Any) -> Args:
    return lambda fixture: fixture.form(views.url_name("update"), pk=fixture[views.model].pk)


NOBODY = "00000000-0000-4000-8000-000000000000"  # a request that changed nothing


def many(views: Any, what: str, **more: str) -> Args:
    """The confirmed change of the row that is there: to a status it has not, or into the archive."""

    def data(fixture: ProgramFixture) -> dict[str, Any]:
        known, asking = fixture[views.model], views(request=None)
        if what == "status":
            now = status_key(getattr(known, asking.status_name))
            action = f"status={next(key for key in asking.statuses if key != now)}"
        return {
            "action": action if what == "status" else what,
            "ids": str(known.pk),
            "confirm": "1",
            "expected": "1",
            "token": str(uuid.uuid4()),
            "as_of": timezone.now().isoformat(),
            "reason": "New tiles",
            **more,
        }

    return data


def many_rows(views: Any) -> dict[str, list[Entry]]:
    """The changes of many rows, and their undo: of the status where the entity has one, of the archive likewise."""
    bulk, undo, right = views.url_name("bulk"), views.url_name("undo"), views.permission_for
    kinds = {
        **({"status": right("change")} if views(request=None).status_name else {}),
        **({"archive": right("archive")} if views.is_archivable() else {}),
    }
    nothing_to_do = [Entry(bulk, "POST", right("change"), 302, data=lambda _: {"ids": ()})]
    nothing_to_undo = [Entry(undo, "POST", right("change"), 400)]
    return {
        "bulk": [
            *(
                Entry(bulk, "POST", permission, 200, data=many(views, kind, confirm=""))
                for kind, permission in [*kinds.items()][:1]
            ),
            *(
                Entry(bulk, "POST", permission, 302, data=many(views, kind))
                for kind, permission in kinds.items()
            ),
        ]
        or nothing_to_do,
        "undo": [
            Entry(undo, "POST", permission, 302, query=f"?did={kind}&request={NOBODY}")
            for kind, permission in kinds.items()
        ]
        or nothing_to_undo,
    }


def entity(views: Any) -> Iterator[Entry]:
    model, right = views.model, views.permission_for
    row: dict[str, Any] = {"row": model, "args": pk_of(model)}
    # A row that the form chooses is not there for somebody of another program.
    links = any(
        field.editable and field.related_model in scoped_models() for field in model._meta.local_fields
    )
    pages: dict[str, list[Entry]] = {
        "list": [Entry(views.url_name("list"), "GET", right("view"), 200, partial=True)],
        **many_rows(views),
        "further": [
            Entry(views.url_name("further"), "GET", right("view"), 200, partial=True, query="?q=zzz")
        ],
        "printout": [Entry(views.url_name("printout"), "GET", right("view"), 200)],
        # Leads to the list, but for HTMX: crud/tests/test_row_picker.py.
        "choices": [Entry(views.url_name("choices"), "GET", right("view"), 302, query="?q=a")],
        "columns": [
            Entry(views.url_name("columns"), "POST", right("view"), 302, data=lambda _: {"reset": "1"})
        ],
        "create": [
            Entry(views.url_name("create"), "GET", right("add"), 200),
            Entry(
                views.url_name("create"),
                "POST",
                right("add"),
                302,
                data=filled_in(views),
                elsewhere=422 if links else None,
            ),
        ],
        "detail": [Entry(views.url_name("detail"), "GET", right("view"), 200, **row)],
        "update": [
            Entry(views.url_name("update"), "GET", right("change"), 200, **row),
            Entry(views.url_name("update"), "POST", right("change"), 302, data=as_it_stands(views), **row),
        ],
        "archive": [
            Entry(views.url_name("archive"), "GET", right("archive"), 200, **row),
            Entry(views.url_name("archive"), "POST", right("archive"), 302, **row),
        ],
        "restore": [
            Entry(views.url_name("restore"), "GET", right("archive"), 200, state="archived", **row),
            Entry(views.url_name("restore"), "POST", right("archive"), 302, state="archived", **row),
        ],
        "take-back": [
            Entry(
                views.url_name("take-back"),
                "POST",
                right("change"),
                302,
                data=lambda _: {"event": NO_EVENT},
                **row,
            )
        ],
    }
    if model is Student:
        print_one = {"data": lambda fixture: {"ids": str(fixture[Student].pk)}}
        pages |= {
            "emergency": [
                Entry(views.url_name("emergency"), "GET", right("view_emergency"), 302, **row),
                Entry(views.url_name("emergency"), "POST", right("view_emergency"), 200, **row),
            ],
            "sheet": [
                Entry(views.url_name("sheet"), "GET", right("view_emergency"), 302, **row),
                Entry(views.url_name("sheet"), "POST", right("view_emergency"), 200, **row),
            ],
            "sheets": [
                Entry(views.url_name("sheets"), "GET", right("view_private"), 302),
                # Nothing of what is posted is there for somebody of another program.
                Entry(
                    views.url_name("sheets"), "POST", right("view_private"), 200, elsewhere=302, **print_one
                ),
            ],
            "looks": [Entry(views.url_name("looks"), "GET", right("view_looks"), 200)],
        }
    if model is Course:
        pages |= {
            "print": [Entry(views.url_name("print"), "GET", right("view"), 200, **row)],
            "history": [Entry(views.url_name("history"), "GET", right("view"), 200, partial=True, **row)],
            "take-back": [
                *pages["take-back"],
                # No event of the course: nothing is undone, which is told on its page.
                *(
                    Entry(
                        views.url_name("take-back"),
                        "POST",
                        right("change"),
                        302,
                        query=f"?of={kind}",
                        data=lambda _: {"event": NO_EVENT},
                        **row,
                    )
                    for kind in (*LEVELS, GRANTS)
                ),
            ],
            "duplicate": [Entry(views.url_name("duplicate"), "POST", right("add"), 302, **row)],
        }
    for page in views.live_pages():
        yield from pages.get(page.name, ())


# ---- the tree of a course


def tree() -> Iterator[Entry]:
    for kind, level in LEVELS.items():
        model, base = level.model, f"courses:{level.model._meta.model_name}"
        parent = LEVELS[level.parent].model if level.parent else Course
        yield from _level(model, base, level.permission, parent, kind)


def _level(model: Any, base: str, right: Callable[[str], str], parent: Any, kind: str) -> Iterator[Entry]:
    def course(fixture: ProgramFixture) -> dict[str, Any]:
        return {"pk": fixture[Course].pk}

    def node(fixture: ProgramFixture) -> dict[str, Any]:
        return {"pk": fixture[Course].pk, "node": fixture[model].pk}

    def added(fixture: ProgramFixture) -> dict[str, Any]:
        return {"parent": str(fixture[parent].pk), "name": f"New of {kind}", "token": str(uuid.uuid4())}

    def order(fixture: ProgramFixture) -> dict[str, Any]:
        return {"parent": str(fixture[parent].pk), "order": str(fixture[model].pk)}

    def edited(fixture: ProgramFixture) -> dict[str, Any]:
        with use_program(fixture.program):
            version = model.objects.values_list("updated_at", flat=True).get(pk=fixture[model].pk)
        return {"name": "Renamed", "version": version.isoformat()}

    def renamed(fixture: ProgramFixture) -> dict[str, Any]:
        with use_program(fixture.program):
            return {"was": model.objects.get(pk=fixture[model].pk).name, "name": "Called otherwise"}

    below: dict[str, Any] = {"row": Course, "args": course}
    own: dict[str, Any] = {"row": model, "args": node}
    yield Entry(f"{base}-create", "POST", right("add"), 302, data=added, **below)
    yield Entry(f"{base}-reorder", "POST", right("change"), 302, data=order, **below)
    yield Entry(f"{base}-detail", "GET", right("view"), 200, **own)
    yield Entry(f"{base}-detail", "POST", right("change"), 302, data=edited, **own)
    yield Entry(f"{base}-move", "POST", right("change"), 302, data=lambda _: {"step": "up"}, **own)
    yield Entry(f"{base}-rename", "POST", right("change"), 302, data=renamed, **own)
    yield Entry(f"{base}-archive", "GET", right("archive"), 200, **own)
    yield Entry(f"{base}-archive", "POST", right("archive"), 302, **own)
    yield Entry(f"{base}-restore", "POST", right("archive"), 302, state="archived", **own)
    if kind == "curricula":
        copied: dict[str, Any] = {"data": lambda _: {"token": str(uuid.uuid4())}, **own}
        yield Entry(f"{base}-duplicate", "POST", right("add"), 302, **copied)
        # Into a program that is not there. Into those that are:
        # test_a_curriculum_is_copied_by_administrators_of_both_programs_alone, courses/tests/test_copies.py.
        yield Entry(f"{base}-copy", "GET", "courses.add_course", 200, **own)
        nowhere = {"program": str(uuid.UUID(int=5)), "course": "new", "name": "Copy"}
        yield Entry(f"{base}-copy", "POST", "courses.add_course", 404, data=lambda _: nowhere, **own)


# ---- who may edit one course

GRANT = "courses.add_coursegrant"


def editors() -> Iterator[Entry]:
    course: dict[str, Any] = {"row": Course, "args": pk_of(Course)}

    def who(fixture: ProgramFixture) -> dict[str, Any]:
        return {"user": str(fixture.newcomer.pk)}

    def newcomer(fixture: ProgramFixture) -> dict[str, Any]:
        return {"pk": fixture[Course].pk, "user": fixture.newcomer.pk}

    def editor(fixture: ProgramFixture) -> dict[str, Any]:
        return {"pk": fixture[Course].pk, "user": fixture[CourseGrant].user_id}

    yield Entry("courses:course-editors", "GET", GRANT, 200, partial=True, **course)
    yield Entry("courses:course-editors", "POST", GRANT, 302, data=who, **course)
    yield Entry("courses:course-editor-let", "POST", GRANT, 302, row=CourseGrant, args=newcomer)
    yield Entry("courses:course-editor-end", "POST", GRANT, 302, row=CourseGrant, args=editor)


# ---- the rest

NEW_PASSWORD = "a rather long new one"

LIST = "students:student-list"


def quick(fixture: ProgramFixture) -> dict[str, Any]:
    return {**fixture.form("students:student-quick"), "first_name": "Quick", "last_name": "Entry"}


SUPER = "programs.view_allprogramsvisit"


def visit_of(fixture: ProgramFixture) -> dict[str, Any]:
    user = make_member(Role.SUPER_ADMIN)
    return {"visit": begin_visit(user=user, reason="To look around").visit}


def looked_as(fixture: ProgramFixture) -> dict[str, Any]:
    return {"user": str(make_member(Role.TUTOR, fixture.program).pk), "reason": "To look around"}


BRING_IN, CHANGE_STAFF = "programs.add_userprogramassignment", "programs.change_userprogramassignment"


def invited(fixture: ProgramFixture) -> dict[str, Any]:
    return {"email": "somebody@example.org", "role": Role.TUTOR.value, "programs": str(fixture.program.pk)}


def one_of(model: Any) -> dict[str, Any]:
    return {"row": model, "args": pk_of(model)}


OTHERS: list[Entry] = [
    Entry("students:student-quick", "GET", "students.add_student", 200),
    Entry("students:student-quick", "POST", "students.add_student", 302, data=quick),
    # What stands on one's own desk. The row of the fixture is somebody else's: for nobody here to change.
    Entry("desk:views", "GET", None, 200, query=f"?page={LIST}"),
    Entry("desk:view-save", "GET", None, 200, query=f"?page={LIST}&query=status%3Dactive"),
    Entry("desk:view-save", "POST", None, 302, data=lambda _: {"page": LIST, "query": "q=a", "name": "Mine"}),
    Entry(
        "desk:view-change",
        "POST",
        None,
        404,
        row=SavedView,
        args=lambda fixture: {"pk": fixture[SavedView].pk},
        data=lambda _: {"do": "delete"},
    ),
    Entry("desk:draft-keep", "POST", None, 204, data=lambda _: {"draft_form": "x:new", "name": "Typed"}),
    Entry("desk:draft-discard", "POST", None, 302, data=lambda _: {"draft_form": "x:new"}),
    Entry("dashboard", "GET", None, 200),
    Entry("programs:choose", "GET", None, 200),
    Entry(
        "programs:switch",
        "POST",
        None,
        302,
        outside=True,
        chooses=True,
        data=lambda fixture: {"program": str(fixture.program.pk)},
    ),
    # For super admins alone: no role of a program has this right.
    Entry("programs:enter-all", "GET", SUPER, 200, outside=True),
    Entry(
        "programs:enter-all", "POST", SUPER, 302, outside=True, data=lambda _: {"reason": "To look around"}
    ),
    Entry("staff:visits", "GET", SUPER, 200, outside=True),
    Entry("staff:visit", "GET", SUPER, 200, outside=True, args=visit_of),
    Entry("staff:view-as", "GET", SUPER, 200, outside=True),
    Entry("staff:view-as-start", "POST", SUPER, 302, outside=True, data=looked_as),
    Entry("staff:view-as-stop", "POST", SUPER, 302, outside=True),
    Entry("staff:program-settings", "GET", "programs.change_program", 200),
    Entry(
        "staff:program-settings",
        "POST",
        "programs.change_program",
        302,
        data=lambda _: {"phone_region": "DE"},
    ),
    Entry("staff:list", "GET", "programs.view_userprogramassignment", 200, partial=True),
    Entry("staff:invite", "GET", BRING_IN, 200),
    Entry("staff:invite", "POST", BRING_IN, 302, data=invited, elsewhere=422, anywhere=True),
    Entry("staff:invitation-resend", "POST", BRING_IN, 302, **one_of(Invitation)),
    Entry("staff:invitation-withdraw", "POST", BRING_IN, 302, **one_of(Invitation)),
    Entry(
        "staff:member",
        "GET",
        "programs.view_userprogramassignment",
        200,
        **one_of(UserProgramAssignment),
    ),
    Entry(
        "staff:role",
        "POST",
        CHANGE_STAFF,
        302,
        data=lambda _: {"role": Role.PROGRAM_COORDINATOR.value},
        **one_of(UserProgramAssignment),
    ),
    Entry("staff:end", "GET", CHANGE_STAFF, 200, **one_of(UserProgramAssignment)),
    Entry("staff:end", "POST", CHANGE_STAFF, 302, **one_of(UserProgramAssignment)),
    Entry("staff:back", "POST", CHANGE_STAFF, 302, **one_of(UserProgramAssignment)),
    # No event of the row: refused in words, as every change that can't be made.
    Entry(
        "staff:take-back",
        "POST",
        CHANGE_STAFF,
        409,
        data=lambda _: {"event": NO_EVENT},
        **one_of(UserProgramAssignment),
    ),
    # A visitor is sent to the sign-in by the page itself, which says also whether somebody is signed in.
    Entry("session", "GET", None, 200, outside=True, visitors=True),
    Entry("profile", "GET", None, 200, outside=True),
    Entry("profile", "POST", None, 302, outside=True, data=lambda fixture: fixture.form("profile")),
    Entry("password", "GET", None, 200, outside=True),
    Entry(
        "password",
        "POST",
        None,
        302,
        outside=True,
        data=lambda _: {
            "old_password": PASSWORD,
            "new_password1": NEW_PASSWORD,
            "new_password2": NEW_PASSWORD,
        },
    ),
    # One's own second factor, of somebody who has none and has just signed in. Who has not is asked to confirm
    # first: accounts/tests/test_second_factor.py.
    Entry("mfa_index", "GET", None, 200, outside=True),
    Entry("mfa_list_webauthn", "GET", None, 200, outside=True),
    Entry("mfa_activate_totp", "GET", None, 200, outside=True),
    Entry("mfa_activate_totp", "POST", None, 200, outside=True),
    Entry("mfa_deactivate_totp", "GET", None, 404, outside=True),
    Entry("mfa_deactivate_totp", "POST", None, 404, outside=True),
    Entry("mfa_add_webauthn", "GET", None, 200, outside=True),
    Entry("mfa_add_webauthn", "POST", None, 200, outside=True),
    Entry("mfa_edit_webauthn", "GET", None, 404, outside=True, args=lambda _: {"pk": 1}),
    Entry("mfa_edit_webauthn", "POST", None, 404, outside=True, args=lambda _: {"pk": 1}),
    Entry("mfa_remove_webauthn", "GET", None, 404, outside=True, args=lambda _: {"pk": 1}),
    Entry("mfa_remove_webauthn", "POST", None, 404, outside=True, args=lambda _: {"pk": 1}),
    Entry("mfa_view_recovery_codes", "GET", None, 404, outside=True),
    Entry("mfa_download_recovery_codes", "GET", None, 404, outside=True),
    Entry("mfa_generate_recovery_codes", "GET", None, 200, outside=True),
    Entry("mfa_generate_recovery_codes", "POST", None, 200, outside=True),
    Entry("account_reauthenticate", "GET", None, 200, outside=True),
    Entry("account_reauthenticate", "POST", None, 302, outside=True, data=lambda _: {"password": PASSWORD}),
    Entry("mfa_reauthenticate", "GET", None, 302, outside=True),
    Entry("mfa_reauthenticate", "POST", None, 302, outside=True),
    Entry("mfa_reauthenticate_webauthn", "GET", None, 302, outside=True),
    Entry("mfa_reauthenticate_webauthn", "POST", None, 302, outside=True),
    Entry("usersessions_list", "GET", None, 200, outside=True),
    Entry("usersessions_list", "POST", None, 302, outside=True),
    Entry("preferences", "POST", None, 204, outside=True, data=lambda _: {"density": "compact"}),
    Entry("palette", "GET", None, 200, outside=True, partial=True),
]

MATRIX: list[Entry] = [
    *(entry for views in crud.registered() for entry in entity(views)),
    *tree(),
    *editors(),
    *OTHERS,
]


# ---- who asks

READS, VERBS = ("GET", "HEAD"), ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Person:
    """Somebody who asks for what is of the program `here`, from a page of the program `page`.

    `role` is what they are where their requests work: "here", "there" in another program, or "nowhere". None is
    somebody who is not signed in.
    """

    name: str
    client: PageClient
    page: Program
    role: str | None
    place: str = "nowhere"

    def __str__(self) -> str:
        return self.name

    def send(self, method: str, url: str, data: dict[str, Any]) -> int:
        """The status of the answer. Changes that it made to the cookies are forgotten."""
        cookies, page = self.client.cookies, str(self.page.pk)
        self.client.cookies = SimpleCookie({name: cookie.value for name, cookie in cookies.items()})
        try:
            if method == "POST":
                response = self.client.post(url, {**data, "program_context": page})
            # A tab whose program is not the session's says so in what it reads as well.
            elif method not in READS or self.client.program not in (None, self.page):
                response = self.client.generic(method, url, headers={"X-Program-Context": page})
            else:
                response = self.client.generic(method, url)
        finally:
            self.client.cookies = cookies
        return response.status_code

    def expects(self, entry: Entry, method: str) -> int:
        """The exact answer to one of the methods that the address takes."""
        if self.role is None or (self.place == "nowhere" and not entry.outside):
            return self.refusal(method)
        super_admin = self.role == Role.SUPER_ADMIN
        if not (super_admin or entry.permission is None or may(self.role, entry.permission)):
            return 403
        if entry.chooses and not super_admin and self.place != "here":
            return 403
        if self.place == "there" and entry.row:
            return 404
        if entry.elsewhere and self.place == "there" and not (super_admin and entry.anywhere):
            return entry.elsewhere
        return entry.success

    def expects_of_others(self, entries: list[Entry], method: str) -> int:
        """The exact answer to a method that the address does not take."""
        if any(entry.visitors for entry in entries):
            return 405
        if self.role is None or (self.place == "nowhere" and not any(entry.outside for entry in entries)):
            return self.refusal(method)
        return 405

    def refusal(self, method: str) -> int:
        return 302 if self.role is None and method in READS else 403


def people(here: Program, there: Program) -> Iterator[Person]:
    """Each role in each situation. Super admins work in every program, assigned or not."""
    closed = ProgramFactory(name="Closed", is_active=False)

    def assigned(user: User, program: Program, **fields: Any) -> User:
        UserProgramAssignment.objects.create(user=user, program=program, **fields)
        return user

    def member(role: str, program: Program | None = None) -> User:
        return make_member(role, *[program] if program else [])

    for role in Role.values:
        super_admin = role == Role.SUPER_ADMIN
        outside: dict[str, Any] = {"role": role, "place": "here" if super_admin else "nowhere"}
        inside: dict[str, Any] = {"role": role, "place": "here"}
        other: dict[str, Any] = {"role": role, "place": "there"}
        yield Person(f"{role}", PageClient(member(role, here), here), here, **inside)
        yield Person(f"{role} of another program", PageClient(member(role, there), there), there, **other)
        # The page of a program in the hands of somebody who does not work there.
        yield Person(f"{role} with a foreign page", PageClient(member(role, there), there), here, **outside)
        yield Person(f"{role} of no program", PageClient(member(role)), here, **outside)
        revoked = assigned(member(role, closed), here, is_active=False)
        yield Person(f"{role} whose access has ended", PageClient(revoked, here), here, **outside)
        gone = make_member(role, here, is_active=False)
        yield Person(f"{role}, deactivated", PageClient(gone, here), here, None)
        if super_admin:
            continue
        # What one is in the one program counts for nothing in the other, whatever the account says.
        elsewhere = Role.TUTOR if role == Role.PROGRAM_ADMIN else Role.PROGRAM_ADMIN
        both = assigned(member(elsewhere, there), here, role=role)
        yield Person(f"{role} here, {elsewhere} there", PageClient(both, there), here, **inside)
    yield Person("nobody", PageClient(program=here), here, None)


def families() -> dict[str, list[str]]:
    """The addresses of the table, those of one thing together: who asks is made once for them all."""
    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(entry.name for entry in MATRIX):
        # "courses:lesson-move" is of lessons, "mfa_index" of the library's part.
        thing = name.rpartition("-")[0] if ":" in name else name.rpartition("_")[0].partition("_")[0]
        found.setdefault(thing or "the rest", []).append(name)
    return found


def named_urls() -> dict[str, Any]:
    """Every named address outside the exempt namespaces, with its pattern."""
    return dict(_walk(get_resolver(), ""))


def _walk(resolver: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in EXEMPT_NAMESPACES:
                yield from _walk(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern):
            yield prefix + (pattern.name or f"(no name) {pattern.pattern}"), pattern


def ids_of(fixture: ProgramFixture) -> set[str]:
    """The ids of every scoped row of a program fixture."""
    return {str(fixture[model].pk) for model in scoped_models()}
