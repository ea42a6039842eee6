"""How long a session lives, what ends it, and the list of one's own."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.factories import PASSWORD
from accounts.models import Role, User
from accounts.sessions import SessionStore
from programs.models import Program
from programs.testing import PageClient, make_member

LOGIN, SESSIONS, NEW = "/accounts/login/", "/accounts/sessions/", "a rather long new one"


@pytest.fixture
def grace(program: Program) -> User:
    return make_member(Role.TUTOR, program, username="grace")


def browser(agent: str = "Mozilla/5.0 (X11; Linux) Firefox/130.0") -> PageClient:
    client = PageClient(headers={"User-Agent": agent})
    assert client.post(LOGIN, {"username": "grace", "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    answer = client.get("/")
    assert answer.status_code == 200 or answer.url == f"{LOGIN}?next=/"
    return answer.status_code == 200


def later(client: Client, seconds: int) -> None:
    """Let `seconds` have passed for the session of `client`."""
    session = client.session
    session["seen_at"] -= seconds
    session["started_at"] -= seconds
    session.save()


# ---- time


def test_an_idle_session_ends(grace: User, settings: Any) -> None:
    client = browser()
    assert is_in(client)
    later(client, settings.SESSION_IDLE_MINUTES * 60 - 5)
    assert is_in(client)
    later(client, settings.SESSION_IDLE_MINUTES * 60)
    assert not is_in(client)
    assert UserSession.objects.count() == 0


def test_a_session_ends_however_busy(grace: User, settings: Any) -> None:
    client = browser()
    assert is_in(client)
    session = client.session
    session["started_at"] = int(time.time()) - settings.SESSION_MAX_HOURS * 3600
    session.save()
    assert not is_in(client)


def test_what_is_posted_after_the_end_is_not_lost(grace: User, program: Program, settings: Any) -> None:
    client = browser().enter(program)
    assert is_in(client)
    later(client, settings.SESSION_IDLE_MINUTES * 60)
    answer = client.post("/students/new/", {"first_name": "Late"}, program=program)
    assert answer.status_code == 403
    assert "You are no longer signed in" in answer.text and "<dd>Late</dd>" in answer.text


def test_being_seen_costs_nothing_but_once_a_minute(grace: User, program: Program) -> None:
    client = browser()
    is_in(client)

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as sent:
            assert is_in(client)
        return [query["sql"] for query in sent]

    quiet = queries()
    assert not [sql for sql in quiet if sql.startswith("UPDATE") or "usersessions" in sql]
    seen = User.objects.get(pk=grace.pk).last_seen_at
    later(client, 61)
    noted = [sql for sql in queries() if sql.startswith("UPDATE")]
    assert len(noted) == 3  # the session, the user, the list of sessions
    assert User.objects.get(pk=grace.pk).last_seen_at > seen
    assert queries() == quiet or len(queries()) == len(quiet)


def test_the_times_come_from_the_environment(settings: Any) -> None:
    assert (settings.SESSION_IDLE_MINUTES, settings.SESSION_MAX_HOURS) == (8 * 60, 7 * 24)
    assert settings.SESSION_COOKIE_AGE == 7 * 24 * 3600


# ---- what ends the others


def test_changing_the_password_ends_the_other_sessions(grace: User) -> None:
    own, other = browser(), browser()
    posted = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    key = own.session.session_key
    assert own.post("/accounts/password/", posted).status_code == 302
    assert is_in(own) and not is_in(other)
    assert own.session.session_key != key
    assert [one.session_key for one in UserSession.objects.all()] == [own.session.session_key]


@pytest.mark.parametrize(
    "change", [{"role": Role.PROGRAM_ADMIN}, {"is_active": False}, {"password": "!"}], ids=str
)
def test_role_password_and_activity_end_every_session(grace: User, change: dict[str, Any]) -> None:
    clients = [browser(), browser()]
    User.objects.filter(pk=grace.pk).update(**change)
    assert [is_in(client) for client in clients] == [False, False]
    User.objects.filter(pk=grace.pk).update(is_active=True)
    assert [is_in(client) for client in clients] == [False, False]


def test_other_changes_end_nothing(grace: User) -> None:
    client = browser()
    User.objects.filter(pk=grace.pk).update(full_name="Grace Hopper", email="new@example.org")
    assert is_in(client)


# ---- the list


def test_the_list_shows_where_one_is_signed_in(grace: User) -> None:
    own = browser()
    browser("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1")
    browser("curl/8")
    make_member(Role.TUTOR, username="ada")
    page = own.get(SESSIONS)
    assert page.status_code == 200
    for text in ("Firefox, Linux", "Safari, iPhone", "Unknown browser", "127.0.0.1"):
        assert page.text.count(text) == (3 if text == "127.0.0.1" else 1), text
    assert page.text.count("This device") == 1


def test_the_others_are_signed_out(grace: User) -> None:
    own, other = browser(), browser()
    assert own.post(SESSIONS).status_code == 302
    assert is_in(own) and not is_in(other)
    assert UserSession.objects.count() == 1


def test_nobody_ends_the_sessions_of_others(grace: User) -> None:
    client, other = browser(), PageClient(make_member(Role.SUPER_ADMIN))
    assert other.post(SESSIONS).status_code == 302
    assert is_in(client)


def test_signing_out_leaves_no_row(grace: User) -> None:
    client = browser()
    client.post("/accounts/logout/")
    assert UserSession.objects.count() == Session.objects.count() == 0


def test_an_ended_session_is_not_in_the_list(grace: User) -> None:
    own, other = browser(), browser()
    Session.objects.filter(session_key=other.session.session_key).delete()
    assert own.get(SESSIONS).text.count("127.0.0.1") == 1


# ---- requests of one browser that run at the same time

CHANGES = [
    ({"program": "b"}, {"program": "b"}),
    ({"program": None}, {}),
    ({"admin_seen": 7}, {"program": "a", "admin_seen": 7}),
    ({"all_programs": {"visit": "v"}}, {"program": "a", "all_programs": {"visit": "v"}}),
]


def changed(session: SessionStore, values: dict[str, Any]) -> SessionStore:
    for name, value in values.items():
        if value is None:
            del session[name]
        else:
            session[name] = value
    return session


@pytest.mark.parametrize(("changes", "expected"), CHANGES)
def test_a_slow_request_undoes_nothing_of_a_quick_one(
    db: None, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    session = changed(SessionStore(), {"program": "a"})
    session.create()
    slow, quick = (SessionStore(session.session_key) for _ in range(2))
    assert slow["program"] == quick["program"] == "a"
    changed(quick, changes).save()
    changed(slow, {"bulk": {"t": 1}}).save()
    assert SessionStore(session.session_key).load() == {**expected, "bulk": {"t": 1}}


@pytest.mark.parametrize(
    ("before", "quick", "slow", "after"),
    [
        ({}, {"t": 1}, {"u": 2}, {"t": 1, "u": 2}),
        ({"s": 0}, {"s": 0, "t": 1}, {"u": 2}, {"t": 1, "u": 2}),
        ([], ["t"], ["u"], ["t", "u"]),
        (["s"], ["s", "t"], ["s", "u"], ["s", "t", "u"]),  # grows at the end: proofs of who one is
        (["s"], ["t", "s"], ["u", "s"], ["u", "t", "s"]),  # the newest first: what quick add has added
        (["r", "s"], ["r"], ["r", "s", "u"], ["r", "u"]),
        (1, 2, 3, 3),
    ],
)
def test_what_both_add_under_one_key_is_kept(
    db: None, before: Any, quick: Any, slow: Any, after: Any
) -> None:
    session = changed(SessionStore(), {"key": before})
    session.create()
    one, other = (SessionStore(session.session_key) for _ in range(2))
    assert one["key"] == other["key"]
    changed(one, {"key": quick}).save()
    changed(other, {"key": slow}).save()
    kept = SessionStore(session.session_key)["key"]
    assert sorted(kept) == sorted(after) if after == ["t", "u"] else kept == after


def test_what_one_has_removed_stays_removed(db: None) -> None:
    session = changed(SessionStore(), {"program": "all", "all_programs": {"visit": "v"}, "admin_seen": 1})
    session.create()
    slow, quick = (SessionStore(session.session_key) for _ in range(2))
    assert slow["program"] == "all"
    changed(quick, {"program": "a", "all_programs": None}).save()
    changed(slow, {"admin_seen": 2}).save()
    assert SessionStore(session.session_key).load() == {"program": "a", "admin_seen": 2}


def test_a_session_that_was_signed_out_meanwhile_does_not_come_back(grace: User) -> None:
    client = browser()
    slow = SessionStore(client.session.session_key)
    slow["program"] = "a"
    client.post("/accounts/logout/")
    with pytest.raises(UpdateError):
        slow.save()
    assert not Session.objects.exists()
    assert not is_in(client)


def test_each_save_goes_on_from_the_one_before(db: None) -> None:
    session = changed(SessionStore(), {"a": 1})
    session.create()
    for number in range(3):
        changed(session, {"a": None, f"b{number}": number} if number == 0 else {f"b{number}": number}).save()
    assert SessionStore(session.session_key).load() == {"b0": 0, "b1": 1, "b2": 2}
