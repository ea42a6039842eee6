"""Invitations: who may send them, what the link is worth, and that it is worth it once."""

from __future__ import annotations

import datetime
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone

from accounts.factories import PASSWORD, UserFactory
from accounts.models import Role, User
from crud.history import event_model
from crud.testing import dom
from programs.factories import AssignmentFactory, ProgramFactory
from programs.models import Program, UserProgramAssignment
from programs.testing import ClientFor, PageClient, make_member, rows
from staff import invitations
from staff.factories import InvitationFactory
from staff.models import Invitation, InvitationProgram

INVITE = "/staff/invite/"
ACCEPT = "/invitations/accept/"
INVITED = "/staff/?access=invited"
LINK = re.compile(r"http://testserver(/invitations/[\w-]{43}/)")
GONE = "This link no longer works"
CHOSEN = {
    "full_name": "Nina New",
    "username": "nina",
    "password1": "long enough 77",
    "password2": "long enough 77",
}

Executed = Callable[..., Any]


@pytest.fixture
def admin(client_for: ClientFor, program: Program) -> PageClient:
    make_member(Role.PROGRAM_ADMIN, program)  # so that nobody here is the last one
    return client_for(Role.PROGRAM_ADMIN, program, full_name="Ada Admin")


@pytest.fixture
def sent(admin: PageClient, program: Program) -> Invitation:
    """An invitation as a coordinator, with the link /invitations/the-token/."""
    return InvitationFactory(
        email="nina@example.org",
        full_name="Nina New",
        role=Role.PROGRAM_COORDINATOR,
        invited_by=admin.user,
        programs=[program],
        token="the-token",
    )


def asked(*programs: Program, **more: Any) -> dict[str, Any]:
    return {
        "email": "nina@example.org",
        "full_name": "Nina New",
        "role": "tutor",
        "programs": [str(program.pk) for program in programs],
        **more,
    }


def follow(token: str = "the-token", client: Any = None) -> tuple[Any, Any]:
    """(the browser, the page that the link led to)."""
    client = client or Client()
    return client, client.get(f"/invitations/{token}/", follow=True)


def posted(page: Any, **more: str) -> dict[str, str]:
    """What the form of the page sends."""
    field = dom(page).select_one('form [name="token"]')
    assert field and field["value"]
    return {"token": str(field["value"]), **CHOSEN, **more}


def roles(user: User) -> dict[str, tuple[str | None, bool]]:
    return {row.program.name: (row.role, row.is_active) for row in user.assignments.select_related("program")}


# ---- inviting


def test_an_invitation_is_mailed_with_the_commit_and_only_the_hash_is_kept(
    admin: PageClient, program: Program, django_capture_on_commit_callbacks: Executed
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(INVITE, asked(program))
        assert mail.outbox == []
    assert response.url == INVITED
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.invited_by) == (
        "nina@example.org",
        "tutor",
        admin.user,
    )
    life = invitation.expires_at - timezone.now()
    assert datetime.timedelta(days=6, hours=23) < life <= datetime.timedelta(days=7)
    assert invitation.sent_at is not None
    (message,) = mail.outbox
    assert message.to == ["nina@example.org"]
    assert message.subject == "Ada Admin invites you to Academy"
    for word in ("Hello Nina New,", "Tutor", "Swimming"):
        assert word in message.body
    found = LINK.search(message.body)
    assert found
    token = found[1].split("/")[2]
    assert invitations.hash_token(token) == invitation.token_hash
    for table in ("invitations", "invitations_history", "django_session"):
        assert rows(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", f"%{token}%") == [(0,)]
    events = event_model(Invitation).objects.get(pgh_obj_id=invitation.pk)
    assert events.pgh_context["username"] == admin.user.username
    assert "token_hash" not in [field.name for field in events._meta.get_fields()]


def test_the_mail_speaks_the_language_of_the_inviter(
    client_for: ClientFor, program: Program, django_capture_on_commit_callbacks: Executed
) -> None:
    admin = client_for(Role.PROGRAM_ADMIN, program, full_name="Ada Admin", preferences={"language": "de"})
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(INVITE, asked(program))
    assert mail.outbox[0].subject == "Ada Admin lädt Sie zu Academy ein"
    assert "Hallo Nina New," in mail.outbox[0].body


def test_a_name_with_line_breaks_writes_no_header(
    client_for: ClientFor, program: Program, django_capture_on_commit_callbacks: Executed
) -> None:
    admin = client_for(Role.PROGRAM_ADMIN, program, full_name="Ada\r\nBcc: all@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.post(INVITE, asked(program)).status_code == 302
    assert mail.outbox[0].recipients() == ["nina@example.org"]
    assert "\n" not in mail.outbox[0].subject


def test_a_mail_that_fails_loses_nothing_and_the_list_says_so(
    admin: PageClient, program: Program, settings: Any, django_capture_on_commit_callbacks: Executed
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens
    with django_capture_on_commit_callbacks(execute=True):
        assert admin.post(INVITE, asked(program)).status_code == 302
    first = Invitation.objects.get()
    assert first.sent_at is None
    assert "The mail could not be sent" in admin.get(INVITED).text
    settings.EMAIL_BACKEND = working
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"/staff/invitations/{first.pk}/resend/")
    assert len(mail.outbox) == 1
    assert "The mail could not be sent" not in admin.get(INVITED).text


def test_what_is_not_committed_is_not_mailed(
    admin: PageClient, program: Program, django_capture_on_commit_callbacks: Executed
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        admin.post(INVITE, asked(program))
        transaction.set_rollback(True)
    assert (mail.outbox, Invitation.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"role": "super_admin"}, "role"),
        ({"role": "owner"}, "role"),
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "email"),
        ({"programs": []}, "programs"),
        ({"programs": ["x"]}, "programs"),
        ({"is_superuser": "on"}, "__all__"),
        ({"is_staff": "on"}, "__all__"),
        ({"program": "x"}, "__all__"),
        ({"invited_by": "x"}, "__all__"),
        ({"expires_at": "2099-01-01"}, "__all__"),
    ],
)
def test_what_is_not_ones_to_give_is_refused_at_its_field(
    admin: PageClient, program: Program, more: dict[str, Any], where: str
) -> None:
    response = admin.post(INVITE, asked(program, **more))
    assert response.status_code == 422
    assert where in response.context["form"].errors
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize("role_there", [None, Role.PROGRAM_COORDINATOR, Role.TUTOR])
def test_a_program_one_does_not_administer_is_refused_like_one_that_does_not_exist(
    admin: PageClient, program: Program, other_program: Program, role_there: str | None
) -> None:
    if role_there:
        AssignmentFactory(user=admin.user, program=other_program, role=role_there)
    texts = []
    for foreign in (str(other_program.pk), "00000000-0000-4000-8000-000000000000"):
        response = admin.post(INVITE, asked(program, programs=[str(program.pk), foreign]))
        assert response.status_code == 422
        texts.append(str(response.context["form"].errors["programs"]).replace(foreign, "…"))
    assert texts[0] == texts[1]
    offered = admin.get(INVITE).context["form"].fields["programs"].queryset
    assert list(offered) == [program]
    assert Invitation.objects.count() == 0


def test_the_service_refuses_as_well(admin: PageClient, other_program: Program) -> None:
    with pytest.raises(invitations.Refused):
        invitations.invite(
            user=admin.user,
            email="a@example.org",
            full_name="",
            role=Role.TUTOR,
            programs=[other_program],
            link=str,
        )


@pytest.mark.parametrize("role", [Role.PROGRAM_COORDINATOR, Role.TUTOR])
def test_only_admins_invite(client_for: ClientFor, program: Program, role: str) -> None:
    client = client_for(role, program)
    assert client.get(INVITE).status_code == 403
    assert client.post(INVITE, asked(program)).status_code == 403
    assert Invitation.objects.count() == 0


def test_who_works_here_or_is_invited_is_refused_kindly(admin: PageClient, program: Program) -> None:
    make_member(Role.TUTOR, program, email="here@example.org")
    response = admin.post(INVITE, asked(program, email="Here@Example.org"))
    assert response.status_code == 422
    assert response.context["form"].errors["email"] == ["Here@example.org already works in Swimming."]
    assert admin.post(INVITE, asked(program)).status_code == 302
    response = admin.post(INVITE, asked(program, email="NINA@example.org"))
    assert response.status_code == 422
    assert "is already invited into Swimming." in response.context["form"].errors["email"][0]
    assert Invitation.objects.count() == 1


def test_that_an_address_has_an_account_elsewhere_is_not_revealed(
    admin: PageClient, program: Program, other_program: Program
) -> None:
    make_member(Role.TUTOR, other_program, email="elsewhere@example.org")
    make_member(Role.TUTOR, other_program, email="gone@example.org", is_active=False)
    for email in ("elsewhere@example.org", "gone@example.org", "unknown@example.org"):
        assert admin.post(INVITE, asked(program, email=email)).status_code == 302


def test_a_program_has_so_many_open_invitations_and_no_more(
    admin: PageClient, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invitations.MOST_PENDING == 50
    monkeypatch.setattr(invitations, "MOST_PENDING", 2)
    for number in range(2):
        admin.post(INVITE, asked(program, email=f"n{number}@example.org"))
    response = admin.post(INVITE, asked(program))
    assert (response.status_code, Invitation.objects.count()) == (422, 2)
    assert "Swimming has 2 open invitations." in response.text
    Invitation.objects.filter(email="n0@example.org").update(expires_at=timezone.now())
    assert admin.post(INVITE, asked(program)).status_code == 302


def test_nobody_invites_without_end(
    admin: PageClient, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY", 1)
    admin.post(INVITE, asked(program))
    admin.post(f"/staff/invitations/{Invitation.objects.get().pk}/withdraw/")
    response = admin.post(INVITE, asked(program))
    assert (response.status_code, Invitation.objects.count()) == (422, 1)


def test_a_super_admin_invites_into_several_programs(
    client_for: ClientFor, program: Program, other_program: Program
) -> None:
    super_admin = client_for(Role.SUPER_ADMIN, program)
    assert super_admin.post(INVITE, asked(program, other_program, role="program_admin")).status_code == 302
    assert set(Invitation.objects.get().programs.all()) == {program, other_program}
    assert (
        super_admin.post(INVITE, asked(program, role="super_admin", email="x@example.org")).status_code == 422
    )


# ---- sending again and withdrawing


def test_sent_again_the_old_link_is_dead_and_the_new_one_works(
    admin: PageClient, sent: Invitation, django_capture_on_commit_callbacks: Executed
) -> None:
    Invitation.objects.update(sent_at=timezone.now() - datetime.timedelta(hours=1), expires_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"/staff/invitations/{sent.pk}/resend/")
    sent.refresh_from_db()
    assert sent.expires_at > timezone.now() + datetime.timedelta(days=6)
    assert follow()[1].status_code == 404
    found = LINK.search(mail.outbox[0].body)
    assert found
    assert Client().get(found[1], follow=True).status_code == 200


def test_not_sent_again_within_a_minute(
    admin: PageClient, sent: Invitation, django_capture_on_commit_callbacks: Executed
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(f"/staff/invitations/{sent.pk}/resend/", follow=True)
    assert "This invitation was sent a moment ago. Wait a minute." in response.text
    assert mail.outbox == []
    assert follow()[1].status_code == 200


def test_an_invitation_whose_inviter_may_no_longer_invite_is_not_sent_again(
    client_for: ClientFor, admin: PageClient, program: Program, sent: Invitation
) -> None:
    User.objects.filter(pk=admin.user.pk).update(is_active=False)
    other = client_for(Role.PROGRAM_ADMIN, program)
    response = other.post(f"/staff/invitations/{sent.pk}/resend/", follow=True)
    assert "Who sent this invitation may no longer invite here." in response.text


def test_withdrawn_the_link_is_dead_and_the_row_tells_by_whom(admin: PageClient, sent: Invitation) -> None:
    admin.post(f"/staff/invitations/{sent.pk}/withdraw/")
    sent.refresh_from_db()
    assert (sent.withdrawn_by, sent.accepted_at) == (admin.user, None)
    assert follow()[1].status_code == 410
    assert "nina@example.org" not in admin.get(INVITED).text
    response = admin.post(f"/staff/invitations/{sent.pk}/resend/", follow=True)
    assert "accepted or withdrawn meanwhile" in response.text
    assert follow()[1].status_code == 410


def test_withdrawing_reaches_no_further_than_the_own_program(
    admin: PageClient, program: Program, other_program: Program
) -> None:
    super_admin = make_member(Role.SUPER_ADMIN)
    both = InvitationFactory(invited_by=super_admin, programs=[program, other_program], token="both")
    admin.post(f"/staff/invitations/{both.pk}/withdraw/")
    both.refresh_from_db()
    assert (both.withdrawn_at, list(both.programs.all())) == (None, [other_program])
    page = follow("both")[1]
    assert ("Football" in page.text, "Swimming" in page.text) == (True, False)


# ---- accepting with a new account


def test_the_page_tells_who_invites_into_what_and_the_address_is_clean(sent: Invitation) -> None:
    client = Client()
    response = client.get("/invitations/the-token/")
    assert (response.status_code, response.url) == (302, ACCEPT)
    assert response.headers["Referrer-Policy"] == "no-referrer"
    page = client.get(ACCEPT)
    for answer in (response, page):
        assert "no-store" in answer.headers["Cache-Control"]
    assert "the-token" not in page.text
    assert sent.token_hash not in page.text.replace(posted(page)["token"], "")
    for word in ("Ada Admin", "Swimming", "Coordinator", "nina@example.org", 'value="Nina New"'):
        assert word in page.text


def test_accepting_makes_the_account_and_leads_into_the_program(
    admin: PageClient, sent: Invitation, program: Program
) -> None:
    client, page = follow()
    response = client.post(ACCEPT, posted(page))
    assert (response.status_code, response.url) == (302, "/")
    user = User.objects.get(username="nina")
    assert (user.email, user.full_name, user.role) == ("nina@example.org", "Nina New", Role.TUTOR)
    assert user.check_password("long enough 77")
    assert roles(user) == {"Swimming": ("program_coordinator", True)}
    row = user.assignments.get()
    assert row.assigned_by == admin.user
    sent.refresh_from_db()
    assert sent.accepted_by == user
    dashboard = client.get("/")
    assert dashboard.status_code == 200
    assert (dashboard.context["program"], dashboard.context["user"]) == (program, user)
    for model, pk in ((User, user.pk), (UserProgramAssignment, row.pk)):
        event = event_model(model).objects.get(pgh_obj_id=pk)
        assert (event.pgh_context["username"], event.pgh_context["url"]) == ("nina", ACCEPT)
    event = event_model(Invitation).objects.filter(pgh_obj_id=sent.pk).latest("pgh_id")
    assert event.pgh_context["username"] == "nina"


def test_the_session_key_changes_with_the_sign_in(sent: Invitation) -> None:
    client, page = follow()
    before = client.session.session_key
    client.post(ACCEPT, posted(page))
    assert client.session.session_key != before
    assert rows("SELECT count(*) FROM django_session WHERE session_key = %s", before) == [(0,)]


def test_a_user_name_is_brought_into_one_form(sent: Invitation) -> None:
    client, page = follow()
    assert client.post(ACCEPT, posted(page, username="ｎｉｎａ")).status_code == 302
    assert User.objects.get(email="nina@example.org").username == "nina"


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"username": ""}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "nina@example.org"}, "username"),
        ({"username": "TAKEN"}, "username"),
        ({"username": "ﬀ" * 100}, "username"),
        ({"username": "nul\0"}, "username"),
        ({"full_name": ""}, "full_name"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "password123", "password2": "password123"}, "password1"),
        ({"password1": "nina@example.org", "password2": "nina@example.org"}, "password1"),
        ({"password2": "another one 77"}, "password2"),
        ({"role": "program_admin"}, "__all__"),
        ({"is_superuser": "on"}, "__all__"),
        ({"is_staff": "on"}, "__all__"),
        ({"email": "other@example.org"}, "__all__"),
        ({"program": "x"}, "__all__"),
    ],
)
def test_a_form_with_errors_changes_nothing_and_keeps_what_was_typed(
    sent: Invitation, more: dict[str, str], where: str
) -> None:
    UserFactory(username="taken")
    client, page = follow()
    before = User.objects.count()
    response = client.post(ACCEPT, posted(page, **more))
    assert response.status_code == 422
    assert where in response.context["form"].errors
    assert (User.objects.count(), "long enough 77" in response.text) == (before, False)
    sent.refresh_from_db()
    assert sent.is_pending
    # And then it works.
    assert client.post(ACCEPT, posted(response)).status_code == 302


def test_every_write_needs_the_csrf_token(sent: Invitation) -> None:
    client, page = follow(client=Client(enforce_csrf_checks=True))
    assert client.post(ACCEPT, posted(page)).status_code == 403
    assert User.objects.filter(username="nina").count() == 0


# ---- accepting with an account that is there


def test_an_account_that_is_there_signs_in_and_accepts(
    sent: Invitation, program: Program, other_program: Program
) -> None:
    user = make_member(Role.TUTOR, other_program, email="Nina@Example.org", username="nina")
    client, page = follow()
    assert "You have an account with this address." in page.text
    assert 'name="password1"' not in page.text
    forged = {"token": "", **CHOSEN, "username": "other"}
    assert client.post(ACCEPT, forged).status_code == 200  # the same page: no second account
    signed_in = client.post(
        "/accounts/login/", {"username": "nina", "password": PASSWORD, "next": ACCEPT}, follow=True
    )
    assert signed_in.redirect_chain[-1][0] == ACCEPT
    response = client.post(ACCEPT, {"token": posted(signed_in)["token"]})
    assert (response.status_code, response.url) == (302, "/")
    assert roles(user) == {"Football": (None, True), "Swimming": ("program_coordinator", True)}
    assert client.get("/").context["program"] == program
    assert User.objects.filter(email__iexact="nina@example.org").count() == 1


def test_the_next_sign_in_opens_the_program_that_was_accepted(
    sent: Invitation, program: Program, other_program: Program
) -> None:
    client = PageClient(make_member(Role.TUTOR, other_program, email="nina@example.org"), other_program)
    assert client.get("/").context["program"] == other_program
    _, page = follow(client=client)
    assert client.post(ACCEPT, {"token": posted(page)["token"]}).url == "/"
    assert client.get("/").context["program"] == program
    assert PageClient(User.objects.get(pk=client.user.pk)).get("/").context["program"] == program


def test_another_account_is_told_that_it_is_not_theirs(sent: Invitation, other_program: Program) -> None:
    stranger = PageClient(make_member(Role.TUTOR, other_program), other_program)
    _, page = follow(client=stranger)
    assert page.status_code == 403
    assert "This invitation is not for this account" in page.text
    for secret in ("nina@example.org", "Nina New", "Swimming", "Ada Admin"):
        assert secret not in page.text
    _, form = follow()
    assert stranger.post(ACCEPT, {"token": posted(form)["token"]}).status_code == 403
    assert roles(stranger.user) == {"Football": (None, True)}
    sent.refresh_from_db()
    assert sent.is_pending


@pytest.mark.parametrize("key", ["role", "is_superuser", "program", "programs"])
def test_an_account_posts_nothing_but_yes(sent: Invitation, key: str) -> None:
    user = UserFactory(email="nina@example.org")
    client, page = follow(client=PageClient(user))
    response = client.post(ACCEPT, {"token": posted(page)["token"], key: "program_admin"})
    assert (response.status_code, roles(user)) == (422, {})


def test_a_deactivated_account_does_not_come_back_by_an_invitation(sent: Invitation) -> None:
    UserFactory(email="nina@example.org", is_active=False)
    assert follow()[1].status_code == 410


def test_an_ended_assignment_comes_back_and_an_active_one_stays_as_it_is(
    admin: PageClient, program: Program, other_program: Program
) -> None:
    super_admin, user = make_member(Role.SUPER_ADMIN), UserFactory(email="back@example.org")
    AssignmentFactory(user=user, program=program, role=Role.TUTOR, is_active=False)
    AssignmentFactory(user=user, program=other_program, role=Role.PROGRAM_ADMIN)
    InvitationFactory(
        email=user.email,
        role=Role.PROGRAM_COORDINATOR,
        invited_by=super_admin,
        programs=[program, other_program],
        token="t",
    )
    client, page = follow("t", PageClient(user))
    assert client.post(ACCEPT, {"token": posted(page)["token"]}).status_code == 302
    assert roles(user) == {"Swimming": ("program_coordinator", True), "Football": ("program_admin", True)}


# ---- links that are worth nothing


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token_hash": "0" * 64}, 404),
        ({"expires_at": timezone.now() - datetime.timedelta(seconds=1)}, 410),
        ({"withdrawn_at": timezone.now()}, 410),
        ({"accepted_at": timezone.now()}, 410),
        ({"invited_by": None}, 410),
    ],
)
def test_every_dead_link_leads_to_the_same_plain_page(
    sent: Invitation, changes: dict[str, Any], status: int
) -> None:
    known, page = follow()
    Invitation.objects.update(**changes)
    _, response = follow()
    assert (response.status_code, GONE in response.text) == (status, True)
    assert response.content == Client().get("/invitations/forged/").content
    for secret in ("nina@example.org", "Nina New", "Swimming", "Ada Admin"):
        assert secret not in response.text
    # Also for who was on the page already.
    late = known.post(ACCEPT, posted(page))
    assert (late.status_code, GONE in late.text) == (status, True)
    assert User.objects.filter(username="nina").count() == 0


@pytest.mark.parametrize("token", ["x", "the-token%00", "%2e%2e", "the-toke", "THE-TOKEN", "a" * 3000])
def test_forged_links_are_not_found_and_make_no_session(sent: Invitation, token: str) -> None:
    client = Client()
    assert client.get(f"/invitations/{token}/").status_code == 404
    assert client.cookies.get("sessionid") is None


def test_the_hash_opens_nothing(sent: Invitation) -> None:
    """Who reads the database holds no link."""
    assert Client().get(f"/invitations/{sent.token_hash}/").status_code == 404
    assert Client().post(ACCEPT, {**CHOSEN, "token": sent.token_hash}).status_code == 404
    assert Client().get(ACCEPT).status_code == 404
    assert User.objects.filter(username="nina").count() == 0


def demote(user: User, program: Program) -> None:
    User.objects.filter(pk=user.pk).update(role=Role.PROGRAM_COORDINATOR)


def deactivate(user: User, program: Program) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def end(user: User, program: Program) -> None:
    UserProgramAssignment.objects.filter(user=user, program=program).update(is_active=False)


def close(user: User, program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(is_active=False)


@pytest.mark.parametrize("change", [demote, deactivate, end, close])
def test_an_inviter_who_lost_the_right_takes_the_invitation_along(
    admin: PageClient, sent: Invitation, program: Program, change: Callable[[User, Program], None]
) -> None:
    client, page = follow()
    change(admin.user, program)
    assert follow()[1].status_code == 410
    assert client.post(ACCEPT, posted(page)).status_code == 410
    assert User.objects.filter(username="nina").count() == 0


def test_a_program_that_the_inviter_lost_is_not_granted(
    admin: PageClient, program: Program, other_program: Program
) -> None:
    AssignmentFactory(user=admin.user, program=other_program, role=Role.PROGRAM_ADMIN)
    make_member(Role.PROGRAM_ADMIN, other_program)
    InvitationFactory(
        email="nina@example.org",
        invited_by=admin.user,
        programs=[program, other_program],
        token="t",
    )
    client, page = follow("t")
    assert "Football" in page.text
    UserProgramAssignment.objects.filter(user=admin.user, program=other_program).update(role=Role.TUTOR)
    assert client.post(ACCEPT, posted(page)).status_code == 302
    assert roles(User.objects.get(username="nina")) == {"Swimming": ("tutor", True)}


# ---- once


def test_a_used_link_is_dead_and_its_user_is_led_home(sent: Invitation) -> None:
    client, page = follow()
    data = posted(page)
    client.post(ACCEPT, data)
    assert follow()[1].status_code == 410
    assert client.get(ACCEPT).url == client.post(ACCEPT, data).url == "/"
    assert (User.objects.filter(username="nina").count(), UserProgramAssignment.objects.count()) == (1, 3)


def test_the_second_of_a_double_click_is_let_in_and_nobody_else(sent: Invitation) -> None:
    client, page = follow()
    data = posted(page)
    client.post(ACCEPT, data)
    again = Client()
    assert again.post(ACCEPT, data).url == "/"
    assert again.get("/").status_code == 200
    for wrong in ({"password1": "a wrong one 77"}, {"username": "somebody"}):
        guess = Client()
        assert guess.post(ACCEPT, {**data, **wrong}).status_code == 410
        assert guess.get("/").status_code == 302
    # Later the used link is no place to try passwords at.
    Invitation.objects.update(accepted_at=timezone.now() - datetime.timedelta(minutes=1))
    assert Client().post(ACCEPT, data).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_account_and_no_error() -> None:
    program = ProgramFactory(name="Swimming")
    inviter = make_member(Role.PROGRAM_ADMIN, program)
    InvitationFactory(email="nina@example.org", invited_by=inviter, programs=[program], token="t")
    client, page = follow("t")
    data, cookies = posted(page), client.cookies
    ready, answers = threading.Barrier(4, timeout=10), []

    def press() -> None:
        own = Client()
        own.cookies = cookies.copy()  # the same browser, twice
        try:
            ready.wait()
            response = own.post(ACCEPT, data)
            answers.append((response.status_code, response.headers.get("Location"), own.get("/").status_code))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [(302, "/", 200)] * 4
    user = User.objects.get(email="nina@example.org")
    assert roles(user) == {"Swimming": ("tutor", True)}


@pytest.mark.django_db(transaction=True)
def test_two_invitations_of_one_address_at_once_are_one() -> None:
    program = ProgramFactory(name="Swimming")
    clients = [PageClient(make_member(Role.PROGRAM_ADMIN, program), program) for _ in range(2)]
    ready, answers = threading.Barrier(2, timeout=10), []

    def press(client: PageClient) -> None:
        try:
            ready.wait()
            answers.append(client.post(INVITE, asked(program)).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (sorted(answers), Invitation.objects.count()) == ([302, 422], 1)


# ---- what the database itself keeps


@pytest.mark.parametrize(
    "changes",
    [
        {"role": "super_admin"},
        {"email": ""},
        {"token_hash": "not a hash"},
        {"accepted_at": timezone.now(), "withdrawn_at": timezone.now()},
        {"accepted_at": timezone.now() + datetime.timedelta(days=30)},
    ],
)
def test_senseless_invitations_are_refused(sent: Invitation, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.update(**changes)


def test_an_invitation_names_a_program_once(sent: Invitation, program: Program) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        InvitationProgram.objects.create(invitation=sent, program=program)


# ---- names and addresses


@pytest.mark.parametrize(
    "name",
    ["ADA.ADMIN", "\u0430da.admin", "ada.adrnin", "\u0430\u0501\u0430", "Ada.Adm\u0456n"],
)
def test_a_user_name_that_looks_like_anothers_is_refused(sent: Invitation, name: str) -> None:
    UserFactory(username="ada.admin")
    UserFactory(username="ada")
    browser, page = follow()
    answer = browser.post(ACCEPT, posted(page, username=name))
    assert answer.status_code == 422
    assert answer.context["form"].errors["username"][0] in (
        "This user name is taken. Choose another.",
        "A user name has letters of one script only.",
    )
    assert not Invitation.objects.get().accepted_at


@pytest.mark.parametrize("name", ["\u0430nna", "jos\u00e9\u03b1", "\u7530\u4e2da"])
def test_a_user_name_has_letters_of_one_script(sent: Invitation, name: str) -> None:
    browser, page = follow()
    answer = browser.post(ACCEPT, posted(page, username=name))
    assert answer.context["form"].errors["username"] == ["A user name has letters of one script only."]


@pytest.mark.parametrize(
    "name", ["nina-2.x", "\u7530\u4e2d\u3055\u304f\u3089", "\u043d\u0438\u043d\u0430", "jos\u00e9"]
)
def test_user_names_of_any_language_are_taken(sent: Invitation, name: str) -> None:
    UserFactory(username="ninja")
    browser, page = follow()
    assert browser.post(ACCEPT, posted(page, username=name)).status_code == 302
    assert User.objects.get(username=name).email == "nina@example.org"


@pytest.mark.parametrize(
    "address",
    [
        "coach@exa\u200bmple.org",
        "coach@example.org\u200f",
        "\u0130stanbul@example.org",
        "\u017fam@example.org",
    ],
)
def test_an_address_with_what_nobody_sees_is_an_error_at_its_field(
    admin: PageClient, program: Program, address: str
) -> None:
    answer = admin.post(INVITE, asked(program, email=address))
    assert answer.status_code == 422
    assert "No address holds this character" in answer.context["form"].errors["email"][0]
    assert not Invitation.objects.exists()


def test_a_host_keeps_its_spelling(
    admin: PageClient, program: Program, django_capture_on_commit_callbacks: Executed
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(INVITE, asked(program, email="info@stra\u00dfe.de"))
        admin.post(INVITE, asked(program, email="info@strasse.de"))
    assert set(Invitation.objects.values_list("email", flat=True)) == {
        "info@stra\u00dfe.de",
        "info@strasse.de",
    }
    assert [message.to for message in mail.outbox] == [["info@xn--strae-oqa.de"], ["info@strasse.de"]]


def test_an_address_is_invited_once_in_any_case_and_another_beside_it(
    admin: PageClient, program: Program
) -> None:
    assert admin.post(INVITE, asked(program, email="ida@example.org")).status_code == 302
    assert admin.post(INVITE, asked(program, email="IDA@example.org")).status_code == 422
    member = make_member(Role.TUTOR, program, email="sam@example.org")
    assert admin.post(INVITE, asked(program, email=member.email.upper())).status_code == 422


def test_the_password_of_a_used_link_is_checked_within_the_limits(sent: Invitation) -> None:
    browser, page = follow()
    data = posted(page)
    assert browser.post(ACCEPT, data).status_code == 302
    answers = [Client().post(ACCEPT, {**data, "password1": f"wrong {n}"}).status_code for n in range(11)]
    assert answers == [410] * 10 + [429]
    assert Client().post(ACCEPT, data).status_code == 429
    login = Client().post("/accounts/login/", {"username": "nina", "password": CHOSEN["password1"]})
    assert login.status_code == 429  # the same tries
