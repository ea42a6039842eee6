"""Entering all programs with a reason, what is noted, and the pages that show it."""

from __future__ import annotations

import datetime
import time
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from programs.all_programs import use_all_programs
from programs.models import AllProgramsVisit, Program, VisitEvent
from programs.testing import ClientFor, PageClient, make_member, one_of_each, rows
from staff.visits import find_visits, older_than, visitors
from students.models import Student

ENTER = "/programs/all/"
REASON = "Looking for a lost student"


@pytest.fixture
def super_admin(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    return client_for(Role.SUPER_ADMIN, program, username="boss")


def enter(client: PageClient, reason: str = REASON, **data: str) -> Any:
    return client.post(ENTER, {"reason": reason, **data}, program=None)


def switch(client: PageClient, to: Any) -> Any:
    return client.post("/programs/switch/", {"program": str(getattr(to, "pk", to))}, program=None)


def noted(*names: str) -> list[Any]:
    return list(AllProgramsVisit.objects.order_by("created_at").values_list(*names))


# ---- entering and leaving


def test_all_programs_is_entered_with_a_reason_alone(super_admin: PageClient) -> None:
    response = super_admin.post("/programs/switch/", {"program": "all", "next": "/admin/"}, program=None)
    assert (response.status_code, response.url) == (302, f"{ENTER}?next=%2Fadmin%2F")
    assert super_admin.get("/").context["all_programs"] is False
    page = super_admin.get(response.url)
    assert page.status_code == 200
    assert '<input type="hidden" name="next" value="/admin/">' in page.text
    response = enter(super_admin, next="/admin/students/student/")
    assert (response.status_code, response.url) == (302, "/admin/students/student/")
    assert super_admin.get("/admin/").context["all_programs"] is True
    assert noted("event", "user_id", "username", "reason", "path") == [
        ("start", super_admin.user.pk, "boss", REASON, ""),
        ("look", super_admin.user.pk, "boss", REASON, "/admin/"),
    ]
    assert len(set(noted("visit"))) == 1
    for path in ("", "/students/", "https://evil.example/admin/", "//evil.example/admin/"):
        assert enter(super_admin, next=path).url == "/admin/"


@pytest.mark.parametrize("reason", ["", "   ", "why", "x\0yyyyyy", "x" * 301])
def test_no_reason_no_entry(super_admin: PageClient, reason: str) -> None:
    response = enter(super_admin, reason)
    assert response.status_code == 422
    assert response.context["form"].errors["reason"]
    assert super_admin.get("/").context["all_programs"] is False
    assert noted("event") == []


def test_the_reason_is_typed_once_and_each_request_carries_it(
    super_admin: PageClient, program: Program
) -> None:
    student = one_of_each(program)[Student]
    enter(super_admin)
    path = f"/admin/students/student/{student.pk}/change/"
    super_admin.get("/admin/students/student/?q=x")
    super_admin.get(path)
    action = {"action": "delete_selected", "_selected_action": str(student.pk)}
    super_admin.post("/admin/students/student/", action, program="all")
    assert noted("event", "method", "path", "what", "reason")[1:] == [
        ("look", "GET", "/admin/students/student/?q=x", "students.student", REASON),
        ("look", "GET", path, f"students.student {student.pk}", REASON),
        ("look", "POST", "/admin/students/student/", f"students.student {student.pk}", REASON),
    ]


def test_what_is_written_in_a_visit_names_it_in_the_history(
    super_admin: PageClient, program: Program
) -> None:
    enter(super_admin)
    page = super_admin.get(f"/admin/programs/program/{program.pk}/change/")
    data = {
        "name": "Renamed",
        "initials": "RE",
        "color": "blue",
        "is_active": "on",
        "assignments-TOTAL_FORMS": "0",
        "assignments-INITIAL_FORMS": "0",
    }
    assert super_admin.post(page.request["PATH_INFO"], data, program="all").status_code == 302
    ((context,),) = rows(
        "SELECT pgh_context FROM programs_history WHERE pgh_label = 'update' AND name = 'Renamed'"
    )
    found = context if isinstance(context, dict) else __import__("json").loads(context)
    assert (found["username"], found["visit"]) == ("boss", str(AllProgramsVisit.objects.first().visit))


def test_leaving_ends_the_visit(super_admin: PageClient, program: Program) -> None:
    enter(super_admin)
    assert switch(super_admin, program).status_code == 302
    assert noted("event", "reason") == [("start", REASON), ("left", REASON)]
    assert "all_programs" not in super_admin.session
    assert switch(super_admin, "all").url.startswith(ENTER)
    super_admin.session["program"] = "all"
    assert super_admin.get("/").context["all_programs"] is False


@pytest.mark.parametrize("how", ["changes", "whole"])
def test_a_slow_request_does_not_bring_the_mode_back(
    super_admin: PageClient, program: Program, how: str
) -> None:
    enter(super_admin)
    assert super_admin.get("/admin/").context["all_programs"] is True
    slow = super_admin.session
    older = dict(slow.items())
    switch(super_admin, program)
    if how == "changes":
        slow["admin_seen"] = time.time()
        slow.save()
        assert super_admin.session["program"] == str(program.pk)
    else:  # also where the session was put back whole: what is recorded counts
        session = super_admin.session
        session.update(older)
        session.save()
    answer = super_admin.get("/admin/students/student/")
    assert getattr(answer, "context", None) is None or answer.context["all_programs"] is False
    sent = super_admin.post("/admin/students/student/", {"action": "x"}, program="all")
    assert sent.status_code == 403
    assert [event for event in noted("event") if event != ("look",)] == [("start",), ("left",)]


def test_signing_out_ends_a_visit_whose_session_comes_back(super_admin: PageClient) -> None:
    enter(super_admin)
    older = dict(super_admin.session.items())
    super_admin.post("/accounts/logout/", program=None)
    again = PageClient(super_admin.user)
    session = again.session
    session.update(older)
    session.save()
    assert again.get("/admin/").url.startswith(ENTER)
    assert noted("event") == [("start",), ("out",)]


def test_opening_an_address_of_one_program_leaves_the_mode(super_admin: PageClient, program: Program) -> None:
    enter(super_admin)
    assert super_admin.get(f"/students/?in={program.pk}").context["program"] == program
    assert noted("event") == [("start",), ("left",)]
    assert super_admin.get("/admin/").context["all_programs"] is False


def test_a_visit_ends_after_its_hours(super_admin: PageClient, settings: Any) -> None:
    settings.ALL_PROGRAMS_HOURS = 2
    enter(super_admin)
    session = super_admin.session
    assert session["all_programs"]["until"] == pytest.approx(time.time() + 7200, abs=30)
    session["all_programs"] = {**session["all_programs"], "until": time.time() - 1}
    session.save()
    refused = super_admin.post("/admin/students/student/", {"first_name": "typed"}, program="all")
    assert refused.status_code == 403
    assert "Your visit to all programs has ended" in refused.text and "<dd>typed</dd>" in refused.text
    assert noted("event") == [("start",), ("time",)]


def test_a_page_after_the_hours_asks_for_a_reason_and_leads_back(super_admin: PageClient) -> None:
    enter(super_admin)
    session = super_admin.session
    session["all_programs"] = {**session["all_programs"], "until": 0}
    session.save()
    response = super_admin.get("/admin/students/student/?q=a")
    assert response.url == f"{ENTER}?next=%2Fadmin%2Fstudents%2Fstudent%2F%3Fq%3Da"
    assert super_admin.get(response.url).context["all_programs"] is False
    assert noted("event") == [("start",), ("time",)]
    response = enter(super_admin, next="/admin/students/student/?q=a", exact="1")
    assert response.url == "/admin/students/student/?q=a"


def test_a_page_of_the_mode_is_refused_once_it_was_left(super_admin: PageClient, program: Program) -> None:
    enter(super_admin)
    switch(super_admin, program)
    response = super_admin.get("/admin/students/student/", headers={"X-Program-Context": "all"})
    assert response.status_code == 403
    assert "Your visit to all programs has ended" in response.text


def test_signing_out_ends_the_visit(super_admin: PageClient) -> None:
    enter(super_admin)
    super_admin.post("/accounts/logout/", program=None)
    assert noted("event") == [("start",), ("out",)]


def test_a_super_admin_of_an_academy_without_programs_gets_in(client_for: ClientFor) -> None:
    super_admin = client_for(Role.SUPER_ADMIN)
    page = super_admin.get("/admin/")
    assert page.status_code == 403
    assert f'href="{ENTER}"' in page.text
    assert enter(super_admin).url == "/admin/"
    assert super_admin.get("/admin/").status_code == 200


def test_what_a_command_does_is_a_visit_of_its_own(program: Program) -> None:
    super_admin = make_member(Role.SUPER_ADMIN, username="boss")
    for reason in ("count", "x" * 600):
        with use_all_programs(user=super_admin, reason=reason):
            pass
    assert noted("event", "reason", "path") == [("start", "count", ""), ("start", "x" * 500, "")]
    assert len(set(noted("visit"))) == 2


@pytest.mark.parametrize("role", [Role.PROGRAM_ADMIN, Role.PROGRAM_COORDINATOR, Role.TUTOR])
def test_all_of_this_is_for_super_admins_alone(client_for: ClientFor, program: Program, role: str) -> None:
    client = client_for(role, program)
    assert enter(client).status_code == 403
    for path in (ENTER, "/visits/", f"/visits/{uuid.uuid4()}/"):
        assert client.get(path).status_code == 403
    page = client.get("/").text
    assert '"/visits/"' not in page and '"/view-as/"' not in page
    # Nor by a session that says so.
    client.enter("all")
    assert client.get("/").context["all_programs"] is False
    assert noted("event") == []


# ---- looking back


def make(username: str, reason: str, days: int = 0, looks: tuple[str, ...] = (), **fields: Any) -> uuid.UUID:
    visit = uuid.uuid4()
    when = timezone.now() - datetime.timedelta(days=days)
    common = {"visit": visit, "user_id": uuid.uuid4(), "username": username, "reason": reason, **fields}
    made = [AllProgramsVisit(event=VisitEvent.START, created_at=when, **common)]
    for number, path in enumerate(looks, 1):
        moment = when + datetime.timedelta(seconds=number)
        made.append(
            AllProgramsVisit(event=VisitEvent.LOOK, method="GET", path=path, created_at=moment, **common)
        )
    AllProgramsVisit.objects.bulk_create(made)
    return visit


def shown(client: PageClient, **query: str) -> list[str]:
    response = client.get("/visits/", query)
    assert response.status_code == 200
    return [row.reason for row in response.context["page"]]


def test_the_page_says_who_looked_into_what_when_and_why(super_admin: PageClient) -> None:
    visit = make("ada", REASON, 1, ("/admin/students/student/?q=lost", "/admin/courses/course/"))
    make("grace", "Why so slow", 0, as_username="tina", as_user_id=uuid.uuid4())
    page = super_admin.get("/visits/")
    assert [(r.username, r.as_username, r.reason, r.looks) for r in page.context["page"]] == [
        ("grace", "tina", "Why so slow", 0),
        ("ada", "", REASON, 2),
    ]
    assert "as tina" in page.text and "all programs" in page.text
    one = super_admin.get(f"/visits/{visit}/")
    assert [row.path for row in one.context["page"]] == [
        "/admin/courses/course/",
        "/admin/students/student/?q=lost",
        "",
    ]
    assert REASON in one.text and "GET /admin/students/student/?q=lost" in one.text
    assert super_admin.get(f"/visits/{uuid.uuid4()}/").status_code == 404


def test_visits_are_found_by_person_time_and_words(super_admin: PageClient) -> None:
    make("ada", "First", 9, ("/admin/students/student/?q=Rosa",))
    make("ada", "Second", 5)
    make("grace", "Third", 1, as_username="tina")
    today = timezone.localdate()

    def day(days: int) -> str:
        return (today - datetime.timedelta(days=days)).isoformat()

    assert shown(super_admin) == ["Third", "Second", "First"]
    assert shown(super_admin, who="ada") == ["Second", "First"]
    assert shown(super_admin, since=day(5)) == ["Third", "Second"]
    assert shown(super_admin, until=day(5)) == ["Second", "First"]
    assert shown(super_admin, since=day(5), until=day(5), who="ada") == ["Second"]
    assert shown(super_admin, q="rosa") == ["First"]
    assert shown(super_admin, q="TINA") == ["Third"]
    assert shown(super_admin, q="secon") == ["Second"]
    assert shown(super_admin, q="nothing of this") == []
    assert "No visit matches" in super_admin.get("/visits/", {"q": "nothing of this"}).text
    assert visitors() == ["ada", "grace"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"who": "nobody"}, 422),
        ({"since": "never"}, 422),
        ({"until": "10000-01-01"}, 422),
        ({"until": "9999-12-31"}, 200),
        ({"q": "\0"}, 422),
        ({"q": "x" * 101}, 422),
        ({"q": "%_\\'"}, 200),
        ({"q": "ab"}, 422),
        ({"before": "x"}, 404),
        ({"before": "2025-01-01~x"}, 404),
        ({"before": "2025-01-01T00:00:00~00000000-0000-4000-8000-000000000000"}, 404),
        ({"before": "2025-01-01T00:00:00+00:00~00000000-0000-4000-8000-000000000000"}, 200),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_so(
    super_admin: PageClient, query: dict[str, str], status: int
) -> None:
    assert super_admin.get("/visits/", query).status_code == status


def test_a_row_from_before_there_were_visits_stands_for_itself(super_admin: PageClient) -> None:
    AllProgramsVisit.objects.create(user=super_admin.user, username="boss", reason="GET /admin/")
    assert shown(super_admin) == ["GET /admin/"]
    assert shown(super_admin, q="get /adm") == ["GET /admin/"]


def test_page_after_page_shows_every_visit_once(super_admin: PageClient) -> None:
    when = timezone.now()
    AllProgramsVisit.objects.bulk_create(
        AllProgramsVisit(
            visit=uuid.uuid4(), user=super_admin.user, username="boss", reason=f"{n}", created_at=when
        )
        for n in range(120)
    )
    found, before = [], ""
    for _ in range(3):
        response = super_admin.get("/visits/", {"before": before} if before else {})
        found += [row.reason for row in response.context["page"]]
        before = response.context["more"]
    assert before == ""
    assert sorted(found, key=int) == [str(n) for n in range(120)]


def test_the_page_takes_the_same_few_queries_for_2_and_for_40_visits(super_admin: PageClient) -> None:
    counted = []
    for number in (2, 38):
        for _ in range(number):
            make("ada", REASON, looks=("/a/", "/b/"))
        super_admin.get("/visits/")
        with CaptureQueriesContext(connection) as sent:
            assert super_admin.get("/visits/").status_code == 200
        counted.append(len(sent))
    assert counted[0] == counted[1] <= 14


def test_the_indexes_serve_the_pages(db: None) -> None:
    """No sort of everything and no walk over everything, however many there are."""
    super_admin = make_member(Role.SUPER_ADMIN)
    rows(
        """
        INSERT INTO all_programs_visits (id, visit, event, user_id, username, reason, path, created_at)
        SELECT gen_random_uuid(), md5((n / 20)::text)::uuid, CASE WHEN n %% 20 = 0 THEN 'start' ELSE 'look' END,
               %s, 'boss', 'reason', '/admin/', now() - n * interval '1 second'
        FROM generate_series(0, 4999) n
        """,
        super_admin.pk,
    )
    rows("SET LOCAL enable_seqscan = off")
    nothing: dict[str, Any] = {"since": None, "until": None}
    plans = {
        "all_programs_visits_starts": find_visits(**nothing)[:51],
        "all_programs_visits_of_person": find_visits(person="boss", **nothing)[:51],
        "all_programs_visits_of_visit": AllProgramsVisit.objects.filter(visit=uuid.uuid4()).order_by(
            "-created_at", "-pk"
        )[:51],
    }
    for index, queryset in plans.items():
        plan = queryset.explain()
        assert index in plan and "Sort" not in plan, plan
    before = (timezone.now() - datetime.timedelta(hours=1), uuid.uuid4())
    later = older_than(find_visits(**nothing), before)[:51].explain()
    assert "Index Cond: (created_at <=" in later and "Sort" not in later
    rows("SET LOCAL enable_indexscan = off")
    found = AllProgramsVisit.objects.filter(path__icontains="lost").explain()
    assert "all_programs_visits_words" in found
