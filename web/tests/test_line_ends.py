"""A line end is one character in every long text, whatever the browser sends for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from courses.models import Course, Lesson
from crud.testing import form_data
from programs.models import Program
from programs.scope import use_program
from programs.testing import PageClient, make_member, one_of_each
from students.models import Student
from web.line_ends import with_line_feeds

LINES = 50


def typed(length: int) -> str:
    """A text of `length` characters in 50 lines."""
    return "\n".join(["x" * 30] * (LINES - 1) + ["y" * (length - 31 * (LINES - 1))])


def sent(text: str) -> str:
    """The text as a browser sends it."""
    return text.replace("\n", "\r\n")


@pytest.fixture
def made(program: Program) -> dict[Any, Any]:
    return one_of_each(program)


@pytest.fixture
def client(program: Program) -> PageClient:
    return PageClient(make_member("program_admin", program), program)


def lesson_of(program: Program, made: dict[Any, Any]) -> Any:
    with use_program(program):
        return Lesson.objects.get(pk=made[Lesson].pk)


def save_student(client: PageClient, made: dict[Any, Any], text: str) -> Any:
    path = f"/students/{made[Student].pk}/edit/"
    return client.post(path, {**form_data(client.get(path)), "medical_note": text})


def save_course(client: PageClient, made: dict[Any, Any], text: str) -> Any:
    path = f"/courses/{made[Course].pk}/edit/"
    return client.post(path, {**form_data(client.get(path)), "description": text})


def save_lesson(client: PageClient, made: dict[Any, Any], text: str) -> Any:
    assert client.program is not None
    lesson = lesson_of(client.program, made)
    path = f"/courses/{made[Course].pk}/lessons/{lesson.pk}/"
    return client.post(path, {"name": lesson.name, "content": text, "version": lesson.updated_at.isoformat()})


SAVED = {
    "a medical note": (save_student, 4_000, Student, lambda row: row.medical_info["note"]),
    "a description": (save_course, 10_000, Course, lambda row: row.description),
    "a lesson": (save_lesson, 50_000, Lesson, lambda row: row.content),
}


@pytest.mark.parametrize("what", SAVED)
def test_a_text_as_long_as_the_limit_is_saved_as_it_was_typed(
    what: str, program: Program, made: dict[Any, Any], client: PageClient
) -> None:
    save, limit, model, read = SAVED[what]
    assert save(client, made, sent(typed(limit - 1))).status_code == 302
    with use_program(program):
        assert read(model.objects.get(pk=made[model].pk)) == typed(limit - 1)


@pytest.mark.parametrize("what", SAVED)
def test_a_text_beyond_the_limit_is_refused(what: str, made: dict[Any, Any], client: PageClient) -> None:
    save, limit, _, _ = SAVED[what]
    assert save(client, made, sent(typed(limit + 1))).status_code == 422


def test_saving_again_what_was_saved_changes_nothing(
    program: Program, made: dict[Any, Any], client: PageClient
) -> None:
    """Nothing has changed where the same lines come back, so no history tells of it."""
    save_course(client, made, sent("one\ntwo"))
    with use_program(program):
        before = Course.objects.get(pk=made[Course].pk).updated_at
    save_course(client, made, sent("one\ntwo"))
    with use_program(program):
        assert Course.objects.get(pk=made[Course].pk).updated_at == before


def test_the_django_admin_counts_alike(program: Program, client: PageClient) -> None:
    super_admin = PageClient(make_member("super_admin"), program)
    path = f"/admin/programs/program/{program.pk}/change/"
    data = {**form_data(super_admin.get(path), "program_form"), "description": sent(typed(2_000))}
    assert super_admin.post(path, data).status_code == 302
    program.refresh_from_db()
    assert program.description == typed(2_000)


@pytest.mark.parametrize(
    ("value", "text"), [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\n\r\nb", "a\n\nb"), ("a\r\n\r\n", "a\n\n")]
)
def test_each_line_end_is_one_line_feed(value: str, text: str) -> None:
    posted = QueryDict(mutable=True)
    posted.setlist("lines", [value, "plain"])
    found = with_line_feeds(posted)
    assert found.getlist("lines") == [text, "plain"]
    with pytest.raises(AttributeError):
        found["lines"] = "changed"


def test_a_form_without_line_ends_is_not_copied() -> None:
    posted = QueryDict("a=1&a=2")
    assert with_line_feeds(posted) is posted
