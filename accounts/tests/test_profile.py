"""Profile, preferences and password; and what the preferences change on every page."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.factories import PASSWORD
from accounts.forms import PreferencesForm
from accounts.models import Role, User
from accounts.preferences import preference, set_preferences, time_zones, zone
from programs.models import Program, UserProgramAssignment
from programs.testing import ClientFor, PageClient, make_member

PROFILE, PREFERENCES, PASSWORDS = "/accounts/profile/", "/accounts/preferences/", "/accounts/password/"
CHOSEN = {"language": "de", "time_zone": "Asia/Tokyo", "theme": "dark", "density": "compact"}


@pytest.fixture
def tutor(client_for: ClientFor, program: Program) -> PageClient:
    return client_for(Role.TUTOR, program, full_name="Ana Ruiz", email="ana@example.org")


def kept(client: PageClient) -> dict[str, Any]:
    assert client.user
    return User.objects.get(pk=client.user.pk).preferences


# ---- the page


def test_the_profile_shows_who_one_is(tutor: PageClient) -> None:
    page = tutor.get(PROFILE)
    assert page.status_code == 200
    for text in ("Ana Ruiz", "ana@example.org", "Tutor", "Swimming", "Europe", 'value="Europe/Berlin"'):
        assert text in page.text


def test_preferences_are_saved(tutor: PageClient) -> None:
    answer = tutor.post(PROFILE, CHOSEN)
    assert (answer.status_code, answer["Location"]) == (302, PROFILE)
    assert kept(tutor) == {
        "language": "de",
        "time_zone": "Asia/Tokyo",
        "density": "compact",
        "shortcuts": False,
    }
    cookies = {name: morsel.value for name, morsel in tutor.cookies.items()}
    assert cookies["theme"] == "dark" and cookies["density"] == "compact"
    assert cookies["shortcuts"] == "off" and cookies["django_language"] == "de"
    assert cookies["theme"] and tutor.cookies["theme"]["samesite"] == "Lax"
    page = tutor.get(PROFILE).text
    assert '<html lang="de"' in page and 'data-theme="dark"' in page
    assert 'data-density="compact"' in page and 'data-shortcuts="off"' in page


def test_saving_leaves_what_the_page_does_not_show(tutor: PageClient) -> None:
    set_preferences(tutor.user, columns={"students.student": ["name"]})
    tutor.post(PROFILE, CHOSEN)
    assert kept(tutor)["columns"] == {"students.student": ["name"]}


def test_what_is_left_open_is_forgotten(tutor: PageClient) -> None:
    tutor.post(PROFILE, CHOSEN)
    tutor.post(PROFILE, {"language": "", "time_zone": "", "density": "normal", "shortcuts": "on"})
    assert kept(tutor) == {"density": "normal", "shortcuts": True}
    assert tutor.cookies["django_language"].value == ""


@pytest.mark.parametrize(
    "wrong", [{"language": "tlh"}, {"time_zone": "Mars/Base"}, {"theme": "pink"}, {"density": "dense"}]
)
def test_a_choice_that_does_not_exist_changes_nothing(tutor: PageClient, wrong: dict[str, str]) -> None:
    answer = tutor.post(PROFILE, {**CHOSEN, **wrong})
    assert answer.status_code == 422 and "Some preferences could not be saved" in answer.text
    assert kept(tutor) == {}


def test_the_profile_opens_without_a_program(db: None) -> None:
    client = PageClient(make_member(Role.TUTOR))
    assert client.get(PROFILE).status_code == client.get(PASSWORDS).status_code == 200
    assert client.post(PROFILE, CHOSEN).status_code == 302
    assert kept(client)["language"] == "de"


def test_the_profile_opens_across_all_programs(client_for: ClientFor, program: Program) -> None:
    client = client_for(Role.SUPER_ADMIN).enter("all")
    assert "All programs" in client.get(PROFILE).text
    assert client.post(PROFILE, {**CHOSEN, "program_context": "all"}).status_code == 302


def test_preferences_are_saved_also_from_a_page_of_a_program_one_has_lost(
    tutor: PageClient, program: Program
) -> None:
    UserProgramAssignment.objects.update(is_active=False)
    assert tutor.post(PROFILE, CHOSEN).status_code == 302
    assert tutor.post(PROFILE, {**CHOSEN, "program_context": "nonsense"}, program=None).status_code == 302


def test_visitors_have_no_profile(db: None, client: Client) -> None:
    for path in (PROFILE, PASSWORDS, PREFERENCES):
        assert client.get(path).status_code == 302
        assert client.post(path).status_code in (302, 403)


# ---- single preferences


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ({"density": "compact"}, {"density": "compact"}),
        ({"shortcuts": "off"}, {"shortcuts": False}),
        ({"shortcuts": "on"}, {"shortcuts": True}),
        ({"language": "de"}, {"language": "de"}),
        ({"time_zone": "Europe/Berlin"}, {"time_zone": "Europe/Berlin"}),
        ({"theme": "dark"}, {}),
        ({}, {}),
    ],
)
def test_single_preferences_are_set(
    tutor: PageClient, posted: dict[str, str], expected: dict[str, Any]
) -> None:
    assert tutor.post(PREFERENCES, posted, program=None).status_code == 204
    assert kept(tutor) == expected
    if "theme" in posted:
        assert tutor.cookies["theme"].value == "dark"


def test_an_empty_preference_is_forgotten(tutor: PageClient) -> None:
    set_preferences(tutor.user, density="compact", shortcuts=False, language="de")
    tutor.post(PREFERENCES, {"density": "", "shortcuts": "", "language": ""})
    assert kept(tutor) == {}


@pytest.mark.parametrize(
    "posted",
    [
        {"density": "dense"},
        {"shortcuts": "perhaps"},
        {"language": "xx"},
        {"theme": "pink"},
        {"time_zone": "../../etc/passwd"},
    ],
)
def test_what_can_not_be_is_refused(tutor: PageClient, posted: dict[str, str]) -> None:
    assert tutor.post(PREFERENCES, posted).status_code == 400
    assert kept(tutor) == {}


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [("/students/?q=a", "/students/?q=a"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_afterwards_one_is_back_where_one_was(tutor: PageClient, target: str, leads_to: str) -> None:
    answer = tutor.post(PREFERENCES, {"density": "compact", "next": target})
    assert (answer.status_code, answer["Location"]) == (302, leads_to)


def test_preferences_are_only_posted(tutor: PageClient) -> None:
    assert tutor.get(PREFERENCES).status_code == 405


def test_two_tabs_do_not_undo_each_other(db: None) -> None:
    user = make_member(Role.TUTOR)
    other = User.objects.get(pk=user.pk)
    set_preferences(user, density="compact")
    set_preferences(other, shortcuts=False)
    assert User.objects.get(pk=user.pk).preferences == {"density": "compact", "shortcuts": False}
    assert preference(other, "density") == "compact"


@pytest.mark.parametrize(
    "wrong",
    [{"colour": "red"}, {"shortcuts": "on"}, {"columns": ["name"]}, {"columns": {"students": [1]}}],
)
def test_unknown_preferences_are_an_error(db: None, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="can't be"):
        set_preferences(make_member(Role.TUTOR), **wrong)


# ---- language and time zone of every page


def test_the_language_is_the_users_own(tutor: PageClient) -> None:
    set_preferences(tutor.user, language="de")
    page = tutor.get(PROFILE, headers={"Accept-Language": "en"})
    assert '<html lang="de"' in page.text and page["Content-Language"] == "de"
    assert "Accept-Language" not in page["Vary"]


def test_without_a_preference_the_browser_says_it(tutor: PageClient, client: Client) -> None:
    for browser, path in ((tutor, PROFILE), (client, "/accounts/login/")):
        page = browser.get(path, headers={"Accept-Language": "de-AT,de;q=0.9"})
        assert page["Content-Language"] == "de" and "Accept-Language" in page["Vary"]
        assert browser.get(path, headers={"Accept-Language": "en-US"})["Content-Language"] == "en-gb"
        assert browser.get(path, headers={"Accept-Language": "tlh, *"})["Content-Language"] == "en-gb"


def test_the_sign_in_page_remembers_the_language(tutor: PageClient) -> None:
    set_preferences(tutor.user, language="de")
    tutor.get(PROFILE)
    tutor.post("/accounts/logout/")
    assert tutor.get("/accounts/login/")["Content-Language"] == "de"


def test_nothing_of_one_request_stays_for_the_next(tutor: PageClient, client: Client) -> None:
    set_preferences(tutor.user, language="de", time_zone="Asia/Tokyo")
    tutor.get(PROFILE)
    assert translation.get_language() == "en-gb"
    assert timezone.get_current_timezone_name() == "UTC"
    assert client.get("/accounts/login/")["Content-Language"] == "en-gb"


class Noted:
    """Notes the time zone in which a view runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.zone = ""
        of = PreferencesForm.of.__func__  # type: ignore[attr-defined]

        def note(cls: Any, *args: Any) -> Any:
            self.zone = timezone.get_current_timezone_name()
            return of(cls, *args)

        monkeypatch.setattr(PreferencesForm, "of", classmethod(note))


def test_times_are_in_the_users_zone(tutor: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Noted(monkeypatch)
    for cookie, preferred, expected in (
        ("", None, "UTC"),
        ("Europe/Berlin", None, "Europe/Berlin"),
        ("../../etc/passwd", None, "UTC"),
        ("Europe/Berlin", "Asia/Tokyo", "Asia/Tokyo"),
    ):
        tutor.cookies["time_zone"] = cookie
        set_preferences(tutor.user, time_zone=preferred)
        tutor.get(PROFILE)
        assert noted.zone == expected


def test_the_look_follows_the_user_to_another_browser(tutor: PageClient) -> None:
    set_preferences(tutor.user, density="compact", shortcuts=False)
    page = tutor.get(PROFILE)
    assert 'data-density="compact"' in page.text and 'data-shortcuts="off"' in page.text
    assert page.cookies["density"].value == "compact" and page.cookies["shortcuts"].value == "off"
    assert set(tutor.get(PROFILE).cookies) <= {"csrftoken"}  # told once


def test_preferences_cost_no_query(tutor: PageClient) -> None:
    set_preferences(tutor.user, density="compact", language="de", time_zone="Asia/Tokyo")
    tutor.get(PROFILE)
    with CaptureQueriesContext(connection) as queries:
        tutor.get(PROFILE)
    assert sum('FROM "users"' in query["sql"] for query in queries) == 1


def test_without_a_database_the_page_says_so(tutor: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", gone)
    assert tutor.get(PROFILE).status_code == 503


def test_zones() -> None:
    assert {"Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires"} <= time_zones()
    assert zone("Europe/Berlin") is not None
    assert zone("") is zone("/etc/localtime") is zone("Europe/Atlantis") is None


# ---- password


def test_the_password_is_changed_and_one_stays_signed_in(tutor: PageClient) -> None:
    new = "another good phrase"
    answer = tutor.post(PASSWORDS, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert (answer.status_code, answer["Location"]) == (302, PROFILE)
    assert User.objects.get(pk=tutor.user.pk).check_password(new)
    assert tutor.get(PROFILE).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"old_password": "not it"}, {"new_password2": "something else"}, {"new_password1": "short"}]
)
def test_a_wrong_password_changes_nothing(tutor: PageClient, wrong: dict[str, str]) -> None:
    new = "another good phrase"
    posted = {"old_password": PASSWORD, "new_password1": new, "new_password2": new, **wrong}
    answer = tutor.post(PASSWORDS, posted)
    assert answer.status_code == 422 and "Your password was not changed" in answer.text
    assert new not in answer.text and User.objects.get(pk=tutor.user.pk).check_password(PASSWORD)
