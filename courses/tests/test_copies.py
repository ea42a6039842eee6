"""Copies of courses and curricula, also into another program: whole, once, and nowhere else."""

from __future__ import annotations

import html
import json
import uuid

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from courses import services
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, Curriculum, CurriculumEvent, Lesson, LessonEvent, Module
from courses.outline import Outline
from courses.tests.conftest import big_course
from courses.tests.test_services import START
from crud.testing import dom, text_of
from programs.archive import archive
from programs.factories import AssignmentFactory, ProgramFactory
from programs.scope import use_program
from programs.testing import make_member, without_program


def whole(course):
    """Everything of a tree that a copy must have, and no id."""
    return [
        (node.level.kind, node.code, node.name, node.text, node.minutes)
        for node in Outline(course, texts=True).walk()
    ]


def lines(course):
    return [f"{node.code} {node.name}" for node in Outline(course).walk()]


def count(program):
    with use_program(program):
        return tuple(model.with_archived.count() for model in (Course, Curriculum, Module, Lesson))


# --- a course --------------------------------------------------------------------------------------------


def test_a_course_is_copied_whole_and_the_original_stays(tree):
    with use_program(tree.program):
        Module.objects.filter(pk=tree.breath.pk).update(description="Slowly.")
        before, ids = whole(tree.course), set(Outline(tree.course).nodes)
        copy = services.copy_course(course=tree.course, key="a")
        assert (copy.name, copy.level, copy.description, copy.is_active) == (
            "Splash 1 (copy)",
            1,
            "First steps in the water.",
            True,
        )
        assert whole(copy) == before == whole(tree.course)
        assert not ids & set(Outline(copy).nodes)


def test_a_copy_leaves_out_what_is_archived_and_closes_the_gaps(tree):
    with use_program(tree.program):
        for row in (tree.water, tree.glide):
            archive(row)
        kept = CurriculumFactory(course=tree.course, name="Kept")
        module = ModuleFactory(curriculum=kept, name="Kept too")
        archive(LessonFactory(module=module, name="Gone"))
        LessonFactory(module=module, name="Stays")
        copy = services.copy_course(course=tree.course, key="a")
        assert lines(copy) == ["1 Floating", "2 Kept", "2.1 Kept too", "2.1.1 Stays"]
        assert Lesson.with_archived.filter(module__curriculum__course=copy).count() == 1
        assert list(copy.curricula.values_list("sequence_order", flat=True)) == [1, 2]


def test_the_same_key_copies_once_and_another_again(tree):
    with use_program(tree.program):
        one = services.copy_course(course=tree.course, key="a")
        assert services.copy_course(course=tree.course, key="a") == one
        assert services.copy_course(course=tree.course, key="b") != one
    assert count(tree.program) == (3, 6, 9, 12)


def test_a_copy_takes_the_same_number_of_statements_for_any_size(program):
    taken = []
    for size in ((1, 1), (5, 12)):
        with use_program(program):
            course = big_course(*size)
            with CaptureQueriesContext(connection) as queries:
                copy = services.copy_course(course=course, key=str(size))
            assert whole(copy) == whole(course)
        inserts = [q["sql"] for q in queries if q["sql"].startswith("INSERT")]
        assert len(inserts) == 4
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_a_long_name_leaves_room_for_the_ending(tree):
    assert services.name_of_copy("x" * 200) == "x" * 193 + " (copy)"
    assert services.name_of_copy("a" * 192 + " bcd") == "a" * 192 + " (copy)"


def test_a_double_click_on_duplicate_makes_one_course(admin, tree):
    data = {"token": uuid.uuid4().hex}
    answers = {admin.post(f"{tree.url}duplicate/", data).url for _ in range(2)}
    assert len(answers) == 1
    assert "Splash 1 (copy)" in html.unescape(admin.get(answers.pop()).content.decode())
    assert count(tree.program)[0] == 2
    assert admin.post(f"{tree.url}duplicate/").status_code == 302  # without a token each time anew
    assert count(tree.program)[0] == 3


@pytest.mark.parametrize("role", [Role.PROGRAM_COORDINATOR, Role.TUTOR])
def test_only_who_may_add_a_course_duplicates_it(client_for, tree, role):
    client = client_for(role, tree.program)
    assert client.post(f"{tree.url}duplicate/", {"token": uuid.uuid4().hex}).status_code == 403
    assert "duplicate/" not in client.get(tree.url).content.decode()
    assert count(tree.program)[0] == 1


# --- a curriculum in its course --------------------------------------------------------------------------


def test_a_curriculum_is_copied_behind_its_siblings(client_for, tree):
    coordinator = client_for(Role.PROGRAM_COORDINATOR, tree.program)
    url = f"{tree.url}curricula/{tree.water.pk}/"
    data = {"token": uuid.uuid4().hex, "selected": str(tree.water.pk)}
    for _ in range(2):
        response = coordinator.post(f"{url}duplicate/", data, HTTP_HX_REQUEST="true")
        assert response.status_code == 200
        assert "Water (copy)" in html.unescape(response.content.decode())
    with use_program(tree.program):
        copy = Curriculum.objects.get(name="Water (copy)")
    there = f"{tree.url}curricula/{copy.pk}/"
    assert json.loads(response["HX-Trigger"]) == {
        "toast": "“Water” was copied. This is the copy.",
        "tree:opened": {"id": str(copy.pk), "url": there},
    }
    assert text_of(dom(response).select_one("#panel-title")) == "Water (copy)"
    answer = coordinator.post(f"{url}duplicate/", data)
    assert answer.url == there
    assert "“Water” was copied. This is the copy." in coordinator.get(there).text
    with use_program(tree.program):
        copied = [line.replace("1", "3", 1) for line in START[1:7]]
        assert lines(tree.course) == [*START, "3 Water (copy)", *copied]


def test_a_tutor_copies_nothing(client_for, tree):
    tutor = client_for(Role.TUTOR, tree.program)
    url = f"{tree.url}curricula/{tree.water.pk}/duplicate/"
    assert tutor.post(url, {"token": uuid.uuid4().hex}).status_code == 403
    assert count(tree.program) == (1, 2, 3, 4)


def test_an_archived_curriculum_is_not_copied(admin, tree):
    with use_program(tree.program):
        archive(tree.water)
    url = f"{tree.url}curricula/{tree.water.pk}/"
    assert admin.post(f"{url}duplicate/", {"token": uuid.uuid4().hex}).status_code == 409
    assert admin.get(f"{url}copy/").status_code == 404
    assert admin.get(f"{url}duplicate/").status_code == 405
    assert count(tree.program) == (1, 2, 3, 4)


# --- into another program --------------------------------------------------------------------------------


@pytest.fixture
def third(db):
    """A program that nobody of these tests works in, with a tree that must not be touched."""
    program = ProgramFactory(name="Chess", initials="CH")
    with use_program(program):
        LessonFactory()
    return program


@pytest.fixture
def both(client_for, program, other_program, third):
    return client_for(Role.PROGRAM_ADMIN, program, other_program)


@pytest.fixture
def goal(other_program):
    with use_program(other_program):
        course = CourseFactory(name="Dribbling")
        CurriculumFactory(course=course, name="First touch")
    return course


def post(client, tree, program, course="new", **more):
    url = f"{tree.url}curricula/{tree.water.pk}/copy/"
    data = {"program": getattr(program, "pk", program), "course": getattr(course, "pk", course)}
    return client.post(url, {"token": uuid.uuid4().hex, "name": "From water", **data, **more})


def test_a_curriculum_is_copied_into_a_course_of_the_other_program(both, tree, other_program, goal, third):
    before = count(tree.program), count(third)
    response = post(both, tree, other_program, goal)
    assert response.status_code == 302
    assert without_program(response.url) == f"{tree.url}curricula/{tree.water.pk}/"
    assert [str(m) for m in get_messages(response.wsgi_request)] == ["“Water” was copied into Football."]
    with use_program(other_program):
        copied = [line.replace("1", "2", 1) for line in START[:7]]
        assert lines(goal) == ["1 First touch", *copied]
        names = {node.name: node for node in Outline(goal, texts=True).walk()}
        assert (names["Steps"].text, names["Steps"].minutes) == ("Aim, warm-up, main part, cool-down.", 30)
        for model in (Curriculum, Module, Lesson):
            assert set(model.objects.values_list("program_id", flat=True)) == {other_program.pk}
    assert (count(tree.program), count(third)) == before


def test_the_history_of_the_other_program_shows_who(both, tree, other_program, goal):
    post(both, tree, other_program, goal)
    with use_program(other_program):
        for events in (CurriculumEvent, LessonEvent):
            event = events.objects.order_by("pgh_id").last()
            assert event.pgh_context["user"] == str(both.user.pk)
            assert event.pgh_context["username"] == both.user.username
            assert event.pgh_context["url"] == f"{tree.url}curricula/{tree.water.pk}/copy/"
            assert event.program_id == other_program.pk
    with use_program(tree.program):
        assert LessonEvent.objects.count() == 4  # those of the original alone


def test_a_curriculum_is_copied_into_a_new_course(both, tree, other_program):
    data = {"token": uuid.uuid4().hex}
    for _ in range(2):  # a double click
        assert post(both, tree, other_program, "new", **data).status_code == 302
    with use_program(other_program):
        course = Course.objects.get()
        assert (course.name, course.level) == ("From water", 1)
        assert lines(course) == START[:7]
    assert post(both, tree, other_program, "new").status_code == 302  # another form
    assert count(other_program) == (2, 2, 4, 8)


def test_a_super_admin_copies_between_any_two(client_for, tree, program, other_program, goal):
    super_admin = client_for(Role.SUPER_ADMIN, program)
    assert post(super_admin, tree, other_program, goal).status_code == 302
    assert count(other_program) == (1, 2, 2, 4)


def nothing_written(*programs):
    return [count(program) for program in programs]


def test_a_program_that_is_not_one_s_own_is_as_absent_as_a_random_one(both, tree, other_program, third):
    before = nothing_written(tree.program, other_program, third)
    url = f"{tree.url}curricula/{tree.water.pk}/copy/"
    gets = {both.get(url, {"program": p}).content for p in (third.pk, uuid.uuid4())}
    posts = {post(both, tree, p).content for p in (third, uuid.uuid4())}
    assert len(gets) == len(posts) == 1
    assert both.get(url, {"program": third.pk}).status_code == 404
    assert post(both, tree, third).status_code == 404
    assert both.get(url, {"program": "x"}).status_code == 404
    assert post(both, tree, "x").status_code == 400
    assert nothing_written(tree.program, other_program, third) == before


def test_a_course_that_is_not_of_the_chosen_program_is_not_found(both, tree, other_program, goal, third):
    before = nothing_written(tree.program, other_program, third)
    with use_program(third):
        foreign = Course.objects.get()
    with use_program(other_program):
        gone = CourseFactory()
        archive(gone)
    before = nothing_written(tree.program, other_program, third)
    for course in (foreign, tree.course, gone, uuid.uuid4()):
        assert post(both, tree, other_program, course).status_code == 404
    assert post(both, tree, other_program, "x").status_code == 400
    assert post(both, tree, tree.program, tree.course).status_code == 403  # not into its own program
    assert nothing_written(tree.program, other_program, third) == before


def test_one_must_administer_both(client_for, program, other_program, tree, goal):
    from programs.factories import AssignmentFactory

    half = client_for(Role.PROGRAM_ADMIN, program)
    AssignmentFactory(user=half.user, program=other_program, role=Role.PROGRAM_COORDINATOR)
    assert post(half, tree, other_program, goal).status_code == 403
    assert (
        half.get(f"{tree.url}curricula/{tree.water.pk}/copy/?program={other_program.pk}").status_code == 403
    )

    guest = client_for(Role.PROGRAM_COORDINATOR, program)
    AssignmentFactory(user=guest.user, program=other_program, role=Role.PROGRAM_ADMIN)
    assert post(guest, tree, other_program, goal).status_code == 403
    assert guest.get(f"{tree.url}curricula/{tree.water.pk}/copy/").status_code == 403
    assert "/copy/" not in guest.get(f"{tree.url}curricula/{tree.water.pk}/").content.decode()
    assert count(other_program) == (1, 1, 0, 0)


def test_an_assignment_that_ended_and_a_program_that_is_closed_do_not_count(
    client_for, program, other_program, tree
):
    member = client_for(Role.PROGRAM_ADMIN, program, other_program)
    AssignmentFactory(program=other_program, role=Role.PROGRAM_ADMIN)  # one of them stays
    member.user.assignments.filter(program=other_program).update(is_active=False)
    assert post(member, tree, other_program).status_code == 404
    member.user.assignments.filter(program=other_program).update(is_active=True)
    type(other_program).objects.filter(pk=other_program.pk).update(is_active=False)
    assert post(member, tree, other_program).status_code == 404
    assert count(other_program) == (0, 0, 0, 0)


def test_the_service_itself_refuses_who_may_not(program, other_program, third, tree):
    half = make_member(Role.PROGRAM_ADMIN, program)
    for user, target in (
        (half, other_program),
        (make_member(Role.TUTOR, program, other_program), other_program),
    ):
        with use_program(program, user=user), pytest.raises(PermissionDenied):
            services.copy_curriculum_to_program(
                course=tree.course,
                node_id=tree.water.pk,
                program=target,
                user=user,
                key="k",
                course_name="New",
            )
    assert nothing_written(other_program) == [(0, 0, 0, 0)]


def test_what_is_copied_must_be_of_the_own_program(both, tree, other_program, goal):
    """The address names the curriculum, which is looked for in the own program alone."""
    with use_program(other_program):
        row = goal.curricula.get()
    for path in (f"{tree.url}curricula/{row.pk}/copy/", f"/courses/{goal.pk}/curricula/{row.pk}/copy/"):
        assert both.post(path, {"program": other_program.pk, "course": "new", "name": "x"}).status_code == 404


def test_afterwards_one_is_in_the_own_program_again(both, tree, other_program, goal, third):
    """The rows of the page after a copy, and what is written then, are of the own program."""
    post(both, tree, other_program, goal)
    add = {"parent": tree.glide.pk, "name": "Push", "token": uuid.uuid4().hex}
    assert both.post(f"{tree.url}lessons/new/", add).status_code == 302
    with use_program(tree.program):
        assert Lesson.objects.filter(name="Push").exists()
        user = both.user
    with use_program(tree.program, user=user):
        services.copy_curriculum_to_program(
            course=tree.course,
            node_id=tree.water.pk,
            program=other_program,
            user=user,
            key="z",
            course_id=goal.pk,
        )
        assert Lesson.objects.count() == 5
        LessonFactory(module=tree.glide)
        assert set(Lesson.objects.values_list("program_id", flat=True)) == {tree.program.pk}


def test_the_choice_shows_the_courses_of_the_other_program_alone(both, tree, other_program, goal, third):
    with use_program(third):
        Course.objects.update(name="Openings")
    with use_program(other_program):
        CourseFactory(name="Heading")
    page = html.unescape(both.get(f"{tree.url}curricula/{tree.water.pk}/copy/").content.decode())
    assert "Dribbling" in page and "Heading" in page and "Openings" not in page and "Chess" not in page
    page = html.unescape(both.get(f"{tree.url}curricula/{tree.water.pk}/copy/?q=dribb").content.decode())
    assert "Dribbling" in page and "Heading" not in page


@pytest.mark.parametrize(
    ("course", "name", "said"),
    [("", "x", "Choose a course."), ("new", "", "Give the new course a name."), ("new", "x" * 201, "201")],
)
def test_a_choice_that_is_missing_is_asked_for_again(both, tree, other_program, course, name, said):
    response = post(both, tree, other_program, course, name=name)
    assert response.status_code == 422
    assert said in html.unescape(response.content.decode())
    assert count(other_program) == (0, 0, 0, 0)


def test_a_program_must_be_chosen(both, tree, other_program):
    response = post(both, tree, "")
    assert response.status_code == 422 and "Choose a program." in response.content.decode()
    assert count(other_program) == (0, 0, 0, 0)


def test_who_administers_one_program_alone_is_told(admin, tree):
    page = admin.get(f"{tree.url}curricula/{tree.water.pk}/copy/")
    assert page.status_code == 200 and "There is none beside this one." in page.content.decode()
