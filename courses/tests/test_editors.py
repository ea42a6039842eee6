"""Who may edit one course beyond the role: what it widens, who gives it, and what it ends with."""

from __future__ import annotations

import html
import threading
import uuid

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages import get_messages
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import assign_perm, get_objects_for_user, get_users_with_perms, remove_perm

from accounts.models import Role, User
from courses import editors
from courses.editors import course_grants_panel
from courses.factories import CourseFactory, LessonFactory
from courses.models import Course, CourseGrant
from crud.history import event_model
from crud.testing import dom
from programs.factories import AssignmentFactory
from programs.models import UserProgramAssignment
from programs.scope import use_program
from programs.testing import make_member, rows, without_program, written

EDITS = ["courses.change_course"] + [
    f"courses.{verb}_{node}" for node in ("curriculum", "module", "lesson") for verb in ("add", "change")
]
NEVER = ["courses.add_course", "courses.add_coursegrant", "students.change_student"] + [
    f"courses.{verb}_{model}"
    for model in ("course", "curriculum", "module", "lesson")
    for verb in ("archive", "delete", "view_private")
]


@pytest.fixture
def editor(tutor, tree, admin):
    """The tutor, once let edit the course of the tree."""
    let(tree, tutor.user, admin.user)
    return tutor


def let(tree, user, by=None):
    with use_program(tree.program, user=by):
        return editors.add_editor(course=tree.course, user_id=user.pk)


def anew(user):
    """The user as the next request has them: without what was asked before."""
    return User.objects.get(pk=user.pk)


def granted(program):
    with use_program(program):
        return list(CourseGrant.objects.values_list("user__username", "content_object__name"))


def text(response):
    return html.unescape(response.content.decode())


def told(response):
    return [(str(message), message.extra_tags) for message in get_messages(response.wsgi_request)]


# --- what it widens ---------------------------------------------------------------------------------------


def test_a_grant_widens_this_course_and_its_tree_alone(editor, tree):
    user = anew(editor.user)
    with use_program(tree.program):
        other = CourseFactory()
        elsewhere = LessonFactory()
        for permission in EDITS:
            assert user.has_perm(permission, tree.course) is True
            assert user.has_perm(permission, other) is False
            assert user.has_perm(permission) is False
        for permission in NEVER:
            assert user.has_perm(permission, tree.course) is False
        for node in (tree.water, tree.entering, tree.steps):
            name = node._meta.model_name
            assert user.has_perm(f"courses.change_{name}", node) is True
            assert user.has_perm(f"courses.archive_{name}", node) is False
        assert user.has_perm("courses.change_lesson", elsewhere) is False
        assert user.has_perm("courses.change_lesson", type(tree.steps)()) is False
        assert user.has_perm("courses.change_course", Course()) is False
        assert user.has_perm("students.change_student", tree.steps) is False


def test_a_row_of_another_program_is_nobodys_here(tree, other_program):
    admin = make_member(Role.PROGRAM_ADMIN, tree.program, other_program)
    with use_program(other_program):
        assert admin.has_perm("courses.change_course") is True
        assert admin.has_perm("courses.change_course", tree.course) is False
    with use_program(tree.program):
        assert admin.has_perm("courses.change_course", tree.course) is True


def test_a_grant_counts_in_its_program_alone(editor, tree, other_program):
    AssignmentFactory(user=editor.user, program=other_program)
    with use_program(other_program):
        assert anew(editor.user).has_perm("courses.change_course", tree.course) is False
        assert CourseGrant.objects.count() == 0
    assert anew(editor.user).has_perm("courses.change_course", tree.course) is False


def test_one_query_answers_every_right_on_a_course(editor, tree):
    user = anew(editor.user)
    with use_program(tree.program):
        ContentType.objects.get_for_model(Course)
        user.has_perm("courses.view_course")
        with CaptureQueriesContext(connection) as sent:
            assert all(user.has_perm(permission, tree.course) for permission in EDITS)
            assert not any(user.has_perm(permission, tree.course) for permission in NEVER)
        assert len(sent) == 1, sent.captured_queries


def test_the_course_page_takes_one_query_more(tutor, tree, admin):
    tutor.get(tree.url)
    counted = {}
    for name in ("tutor", "editor"):
        with CaptureQueriesContext(connection) as sent:
            page = tutor.get(tree.url)
        counted[name] = len(sent)
        let(tree, tutor.user, admin.user)
    with CaptureQueriesContext(connection) as sent:
        page = tutor.get(tree.url)
    assert 'href="' + tree.url + 'edit/"' in text(page)
    assert counted["tutor"] == counted["editor"] == len(sent)
    asked = [query["sql"] for query in sent if "course_grants" in query["sql"]]
    assert len(asked) == 1


def test_a_list_asks_for_no_grant(editor, tree):
    editor.get("/courses/")
    with CaptureQueriesContext(connection) as sent:
        page = editor.get("/courses/")
    assert [query for query in sent if "course_grants" in query["sql"]] == []
    assert "/edit/" not in text(page) and 'name="action"' not in text(page)


# --- the pages of whoever is let ---------------------------------------------------------------------------


def test_an_editor_sees_what_edits_on_that_course_alone(editor, tree):
    with use_program(tree.program):
        other = CourseFactory()
    page, beside = text(editor.get(tree.url)), text(editor.get(f"/courses/{other.pk}/"))
    for part in (f'"{tree.url}edit/"', f'"{tree.url}curricula/new/"', "data-grip", 'id="row-acts"'):
        assert part in page
    for part in (
        f'"{tree.url}archive/"',
        f'"{tree.url}duplicate/"',
        f'"{tree.url}editors/"',
        "data-archivable",
    ):
        assert part not in page
    for part in ("edit/", "curricula/new/", "data-grip", 'id="row-acts"'):
        assert part not in beside
    panel = text(editor.get(f"{tree.url}lessons/{tree.steps.pk}/"))
    assert 'id="edit"' in panel and "/move/" in panel and f"{tree.steps.pk}/archive/" not in panel


def test_an_editor_edits_the_course_and_its_tree(editor, tree, fresh, lines):
    version = dom(editor.get(f"{tree.url}edit/")).select_one("[name=version]")["value"]
    data = {"name": "Splash 2", "level": "2", "description": "", "is_active": "on", "version": version}
    assert editor.post(f"{tree.url}edit/", data).status_code == 302
    assert fresh(tree.course).name == "Splash 2"
    url, lesson = f"{tree.url}lessons/", f"{tree.url}lessons/{tree.steps.pk}/"
    added = {"parent": str(tree.glide.pk), "name": "Push", "token": str(uuid.uuid4())}
    assert editor.post(f"{url}new/", added).status_code == 302
    assert editor.post(f"{lesson}rename/", {"was": "Steps", "name": "Stairs"}).status_code == 302
    assert editor.post(f"{lesson}move/", {"step": "down"}).status_code == 302
    order = ",".join(str(row.pk) for row in (tree.climb, tree.swivel, tree.steps))
    assert editor.post(f"{url}reorder/", {"parent": str(tree.entering.pk), "order": order}).status_code == 302
    assert "1.1.3 Stairs" in lines() and "2.1.1 Push" in lines()


def test_what_is_not_granted_is_refused(editor, tree, fresh):
    with use_program(tree.program):
        other = LessonFactory()
    lesson = f"{tree.url}lessons/{tree.steps.pk}/"
    for url in (f"{tree.url}archive/", f"{tree.url}restore/", f"{lesson}archive/", f"{lesson}restore/"):
        assert editor.post(url).status_code == 403
    for url in ("/courses/new/", f"{tree.url}duplicate/", f"{tree.url}editors/"):
        assert editor.post(url, {"user": str(editor.user.pk)}).status_code == 403
    # A node of another course, below the address of one's own.
    assert (
        editor.post(f"{tree.url}lessons/{other.pk}/rename/", {"was": other.name, "name": "x"}).status_code
        == 404
    )
    foreign = f"/courses/{other.module.curriculum.course_id}/"
    assert editor.post(f"{foreign}lessons/{other.pk}/rename/", {"was": "a", "name": "b"}).status_code == 403
    assert editor.get(f"{foreign}edit/").status_code == 403
    bulk = {"action": "status=false", "ids": str(tree.course.pk), "confirm": "1", "expected": "1"}
    assert editor.post("/courses/bulk/", bulk).status_code == 403
    assert fresh(tree.course).is_active and not fresh(tree.steps).is_archived


def test_the_course_of_an_editor_once_archived_is_gone_for_them(editor, tree, admin):
    assert admin.post(f"{tree.url}archive/").status_code == 302
    assert editor.get(tree.url).status_code == 404
    assert editor.get(f"{tree.url}edit/").status_code == 403


# --- who gives it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.PROGRAM_ADMIN, Role.SUPER_ADMIN])
def test_an_admin_lets_somebody_edit_and_ends_it_and_both_can_be_undone(client_for, role, tutor, tree):
    super_admin, name = client_for(role, tree.program), tutor.user.username
    assert f'"{tree.url}editors/"' in text(super_admin.get(tree.url))
    card = text(super_admin.get(f"{tree.url}editors/", headers={"HX-Request": "true"}))
    assert "Nobody so far." in card and f'value="{tutor.user.pk}"' in card and "<html" not in card
    answer = super_admin.post(f"{tree.url}editors/", {"user": str(tutor.user.pk)})
    assert (answer.status_code, without_program(answer.url)) == (302, tree.url)
    ending = f"{tree.url}editors/{tutor.user.pk}/end/"
    assert told(answer) == [(f"{tutor.user} may edit “Splash 1” now.", ending)]
    assert granted(tree.program) == [(name, "Splash 1")]
    page = text(super_admin.get(f"{tree.url}editors/"))
    assert (
        f"by {super_admin.user}" in page
        and str(tutor.user) in page
        and f'value="{tutor.user.pk}"' not in page
    )
    with use_program(tree.program):
        assert CourseGrant.objects.get().granted_by == super_admin.user
    answer = super_admin.post(ending)
    letting = f"{tree.url}editors/{tutor.user.pk}/let/"
    assert told(answer)[-1] == (f"{tutor.user} may no longer edit “Splash 1”.", letting)
    assert granted(tree.program) == []
    assert super_admin.post(letting).status_code == 302
    assert granted(tree.program) == [(name, "Splash 1")]


def test_twice_is_once(admin, tutor, tree):
    for _ in range(2):
        answer = admin.post(f"{tree.url}editors/", {"user": str(tutor.user.pk)})
        assert answer.status_code == 302
    assert told(answer)[-1] == (f"{tutor.user} may edit “Splash 1” already.", "")
    assert len(granted(tree.program)) == 1
    for _ in range(2):
        assert admin.post(f"{tree.url}editors/{tutor.user.pk}/end/").status_code == 302
    assert granted(tree.program) == []


def test_only_members_without_the_right_are_offered_and_taken(admin, tutor, tree, other_program):
    coordinator = make_member(Role.PROGRAM_COORDINATOR, tree.program)
    lowered = make_member(Role.PROGRAM_COORDINATOR)
    AssignmentFactory(user=lowered, program=tree.program, role=Role.TUTOR)
    outsider = make_member(Role.TUTOR, other_program)
    left = make_member(Role.TUTOR)
    AssignmentFactory(user=left, program=tree.program, is_active=False)
    gone = make_member(Role.TUTOR, tree.program, is_active=False)
    options = dom(admin.get(f"{tree.url}editors/")).select("#editors-user option")
    assert {option["value"] for option in options if option["value"]} == {str(tutor.user.pk), str(lowered.pk)}
    answers = set()
    for who in (outsider.pk, left.pk, gone.pk, uuid.uuid4()):
        answer = admin.post(f"{tree.url}editors/", {"user": str(who)})
        answers.add((answer.status_code, answer.content))
        for what in ("let", "end"):
            if who != gone.pk or what == "let":
                assert admin.post(f"{tree.url}editors/{who}/{what}/").status_code == 404
    assert {status for status, _ in answers} == {404} and len(answers) == 1
    refused = admin.post(f"{tree.url}editors/", {"user": str(coordinator.pk)})
    assert refused.status_code == 422 and "may edit every course already" in text(refused)
    assert admin.post(f"{tree.url}editors/", {"user": ""}).status_code == 422
    assert admin.post(f"{tree.url}editors/", {"user": "nobody"}).status_code == 400
    assert granted(tree.program) == []


def test_extra_keys_change_nothing(admin, tutor, tree, other_program):
    forged = {
        "user": str(tutor.user.pk),
        "permission": str(Permission.objects.get(codename="archive_course").pk),
        "codename": "archive_course",
        "program": str(other_program.pk),
        "granted_by": str(tutor.user.pk),
        "content_object": str(uuid.uuid4()),
    }
    assert admin.post(f"{tree.url}editors/", forged).status_code == 302
    with use_program(tree.program):
        grant = CourseGrant.objects.get()
        assert grant.permission.codename == "change_course"
        assert (grant.program, grant.content_object, grant.granted_by) == (
            tree.program,
            tree.course,
            admin.user,
        )


def test_the_page_of_a_person_tells(editor, tree, admin, other_program):
    def page(program):
        with use_program(program):
            return course_grants_panel(editor.user)

    assert f'href="{tree.url}"' in page(tree.program) and f"by {admin.user}" in page(tree.program)
    assert tree.course.name not in page(other_program)
    with use_program(tree.program):
        assignment = UserProgramAssignment.objects.get(user=editor.user)
    assert f'href="{tree.url}"' in text(admin.get(f"/staff/{assignment.pk}/"))


# --- what it ends with -------------------------------------------------------------------------------------


ENDINGS = {
    "deactivated": "UPDATE user_program_assignments SET is_active = false WHERE user_id = %s",
    "deleted": "DELETE FROM user_program_assignments WHERE user_id = %s",
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("where", ["nowhere", "in another program", "in all programs"])
def test_a_grant_is_gone_with_the_assignment_whoever_ends_it(editor, tree, ending, where, other_program):
    super_admin = make_member(Role.SUPER_ADMIN)
    with use_program(other_program if where == "in another program" else tree.program, user=super_admin):
        if where == "in another program":
            assert written(ENDINGS[ending], editor.user.pk) == 1
    if where == "nowhere":
        assert written(ENDINGS[ending], editor.user.pk) == 1
    if where == "in all programs":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE academy_all")
            cursor.execute(ENDINGS[ending], [editor.user.pk])
            cursor.execute("RESET ROLE")
    assert granted(tree.program) == []
    with use_program(tree.program):
        assert [event.pgh_label for event in event_model(CourseGrant).objects.order_by("pgh_id")] == [
            "insert",
            "delete",
        ]
    # Coming back is not getting it back.
    UserProgramAssignment.objects.update_or_create(
        user=editor.user, program=tree.program, defaults={"is_active": True}
    )
    assert editor.get(f"{tree.url}edit/").status_code == 403


def test_a_grant_ends_with_the_next_request(editor, tree, admin):
    assert editor.get(f"{tree.url}edit/").status_code == 200
    admin.post(f"{tree.url}editors/{editor.user.pk}/end/")
    assert editor.get(f"{tree.url}edit/").status_code == 403
    assert f'"{tree.url}edit/"' not in text(editor.get(tree.url))


def test_a_grant_outlives_another_role_and_other_changes_of_the_assignment(editor, tree):
    UserProgramAssignment.objects.filter(user=editor.user).update(role=Role.PROGRAM_COORDINATOR)
    UserProgramAssignment.objects.filter(user=editor.user).update(role=Role.TUTOR)
    assert editor.get(f"{tree.url}edit/").status_code == 200


def test_a_grant_is_gone_with_its_course_its_user_and_a_move_of_the_assignment(editor, tree, other_program):
    other = make_member(Role.TUTOR, tree.program)
    third = make_member(Role.TUTOR, tree.program)
    let(tree, other)
    let(tree, third)
    UserProgramAssignment.objects.filter(user=other).update(program=other_program)
    assert len(granted(tree.program)) == 2
    third.delete()
    assert granted(tree.program) == [(editor.user.username, "Splash 1")]
    with use_program(tree.program):
        written("DELETE FROM courses WHERE id = %s", tree.course.pk)
    assert granted(tree.program) == []


def test_a_deactivated_user_may_nothing_and_keeps_the_grant(editor, tree, admin):
    User.objects.filter(pk=editor.user.pk).update(is_active=False)
    with use_program(tree.program):
        user = anew(editor.user)
        assert user.has_perm("courses.change_course", tree.course) is False
    assert len(granted(tree.program)) == 1
    assert admin.post(f"{tree.url}editors/{editor.user.pk}/end/").status_code == 302
    assert granted(tree.program) == []


# --- what the database keeps -------------------------------------------------------------------------------


def insert(program, course, user, codename="change_course"):
    right = Permission.objects.get(content_type__app_label="courses", codename=codename)
    return written(
        "INSERT INTO course_grants (program_id, course_id, user_id, permission_id) VALUES (%s, %s, %s, %s)",
        program.pk,
        course.pk,
        user.pk,
        right.pk,
    )


def test_raw_sql_grants_nothing_else_to_nobody_else(tree, tutor, other_program):
    outsider = make_member(Role.TUTOR, other_program)
    left = make_member(Role.TUTOR)
    AssignmentFactory(user=left, program=tree.program, is_active=False)
    with use_program(other_program):
        foreign = CourseFactory()
    with use_program(tree.program, user=outsider):
        for user, course, codename, refusal in (
            (outsider, tree.course, "change_course", "course_grants_assignment"),
            (left, tree.course, "change_course", "Only active members"),
            (tutor.user, foreign, "change_course", "course_grants_content_object_same_program"),
            (tutor.user, tree.course, "archive_course", "Only changing a course"),
            (tutor.user, tree.course, "change_lesson", "Only changing a course"),
        ):
            with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
                insert(tree.program, course, user, codename)
        with pytest.raises(ProgrammingError), transaction.atomic():
            insert(other_program, foreign, outsider)
        assert insert(tree.program, tree.course, tutor.user) == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(tree.program, tree.course, tutor.user)
        with pytest.raises(IntegrityError), transaction.atomic():
            CourseGrant.objects.update(user=left)
        assert CourseGrant.objects.get().granted_by == outsider


def test_history_says_who_gave_it_and_who_took_it(editor, tree, admin):
    with use_program(tree.program, user=admin.user, history={"url": "/here/"}):
        editors.remove_editor(course=tree.course, user_id=editor.user.pk)
        events = list(event_model(CourseGrant).objects.order_by("pgh_id"))
    assert [(event.pgh_label, event.user_id, event.content_object_id) for event in events] == [
        ("insert", editor.user.pk, tree.course.pk),
        ("delete", editor.user.pk, tree.course.pk),
    ]
    assert {event.pgh_context["user"] for event in events} == {str(admin.user.pk)}
    assert events[0].granted_by_id == admin.user.pk


# --- guardian ----------------------------------------------------------------------------------------------


def test_guardians_functions_work_on_our_rows(tutor, tree, program):
    user = tutor.user
    with use_program(program):
        other = CourseFactory()
        grant = assign_perm("courses.change_course", user, tree.course)
        assert isinstance(grant, CourseGrant) and assign_perm("change_course", user, tree.course) == grant
        assert ObjectPermissionChecker(user).get_perms(tree.course) == ["change_course"]
        assert ObjectPermissionChecker(user).has_perm("change_course", other) is False
        assert list(get_objects_for_user(user, "courses.change_course")) == [tree.course]
        assert list(get_objects_for_user(user, "courses.change_course", Course)) == [tree.course]
        assert list(get_users_with_perms(tree.course, with_group_users=False)) == [user]
        checker = ObjectPermissionChecker(user)
        checker.prefetch_perms([tree.course, other])
        assert (checker.has_perm("change_course", tree.course), checker.has_perm("change_course", other)) == (
            True,
            False,
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            assign_perm("archive_course", user, tree.course)
        remove_perm("courses.change_course", user, tree.course)
        assert list(get_objects_for_user(user, "courses.change_course")) == []


def test_guardians_own_tables_are_closed_and_there_is_no_anonymous_user(tutor, tree, owner):
    for table in ("guardian_userobjectpermission", "guardian_groupobjectpermission"):
        assert rows(f"SELECT count(*) FROM {table}") == [(0,)]
        with pytest.raises(ProgrammingError), transaction.atomic():
            written(f"INSERT INTO {table} DEFAULT VALUES")
    assert not User.objects.filter(username__icontains="anonymous").exists()
    assert not hasattr(User, "add_obj_perm") and not hasattr(Group, "add_obj_perm")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_grant_once(tree, tutor):
    start, raised = threading.Barrier(6), []

    def run():
        try:
            start.wait(10)
            let(tree, tutor.user)
        except Exception as error:  # noqa: BLE001
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert raised == []
    assert len(granted(tree.program)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_grant_made_while_the_assignment_ends_does_not_stay(tree, tutor):
    """The end waits for the grant, and finds it."""

    def end():
        UserProgramAssignment.objects.filter(user=tutor.user).update(is_active=False)
        connection.close()

    with use_program(tree.program):
        editors.add_editor(course=tree.course, user_id=tutor.user.pk)
        ended = threading.Thread(target=end)
        ended.start()
        ended.join(0.5)
        assert ended.is_alive()
    ended.join(20)
    assert granted(tree.program) == []


def test_super_admins_grant_in_the_admin_to_members_alone(client_for, tutor, tree, other_program):
    super_admin = client_for(Role.SUPER_ADMIN, tree.program)
    url, outsider = "/admin/courses/coursegrant/add/", make_member(Role.TUTOR, other_program)
    for user, status in ((outsider, 200), (tutor.user, 302), (tutor.user, 200)):
        data = {"user": str(user.pk), "content_object": str(tree.course.pk)}
        assert super_admin.post(url, data).status_code == status
    assert granted(tree.program) == [(tutor.user.username, "Splash 1")]
    with use_program(tree.program):
        assert CourseGrant.objects.get().granted_by == super_admin.user
    assert tutor.get(f"{tree.url}edit/").status_code == 200


# --- the history of the course ------------------------------------------------------------------------------


def test_the_history_of_the_course_tells_who_was_let_edit_to_who_may_let(editor, tree, admin, program):
    User.objects.filter(pk=editor.user.pk).update(full_name="Eva Editor")
    with use_program(tree.program, user=admin.user):
        editors.remove_editor(course=tree.course, user_id=editor.user.pk)
    path = reverse("courses:course-history", args=[tree.course.pk])
    page = text(admin.get(path))
    assert "let Eva Editor edit this course" in page
    assert "ended the right of Eva Editor to edit this course" in page
    assert page.index("ended the right") < page.index("let Eva")  # the newest first
    assert str(admin.user) in page
    assert "Eva Editor edit" not in text(editor.get(path))
