"""How often somebody may fail: counted for all workers, told with a time, and locking nobody out."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from accounts.adapters import client_address
from accounts.factories import PASSWORD, UserFactory
from accounts.limits import WINDOW
from accounts.models import Role, User
from e2e.server import gunicorn
from programs.models import Program
from programs.testing import PageClient, make_member, rows, runtime_url, scratch_database
from tools.ports import unused_port

LOGIN = "/accounts/login/"


@pytest.fixture
def grace(db: None) -> User:
    return make_member(Role.TUTOR, username="grace", email="grace@example.org")


def sign_in(name: str, password: str = "wrong", address: str = "198.51.100.1") -> Any:
    return Client(REMOTE_ADDR=address).post(LOGIN, {"username": name, "password": password})


@pytest.mark.parametrize("name", ["grace", "nobody", "Nobody@example.org"])
def test_after_ten_failures_an_account_is_429_with_a_time(grace: User, name: str) -> None:
    assert [sign_in(name).status_code for _ in range(12)] == [200] * 10 + [429] * 2
    refused = sign_in(name)
    assert 0 < int(refused["Retry-After"]) <= WINDOW
    assert "Too many tries" in refused.text and "Try again in 5 minutes." in refused.text
    assert name not in refused.text


def test_name_and_address_of_a_user_are_one_account(grace: User) -> None:
    for _ in range(5):
        sign_in("grace")
        sign_in("GRACE@example.org")
    assert sign_in("grace", PASSWORD).status_code == sign_in("grace@example.org").status_code == 429


def test_the_right_password_still_works_from_elsewhere(grace: User) -> None:
    for _ in range(11):
        sign_in("grace")
    assert sign_in("grace", PASSWORD).status_code == 429
    assert sign_in("grace", PASSWORD, "203.0.113.9").status_code == 302
    # An address that fails for a limited account has one try.
    assert [sign_in("grace", "wrong", "203.0.113.10").status_code for _ in range(2)] == [200, 429]
    assert sign_in("grace", PASSWORD, "203.0.113.9").status_code == 302


def test_after_fifty_failures_an_address_is_429(grace: User) -> None:
    answers = [sign_in(f"name{number}").status_code for number in range(51)]
    assert answers == [200] * 50 + [429]
    assert sign_in("grace", PASSWORD).status_code == 429
    assert sign_in("grace", PASSWORD, "203.0.113.9").status_code == 302


def test_who_signed_in_from_an_address_keeps_the_own_tries_there(grace: User) -> None:
    ada = UserFactory(username="ada")
    assert sign_in("grace", PASSWORD).status_code == 302
    for number in range(51):
        sign_in(f"name{number}")
    assert sign_in("ada", PASSWORD).status_code == 429  # who is new there waits
    assert sign_in("grace", PASSWORD).status_code == 302
    assert sign_in(grace.email, PASSWORD).status_code == 302
    # Ten tries, no more, also there.
    assert [sign_in("grace").status_code for _ in range(11)] == [200] * 10 + [429]
    assert sign_in(ada.email, PASSWORD, "203.0.113.9").status_code == 302
    assert cache.get("limit:nothing") is None


def test_mistakes_of_one_person_take_nothing_from_the_others_of_a_school(grace: User) -> None:
    others = [UserFactory() for _ in range(6)]
    for other in others:
        assert sign_in(other.username, PASSWORD).status_code == 302
    for other in others:  # each fails as often as one may
        for _ in range(10):
            sign_in(other.username)
    assert sign_in("grace", PASSWORD).status_code == 302


def test_what_was_right_is_not_counted(grace: User) -> None:
    for _ in range(12):
        assert sign_in("grace", PASSWORD).status_code == 302
    for _ in range(9):
        sign_in("grace")
    assert sign_in("grace", PASSWORD).status_code == 302
    assert [sign_in("grace").status_code for _ in range(2)] == [200, 429]


def test_failures_are_forgotten_after_the_window(grace: User) -> None:
    for _ in range(11):
        sign_in("grace")
    rows("UPDATE shared_cache SET expires = now() - interval '1 second'")
    assert sign_in("grace", PASSWORD).status_code == 302


def test_two_addresses_of_one_line_are_one(grace: User) -> None:
    for number in range(10):
        sign_in("grace", address=f"2001:db8:1:2::{number:x}")
    assert sign_in("grace", PASSWORD, "2001:db8:1:2::ffff").status_code == 429
    assert sign_in("grace", PASSWORD, "2001:db8:1:3::1").status_code == 302


def test_the_old_password_can_not_be_guessed_at_the_change_either(grace: User) -> None:
    client, new = PageClient(grace), "another good phrase"
    posted = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    answers = [client.post("/accounts/password/", posted).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_confirming_is_limited(grace: User) -> None:
    client = PageClient(grace)
    answers = [client.post("/accounts/confirm/", {"password": "wrong"}).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


def test_asking_for_links_is_limited(grace: User) -> None:
    for email in ("grace@example.org", "nobody@example.org"):
        answers = [Client().post("/accounts/password/reset/", {"email": email}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [302] * 5 + [429]
        assert int(answers[-1]["Retry-After"]) > 0


# ---- whose address


@pytest.mark.parametrize(
    ("trusted", "remote", "forwarded", "expected"),
    [
        ([], "127.0.0.1", "203.0.113.9", "127.0.0.1"),
        (["10.0.0.1"], "198.51.100.1", "203.0.113.9", "198.51.100.1"),
        (["10.0.0.1"], "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (["10.0.0.1"], "10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (["10.0.0.1", "10.0.0.2"], "10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (["10.0.0.1"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["*"], "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (["*"], "10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (["*", "10.0.0.2"], "10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
    ],
)
def test_the_address_is_one_that_nobody_can_forge(
    settings: Any, trusted: list[str], remote: str, forwarded: str, expected: str
) -> None:
    settings.FORWARDED_ALLOW_IPS = trusted
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == expected


def test_a_forged_header_gives_no_further_tries(grace: User) -> None:
    for number in range(12):
        answer = Client(
            headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        ).post(LOGIN, {"username": "grace", "password": "wrong"})
    assert answer.status_code == 429


# ---- two workers


def _post(port: int, name: str, password: str) -> int:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()))
    url = f"http://127.0.0.1:{port}{LOGIN}"
    opener.open(url).read()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    data = urllib.parse.urlencode(
        {"username": name, "password": password, "csrfmiddlewaretoken": token}
    ).encode()
    try:
        return opener.open(url, data).status
    except urllib.error.HTTPError as error:
        return error.code


@contextmanager
def shared_cache(kind: str) -> Iterator[dict[str, str]]:
    """The settings of a deployment whose workers share what they count in the database, or in Redis."""
    if kind == "database":
        yield {}
        return
    server = shutil.which("redis-server") or pytest.skip("no redis-server on this machine")
    port = unused_port()
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["database", "redis"])
def test_two_workers_count_together_and_a_burst_gets_no_more_checks(db: None, kind: str) -> None:
    with scratch_database() as name, shared_cache(kind) as shared:
        environment = {
            **os.environ,
            **shared,
            "DATABASE_URL": runtime_url(name),
            "WEB_CONCURRENCY": "2",
            "DEBUG": "1",
        }
        answers: list[int] = []
        with gunicorn(environment) as port:
            threads = [
                threading.Thread(target=lambda: answers.append(_post(port, "nobody", "wrong")))
                for _ in range(30)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert Counter(answers) == {200: 10, 429: 20}
            assert {_post(port, "nobody", "wrong") for _ in range(4)} == {429}


def test_nobody_else_is_counted(grace: User) -> None:
    UserFactory(username="ada")
    for _ in range(11):
        sign_in("grace")
    assert sign_in("ada", PASSWORD).status_code == 302
    assert cache.get("limit:nothing") is None


@pytest.mark.parametrize("path", ["/accounts/confirm/", "/accounts/password/reset/1/some-key/"])
def test_a_head_is_not_counted(grace: User, program: Program, path: str, settings: Any) -> None:
    """Programs that look where the links of a mail lead ask so, often from the address of a whole school."""
    settings.ACCOUNT_RATE_LIMITS = {"reauthenticate": "1/5m/user", "reset_password_from_key": "1/5m/ip"}
    client = PageClient(grace, program)
    answers = [client.head(path) for _ in range(3)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    assert client.post(path, {"password": "wrong"}).status_code == 200
