"""The entries of the palette that are rows of the active program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.filters import lessons_named
from courses.models import Lesson
from crud.history import HistoryEntry, event_model, event_rows, events, read
from crud.lists.further import Further
from crud.names import search_words
from crud.templatetags.ui import avatar, glyph, icon
from crud.views import ModelViews
from database.functions import with_words
from students.models import Student
from students.ranking import COLUMNS, find_students
from students.search import digits_of, is_phone, phone_needle
from students.views import StudentViews
from web.http import PROGRAM_PARAMETER

from .entries import MOST, Entry, Group, entities
from .highlight import highlight, normalized_words

EVENTS_READ = 60
"""Newest events of each kind of rows among which those of the user are looked for."""


def matching_rows(request: Any, text: str) -> Iterator[Group]:
    """The rows of each kind that the user may see here."""
    for views in entities():
        if request.program and request.user.has_perm(views.permission_for("view")):
            names = str(views.model._meta.verbose_name_plural)
            items = _students(request, text) if views is StudentViews else _rows(views, text)
            yield Group(capfirst(names), items)
    if request.program and request.user.has_perm("courses.view_course"):
        yield Group(capfirst(str(Lesson._meta.verbose_name_plural)), _lessons(text))


def _rows(views: type[ModelViews], text: str) -> list[Entry]:
    """Rows of an entity whose name has every word, by its stored search column where it has one."""
    rows = views.model._default_manager.all()
    if hasattr(views.model, "search_name"):
        rows = with_words(rows, "search_name", search_words(text))
    else:
        rows = (
            views().get_filterset_class()(QueryDict(), queryset=rows, request=None).search_exact(rows, text)
        )
    return [_entry(views, row, normalized_words(text)) for row in rows[:MOST]]


def _lessons(text: str) -> list[Entry]:
    rows = lessons_named(text).order_by("search_name", "pk").select_related("module__curriculum__course")
    items = []
    for lesson in rows.only("name", "module__curriculum__course__name")[:MOST]:
        course = lesson.module.curriculum.course
        url = reverse("courses:lesson-detail", args=[course.pk, lesson.pk])
        items.append(
            Entry(highlight(lesson.name, normalized_words(text)), icon("file-text"), course.name, url=url)
        )
    return items


def similar_rows(request: Any, text: str, known: set[str]) -> list[Entry]:
    """Rows of any kind whose spelling is like that of the words, without those whose address is `known`."""
    items = []
    for views in entities():
        if request.user.has_perm(views.permission_for("view")):
            rows = views.model._default_manager.all()
            filterset: Any = views().get_filterset_class()(QueryDict(), queryset=rows, request=request)
            like = list(filterset.search_similar(rows, text).values_list("pk", flat=True)[: 2 * MOST])
            found = _with_columns(views.model).in_bulk(like) if like else {}
            items += [item for row in found.values() if (item := _entry(views, row)).url not in known]
    return items[:MOST]


def counts_elsewhere(request: Any, text: str) -> list[Entry]:
    """How many rows of each kind match in the archive and in each of the user's other programs, as the lists say it."""
    items = []
    query = urlencode({"q": text})
    for views in entities():
        if not request.user.has_perm(views.permission_for("view")):
            continue
        further = Further(views.for_list(request).list_query(query))
        kind = capfirst(str(views.model._meta.verbose_name_plural))
        if number := further.archived_count:
            label = ngettext("%(counter)s archived match", "%(counter)s archived matches", number)
            items.append(Entry(label % {"counter": number}, icon("archive"), kind, url=further.archived_url))
        for program, number in further.elsewhere:
            label = ngettext("%(counter)s match in %(there)s", "%(counter)s matches in %(there)s", number)
            label %= {"counter": number, "there": program.name}
            url = f"{further.search_url}&{urlencode({PROGRAM_PARAMETER: program.pk})}"
            items.append(Entry(label, glyph(program), kind, url=url))
    return items


def _entry(views: type[ModelViews], row: Any, words: Sequence[str] = ()) -> Entry:
    if views is StudentViews:
        return _student(row, words)
    return Entry(
        highlight(str(row), words), icon(views.icon), views.summary_of(row), url=_page_of(views, row)
    )


def _page_of(views: type[ModelViews], row: Any) -> str:
    return reverse(views.url_name("detail"), args=[row.pk])


def _student(student: Student, words: Sequence[str] = (), digits: str = "") -> Entry:
    hint = highlight(student.student_id, [word.removeprefix("stu-") for word in words])
    if digits and student.phone:
        hint = format_html("{} · {}", hint, highlight(student.phone, [phone_needle(digits)], digits_of))
    elif student.age is not None:
        years = ngettext("%(years)d year", "%(years)d years", student.age) % {"years": student.age}
        hint = format_html("{} · {}", hint, years)
    name = student.full_name
    return Entry(highlight(name, words), avatar(name), hint, url=_page_of(StudentViews, student))


def _students(request: Any, text: str) -> list[Entry]:
    digits = digits_of(text) if is_phone(text) else ""
    private = request.user.has_perm(StudentViews.permission_for(StudentViews.private_permission))
    found = find_students(text, MOST, private=private)
    items = [_student(student, normalized_words(text), digits) for student in found]
    if len(items) == MOST and not digits:
        query = f"{reverse(StudentViews.url_name('list'))}?{urlencode({'q': text})}"
        items.append(Entry(_("All matches in the list"), icon("search"), url=query))
    return items


def _with_columns(model: Any) -> QuerySet[Any]:
    """The rows present, with no more columns than an entry shows."""
    rows = model._default_manager.all()
    return rows.only(*COLUMNS) if model is Student else rows


def recently_changed(request: Any) -> list[Entry]:
    """The rows that the user changed last, among the newest changes of the program."""
    if not request.program:
        return []
    changed: list[tuple[HistoryEntry, type[ModelViews]]] = []
    for views in entities():
        if event_model(views.model) is not None and request.user.has_perm(views.permission_for("view")):
            newest = event_rows(events(views.model).order_by("-event_at"))[:EVENTS_READ]
            changed += [(entry, views) for entry in read(newest)]
    changed.sort(key=lambda change: change[0].at, reverse=True)
    user = str(request.user.pk)
    own = dict.fromkeys((views, entry.row) for entry, views in changed if entry.actor_id == user)
    rows: dict[Any, Any] = {}
    for views in entities():
        if keys := [key for of, key in list(own)[:MOST] if of is views]:
            rows |= _with_columns(views.model).in_bulk(keys)
    return [_entry(views, rows[key]) for views, key in own if key in rows]
