from __future__ import annotations

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from courses import services
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Curriculum, Lesson, LessonEvent
from courses.outline import LEVELS, Outline, counted, duration
from courses.tests.conftest import big_course
from programs.scope import use_program

CURRICULA, MODULES, LESSONS = LEVELS["curricula"], LEVELS["modules"], LEVELS["lessons"]

START = [
    "1 Water",
    "1.1 Entering",
    "1.1.1 Steps",
    "1.1.2 Swivel",
    "1.1.3 Climb",
    "1.2 Breath",
    "1.2.1 Bubbles",
    "2 Floating",
    "2.1 Glide",
]


@pytest.fixture(autouse=True)
def inside(tree):
    with use_program(tree.program):
        yield


def places(module):
    return list(
        Lesson.objects.filter(module=module).order_by("sequence_order").values_list("name", "sequence_order")
    )


# --- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (90, "1 h 30 min"), (60_000, "1,000 h")]
)
def test_duration_is_said_as_people_say_it(minutes, words):
    assert duration(minutes) == words


def test_counted_uses_the_plural():
    assert [counted(1, "lessons"), counted(2, "lessons"), counted(0, "lessons")] == [
        "1 lesson",
        "2 lessons",
        "0 lessons",
    ]


def test_outline_numbers_and_sums(tree, lines):
    outline = Outline(tree.course)
    assert lines() == START
    assert outline.totals == [
        ("Curricula", "2"),
        ("Modules", "3"),
        ("Lessons", "4"),
        ("Teaching time", "1 h 30 min"),
    ]
    assert outline.nodes[tree.water.pk].summary == "2 modules · 4 lessons · 1 h 30 min"
    assert outline.nodes[tree.entering.pk].summary == "3 lessons · 1 h 30 min"
    assert outline.nodes[tree.steps.pk].summary == "30 min"
    assert outline.nodes[tree.bubbles.pk].summary == ""
    assert (
        outline.nodes[tree.water.pk].archive_warning
        == "2 modules and 4 lessons go along. You can restore it at any time."
    )
    assert (
        outline.nodes[tree.breath.pk].archive_warning
        == "1 lesson goes along. You can restore it at any time."
    )
    assert outline.nodes[tree.steps.pk].archive_warning == "You can restore it at any time."


def test_outline_takes_three_queries_however_large_and_reads_no_text():
    for course in (big_course(1, 2), big_course(4, 6)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            outline = Outline(course, archived=LEVELS)
        assert len(queries) == 3
        assert not any('"content"' in query["sql"] or '"description"' in query["sql"] for query in queries)
    assert len(outline.nodes) == 2 + 8 + 48


def test_outline_lists_what_can_be_restored_where_it_was(tree):
    services.archive_node(course=tree.course, node=tree.bubbles)
    services.archive_node(course=tree.course, node=tree.entering)
    outline = Outline(tree.course, archived=LEVELS)
    # The lessons went along with their module and come back with it: they are no entries of their own.
    assert [(n.level.kind, n.name, n.parent_name) for n in outline.archived] == [
        ("modules", "Entering", "Water"),
        ("lessons", "Bubbles", "Breath"),
    ]
    assert [n.name for n in Outline(tree.course, archived={"lessons"}).archived] == ["Bubbles"]
    assert Outline(tree.course).archived == []


# --- adding ----------------------------------------------------------------------------------------------


def test_add_node_stands_last(tree, lines):
    node = services.add_node(course_id=tree.course.pk, level=LESSONS, parent_id=tree.entering.pk, name="Jump")
    assert (node.sequence_order, node.program_id) == (4, tree.program.pk)
    services.add_node(course_id=tree.course.pk, level=CURRICULA, parent_id=tree.course.pk, name="Strokes")
    services.add_node(course_id=tree.course.pk, level=MODULES, parent_id=tree.floating.pk, name="Sculling")
    assert lines()[5:6] + lines()[-2:] == ["1.1.4 Jump", "2.2 Sculling", "3 Strokes"]


def test_add_node_twice_with_one_id_adds_once(tree):
    values = {"course_id": tree.course.pk, "level": LESSONS, "parent_id": tree.glide.pk, "id": uuid.uuid4()}
    first = services.add_node(**values, name="Push")
    assert services.add_node(**values, name="Push") == first
    assert places(tree.glide) == [("Push", 1)]


def test_add_node_with_an_id_taken_in_another_course_is_refused(tree):
    elsewhere = LessonFactory()
    with pytest.raises(services.StaleTree):
        services.add_node(
            course_id=tree.course.pk, level=LESSONS, parent_id=tree.glide.pk, id=elsewhere.pk, name="Push"
        )
    assert places(tree.glide) == []


def test_add_node_refuses_a_parent_that_is_not_present_in_the_course(tree):
    services.archive_node(course=tree.course, node=tree.glide)
    for parent in (tree.glide, ModuleFactory(), tree.water, tree.course):
        with pytest.raises(services.StaleTree):
            services.add_node(course_id=tree.course.pk, level=LESSONS, parent_id=parent.pk, name="Push")
    with pytest.raises(services.StaleTree):
        services.add_node(
            course_id=tree.course.pk, level=CURRICULA, parent_id=CourseFactory().pk, name="Push"
        )


def test_add_node_refuses_an_archived_course(tree):
    from programs.archive import archive

    archive(tree.course)
    with pytest.raises(services.StaleTree):
        services.add_node(course_id=tree.course.pk, level=CURRICULA, parent_id=tree.course.pk, name="Strokes")


# --- moving ----------------------------------------------------------------------------------------------


def step(tree, row, step):
    level = next(level for level in LEVELS.values() if isinstance(row, level.model))
    return services.step_node(course=tree.course, level=level, node_id=row.pk, step=step)


def test_step_node_swaps_neighbours_and_writes_no_other_row(tree):
    before = set(LessonEvent.objects.values_list("pk", flat=True))
    assert step(tree, tree.swivel, -1) is True
    assert places(tree.entering) == [("Swivel", 1), ("Steps", 2), ("Climb", 3)]
    events = LessonEvent.objects.exclude(pk__in=before)
    assert sorted(event.name for event in events) == ["Steps", "Swivel"]
    assert step(tree, tree.swivel, 1) is True
    assert places(tree.entering) == [("Steps", 1), ("Swivel", 2), ("Climb", 3)]


def test_step_node_goes_on_into_the_neighbouring_parent_across_curricula(tree, lines):
    assert step(tree, tree.climb, 1) is True  # the first of Breath
    assert lines()[4:7] == ["1.2 Breath", "1.2.1 Climb", "1.2.2 Bubbles"]
    assert step(tree, tree.bubbles, 1) is True  # into Glide, of the next curriculum
    assert lines()[-1] == "2.1.1 Bubbles"
    assert step(tree, tree.bubbles, -1) is True  # back, as the last
    assert lines()[4:7] == ["1.2 Breath", "1.2.1 Climb", "1.2.2 Bubbles"]
    assert step(tree, tree.breath, 1) is True  # a module into the next curriculum, with its lessons
    assert lines()[-5:] == ["2 Floating", "2.1 Breath", "2.1.1 Climb", "2.1.2 Bubbles", "2.2 Glide"]


def test_step_node_at_the_end_of_all_changes_nothing(tree, lines):
    assert [step(tree, tree.steps, -1), step(tree, tree.water, -1), step(tree, tree.floating, 1)] == [
        False
    ] * 3
    assert step(tree, tree.entering, -1) is False
    assert lines() == START


def test_step_node_refuses_an_archived_one(tree):
    services.archive_node(course=tree.course, node=tree.swivel)
    with pytest.raises(services.StaleTree):
        step(tree, tree.swivel, -1)


def test_step_node_skips_the_gap_an_archived_one_leaves(tree):
    services.archive_node(course=tree.course, node=tree.swivel)
    assert step(tree, tree.climb, -1) is True
    assert places(tree.entering) == [("Climb", 1), ("Steps", 3)]


def test_move_node_goes_behind_the_children_of_the_other_parent(tree, lines):
    services.move_node(course=tree.course, level=LESSONS, node_id=tree.steps.pk, parent_id=tree.breath.pk)
    assert lines()[1:7] == [
        "1.1 Entering",
        "1.1.1 Swivel",
        "1.1.2 Climb",
        "1.2 Breath",
        "1.2.1 Bubbles",
        "1.2.2 Steps",
    ]
    services.move_node(course=tree.course, level=LESSONS, node_id=tree.steps.pk, parent_id=tree.breath.pk)
    assert lines()[6] == "1.2.2 Steps"


def test_move_node_stays_inside_the_course_and_its_level(tree, lines):
    for parent in (ModuleFactory(), tree.water, tree.steps):
        with pytest.raises(services.StaleTree):
            services.move_node(course=tree.course, level=LESSONS, node_id=tree.steps.pk, parent_id=parent.pk)
    assert lines() == START


# --- reordering ------------------------------------------------------------------------------------------


def reorder(tree, parent, *rows, level=LESSONS):
    services.reorder_children(
        course=tree.course, level=level, parent_id=parent.pk, ids=[row.pk for row in rows]
    )


def test_reorder_children_is_one_statement(tree):
    with CaptureQueriesContext(connection) as queries:
        reorder(tree, tree.entering, tree.climb, tree.steps, tree.swivel)
    assert [q["sql"].split()[1] for q in queries if q["sql"].startswith("UPDATE")] == ['"lessons"']
    assert places(tree.entering) == [("Climb", 1), ("Steps", 2), ("Swivel", 3)]


def test_reorder_children_to_the_same_order_writes_nothing(tree):
    with CaptureQueriesContext(connection) as queries:
        reorder(tree, tree.entering, tree.steps, tree.swivel, tree.climb)
    assert not any(q["sql"].startswith("UPDATE") for q in queries)


def test_reorder_children_brings_a_node_of_another_parent(tree, lines):
    reorder(tree, tree.entering, tree.steps, tree.bubbles, tree.swivel, tree.climb)
    assert lines()[1:7] == [
        "1.1 Entering",
        "1.1.1 Steps",
        "1.1.2 Bubbles",
        "1.1.3 Swivel",
        "1.1.4 Climb",
        "1.2 Breath",
    ]
    reorder(tree, tree.floating, tree.breath, tree.glide, level=MODULES)
    reorder(tree, tree.course, tree.floating, tree.water, level=CURRICULA)
    assert lines()[:4] == ["1 Floating", "1.1 Breath", "1.2 Glide", "2 Water"]


def test_reorder_children_refuses_a_stale_list_and_changes_nothing(tree, lines):
    other = LessonFactory()
    for rows in (
        [tree.swivel, tree.steps],  # someone added Climb meanwhile
        [tree.swivel, tree.steps, tree.climb, other],  # of another course
        [tree.swivel, tree.steps, tree.climb, tree.glide],  # of another level
        [],
    ):
        with pytest.raises(services.StaleTree):
            reorder(tree, tree.entering, *rows)
    services.archive_node(course=tree.course, node=tree.climb)
    with pytest.raises(services.StaleTree):
        reorder(tree, tree.entering, tree.climb, tree.swivel, tree.steps)
    with pytest.raises(services.StaleTree):
        reorder(tree, other.module, other)
    assert lines() == [line for line in START if "Climb" not in line]


def test_a_place_taken_twice_shows_in_the_service_not_at_commit(tree):
    # A path that takes no lock, such as raw SQL, may collide: the service says so while it can be answered.
    with pytest.raises(services.StaleTree), services.locked_tree(tree.course.pk):
        Lesson.objects.filter(pk=tree.steps.pk).update(sequence_order=2)
    assert places(tree.entering) == [("Steps", 1), ("Swivel", 2), ("Climb", 3)]


def test_changing_leaves_the_constraints_as_it_found_them(tree):
    with transaction.atomic():
        reorder(tree, tree.entering, tree.climb, tree.steps, tree.swivel)
        # Still deferred: a swap in two statements passes.
        Lesson.objects.filter(pk=tree.climb.pk).update(sequence_order=2)
        Lesson.objects.filter(pk=tree.steps.pk).update(sequence_order=1)
    assert places(tree.entering) == [("Steps", 1), ("Climb", 2), ("Swivel", 3)]


# --- archiving -------------------------------------------------------------------------------------------


def test_archive_and_restore_take_what_hangs_below_and_give_the_place_back(tree, lines):
    services.archive_node(course=tree.course, node=tree.entering)
    assert lines() == ["1 Water", "1.1 Breath", "1.1.1 Bubbles", "2 Floating", "2.1 Glide"]
    services.restore_node(course=tree.course, node=tree.entering)
    assert lines() == START


def test_restore_finds_a_place_when_its_own_is_taken(tree, lines):
    services.archive_node(course=tree.course, node=tree.steps)
    services.archive_node(course=tree.course, node=tree.climb)
    services.add_node(course_id=tree.course.pk, level=LESSONS, parent_id=tree.entering.pk, name="Jump")
    services.restore_node(course=tree.course, node=tree.climb)  # its place 3 went to Jump
    services.restore_node(course=tree.course, node=tree.steps)  # its place 1 is free
    assert lines()[1:6] == ["1.1 Entering", "1.1.1 Steps", "1.1.2 Swivel", "1.1.3 Jump", "1.1.4 Climb"]


def test_no_row_of_another_program_is_reached(tree, other_program, lines):
    with use_program(other_program):
        foreign = CurriculumFactory(name="Foreign")
    for call in (
        lambda: services.add_node(
            course_id=foreign.course_id, level=CURRICULA, parent_id=foreign.course_id, name="Mine"
        ),
        lambda: services.add_node(course_id=tree.course.pk, level=MODULES, parent_id=foreign.pk, name="Mine"),
        lambda: services.move_node(
            course=tree.course, level=MODULES, node_id=tree.glide.pk, parent_id=foreign.pk
        ),
        lambda: reorder(tree, tree.course, tree.water, tree.floating, foreign, level=CURRICULA),
    ):
        with pytest.raises(services.StaleTree):
            call()
    assert lines() == START
    with use_program(other_program):
        assert list(Curriculum.objects.values_list("name", flat=True)) == ["Foreign"]
