"""Every kind of line of a history has an Undo that gives back what was before, or stands below with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import Tag
from django.urls import reverse

import academy.urls  # noqa: F401  registers the views
import crud
from accounts.models import Role
from courses import editors
from courses.changes import GRANTS, SENTENCES, SOURCES
from courses.factories import CourseFactory, CurriculumFactory, LessonFactory, ModuleFactory
from courses.models import Course, CourseGrant
from crud.history import Verb
from crud.testing import another_value, dom, hidden_fields
from programs.archive import archive, restore
from programs.factories import AssignmentFactory
from programs.models import Program
from programs.scope import use_program
from programs.testing import ClientFor, PageClient, factory_of, make_member
from students.models import LookKind

ROWS = [views for views in crud.registered() if views.model is not Course]
STAFF, LOOKS = "staff", "looks"
NONE_IN_A_PROGRAM = "assignments have no archive: they end, which is a change"
GONE = "the row is gone, and the page with its history"
WITHOUT = {
    **{(views.model._meta.label_lower, "deleted"): GONE for views in ROWS},
    (STAFF, "deleted"): GONE,
    (STAFF, "archived"): NONE_IN_A_PROGRAM,
    (STAFF, "restored"): NONE_IN_A_PROGRAM,
    **{(LOOKS, kind): "what somebody has seen is not unseen, and that it was is kept" for kind in LookKind},
    ("courses", "archived"): "the page of an archived course is about restoring it, and has no history",
    ("courses", "moved"): "a course has no parent, and no place among others",
}
KINDS = [
    *((views.model._meta.label_lower, verb) for views in ROWS for verb in Verb.values),
    *((STAFF, verb) for verb in Verb.values),
    *((LOOKS, kind) for kind in LookKind),
    *((kind, verb) for kind in SOURCES for verb in SENTENCES if verb not in ("let", "ended")),
    *((GRANTS, verb) for verb in ("let", "ended")),
]
# What a change writes, by the kind and the verb; "" is every other kind. What is not here writes `another_value`.
CHANGES: dict[tuple[str, str], dict[str, Any]] = {
    ("students.student", "changed"): {
        "first_name": "Another",
        "emergency_contact": {"contacts": [{"name": "Eva"}]},
    },
    (STAFF, "changed"): {"role": Role.PROGRAM_COORDINATOR},
    ("", "renamed"): {"name": "Another"},
    ("", "edited"): {"description": "Other"},
    ("lessons", "edited"): {"content": "Other"},
    ("", "moved"): {"sequence_order": 7},
}


class HistoryScenario:
    """A program with somebody who may do everything in it, and the row that a history is about."""

    def __init__(self, client: PageClient, program: Program, kind: str) -> None:
        self.client, self.program, self.kind = client, program, kind
        self.tutor = make_member(Role.TUTOR, program, full_name="Tina Tutor")
        self.course = self.work(CourseFactory) if kind in (*SOURCES, GRANTS) else None

    def work(self, do: Callable[..., Any], **values: Any) -> Any:
        """What `do` gives, done in a request of its own."""
        with use_program(self.program, user=self.client.user, history={"request": str(uuid.uuid4())}):
            return do(**values)

    def added(self) -> Any:
        """A new row of the kind; what it stands in is there before."""
        if self.kind == STAFF:
            return self.work(AssignmentFactory, user=make_member(Role.TUTOR), program=self.program)
        if self.kind == "courses":
            return self.course
        if self.kind == "curricula":
            return self.work(CurriculumFactory, course=self.course)
        if self.kind == "modules":
            return self.work(ModuleFactory, curriculum=self.work(CurriculumFactory, course=self.course))
        if self.kind == "lessons":
            above = self.work(CurriculumFactory, course=self.course)
            return self.work(LessonFactory, module=self.work(ModuleFactory, curriculum=above))
        model = next(views.model for views in ROWS if views.model._meta.label_lower == self.kind)
        return self.work(factory_of(model))

    def page(self, row: Any) -> str:
        if self.course is not None:
            return reverse("courses:course-history", args=[self.course.pk])
        views = next((views for views in ROWS if views.model._meta.label_lower == self.kind), None)
        if views is not None:
            tabs = [tab.key for tab in views.tabs]
            query = "?tab=history" if "history" in tabs else ""
            return reverse(views.url_name("detail"), args=[row.pk]) + query
        name = "staff:member" if self.kind == STAFF else "students:student-detail"
        return reverse(name, args=[row.pk]) + ("?tab=history" if name.startswith("students") else "")

    def newest_line(self, row: Any) -> Tag:
        (history, *_title) = dom(self.client.get(self.page(row))).select('[id^="history"]')
        line = history.find_next("time").find_parent("li")
        assert len(line.select("time")) == 1
        return line

    def press(self, row: Any) -> None:
        """Press the Undo of the newest line, and where a page asks then, do as it asks."""
        line = self.newest_line(row)
        way = line.select_one('form[method="post"], a.btn.sm[href]')
        assert way is not None, f"No Undo: {line}"
        if way.name == "a":
            assert self.client.get(way["href"]).status_code == 200
            answer = self.client.post(way["href"])
        else:
            answer = self.client.post(way["action"], hidden_fields(way))
        assert answer.status_code == 302

    def state(self, row: Any) -> Any:
        """What a change changes: the values of the row, and whether it is there at all."""
        with use_program(self.program):
            if self.kind == GRANTS:
                return CourseGrant.objects.filter(user=self.tutor).exists()
            rows = getattr(type(row), "with_archived", type(row)._default_manager)
            values = rows.filter(pk=row.pk).values().get()
        values.pop("updated_at")
        return {**values, "deleted_at": values.get("deleted_at") is not None}


def change(scenario: HistoryScenario, row: Any, verb: str) -> None:
    """Do to the row what the verb tells."""
    if verb == "archived":
        scenario.work(lambda: archive(row))
    elif verb == "restored":
        scenario.work(lambda: restore(row))
    else:
        values = (
            CHANGES.get((scenario.kind, verb)) or CHANGES.get(("", verb)) or dict([another_value(type(row))])
        )
        scenario.work(lambda: type(row).objects.filter(pk=row.pk).update(**values))


def make_line(scenario: HistoryScenario, verb: str) -> tuple[Any, Any]:
    """The newest line of the history is one of this verb. Returns (its row, what the row was like before it)."""
    if scenario.kind == GRANTS:
        if verb == "ended":
            scenario.work(editors.add_editor, course=scenario.course, user_id=scenario.tutor.pk)
        before = scenario.state(None)
        do = editors.add_editor if verb == "let" else editors.remove_editor
        scenario.work(do, course=scenario.course, user_id=scenario.tutor.pk)
        return None, before
    row = scenario.added()
    if verb == "added":  # before it nothing was there, which is: not in use
        state = scenario.state(row)
        return row, {**state, **({"is_active": False} if scenario.kind == STAFF else {"deleted_at": True})}
    if verb == "restored":
        scenario.work(lambda: archive(row))
    before = scenario.state(row)
    change(scenario, row, verb)
    return row, before


@pytest.mark.parametrize(("kind", "verb"), [pair for pair in KINDS if pair not in WITHOUT])
def test_each_kind_of_line_has_an_undo(client_for: ClientFor, program: Program, kind: str, verb: str) -> None:
    scenario = HistoryScenario(client_for(Role.PROGRAM_ADMIN, program), program, kind)
    row, before = make_line(scenario, verb)
    scenario.press(row)
    assert scenario.state(row) == before


def test_what_has_no_undo_is_a_kind_of_line() -> None:
    assert set(WITHOUT) <= set(KINDS)


def test_an_archived_course_is_restored_on_its_page(client_for: ClientFor, program: Program) -> None:
    scenario = HistoryScenario(client_for(Role.PROGRAM_ADMIN, program), program, "courses")
    scenario.work(lambda: archive(scenario.course))
    page = scenario.client.get(reverse("courses:course-detail", args=[scenario.course.pk])).text
    assert f'action="{reverse("courses:course-restore", args=[scenario.course.pk])}"' in page
    assert 'id="history' not in page
