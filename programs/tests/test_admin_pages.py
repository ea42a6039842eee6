"""What the pages of the admin show and do: history, actions, search, the overview, their price."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Lesson
from facilities.factories import FacilityFactory
from facilities.models import Facility
from programs.factories import AssignmentFactory, ProgramFactory
from programs.models import AllProgramsVisit, Program, UserProgramAssignment
from programs.scope import use_program
from programs.testing import ClientFor, PageClient, make_member
from staff.factories import InvitationFactory
from staff.models import Invitation
from students.factories import StudentFactory
from students.models import Student

from .test_admin import url

MOST_QUERIES = 15


@pytest.fixture
def super_admin(client_for: ClientFor, program: Program, other_program: Program) -> PageClient:
    return client_for(Role.SUPER_ADMIN, program, full_name="Boss")


def act(client: PageClient, model: Any, action: str, *rows: Any, **more: Any) -> Any:
    program = more.pop("program", client.program)
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
    return client.post(url(model, "changelist"), data, program=program, follow=True)


# ---- history


def test_the_history_of_a_row_tells_who_changed_what_from_what_to_what(
    super_admin: PageClient, program: Program
) -> None:
    with use_program(program):
        course = CourseFactory(name="Frogs", level=1)
    data = {"name": "Turtles", "level": "2", "curricula-TOTAL_FORMS": "0", "curricula-INITIAL_FORMS": "0"}
    assert super_admin.post(url(Course, "change", course.pk), data).status_code == 302
    entries = super_admin.get(url(Course, "history", course.pk)).context["entries"]
    assert [(entry.actor, entry.verb.passive_label) for entry in entries] == [
        ("Boss", "changed"),
        ("", "added"),
    ]
    assert [(change.label, change.old_text, change.new_text) for change in entries[0].changes] == [
        ("Name", "Frogs", "Turtles"),
        ("Level", "1", "2"),
        ("Active", "Yes", "No"),
    ]
    assert entries[0].page == url(Course, "change", course.pk)
    assert not LogEntry.objects.exists()  # one table would name rows of every program


def test_the_history_of_everything_follows_the_dropdown(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    with use_program(program):
        FacilityFactory(name="Own hall")
    with use_program(other_program):
        FacilityFactory(name="Foreign hall")
    names = [
        line.what for line in super_admin.get("/admin/history/?kind=facilities.facility").context["lines"]
    ]
    assert names == ["Own hall"]
    super_admin.enter("all")
    lines = super_admin.get("/admin/history/?kind=facilities.facility").context["lines"]
    assert [(line.what, line.program) for line in lines] == [
        ("Foreign hall", "Football"),
        ("Own hall", "Swimming"),
    ]
    assert super_admin.get("/admin/history/?kind=no.such").status_code == 404


# ---- actions


def test_users_are_deactivated_but_not_oneself(super_admin: PageClient) -> None:
    tutor = make_member(Role.TUTOR)
    act(super_admin, User, "deactivate", tutor, super_admin.user)
    assert [User.objects.get(pk=user.pk).is_active for user in (tutor, super_admin.user)] == [False, True]
    act(super_admin, User, "activate", tutor)
    tutor.refresh_from_db()
    assert tutor.is_active
    assert [event.pgh_label for event in tutor.history.order_by("pgh_id")] == ["insert", "update", "update"]
    assert tutor.history.latest("pgh_id").pgh_context["username"] == super_admin.user.username


def test_a_lost_second_factor_is_removed_and_told_but_not_ones_own(
    super_admin: PageClient,
    program: Program,
    django_capture_on_commit_callbacks: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ann, ben = make_member(Role.TUTOR, program), make_member(Role.TUTOR, program)
    for user in (ann, super_admin.user):
        Authenticator.objects.create(user=user, type="totp", data={})
        Authenticator.objects.create(user=user, type="recovery_codes", data={})
    with django_capture_on_commit_callbacks(execute=True):
        page = act(super_admin, User, "remove_second_factor", ann, ben, super_admin.user)
    assert page.status_code == 200
    assert {row.user_id for row in Authenticator.objects.all()} == {super_admin.user.pk}
    (sent,) = mail.outbox
    assert sent.to == [ann.email]
    assert "An administrator removed your second factor." in sent.body and "From:" not in sent.body
    assert f"The second factor of {ann.pk} was removed by {super_admin.user.pk}." in caplog.text
    shown = super_admin.get("/admin/accounts/user/").context["cl"].result_list
    assert {user.pk for user in shown if user.second_factor} == {super_admin.user.pk}


def test_open_invitations_are_withdrawn_as_a_whole(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    both = InvitationFactory(programs=[program, other_program])
    late = InvitationFactory(programs=[program], expires_at=timezone.now() - timedelta(days=1))
    taken = InvitationFactory(programs=[program], accepted_at=timezone.now(), accepted_by=super_admin.user)
    page = super_admin.get("/admin/programs/invitation/", {"state": "pending"})
    assert [row.pk for row in page.context["cl"].result_list] == [both.pk]
    page = super_admin.get("/admin/programs/invitation/", {"state": "expired"})
    assert [row.pk for row in page.context["cl"].result_list] == [late.pk]
    act(super_admin, Invitation, "withdraw", both, late, taken)
    for row in (both, late, taken):
        row.refresh_from_db()
    assert (both.state, late.state, taken.state) == ("withdrawn", "withdrawn", "accepted")
    assert both.withdrawn_by == super_admin.user
    assert both.places.count() == 2
    page = super_admin.get(f"/admin/programs/invitation/{both.pk}/change/")
    (invited,) = page.context["inline_admin_formsets"]
    assert {form.instance.program for form in invited.formset} == {program, other_program}


def test_courses_facilities_and_students_are_changed_in_bulk_in_their_program_alone(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    with use_program(program):
        course, student = CourseFactory(), StudentFactory()
        hall = FacilityFactory(status="maintenance", status_reason="Leak")
    with use_program(other_program):
        theirs = CourseFactory()
    act(super_admin, Course, "deactivate", course, theirs)
    act(super_admin, Facility, "open", hall)
    act(super_admin, Student, "set_status_graduated", student)
    with use_program(program):
        assert not Course.objects.get().is_active
        assert Facility.objects.get().status == "active"
        assert Student.objects.get().status == "graduated"
    with use_program(other_program):
        assert Course.objects.get().is_active


def test_assignments_move_after_a_question(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    ann, ben, eve = (make_member(Role.TUTOR) for _ in range(3))
    AssignmentFactory(program=program, role="program_admin")  # one of them stays
    moving = AssignmentFactory(user=ann, program=program, role="program_admin")
    back = AssignmentFactory(user=ben, program=program)
    AssignmentFactory(user=ben, program=other_program, is_active=False)
    ended = AssignmentFactory(user=eve, program=program, is_active=False)
    page = act(super_admin, UserProgramAssignment, "move", moving, back, ended)
    assert page.status_code == 200 and "Move to another program" in page.text
    assert UserProgramAssignment.objects.filter(program=other_program, is_active=True).count() == 0
    nowhere = act(super_admin, UserProgramAssignment, "move", moving, confirm="1")
    assert "This field is required" in nowhere.text
    path = url(UserProgramAssignment, "changelist")
    rows = [str(row.pk) for row in (moving, back, ended)]
    # The form's own field is called `program`; the page's program travels as `program_context`.
    data = {"action": "move", "confirm": "1", "_selected_action": rows, "program": str(other_program.pk)}
    assert super_admin.post(path, data).status_code == 302
    there = UserProgramAssignment.objects.filter(program=other_program, is_active=True)
    assert {(row.user, row.role, row.assigned_by) for row in there} == {
        (ann, "program_admin", super_admin.user),
        (ben, None, super_admin.user),
    }
    here = UserProgramAssignment.objects.filter(program=program, user__in=(ann, ben, eve))
    assert {row.user for row in here} == {ann, ben, eve} and not any(row.is_active for row in here)


# ---- search


def test_the_palette_finds_rows_of_the_program_alone_and_forgets_them(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    for where, name in ((program, "Adalind"), (other_program, "Adalbert")):
        with use_program(where):
            StudentFactory(first_name=name, last_name="Xanthos")

    def found() -> set[str]:
        return {
            row.title for row in super_admin.get("/admin/search/?extended=1&s=xanthos").context["results"]
        }

    assert found() == {"Adalind Xanthos"}
    super_admin.enter(other_program)
    assert found() == {"Adalbert Xanthos"}
    super_admin.enter("all")
    assert found() == {"Adalind Xanthos", "Adalbert Xanthos"}
    visit = AllProgramsVisit.objects.get()
    assert (visit.reason, visit.path) == ("for a test", "/admin/search/?extended=1&s=xanthos")


def test_a_student_is_found_by_number(super_admin: PageClient, program: Program) -> None:
    with use_program(program):
        student, _other = StudentFactory.create_batch(2)
    for mode in (program, "all"):
        page = super_admin.enter(mode).get(url(Student, "changelist"), {"q": student.student_id})
        assert [row.pk for row in page.context["cl"].result_list] == [student.pk]


def test_short_words_are_not_looked_for_across_all_programs(
    super_admin: PageClient, program: Program
) -> None:
    with use_program(program):
        StudentFactory(first_name="Al", last_name="Bo")
    assert len(super_admin.get(url(Student, "changelist"), {"q": "al"}).context["cl"].result_list) == 1
    page = super_admin.enter("all").get(url(Student, "changelist"), {"q": "al"})
    assert not page.context["cl"].result_list
    assert "three letters or more" in page.text


# ---- the overview


def test_each_number_of_the_overview_leads_to_the_rows_it_counts(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    ProgramFactory(name="Nobody here")
    make_member(Role.TUTOR)
    AssignmentFactory(user=make_member(Role.TUTOR), program=program)
    for where in (program, other_program):
        with use_program(where):
            StudentFactory.create_batch(2)
            StudentFactory(status="graduated")
            StudentFactory(deleted_at="2025-01-01T00:00Z")
            CourseFactory()
            FacilityFactory()
    for mode in (program, "all"):
        context = super_admin.enter(mode).get("/admin/").context
        links = [(figure.count, figure.url) for figure in context["figures"]]
        links += [(cell.count, cell.url) for row in context["side"]["rows"] for cell in row["cells"]]
        links += [(month["count"], month["url"]) for month in context["months"]]
        for count, path in links:
            assert super_admin.get(path).context["cl"].result_count == count, path
    assert [row["program"].name for row in context["side"]["rows"]] == ["Football", "Nobody here", "Swimming"]
    assert [cell.count for cell in context["side"]["rows"][0]["cells"]] == [2, 0, 1, 0, 1, 0]
    assert {figure.label: figure.count for figure in context["figures"]} == {
        "Students": 6,
        "Courses": 2,
        "Facilities": 2,
        "Active accounts": 3,
        "Active programs": 3,
        "Staff without a program": 1,
        "Programs nobody works in": 2,
    }


def test_the_overview_of_one_program_tells_of_no_other(
    super_admin: PageClient, program: Program, other_program: Program
) -> None:
    with use_program(other_program):
        StudentFactory(first_name="Foreign", last_name="Person")
    page = super_admin.get("/admin/")
    assert "Foreign Person" not in page.text
    assert [row["program"] for row in page.context["side"]["rows"]] == [program]
    assert not AllProgramsVisit.objects.exists()


# ---- the price


@pytest.mark.parametrize("mode", ["one", "all"])
def test_a_list_asks_the_same_few_questions_however_long_it_is(
    super_admin: PageClient, program: Program, mode: str
) -> None:
    def tree() -> None:
        course = CourseFactory()
        LessonFactory(module=ModuleFactory(curriculum=CurriculumFactory(course=course)))
        StudentFactory()
        FacilityFactory()
        AssignmentFactory(user=make_member(Role.TUTOR), program=program)

    def asked() -> dict[str, int]:
        found = {}
        for model in admin.site._registry:
            with CaptureQueriesContext(connection) as sent:
                assert super_admin.get(url(model, "changelist")).status_code == 200
            found[model._meta.label] = len(sent)
        return found

    if mode == "all":
        super_admin.enter("all")
    with use_program(program):
        tree()
    asked()  # what is read once for the process
    few = asked()
    with use_program(program):
        for _ in range(5):
            tree()
    assert asked() == few
    assert max(few.values()) <= MOST_QUERIES, few


def test_the_goal_of_fifteen_queries_holds_for_each_way_to_a_student(
    super_admin: PageClient, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crud.admin.COUNTED", 1)  # as at a million: estimates are asked for too
    with use_program(program):
        students = StudentFactory.create_batch(3)
    super_admin.enter("all").get(url(Student, "changelist"))
    asked = []
    for query in ({}, {"q": students[0].student_id}, {"program__id__exact": str(program.pk)}):
        with CaptureQueriesContext(connection) as sent:
            assert super_admin.get(url(Student, "changelist"), query).status_code == 200
        # In a test the transaction of the request is a savepoint, and its settings are given back by a statement
        # of their own. `bench.admin` counts what is sent for real, its BEGIN and COMMIT too.
        asked.append(sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in sent))
    assert asked == [10, 9, 11]


def test_no_list_is_counted_whole(
    super_admin: PageClient, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crud.admin.COUNTED", 3)
    with use_program(program):
        StudentFactory.create_batch(5)
    with CaptureQueriesContext(connection) as sent:
        page = super_admin.get(url(Student, "changelist"))
    assert page.context["cl"].paginator.is_estimate and "about" in page.text
    counts = [query["sql"] for query in sent if "COUNT(*)" in query["sql"] and '"students"' in query["sql"]]
    assert counts and all("LIMIT 4" in sql for sql in counts)


def test_a_lesson_costs_no_query_of_its_own(super_admin: PageClient, program: Program) -> None:
    with use_program(program):
        module = ModuleFactory()
        LessonFactory.create_batch(10, module=module)
    with CaptureQueriesContext(connection) as sent:
        super_admin.get(url(Lesson, "changelist"))
    assert sum('FROM "modules"' in query["sql"] for query in sent) == 0


def test_a_page_that_is_no_number_is_the_first(super_admin: PageClient, program: Program) -> None:
    for page in ("9" * 5000, "²", "-1", "x"):
        answer = super_admin.get("/admin/history/", {"kind": "students.student", "page": page})
        assert answer.status_code == 200, page[:5]
