"""The history of a course undoes each line of it, for as long as the rows have what the line says."""

from __future__ import annotations

import pytest

from accounts.models import Role, User
from courses.factories import (
    CourseFactory,
    CourseGrantFactory,
    CurriculumFactory,
    LessonFactory,
    ModuleFactory,
)
from courses.models import Course, CourseGrant, Lesson, Module
from courses.outline import LEVELS
from courses.services import add_node
from crud.history import event_model
from crud.testing import dom, form_data
from programs.archive import archive
from programs.models import UserProgramAssignment
from programs.scope import use_program

HTMX = {"HTTP_HX_REQUEST": "true"}
CHANGED_SINCE = "This was changed since, so nothing was undone."


def ways_back(client, tree):
    """(where to, what is sent) of the button of each line, None where it has none; the newest first."""
    found = []
    for line in dom(client.get(f"{tree.url}history/", **HTMX)).select("li.min-w-0"):
        form = line.select_one("form[method=post]")
        hidden = form.select("[name]:not([name=csrfmiddlewaretoken])") if form else ()
        found.append((form["action"], {field["name"]: field["value"] for field in hidden}) if form else None)
    return found


def press(client, way):
    return client.post(way[0], way[1], program=None, follow=True)


def undo(client, tree):
    """Press the button of the newest line."""
    return press(client, ways_back(client, tree)[0])


def do(client, path, **data):
    assert client.post(path, data).status_code == 302


def save(client, path, **values):
    version = dom(client.get(path)).select_one("form [name=version]")["value"]
    do(client, path, version=version, **values)


def rename(tree):
    return f"lessons/{tree.steps.pk}/rename/", {"was": "Steps", "name": "Stairs"}


def to_the_next_module(tree):
    return f"lessons/{tree.climb.pk}/move/", {"step": "next"}


def one_down(tree):
    return f"lessons/{tree.steps.pk}/move/", {"step": "down"}


def to_a_chosen_module(tree):
    return f"lessons/{tree.swivel.pk}/move/", {"parent": tree.glide.pk}


def module_elsewhere(tree):
    return f"modules/{tree.entering.pk}/move/", {"parent": tree.floating.pk}


def another_order(tree):
    order = ",".join(str(row.pk) for row in (tree.climb, tree.bubbles, tree.steps, tree.swivel))
    return "lessons/reorder/", {"parent": tree.entering.pk, "order": order, "moved": tree.bubbles.pk}


def other_order_of_curricula(tree):
    order = f"{tree.floating.pk},{tree.water.pk}"
    return "curricula/reorder/", {"parent": tree.course.pk, "order": order, "moved": tree.floating.pk}


def archived_module(tree):
    return f"modules/{tree.entering.pk}/archive/", {}


def archived_curriculum(tree):
    return f"curricula/{tree.water.pk}/archive/", {}


ACTIONS = [
    rename,
    to_the_next_module,
    one_down,
    to_a_chosen_module,
    module_elsewhere,
    another_order,
    other_order_of_curricula,
    archived_module,
    archived_curriculum,
]


@pytest.mark.parametrize("action", ACTIONS)
def test_each_line_is_undone_and_so_is_the_undo(admin, tree, lines, action):
    before = lines()
    path, data = action(tree)
    do(admin, tree.url + path, **data)
    after = lines()
    assert after != before
    assert "as it was before" in undo(admin, tree).text
    assert lines() == before
    undo(admin, tree)
    assert lines() == after


def test_texts_and_minutes_are_undone(admin, tree, fresh):
    lesson = f"{tree.url}lessons/{tree.steps.pk}/"
    save(admin, lesson, name="Steps", content="New words", duration_minutes="45")
    save(admin, f"{tree.url}curricula/{tree.water.pk}/", name="Water", description="All about it")
    edit = f"{tree.url}edit/"
    do(admin, edit, **{**form_data(admin.get(edit)), "name": "Splash 2", "level": "3"})
    newest = ways_back(admin, tree)[:3]
    for way in newest:
        assert "as it was before" in press(admin, way).text
    assert (fresh(tree.steps).content, fresh(tree.steps).duration_minutes) == (
        "Aim, warm-up, main part, cool-down.",
        30,
    )
    assert fresh(tree.water).description == ""
    assert (fresh(tree.course).name, fresh(tree.course).level) == ("Splash 1", 1)


def test_what_was_changed_since_is_left_alone(admin, tree, fresh, lines):
    do(admin, f"{tree.url}lessons/{tree.steps.pk}/rename/", was="Steps", name="Stairs")
    renamed = ways_back(admin, tree)[0]
    save(admin, f"{tree.url}lessons/{tree.steps.pk}/", name="Stairs", content="New", duration_minutes="30")
    assert renamed in ways_back(admin, tree)  # something else of the same lesson
    do(admin, f"{tree.url}lessons/{tree.steps.pk}/rename/", was="Stairs", name="Ladder")
    assert renamed not in ways_back(admin, tree)
    assert CHANGED_SINCE in press(admin, renamed).text
    assert (fresh(tree.steps).name, fresh(tree.steps).content) == ("Ladder", "New")

    do(admin, f"{tree.url}lessons/{tree.steps.pk}/move/", step="down")
    moved = ways_back(admin, tree)[0]
    do(admin, f"{tree.url}lessons/{tree.swivel.pk}/move/", step="next")
    now = lines()
    assert moved not in ways_back(admin, tree)
    assert CHANGED_SINCE in press(admin, moved).text
    assert lines() == now


def test_what_went_elsewhere_since_it_was_restored_is_left_alone(admin, tree, lines):
    do(admin, f"{tree.url}modules/{tree.entering.pk}/archive/")
    do(admin, f"{tree.url}modules/{tree.entering.pk}/restore/")
    way = ways_back(admin, tree)[0]
    do(admin, f"{tree.url}lessons/{tree.climb.pk}/move/", parent=tree.glide.pk)
    now = lines()
    assert way not in ways_back(admin, tree)
    assert CHANGED_SINCE in press(admin, way).text
    assert lines() == now


def test_what_was_archived_since_is_left_alone(admin, tree, fresh):
    do(admin, f"{tree.url}lessons/{tree.steps.pk}/rename/", was="Steps", name="Stairs")
    way = ways_back(admin, tree)[0]
    do(admin, f"{tree.url}lessons/{tree.steps.pk}/archive/")
    assert way not in ways_back(admin, tree)
    assert CHANGED_SINCE in press(admin, way).text
    assert fresh(tree.steps).name == "Stairs"


def test_a_lesson_added_since_goes_into_no_archive_by_an_undo(admin, tree, lines):
    do(admin, f"{tree.url}modules/{tree.entering.pk}/archive/")
    do(admin, f"{tree.url}modules/{tree.entering.pk}/restore/")
    way = ways_back(admin, tree)[0]
    do(admin, f"{tree.url}lessons/new/", parent=tree.entering.pk, name="Jump")
    now = lines()
    assert "Something was added to it since, so nothing was undone." in press(admin, way).text
    assert lines() == now


def test_nothing_goes_back_to_a_place_that_is_taken_or_archived(admin, tree, lines):
    do(admin, f"{tree.url}lessons/{tree.climb.pk}/move/", parent=tree.glide.pk)
    way = ways_back(admin, tree)[0]
    with use_program(tree.program):
        add_node(course_id=tree.course.pk, level=LEVELS["lessons"], parent_id=tree.entering.pk, name="Jump")
    now = lines()
    assert "Something else stands in its place now, so nothing was undone." in press(admin, way).text
    assert lines() == now
    with use_program(tree.program):
        archive(tree.entering)
    now = lines()
    assert "What it was in before is no longer there, so nothing was undone." in press(admin, way).text
    assert lines() == now


def test_a_lesson_is_restored_only_where_its_module_is_there(admin, tree, lines):
    do(admin, f"{tree.url}lessons/{tree.climb.pk}/archive/")
    way = ways_back(admin, tree)[0]
    do(admin, f"{tree.url}modules/{tree.entering.pk}/archive/")
    now = lines()
    assert "Entering is archived. Restore it first." in press(admin, way).text
    assert lines() == now


def test_buttons_are_for_who_may_make_the_change(admin, coordinator, client_for, program, tree, lines):
    do(admin, f"{tree.url}lessons/{tree.steps.pk}/rename/", was="Steps", name="Stairs")
    do(admin, f"{tree.url}lessons/{tree.climb.pk}/archive/")
    now = lines()
    archived, renamed = ways_back(admin, tree)[:2]
    assert ways_back(coordinator, tree)[:2] == [None, renamed]
    assert coordinator.post(archived[0], archived[1], program=None).status_code == 403
    tutor = client_for(Role.TUTOR, program)
    assert ways_back(tutor, tree)[:2] == [None, None]
    for way in (archived, renamed):
        assert tutor.post(way[0], way[1], program=None).status_code == 403
    assert lines() == now
    with use_program(program):
        CourseGrantFactory(user=tutor.user, content_object=tree.course, program=program)
    assert ways_back(tutor, tree)[:2] == [None, renamed]
    assert tutor.post(archived[0], archived[1], program=None).status_code == 403
    assert "as it was before" in press(tutor, renamed).text
    assert "1.1.1 Steps" in lines()


# --- what was added ----------------------------------------------------------------------------------------


def add(client, tree, kind, parent, name):
    do(client, f"{tree.url}{kind}/new/", parent=parent.pk, name=name)


@pytest.mark.parametrize(
    ("kind", "parent"), [("curricula", "course"), ("modules", "water"), ("lessons", "entering")]
)
def test_what_was_added_goes_into_the_archive_and_comes_back(admin, tree, lines, kind, parent):
    before = lines()
    add(admin, tree, kind, getattr(tree, parent), "Jump")
    after = lines()
    assert "“Jump” archived." in undo(admin, tree).text
    assert lines() == before
    assert "as it was before" in undo(admin, tree).text
    assert lines() == after


def test_what_holds_something_by_now_is_not_taken_away(admin, tree, lines):
    add(admin, tree, "modules", tree.water, "Jumping")
    way = ways_back(admin, tree)[0]
    with use_program(tree.program):
        jumping = Module.objects.get(name="Jumping")
    add(admin, tree, "lessons", jumping, "Jump")
    lesson, *others = ways_back(admin, tree)
    now = lines()
    assert way not in others
    assert "Something was added to it since, so nothing was undone." in press(admin, way).text
    assert lines() == now
    press(admin, lesson)  # what came last goes first
    assert way in ways_back(admin, tree)
    press(admin, way)
    assert "1.3 Jumping" not in lines()


def test_what_somebody_worked_on_since_it_was_added_stays_and_who_did_is_told(admin, client_for, tree, lines):
    add(admin, tree, "lessons", tree.entering, "Jump")
    way = ways_back(admin, tree)[0]
    other = client_for(Role.PROGRAM_ADMIN, tree.program, full_name="Olga Other")
    with use_program(tree.program):
        lesson = Lesson.objects.get(name="Jump")
    do(other, f"{tree.url}lessons/{lesson.pk}/move/", step="up")  # where it stands does not matter
    assert way in ways_back(admin, tree)
    save(other, f"{tree.url}lessons/{lesson.pk}/", name="Jump", content="Feet first.", duration_minutes="5")
    now = lines()
    assert way not in ways_back(admin, tree)
    said = press(admin, way).text
    assert f"{CHANGED_SINCE} Olga Other was the last to change “Jump”." in said
    assert lines() == now


def test_what_was_added_is_taken_away_by_who_may_archive(admin, coordinator, client_for, tree, lines):
    add(coordinator, tree, "lessons", tree.entering, "Jump")
    assert ways_back(coordinator, tree)[0] is None
    way = ways_back(admin, tree)[0]
    tutor = client_for(Role.TUTOR, tree.program)
    with use_program(tree.program):
        CourseGrantFactory(user=tutor.user, content_object=tree.course, program=tree.program)
    now = lines()
    for client in (coordinator, tutor):
        assert client.post(way[0], way[1], program=None).status_code == 403
    assert lines() == now


def test_the_line_of_the_course_itself_leads_to_the_page_that_asks(admin, coordinator, tree):
    link = f'<a class="btn sm" href="{tree.url}archive/">'
    assert link in admin.get(f"{tree.url}history/", **HTMX).text
    assert link not in coordinator.get(f"{tree.url}history/", **HTMX).text


# --- who may edit ------------------------------------------------------------------------------------------


@pytest.fixture
def tina(client_for, program):
    return client_for(Role.TUTOR, program, full_name="Tina Tutor")


def may_edit(tree, client):
    with use_program(tree.program):
        return CourseGrant.objects.filter(user=client.user, content_object=tree.course).exists()


def test_a_right_to_edit_is_taken_and_given_back_from_the_history(admin, tina, tree):
    do(admin, f"{tree.url}editors/", user=tina.user.pk)
    given = ways_back(admin, tree)[0]
    assert "Tina Tutor may no longer edit “Splash 1”." in press(admin, given).text
    assert not may_edit(tree, tina)
    ended = ways_back(admin, tree)[0]
    assert given not in ways_back(admin, tree)
    assert "Tina Tutor may edit “Splash 1” now." in press(admin, ended).text
    assert may_edit(tree, tina)
    assert ended not in ways_back(admin, tree)
    # Pressed again in a page that was open: nothing happens, and it says why.
    assert "Tina Tutor may edit “Splash 1” already." in press(admin, ended).text
    do(admin, f"{tree.url}editors/{tina.user.pk}/end/")
    assert "Tina Tutor may no longer edit “Splash 1”." in press(admin, given).text


def test_a_right_to_edit_is_given_back_to_nobody_who_left_or_needs_none(admin, tina, tree):
    do(admin, f"{tree.url}editors/", user=tina.user.pk)
    do(admin, f"{tree.url}editors/{tina.user.pk}/end/")
    ended = ways_back(admin, tree)[0]
    assignments = UserProgramAssignment.objects.filter(user=tina.user)
    assignments.update(role=Role.PROGRAM_COORDINATOR)
    assert "Tina Tutor may edit every course already." in press(admin, ended).text
    assignments.update(role=None, is_active=False)
    assert ended not in ways_back(admin, tree)
    assert "Tina Tutor no longer works in this program, so nothing was undone." in press(admin, ended).text
    assignments.update(is_active=True)
    User.objects.filter(pk=tina.user.pk).update(is_active=False)
    assert ended not in ways_back(admin, tree)
    assert not may_edit(tree, tina)


def test_rights_to_edit_are_undone_by_who_may_give_them_in_their_course(
    admin, coordinator, tina, tree, client_for
):
    do(admin, f"{tree.url}editors/", user=tina.user.pk)
    way = ways_back(admin, tree)[0]
    for client in (coordinator, tina):
        assert way not in ways_back(client, tree)
        assert client.post(way[0], way[1], program=None).status_code == 403
    with use_program(tree.program):
        other = CourseFactory()
    elsewhere = (f"/courses/{other.pk}/take-back/?of=grants", way[1])
    assert CHANGED_SINCE in press(admin, elsewhere).text
    assert may_edit(tree, tina)


# --- other courses and nonsense ----------------------------------------------------------------------------


def newest_event(model, row):
    return event_model(model).objects.filter(pgh_obj_id=row.pk).order_by("-pgh_id")[0].pgh_id


def test_nobody_undoes_a_change_of_another_course_or_program(admin, tree, other_program, fresh):
    for where in (tree.program, other_program):
        with use_program(where):
            row = LessonFactory(name="Before")
            Lesson.objects.filter(pk=row.pk).update(name="After")
            event = newest_event(Lesson, row)
        way = (f"{tree.url}take-back/?of=lessons", {"event": str(event), "program_context": tree.program.pk})
        assert CHANGED_SINCE in press(admin, way).text
        with use_program(where):
            assert Lesson.objects.get(pk=row.pk).name == "After"


def test_an_undo_brings_nothing_into_a_course_that_one_may_not_edit(client_for, program, tree, fresh):
    """Who was granted this course alone does not put a module back into the course that it came from."""
    with use_program(program):
        elsewhere = ModuleFactory(curriculum=CurriculumFactory(course=CourseFactory()), name="Diving")
        Module.objects.filter(pk=elsewhere.pk).update(curriculum=tree.floating, sequence_order=9)
    editor = client_for(Role.TUTOR, program)
    with use_program(program):
        CourseGrantFactory(user=editor.user, content_object=tree.course, program=program)
    moved = ways_back(editor, tree)[0]
    assert "What it was in before is no longer there, so nothing was undone." in press(editor, moved).text
    assert fresh(elsewhere).curriculum_id == tree.floating.pk


@pytest.mark.parametrize(
    ("of", "event"), [("lessons", "x"), ("lessons", ""), ("lessons", "9" * 30), ("students", "1")]
)
def test_what_makes_no_sense_is_a_400(admin, tree, of, event):
    assert admin.post(f"{tree.url}take-back/?of={of}", {"event": event}).status_code == 400


def test_a_course_that_was_restored_goes_back_into_the_archive(admin, coordinator, tree, fresh):
    do(admin, f"{tree.url}archive/")
    do(admin, f"{tree.url}restore/")
    assert ways_back(coordinator, tree)[0] is None
    undo(admin, tree)
    with use_program(tree.program):
        assert Course.with_archived.get(pk=tree.course.pk).deleted_at is not None
        assert not Lesson.objects.exists()
