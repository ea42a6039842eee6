"""Several people in one course at the same moment, each on a connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection

from courses import services
from courses.models import Course, Lesson
from courses.outline import LEVELS
from courses.views import TreeView
from programs.scope import use_program
from programs.testing import owner_url

LESSONS = LEVELS["lessons"]

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(tree: SimpleNamespace, calls: list[Callable[[], Any]]) -> list[Exception]:
    """Run the calls together; return what they raised."""
    start, raised = threading.Barrier(len(calls)), []

    def run(call: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            with use_program(tree.program):
                call()
        except Exception as error:  # noqa: BLE001
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


def lessons(tree, module):
    with use_program(tree.program):
        return list(
            Lesson.objects.filter(module=module)
            .order_by("sequence_order")
            .values_list("name", "sequence_order")
        )


def add(tree, name):
    return lambda: services.add_node(
        course_id=tree.course.pk, level=LESSONS, parent_id=tree.glide.pk, name=name
    )


def test_adding_at_once_gives_each_a_place_of_its_own(tree):
    assert at_once(tree, [add(tree, f"Lesson {number}") for number in range(8)]) == []
    found = lessons(tree, tree.glide)
    assert sorted(name for name, _ in found) == [f"Lesson {number}" for number in range(8)]
    assert [place for _, place in found] == list(range(1, 9))


def test_moving_between_two_lists_in_both_directions_neither_waits_for_ever_nor_loses_a_lesson(tree):
    def swap(node, step):
        return lambda: services.step_node(course=tree.course, level=LESSONS, node_id=node.pk, step=step)

    calls = [swap(tree.climb, 1), swap(tree.bubbles, -1), swap(tree.steps, 1), swap(tree.swivel, -1)]
    assert at_once(tree, calls) == []
    names = [name for module in (tree.entering, tree.breath) for name, _ in lessons(tree, module)]
    assert sorted(names) == ["Bubbles", "Climb", "Steps", "Swivel"]


def test_two_orders_at_once_are_one_of_the_two(tree):
    def reorder(*rows):
        return lambda: services.reorder_children(
            course=tree.course, level=LESSONS, parent_id=tree.entering.pk, ids=[row.pk for row in rows]
        )

    one, other = (tree.climb, tree.swivel, tree.steps), (tree.swivel, tree.climb, tree.steps)
    assert at_once(tree, [reorder(*one), reorder(*other)]) == []
    assert [name for name, _ in lessons(tree, tree.entering)] in (
        [row.name for row in one],
        [row.name for row in other],
    )


def test_adding_below_what_is_being_archived_is_refused_or_goes_along(tree, fresh):
    raised = at_once(
        tree, [add(tree, "Push"), lambda: services.archive_node(course=tree.course, node=tree.glide)]
    )
    assert all(isinstance(error, services.StaleTree) for error in raised)
    assert lessons(tree, tree.glide) == []
    assert fresh(tree.glide).is_archived
    with use_program(tree.program):
        assert Lesson.with_archived.filter(module=tree.glide).count() == 1 - len(raised)


def test_copying_with_one_key_at_once_copies_once(tree):
    copies = [lambda: services.copy_course(course=tree.course, key="same") for _ in range(4)]
    copies += [
        lambda: services.copy_curriculum(course=tree.course, node_id=tree.water.pk, key="same")
        for _ in range(4)
    ]
    assert at_once(tree, copies) == []
    with use_program(tree.program):
        assert Course.objects.count() == 2
        assert tree.course.curricula.filter(name="Water (copy)").count() == 1


def test_renaming_at_once_lets_one_win_and_tells_the_other(tree):
    def rename(name):
        return lambda: services.rename_node(
            course=tree.course, level=LESSONS, node_id=tree.steps.pk, was="Steps", name=name
        )

    (raised,) = at_once(tree, [rename("One"), rename("Two")])
    assert isinstance(raised, services.Renamed)
    with use_program(tree.program):
        assert {raised.name} == set(Lesson.objects.filter(pk=tree.steps.pk).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("posted", "status"),
    [({"mode": "preview"}, 200), ({"mode": "edit"}, 200), ({"name": ""}, 422), ({"version": ""}, 409)],
    ids=["preview", "editing goes on", "refused", "out of date"],
)
def test_no_row_is_locked_while_its_texts_are_formatted(client_for, tree, monkeypatch, posted, status):
    """Another connection could write it in the meantime."""
    url, admin = f"{tree.url}lessons/{tree.steps.pk}/", client_for("program_admin", tree.program)
    form = admin.get(url).context["page"].panel.form
    values = {"name": "Steps", "content": "*a*", "version": form.version}
    free = []

    def looked(self, *args, **kwargs):
        with psycopg.connect(owner_url(), autocommit=True) as other:
            found = other.execute(
                "SELECT id FROM lessons WHERE id = %s FOR UPDATE SKIP LOCKED", [tree.steps.pk]
            )
            free.append(found.fetchone() is not None)
        return show_tree(self, *args, **kwargs)

    show_tree = TreeView.show_tree
    monkeypatch.setattr(TreeView, "show_tree", looked)
    assert admin.post(url, {**values, **posted}).status_code == status
    assert free == [True]
