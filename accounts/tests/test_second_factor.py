"""The second factor: setting one up, signing in with it, and who must have one."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client

from accounts.factories import PASSWORD
from accounts.models import Role, RolePolicy, User
from programs.models import Program, UserProgramAssignment
from programs.testing import PageClient, make_member

LOGIN, CODE, OVERVIEW = "/accounts/login/", "/accounts/login/code/", "/accounts/second-factor/"
APP, CONFIRM, CODES = f"{OVERVIEW}app/", "/accounts/confirm/", f"{OVERVIEW}recovery-codes/"


@pytest.fixture
def grace(program: Program) -> User:
    return make_member(Role.TUTOR, program, username="grace")


@pytest.fixture
def secret(grace: User) -> str:
    """The key of the app of grace."""
    made = totp.generate_totp_secret()
    totp.TOTP.activate(grace, made)
    RecoveryCodes.activate(grace)
    return made


def code(secret: str, steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(**more: str) -> PageClient:
    client = PageClient()
    answer = client.post(LOGIN, {"username": "grace", "password": PASSWORD, **more})
    assert answer.status_code == 302
    return client


# ---- setting up


def test_an_app_is_set_up_after_a_fresh_sign_in(grace: User) -> None:
    client = sign_in()
    page = client.get(APP)
    assert page.status_code == 200 and "data:image/svg+xml" in page.text
    secret = page.context["form"].secret
    assert client.post(APP, {"code": "000000"}).context["form"].errors["code"]
    answer = client.post(APP, {"code": code(secret)})
    assert (answer.status_code, answer.url) == (302, CODES)
    assert len(client.get(CODES).context["codes"]) == 10
    assert client.get(OVERVIEW).text.count("Set up") == 1  # the badge, and no button


def test_the_code_that_set_the_app_up_signs_in_no_more(grace: User) -> None:
    client = sign_in()
    secret = client.get(APP).context["form"].secret
    used = code(secret)
    assert client.post(APP, {"code": f" {used[:3]} {used[3:]}"}).status_code == 302
    again = sign_in()
    assert again.post(CODE, {"code": used}).context["form"].errors["code"]
    assert again.get("/").status_code == 302
    client.prove(ago=601)
    assert client.post(f"{CONFIRM}code/", {"code": used, "next": APP}).context["form"].errors["code"]
    assert again.post(CODE, {"code": code(secret, 1)}).status_code == 302
    assert again.get("/").status_code == 200


@pytest.mark.parametrize(
    "path", [APP, f"{OVERVIEW}passkeys/add/", f"{APP}remove/", CODES, f"{CODES}file/", f"{CODES}new/"]
)
def test_what_is_sensitive_asks_for_the_password_again(grace: User, secret: str, path: str) -> None:
    client = PageClient(grace)
    client.prove(ago=601)
    if path == APP:
        Authenticator.objects.all().delete()
    answer = client.get(path)
    assert (answer.status_code, answer.url) == (302, f"{CONFIRM}?next={path.replace('/', '%2F')}")
    assert client.post(CONFIRM, {"password": "wrong", "next": path}).status_code == 200
    assert client.get(path).status_code == 302
    assert client.post(CONFIRM, {"password": PASSWORD, "next": path}).url == path
    assert client.get(path).status_code == 200


def test_the_confirmation_lasts_ten_minutes(grace: User) -> None:
    client = sign_in()
    assert client.get(APP).status_code == 200
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 601
    session.save()
    assert client.get(APP).status_code == 302


def test_recovery_codes_are_a_file_and_are_made_anew(grace: User, secret: str) -> None:
    client = PageClient(grace)
    client.post(CONFIRM, {"password": PASSWORD})
    old = client.get(CODES).context["codes"]
    file = client.get(f"{CODES}file/")
    assert file.text.split() == old and "attachment" in file["Content-Disposition"]
    assert client.post(f"{CODES}new/").status_code == 302
    assert not set(client.get(CODES).context["codes"]) & set(old)


def test_removing_the_app_removes_the_codes(grace: User, secret: str) -> None:
    client = PageClient(grace)
    client.post(CONFIRM, {"password": PASSWORD})
    assert client.post(f"{APP}remove/").status_code == 302
    assert not Authenticator.objects.exists()


def test_nobody_reaches_the_passkey_of_somebody_else(grace: User) -> None:
    other = make_member(Role.TUTOR, username="ada")
    key = Authenticator.objects.create(user=other, type="webauthn", data={"name": "Hers", "credential": {}})
    client = sign_in()
    for path in (f"{OVERVIEW}passkeys/{key.pk}/", f"{OVERVIEW}passkeys/{key.pk}/remove/"):
        assert client.get(path).status_code == client.post(path, {"name": "Mine"}).status_code == 404
    key.refresh_from_db()
    assert key.data["name"] == "Hers"


# ---- signing in


def test_the_password_alone_does_not_let_in(grace: User, secret: str) -> None:
    client = sign_in(next="/students/")
    assert "_auth_user_id" not in client.session
    assert client.get("/").url == f"{LOGIN}?next=/"
    key = client.session.session_key
    assert client.post(CODE, {"code": "000000"}).context["form"].errors["code"]
    answer = client.post(CODE, {"code": code(secret)})
    assert (answer.status_code, answer.url) == (302, "/students/")
    assert client.session.session_key != key


def test_a_code_works_once(grace: User, secret: str) -> None:
    used = code(secret)
    assert sign_in().post(CODE, {"code": used}).status_code == 302
    again = sign_in()
    assert again.post(CODE, {"code": used}).status_code == 200
    assert "_auth_user_id" not in again.session
    assert again.post(CODE, {"code": code(secret, 1)}).status_code == 302


def test_a_recovery_code_works_once(grace: User, secret: str) -> None:
    own = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert sign_in().post(CODE, {"code": own}).status_code == 302
    assert sign_in().post(CODE, {"code": own}).status_code == 200


def test_codes_can_not_be_guessed(grace: User, secret: str) -> None:
    answers = [sign_in().post(CODE, {"code": f"{number:06}"}) for number in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1]["Retry-After"]
    assert sign_in().post(CODE, {"code": code(secret)}).status_code == 429
    cache.clear()
    assert sign_in().post(CODE, {"code": code(secret)}).status_code == 302


def test_codes_are_counted_whatever_address_they_come_from(grace: User, secret: str) -> None:
    client = sign_in()
    wrong = [
        client.post(CODE, {"code": "000000"}, REMOTE_ADDR=f"198.51.100.{number}").status_code
        for number in range(11)
    ]
    assert wrong == [200] * 10 + [429]


def test_the_right_code_makes_wrong_ones_forgotten(grace: User, secret: str) -> None:
    client = sign_in()
    assert [client.post(CODE, {"code": "000000"}).status_code for _ in range(9)] == [200] * 9
    assert client.post(CODE, {"code": code(secret)}).status_code == 302
    again = sign_in()
    assert [again.post(CODE, {"code": "000000"}).status_code for _ in range(10)] == [200] * 10


def test_an_app_is_not_set_up_by_guessing(grace: User) -> None:
    client = sign_in()
    client.get(APP)
    assert [client.post(APP, {"code": "000000"}).status_code for _ in range(11)] == [200] * 10 + [429]


def test_the_second_step_needs_the_first(grace: User, secret: str) -> None:
    for client in (Client(), PageClient(grace)):
        assert client.get(CODE).status_code == client.post(CODE, {"code": code(secret)}).status_code == 302
    assert Client().post(CODE, {"code": code(secret)}).url == LOGIN


def test_somebody_else_can_sign_in_instead(grace: User, secret: str) -> None:
    client = sign_in()
    assert client.get(LOGIN).url == CODE
    client.post("/accounts/logout/")
    assert client.get(LOGIN).status_code == 200


@pytest.mark.parametrize("sent", ["", "{}", "nonsense", "[]", '{"id": "a", "response": {"userHandle": "x"}}'])
def test_a_passkey_that_is_none_is_refused(grace: User, secret: str, sent: str) -> None:
    client = Client()
    options = client.get("/accounts/login/passkey/", headers={"Accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["userVerification"] == "required"
    assert client.post("/accounts/login/passkey/", {"credential": sent}).url == LOGIN
    assert "_auth_user_id" not in client.session
    assert sign_in().post(CODE, {"credential": sent}).status_code == 200


# ---- who must have one


def strict_role(grace: User, program: Program) -> None:
    RolePolicy.objects.create(role=Role.TUTOR, requires_second_factor=True)


def strict_role_in_a_program(grace: User, program: Program) -> None:
    UserProgramAssignment.objects.update(role=Role.PROGRAM_COORDINATOR)
    RolePolicy.objects.create(role=Role.PROGRAM_COORDINATOR, requires_second_factor=True)


def strict_program(grace: User, program: Program) -> None:
    Program.objects.filter(pk=program.pk).update(requires_second_factor=True)


@pytest.mark.parametrize("require", [strict_role, strict_role_in_a_program, strict_program])
def test_whoever_must_have_one_sets_it_up_first(grace: User, program: Program, require: Any) -> None:
    client = sign_in().enter(program)
    client.program = program
    assert client.get("/students/").status_code == 200
    require(grace, program)
    for path in (
        "/",
        "/students/",
        "/students/new/",
        "/accounts/profile/",
        "/accounts/sessions/",
        "/palette/",
        "/nowhere/",
    ):
        assert (answer := client.get(path)).status_code == 302 and answer.url == OVERVIEW, path
        part = client.get(path, headers={"HX-Request": "true"})
        assert (part.status_code, part["HX-Redirect"], part.content) == (200, OVERVIEW, b"")
        assert client.post(path, {"first_name": "Typed"}).status_code == (404 if path == "/nowhere/" else 403)
    refused = client.post("/students/new/", {"first_name": "Typed"})
    assert "<dd>Typed</dd>" in refused.text
    assert "Set up a second factor to go on." in client.get(OVERVIEW).text
    secret = client.get(APP).context["form"].secret
    assert client.post(APP, {"code": code(secret)}).status_code == 302
    assert client.get("/students/").status_code == 200
    assert client.get(CODES).status_code == 200


def test_it_can_be_left_by_signing_out(grace: User, program: Program) -> None:
    client = sign_in()
    strict_program(grace, program)
    assert client.post("/accounts/logout/").url == LOGIN


def test_recovery_codes_alone_are_no_second_factor(grace: User, program: Program) -> None:
    strict_program(grace, program)
    RecoveryCodes.activate(grace)
    assert sign_in().get("/").url == OVERVIEW


def test_others_need_none(grace: User, program: Program, other_program: Program) -> None:
    RolePolicy.objects.create(role=Role.PROGRAM_ADMIN, requires_second_factor=True)
    RolePolicy.objects.create(role=Role.TUTOR, requires_second_factor=False)
    strict_program(grace, other_program)
    assert sign_in().get("/").status_code == 200
    UserProgramAssignment.objects.create(user=grace, program=other_program, is_active=False)
    assert sign_in().get("/").status_code == 200


def test_super_admins_work_in_every_program(program: Program) -> None:
    client = PageClient(make_member(Role.SUPER_ADMIN), program)
    assert client.get("/admin/").status_code == 200
    strict_program(client.user, program)
    assert client.get("/admin/").url == client.get("/").url == OVERVIEW
