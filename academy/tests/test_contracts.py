"""What every page of the product promises, generated over models, views and addresses."""

from __future__ import annotations

import json
import logging
import re
import uuid
import zlib
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.forms import ModelChoiceField
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

import crud
from accounts.models import Role, User
from courses.models import Course, CourseGrant, Curriculum
from crud.history import event_model
from crud.testing import another_value, example_value
from performance.prepared_queries import PreparedQuery
from programs.factories import ProgramFactory
from programs.models import ArchivableModel, Program, UserProgramAssignment
from programs.registry import scoped_models
from programs.roles import may
from programs.scope import use_program
from programs.testing import (
    PageClient,
    asks_all,
    factory_of,
    made_once,
    make_member,
    one_of_each,
    rows,
)

from .contract import (
    EXEMPT,
    EXEMPT_NAMESPACES,
    MARK,
    MATRIX,
    READS,
    SUPER,
    VERBS,
    Entry,
    Person,
    ProgramFixture,
    families,
    ids_of,
    named_urls,
    people,
)

GETS = [entry for entry in MATRIX if entry.method == "GET"]
POSTS = [entry for entry in MATRIX if entry.method == "POST"]
WITH_ROW = [entry for entry in MATRIX if entry.row is not None]
ENTITIES = crud.registered()
UNNAMED = {
    views.model
    for views in ENTITIES
    if not {"name", "first_name"} & {field.name for field in views.model._meta.local_fields}
}


def over(entries: list[Entry]) -> Any:
    return pytest.mark.parametrize("entry", entries, ids=str)


def over_entities(function: Any) -> Any:
    return pytest.mark.parametrize("views", ENTITIES, ids=lambda views: views.model._meta.model_name)(
        function
    )


@dataclass(frozen=True)
class Scenario:
    here: ProgramFixture
    there: ProgramFixture
    everybody: list[Person]


@made_once
def scenario() -> Scenario:
    """Two programs with a row of everything, and who may ask."""
    # Super admins who have chosen no program are in the first by name: the one that is asked about.
    here, there = ProgramFactory(name="Yoga"), ProgramFactory(name="Zumba")
    everybody = list(people(here, there))
    for person in everybody:
        person.client.raise_request_exception = False
    made = Scenario(ProgramFixture(here), ProgramFixture(there).marked(), everybody)
    for client in (made.here.admin, made.there.admin, *(person.client for person in everybody)):
        client.stay_seen()
    assert made.here.newcomer
    return made


@pytest.fixture
def fixture(scenario: Scenario, db: None) -> ProgramFixture:
    return scenario.here.anew()


@pytest.fixture
def foreign(scenario: Scenario, db: None) -> ProgramFixture:
    """The same in another program, where every text says so."""
    return scenario.there.anew()


def send(client: PageClient, entry: Entry, url: str, data: Any = None, **extra: Any) -> Any:
    if entry.method == "GET":
        return client.get(url, **extra)
    return client.post(url, data or {}, **extra)


@pytest.fixture
def admin(fixture: ProgramFixture) -> PageClient:
    """A program admin of the fixture's program."""
    return PageClient(make_member(Role.PROGRAM_ADMIN, fixture.program), fixture.program)


@pytest.fixture(autouse=True)
def optimised(request: pytest.FixtureRequest, settings: Any) -> None:
    """Half of the tests run without the optimisations: each contract with some of its addresses."""
    settings.OPTIMISATIONS = bool(zlib.crc32(request.node.nodeid.encode()) % 2)


# ---- the table itself


def test_every_address_stands_in_the_table_or_is_exempt_with_a_reason() -> None:
    known = {entry.name for entry in MATRIX} | set(EXEMPT)
    missing = sorted(set(named_urls()) - known)
    assert missing == [], "Write an Entry for each in academy/tests/contract.py, or exempt it with a reason."


def test_no_exemption_is_stale() -> None:
    named = set(named_urls())
    assert sorted(set(EXEMPT) - named) == []
    assert sorted(set(EXEMPT) & {entry.name for entry in MATRIX}) == []
    assert sorted({entry.name for entry in MATRIX} - named) == []
    namespaces = {
        pattern.namespace for pattern in get_resolver().url_patterns if hasattr(pattern, "namespace")
    }
    assert sorted(set(EXEMPT_NAMESPACES) - namespaces) == []
    assert all(len(reason) > 10 for reason in [*EXEMPT.values(), *EXEMPT_NAMESPACES.values()])


def test_every_scoped_model_with_a_history_has_pages_or_stands_in_a_tree() -> None:
    shown = {entry.row for entry in WITH_ROW}
    tracked = {model for model in scoped_models() if not getattr(model, "untracked", "")}
    assert tracked - shown == set()


# ---- who may


def expected(entry: Entry, role: str) -> int:
    if role == Role.SUPER_ADMIN or entry.permission is None or may(role, entry.permission):
        return entry.success
    return 403


def page_of(program: Program) -> dict[str, str]:
    """What a page of the program sends along, whoever sends it."""
    return {"program_context": str(program.pk)}


@pytest.fixture
def asking(scenario: Scenario, db: None, caplog: pytest.LogCaptureFixture) -> list[Person]:
    """Each role in each situation: own program, another, none, access ended, deactivated, and visitors."""
    caplog.set_level(logging.CRITICAL, "django.request")  # thousands of refusals, as they must be
    return scenario.everybody


def wrong_answers(expected: dict[Person, int], method: str, url: str, data: Any = None) -> dict[str, str]:
    """What each person is answered who is not answered as expected. Nothing stays of what they did."""
    wrong = {}
    for person, status in expected.items():
        with transaction.atomic():
            answer = person.send(method, url, data or {})
            transaction.set_rollback(True)
        if answer != status:
            wrong[str(person)] = f"{answer}, not {status}"
    return wrong


def by_turns(asking: list[Person], turn: int, turns: int = 3) -> list[Person]:
    """A part of everybody, each time another: for what hardly depends on who asks. In `turns` turns all have asked.

    With `make test-all` it is everybody each time.
    """
    return asking if asks_all() else asking[turn % turns :: turns]


def concerned(asking: list[Person], entry: Entry, turn: int) -> list[Person]:
    """Everybody, save those of whom a third by turns is enough.

    That are those who do not come in at all: what they are told is the same everywhere. And super admins beside the
    plain one: where they are assigned says nothing anywhere. And all of them on pages of one's own account.
    """
    own = entry.outside and entry.permission is None and not entry.chooses
    outsiders = [person for person in asking if own or (person.place == "nowhere" and not entry.outside)]
    bosses = [
        person for person in asking if person.role == Role.SUPER_ADMIN and person.name != Role.SUPER_ADMIN
    ]
    skipped = {*outsiders, *bosses} - {*by_turns(outsiders, turn), *by_turns(bosses, turn)}
    return [person for person in asking if person not in skipped]


def test_by_turns_everybody_asks_and_on_request_at_once(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_ALL", raising=False)
    turns = [by_turns(scenario.everybody, turn) for turn in range(3)]
    assert all(len(turn) < len(scenario.everybody) for turn in turns)
    assert {person for turn in turns for person in turn} == set(scenario.everybody)
    monkeypatch.setenv("TEST_ALL", "1")
    assert by_turns(scenario.everybody, 1) == scenario.everybody
    assert all(concerned(scenario.everybody, entry, 1) == scenario.everybody for entry in MATRIX)


over_families = pytest.mark.parametrize("names", families().values(), ids=families())


@over_families
def test_each_role_gets_exactly_its_answer(
    names: list[str], fixture: ProgramFixture, asking: list[Person]
) -> None:
    wrong = {}
    for number, entry in enumerate(entry for entry in MATRIX if entry.name in names):
        with transaction.atomic():
            data, url = entry.prepared(fixture), entry.url(fixture)
            for method in READS if entry.method == "GET" else (entry.method,):
                asked = by_turns(asking, number) if method == "HEAD" else concerned(asking, entry, number)
                expected = {person: person.expects(entry, method) for person in asked}
                wrong[f"{number} {method} {entry.name}"] = wrong_answers(expected, method, url, data)
            transaction.set_rollback(True)
    assert {what: who for what, who in wrong.items() if who} == {}


@over_families
def test_an_address_answers_its_own_methods_alone(
    names: list[str], fixture: ProgramFixture, asking: list[Person]
) -> None:
    wrong = {}
    for place, name in enumerate(names):
        entries = [entry for entry in MATRIX if entry.name == name]
        known = {entry.method for entry in entries}
        url = entries[0].url(fixture)
        for turn, method in enumerate(VERBS, place):
            if method not in known and not (method == "HEAD" and "GET" in known):
                # Nothing to take back: a method that is not taken writes nothing.
                asked = by_turns(asking, turn, turns=5)
                answers = {person: person.send(method, url, {}) for person in asked}
                expected = {person: person.expects_of_others(entries, method) for person in asked}
                wrong[f"{method} {name}"] = {
                    str(person): f"{answer}, not {expected[person]}"
                    for person, answer in answers.items()
                    if answer != expected[person]
                }
    assert {what: who for what, who in wrong.items() if who} == {}


@over([entry for entry in POSTS if not entry.outside or entry.permission == SUPER])
def test_a_page_of_another_program_is_refused(
    entry: Entry, fixture: ProgramFixture, foreign: ProgramFixture
) -> None:
    """A member of one program sends what a page of the other would."""
    data = entry.prepared(foreign)
    data.pop("program_context", None)
    client = PageClient(make_member(Role.PROGRAM_ADMIN, fixture.program), fixture.program)
    response = client.post(entry.url(foreign), data, program=foreign.program)
    assert response.status_code == 403
    unknown = client.post(entry.url(foreign), data, program=uuid.uuid4())
    assert (unknown.status_code, unknown.content) == (403, response.content)


@over(POSTS)
def test_a_post_without_the_csrf_token_is_refused(
    entry: Entry, fixture: ProgramFixture, admin: PageClient
) -> None:
    data = entry.prepared(fixture)
    admin.handler.enforce_csrf_checks = True
    assert admin.post(entry.url(fixture), data).status_code == 403


# ---- rows of another program


@over(WITH_ROW)
@pytest.mark.parametrize("role", [Role.PROGRAM_ADMIN, Role.TUTOR])
def test_a_foreign_row_is_answered_exactly_like_a_random_one(
    entry: Entry, role: str, fixture: ProgramFixture, foreign: ProgramFixture
) -> None:
    data = entry.prepared(fixture)
    if entry.state == "archived":
        foreign.archived(entry.row)
    client = PageClient(make_member(role, fixture.program), fixture.program)
    own, other = entry.args(fixture), entry.args(foreign)
    random = {name: uuid.uuid4() for name in own}
    cases = {"foreign": other, "random": random}
    for name in own if len(own) > 1 else ():
        cases[f"foreign {name} alone"] = {**own, name: other[name]}
        cases[f"random {name} alone"] = {**own, name: random[name]}
    for headers in ({}, {"HX-Request": "true"}):
        answers = {
            case: send(client, entry, reverse(entry.name, kwargs=args), data, headers=headers)
            for case, args in cases.items()
        }
        status = 404 if expected(entry, role) == entry.success else 403
        assert {case: answer.status_code for case, answer in answers.items()} == dict.fromkeys(cases, status)
        assert len({answer.content for answer in answers.values()}) == 1
        assert len({tuple(sorted(answer.headers.items())) for answer in answers.values()}) == 1
    page = {"X-Program-Context": str(fixture.program.pk)}
    for method in ("PUT", "DELETE", "HEAD"):
        urls = [reverse(entry.name, kwargs=args) for args in cases.values()]
        assert len({client.generic(method, url, headers=page).status_code for url in urls}) == 1


@over(GETS)
def test_no_page_shows_anything_of_another_program(
    entry: Entry, fixture: ProgramFixture, foreign: ProgramFixture, admin: PageClient
) -> None:
    entry.prepared(fixture)
    secrets = ids_of(foreign) | {MARK, str(foreign.program.pk), foreign.program.name}
    for query in ({}, {"q": MARK.lower()[:5]}, {"archived": "1"}) if entry.partial else ({},):
        for headers in ({}, {"HX-Request": "true"}):
            response = admin.get(entry.url(fixture), query, headers=headers)
            shown = response.text.replace(f'value="{MARK.lower()[:5]}"', "")
            assert not [secret for secret in secrets if secret in shown]


@over(POSTS)
def test_no_write_reaches_another_program(
    entry: Entry, fixture: ProgramFixture, foreign: ProgramFixture, admin: PageClient
) -> None:
    """Every id that is posted is replaced by the foreign one of its kind."""
    data = entry.prepared(fixture)
    ids = {str(fixture[model].pk): str(foreign[model].pk) for model in scoped_models()}
    forged = {
        name: [ids.get(one, one) for one in value] if isinstance(value, list) else ids.get(str(value), value)
        for name, value in data.items()
    }
    before = everything(foreign.program)
    admin.raise_request_exception = False
    response = admin.post(entry.url(fixture), forged)
    allowed = expected(entry, Role.PROGRAM_ADMIN)
    assert response.status_code in (200, 302, allowed, 400, 404, 409, 422)
    assert everything(foreign.program) == before


def everything(program: Program) -> dict[str, list[Any]]:
    """Every scoped row of the program, history included."""
    found = {}
    with use_program(program):
        for model in scoped_models():
            for table in (model._meta.db_table, *_history_tables(model)):
                found[table] = sorted(text for (text,) in rows(f"SELECT to_jsonb(t)::text FROM {table} t"))
    return found


def _history_tables(model: Any) -> list[str]:
    events = event_model(model)
    return [events._meta.db_table] if events else []


@pytest.mark.parametrize(
    ("here", "there", "status"),
    [
        (Role.PROGRAM_ADMIN, Role.PROGRAM_ADMIN, 302),
        (Role.PROGRAM_ADMIN, Role.PROGRAM_COORDINATOR, 403),
        (Role.PROGRAM_ADMIN, Role.TUTOR, 403),
        (Role.PROGRAM_ADMIN, None, 404),
        (Role.PROGRAM_COORDINATOR, Role.PROGRAM_ADMIN, 403),
        (Role.TUTOR, Role.PROGRAM_ADMIN, 403),
        (Role.SUPER_ADMIN, None, 302),
    ],
)
def test_a_curriculum_is_copied_by_administrators_of_both_programs_alone(
    here: str, there: str | None, status: int, fixture: ProgramFixture, foreign: ProgramFixture
) -> None:
    user = make_member(here, fixture.program)
    if there:
        UserProgramAssignment.objects.create(user=user, program=foreign.program, role=there)
    client = PageClient(user, fixture.program)
    before = (everything(fixture.program), everything(foreign.program))
    args = {"pk": fixture[Course].pk, "node": fixture[Curriculum].pk}
    data = {"program": str(foreign.program.pk), "course": "new", "name": "A copy", "token": str(uuid.uuid4())}
    response = client.post(reverse("courses:curriculum-copy", kwargs=args), data)
    assert response.status_code == status
    after = (everything(fixture.program), everything(foreign.program))
    assert after[0] == before[0]
    assert (after[1] != before[1]) is (status == 302)
    # What arrived belongs to the program it went to, with nothing that points back.
    arrived = "".join(
        row for name, table in after[1].items() if not name.endswith("_history") for row in table
    )
    assert not [key for key in ids_of(fixture) if key in arrived]


@over_entities
def test_the_choices_of_a_form_are_rows_of_the_program(
    views: Any, fixture: ProgramFixture, foreign: ProgramFixture, admin: PageClient
) -> None:
    response = admin.get(reverse(views.url_name("create")))
    form = response.context["form"]
    with use_program(fixture.program):
        for field in form.fields.values():
            if isinstance(field, ModelChoiceField):
                assert {row.program_id for row in field.queryset} <= {fixture.program.pk}


# ---- what a form may change


FORGED: dict[str, Any] = {
    "id": "00000000-0000-4000-8000-000000000001",
    "pk": "00000000-0000-4000-8000-000000000001",
    "program": None,
    "program_id": None,
    "role": "super_admin",
    "is_superuser": "on",
    "student_id": "STU-1999-0001",
    "deleted_at": "2001-01-01T00:00:00Z",
    "created_at": "2001-01-01T00:00:00Z",
    "updated_at": "2001-01-01T00:00:00Z",
    "search_name": "forged",
    "sequence_order": "77",
}


@over_entities
@pytest.mark.parametrize("form_page", ["create", "update"])
def test_extra_keys_change_nothing(
    views: Any, form_page: str, fixture: ProgramFixture, foreign: ProgramFixture, admin: PageClient
) -> None:
    model = views.model
    with use_program(fixture.program):
        known = model.objects.get(pk=fixture[model].pk)
    forged = {**FORGED, "program": str(foreign.program.pk), "program_id": str(foreign.program.pk)}
    if form_page == "create":
        data, url = fixture.filled_in(views), reverse(views.url_name("create"))
    else:
        data = fixture.form(views.url_name("update"), pk=known.pk)
        url = reverse(views.url_name("update"), args=[known.pk])
    extra = {name: value for name, value in forged.items() if name not in data}
    assert admin.post(url, {**data, **extra}).status_code == 302
    user = User.objects.get(pk=admin.user.pk)
    assert (user.role, user.is_superuser) == (Role.PROGRAM_ADMIN, False)
    with use_program(foreign.program):
        assert model._base_manager.count() == 1
    with use_program(fixture.program):
        row = model.objects.exclude(pk=known.pk).get() if form_page == "create" else model.objects.get()
        assert row.program_id == fixture.program.pk
        for name, value in extra.items():
            if name not in ("program", "program_id", "pk") and hasattr(row, name):
                assert str(getattr(row, name)) != value, name
        assert row.deleted_at is None
        assert row.created_at.year > 2001 and row.updated_at.year > 2001


@over_entities
def test_a_form_posted_twice_makes_one_row(views: Any, fixture: ProgramFixture, admin: PageClient) -> None:
    data = fixture.filled_in(views)
    first, second = (admin.post(reverse(views.url_name("create")), data) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.url == second.url
    with use_program(fixture.program):
        assert views.model.objects.count() == 2


@over_entities
def test_a_stale_form_is_a_409_that_keeps_what_was_typed(
    views: Any, fixture: ProgramFixture, admin: PageClient
) -> None:
    model = views.model
    url = reverse(views.url_name("update"), args=[fixture[model].pk])
    data = fixture.form(views.url_name("update"), pk=fixture[model].pk)
    name, quicker = another_value(model)
    late = example_value(model._meta.get_field(name), 97)
    assert admin.post(url, {**data, name: quicker}).status_code == 302
    answer = admin.post(url, {**data, name: late})
    assert answer.status_code == 409
    assert str(late) in answer.text
    with use_program(fixture.program):
        assert getattr(model.objects.get(), name) == quicker


# ---- lists


def many(views: Any, program: Program, number: int) -> None:
    make = factory_of(views.model)
    with use_program(program):
        for _ in range(number):
            make()


@over_entities
@pytest.mark.parametrize("role", [Role.PROGRAM_ADMIN, Role.TUTOR, Role.SUPER_ADMIN])
def test_a_list_takes_the_same_few_queries_for_2_and_for_20_rows(
    views: Any, role: str, program: Program
) -> None:
    client = PageClient(make_member(role, program), program)
    url = reverse(views.url_name("list"))
    # The first request of a session notes the program.
    if client.get(url).status_code == 403:
        assert not may(role, views.permission_for("view"))
        return
    counted = []
    for number in (2, 18):
        many(views, program, number)
        with CaptureQueriesContext(connection) as sent:
            assert client.get(url).status_code == 200
        queries = [entry["sql"] for entry in sent]
        # Inside the transaction of a test the scope gives its settings back: one statement that no request has.
        settings = [sql for sql in queries if "set_config('role'" in sql]
        assert len(settings) == 2
        counted.append(len(queries) - 1)
    assert counted[0] == counted[1], queries
    assert counted[1] <= 12, queries


@over_entities
def test_a_list_of_25_rows_is_at_most_60_kilobytes(views: Any, program: Program) -> None:
    many(views, program, 25)
    client = PageClient(make_member(Role.PROGRAM_ADMIN, program), program)
    response = client.get(reverse(views.url_name("list")))
    assert len(response.context["listing"].rows) == 25
    assert len(response.content) <= 60 * 1024


@over_entities
def test_pages_of_one_row_take_the_same_queries_whatever_else_is_there(views: Any, program: Program) -> None:
    client = PageClient(make_member(Role.PROGRAM_ADMIN, program), program)
    row = one_of_each(program)[views.model]
    counted: dict[str, list[int]] = {}
    client.get("/")
    for number in (2, 18):
        many(views, program, number)
        for page in ("detail", "update", "archive"):
            with CaptureQueriesContext(connection) as sent:
                assert client.get(reverse(views.url_name(page), args=[row.pk])).status_code == 200
            counted.setdefault(page, []).append(len(sent))
    assert all(first == second for first, second in counted.values()), counted


@over([entry for entry in GETS if entry.partial])
def test_htmx_gets_the_part_of_the_same_page(
    entry: Entry, fixture: ProgramFixture, admin: PageClient
) -> None:
    url = entry.url(fixture)
    full = admin.get(url)
    part = admin.get(url, headers={"HX-Request": "true"})
    assert full.status_code == part.status_code == 200
    assert "<!doctype html>" in full.text.lower()
    assert "<!doctype" not in part.text.lower() and "<body" not in part.text
    assert part.templates[0].name in {template.name for template in full.templates}
    for response in (full, part):
        assert "HX-Request" in response["Vary"]
    for headers in ({"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}):
        again = admin.get(url, headers={"HX-Request": "true", **headers})
        assert "<!doctype html>" in again.text.lower()


CHANGES_EACH_TIME = re.compile(r'data:image[^"]*|[A-Za-z0-9_-]{32,}|\d+')
"""Pictures of secrets, tokens, keys and times in the text of a page."""


@over(GETS)
def test_a_page_is_the_same_without_optimisations(
    entry: Entry, fixture: ProgramFixture, admin: PageClient, settings: Any
) -> None:
    entry.prepared(fixture)
    url = entry.url(fixture)
    admin.get(url)  # what is shown once, as messages
    for _again in range(3):  # "just now" may become "a minute ago" in between
        pages = []
        for settings.OPTIMISATIONS in (True, True, False):  # with all that is cached by then
            answer = admin.get(url)
            pages.append((answer.status_code, CHANGES_EACH_TIME.sub("", answer.text)))
        if pages[0] == pages[1] == pages[2]:
            break
    assert pages[0][0] in (entry.success, 403)  # what super admins alone may open
    assert pages[1] == pages[0]
    assert pages[2] == pages[0]


@over_entities
def test_an_archived_row_is_in_no_list_but_its_own(
    views: Any, fixture: ProgramFixture, admin: PageClient
) -> None:
    if not issubclass(views.model, ArchivableModel):
        return
    fixture.archived(views.model)
    key, url = str(fixture[views.model].pk), reverse(views.url_name("list"))
    assert key not in admin.get(url).text
    assert key in admin.get(url, {"archived": "1"}).text
    tutor = PageClient(make_member(Role.TUTOR, fixture.program), fixture.program)
    sees_the_list = may(Role.TUTOR, views.permission_for("view"))
    assert tutor.get(url, {"archived": "1"}).status_code == (404 if sees_the_list else 403)


# ---- what a denied right looks like


@over_entities
@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.SUPER_ADMIN])
def test_a_denied_action_is_absent_from_the_page(views: Any, role: str, fixture: ProgramFixture) -> None:
    client = PageClient(make_member(role, fixture.program), fixture.program)
    key = fixture[views.model].pk
    pages = "".join(
        client.get(url).text
        for url in (reverse(views.url_name("list")), reverse(views.url_name("detail"), args=[key]))
    )
    actions = {
        "add": reverse(views.url_name("create")),
        "change": reverse(views.url_name("update"), args=[key]),
        "archive": reverse(views.url_name("archive"), args=[key]),
    }
    shown = {verb: f'"{url}"' in pages for verb, url in actions.items()}
    granted = {verb: may(role, views.permission_for(verb)) for verb in actions}
    assert {verb for verb in actions if shown[verb]} <= {verb for verb in actions if granted[verb]}
    for verb in ("add", "change"):
        assert shown[verb] == granted[verb], verb


def test_a_tutor_sees_no_private_word_of_a_student(program: Program) -> None:
    from students.models import Student

    fixture = ProgramFixture(program)
    student = fixture[Student]
    client = PageClient(make_member(Role.TUTOR, program), program)
    secrets = [
        *student.address.values(),
        *(value for contact in student.contacts for value in contact.values()),
        *(condition[key] for condition in student.conditions for key in ("name", "action", "medication")),
        student.medical_info["note"],
    ]
    assert len(secrets) > 6
    for url in (
        f"/students/{student.pk}/",
        "/students/",
        "/",
        "/palette/?q=first",
    ):
        for headers in ({}, {"HX-Request": "true"}):
            page = client.get(url, headers=headers).text
            assert [secret for secret in secrets if secret in page] == []
    for secret in secrets:
        assert str(student.pk) not in client.get("/students/", {"q": secret}).text  # nor is it found by one
    detail = client.get(f"/students/{student.pk}/").text
    assert "edical alert" in detail or "lert" in detail  # the flag alone
    coordinator = PageClient(make_member(Role.PROGRAM_COORDINATOR, program), program)
    page = coordinator.get(f"/students/{student.pk}/").text
    assert [secret for secret in secrets if secret not in page] == []


# ---- history


TRACKED = [model for model in scoped_models() if not getattr(model, "untracked", "")]


# A grant is made and ended, never changed: courses/tests/test_editors.py.
CHANGING = [model for model in TRACKED if model is not CourseGrant]


@pytest.mark.parametrize("model", CHANGING, ids=lambda model: model._meta.model_name)
def test_history_is_written_on_every_path(model: Any, program: Program) -> None:
    user = make_member(Role.PROGRAM_ADMIN, program)
    table, events = model._meta.db_table, event_model(model)
    first = one_of_each(program)[model]
    with use_program(program):
        seen = set(events.objects.values_list("pgh_id", flat=True))
    with use_program(program, user=user, history={"url": "/here/"}):
        ((text,),) = rows(f"SELECT to_jsonb(t)::text FROM {table} t WHERE id = %s", first.pk)
        names = [
            f'"{field.column}"'
            for field in model._meta.local_fields
            if not field.generated and field.column != "id"
        ]
        columns = ", ".join(names)
        place = {"sequence_order": 50} if "sequence_order" in text else {}

        def raw_insert(number: int) -> uuid.UUID:
            row = {**json.loads(text), **{name: value + number for name, value in place.items()}}
            ((key,),) = rows(
                f"INSERT INTO {table} ({columns}) SELECT {columns}"
                f" FROM jsonb_populate_record(NULL::{table}, %s::jsonb) RETURNING id",
                json.dumps(row),
            )
            return key

        raw = [raw_insert(number) for number in (1, 2)]
        copies = []
        for number in (3, 4):
            copy = model._base_manager.get(pk=first.pk)
            copy.pk, copy._state.adding = uuid.uuid4(), True
            if place:
                copy.sequence_order = 50 + number
            copies.append(copy)
        bulk = [row.pk for row in model._base_manager.bulk_create(copies)]
        name, _value = another_value(model)
        field = model._meta.get_field(name)
        saved, bulk_updated, updated, by_sql = (example_value(field, number) for number in (94, 95, 96, 97))
        first.refresh_from_db()
        setattr(first, name, saved)
        first.save()
        copies[0].refresh_from_db()
        setattr(copies[0], name, bulk_updated)
        model._base_manager.bulk_update([copies[0]], [name])
        model._base_manager.filter(pk=copies[1].pk).update(**{name: updated})
        rows(f"UPDATE {table} SET {name} = %s WHERE id = %s", by_sql, raw[0])
        rows(f"UPDATE {table} SET {name} = {name} WHERE id = %s", raw[0])  # changes nothing: leaves no trace
        rows(f"DELETE FROM {table} WHERE id = %s", raw[1])
        copies[1].delete()
        model._base_manager.filter(pk=copies[0].pk).delete()
        told: dict[str, list[Any]] = {}
        for event in events.objects.exclude(pgh_id__in=seen).order_by("pgh_id"):
            told.setdefault(event.pgh_label, []).append((event.pgh_obj_id, getattr(event, name)))
            assert event.program_id == program.pk
            assert event.pgh_context["user"] == str(user.pk)
            assert event.pgh_context["username"] == user.username
            assert event.pgh_context["url"] == "/here/"
    assert sorted(key for key, _ in told["insert"]) == sorted([*raw, *bulk])
    assert told["update"] == [
        (first.pk, saved),
        (bulk[0], bulk_updated),
        (bulk[1], updated),
        (raw[0], by_sql),
    ]
    assert sorted(key for key, _ in told["delete"]) == sorted([raw[1], *bulk])


@over([entry for entry in POSTS if entry.row in TRACKED or entry.name.endswith("-create")])
def test_a_write_of_a_page_says_who_did_it_and_where(
    entry: Entry, fixture: ProgramFixture, admin: PageClient
) -> None:
    data = entry.prepared(fixture)
    before = _events(fixture.program)
    name, value = next((key for key in ("name", "first_name") if key in data), None), "Written by the page"
    if name is None and entry.row in UNNAMED and entry.name.endswith("-update"):
        name, value = another_value(entry.row)
    if name:
        data[name] = value
    url = entry.url(fixture)
    assert admin.post(url, data).status_code == entry.success
    if entry.success >= 400:
        return
    new = {key: context for key, context in _events(fixture.program).items() if key not in before}
    if not new:
        # Was in its place already; is noted as a look; or names an event that is none of the row.
        assert entry.name.endswith(("-move", "-reorder", "-emergency", "-sheet", "-take-back"))
    for context in new.values():
        assert (context["user"], context["url"]) == (str(admin.user.pk), url)


def _events(program: Program) -> dict[Any, Any]:
    with use_program(program):
        return {
            (model, event.pgh_id): event.pgh_context
            for model in TRACKED
            for event in event_model(model).objects.all()
        }


# ---- bad input


LONG = "x" * 1_000_000
BAD_VALUES = {
    "NUL": "a\0b",
    "one megabyte": LONG,
    "the year 10000": "10000-01-01",
    "a number too large": "9" * 40,
    "a negative number": "-5",
    "no number": "NaN",
    "markup": "<script>alert(1)</script>",
    "a list": ["a", "b"],
    "nothing": "",
    "spaces": "   ",
    "direction": "\u202egnirts",
}


@over_entities
@pytest.mark.parametrize("value", BAD_VALUES)
def test_bad_values_are_errors_at_their_fields(
    views: Any, value: str, fixture: ProgramFixture, admin: PageClient, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000_000  # the limit for the whole form would answer first
    admin.raise_request_exception = False
    url = reverse(views.url_name("update"), args=[fixture[views.model].pk])
    data = fixture.form(views.url_name("update"), pk=fixture[views.model].pk)
    names = [name for name in data if name not in ("program_context", "csrfmiddlewaretoken")]
    # The worst ones in each field alone, where no other error hides what happens (of the rows of a field, in
    # one); the others in all at once.
    one_each = {re.sub(r"-\d+-", "-0-", name) for name in names} & set(names)
    for bad in [[name] for name in sorted(one_each)] if value in ("NUL", "one megabyte") else [names]:
        response = admin.post(url, {**data, **dict.fromkeys(bad, BAD_VALUES[value])})
        assert response.status_code in (302, 400, 409, 422), (bad, response.status_code)
        assert "<script>alert(1)" not in response.text
        if response.status_code == 302:
            data = fixture.form(views.url_name("update"), pk=fixture[views.model].pk)


@over_entities
def test_bytes_that_are_no_text_are_no_crash(views: Any, fixture: ProgramFixture, admin: PageClient) -> None:
    admin.raise_request_exception = False
    for bad in (b"%ED%B2%80", b"%FF%FE", b"\xff\xfe", b"%C0%80"):
        body = (
            b"program_context=" + str(fixture.program.pk).encode() + b"&name=" + bad + b"&first_name=" + bad
        )
        form = "application/x-www-form-urlencoded"
        response = admin.generic("POST", reverse(views.url_name("create")), body, content_type=form)
        assert response.status_code in (302, 400, 422)
        assert admin.get(reverse(views.url_name("list")) + "?q=" + bad.decode("latin-1")).status_code in (
            200,
            422,
        )


@over_entities
def test_a_form_of_ten_megabytes_is_refused_whole(
    views: Any, fixture: ProgramFixture, admin: PageClient
) -> None:
    admin.raise_request_exception = False
    response = admin.post(reverse(views.url_name("create")), {"name": LONG * 10})
    assert response.status_code in (400, 413)


BAD_QUERIES: list[tuple[dict[str, Any], set[int]]] = [
    ({"sort": "nothing"}, {404}),
    ({"sort": "-nothing"}, {404}),
    ({"sort": "program_id"}, {404}),
    ({"sort": "medical_info"}, {404}),
    ({"sort": "--name"}, {404}),
    ({"nothing": "1"}, {404}),
    ({"program_id": "1"}, {404}),
    ({"name__startswith": "a"}, {404}),
    ({"page": "x"}, {404}),
    ({"page": "0"}, {404}),
    ({"page": "-1"}, {404}),
    ({"page": "9" * 30}, {404}),
    ({"page": "1.5"}, {404}),
    ({"page": "٣"}, {404}),
    ({"page": "99999"}, {200}),
    ({"size": "7"}, {404}),
    ({"size": "1000000"}, {404}),
    ({"archived": "yes"}, {404}),
    ({"q": "\0"}, {422}),
    ({"q": "a\0b"}, {422}),
    ({"q": "x" * 5000}, {422}),
    ({"q": "%_\\"}, {200}),
    ({"q": "' OR 1=1 --"}, {200}),
    ({"q": "ﷺ" * 20}, {200}),
    ({"q": " " * 90}, {200}),
    ({"q": "a " * 45}, {200}),
    ({"q": ["a", "b"]}, {200}),
    ({"q": "🏊" * 30}, {200}),
]


@over_entities
@pytest.mark.parametrize(("query", "statuses"), BAD_QUERIES, ids=lambda value: str(value)[:40])
def test_a_query_that_makes_no_sense_is_told_so(
    views: Any, query: dict[str, Any], statuses: set[int], fixture: ProgramFixture, admin: PageClient
) -> None:
    admin.raise_request_exception = False
    for headers in ({}, {"HX-Request": "true"}):
        response = admin.get(reverse(views.url_name("list")), query, headers=headers)
        assert response.status_code in statuses, response.status_code
        for value in query.values():
            assert "\0" not in response.text, value


@over_entities
def test_every_filter_takes_senseless_values(views: Any, fixture: ProgramFixture, admin: PageClient) -> None:
    admin.raise_request_exception = False
    url = reverse(views.url_name("list"))
    names = admin.get(url).context["listing"].query.filterset.parameters() | {
        views(request=None).status_name or "q"
    }
    for name in names:
        for value in ("\0", "x" * 2000, "10000-01-01", "9" * 40, "-1", "2025-02-30", "0001-01-01"):
            status = admin.get(url, {name: value}, headers={"HX-Request": "true"}).status_code
            assert status in (200, 404, 422), (name, value, status)


@pytest.mark.parametrize(
    "key",
    [
        "x",
        "0",
        "00000000-0000-0000-0000-00000000000",
        "00000000-0000-0000-0000-00000000000g",
        "%00",
        "..%2f",
        "a" * 999,
    ],
)
@over_entities
def test_a_malformed_id_is_a_404(views: Any, key: str, admin: PageClient) -> None:
    base = reverse(views.url_name("list"))
    for page in ("", "edit/", "archive/", "restore/"):
        assert admin.get(f"{base}{key}/{page}").status_code == 404
        assert admin.post(f"{base}{key}/{page}", {"name": "x"}).status_code == 404


@over(WITH_ROW)
def test_an_id_in_another_spelling_is_not_another_row(
    entry: Entry, fixture: ProgramFixture, admin: PageClient
) -> None:
    """Upper case, braces or missing dashes: the address is not one of ours."""
    url = entry.url(fixture)
    key = str(next(iter(entry.args(fixture).values())))
    for spelled in (key.upper(), f"{{{key}}}", key.replace("-", "")):
        if spelled != key:
            assert send(admin, entry, url.replace(key, spelled), {}).status_code == 404


def test_an_unfiltered_client_can_not_read_files_of_the_server(admin: PageClient) -> None:
    for path in ("/static/../academy/settings.py", "/static/%2e%2e/manage.py", "/.git/config", "/.env"):
        assert admin.get(path).status_code == 404


@over_entities
@pytest.mark.parametrize("query", ["", "?view=cards"])
def test_rows_of_one_shape_are_asked_for_alike(
    views: Any, query: str, program: Program, other_program: Program, rf: Any
) -> None:
    """A list's SQL is compiled once for each `list_shape`: on what else the request says it may not depend."""
    asked: dict[Any, set[str]] = {}
    for where in (program, other_program):
        for role in Role.values:
            request = rf.get(f"/{query}")
            request.user = make_member(role, where)
            with use_program(where, user=request.user):
                view = views(request=request, page="list")
                for archived in (False, True):
                    sql, _ = PreparedQuery(partial(view.list_rows, archived=archived)).sql()
                    asked.setdefault((archived, view.list_shape), set()).add(sql)
    assert [len(found) for found in asked.values()] == [1] * len(asked)
