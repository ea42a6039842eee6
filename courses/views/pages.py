"""The pages of a course as an entity: list, detail, form, archive, print, history, copy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import crud
from courses import services, undo
from courses.changes import GRANTS, SOURCES, UNDONE_BY, Line, lines_of
from courses.filters import CourseFilter
from courses.forms import CourseForm
from courses.models import Course, Lesson
from courses.outline import LEVELS, Outline
from crud.history import WayBack
from web.http import posted_event

from .access import GRANT_PERMISSION, TreeAccess
from .context import TreePage, level_label
from .requests import event_place, idempotency_key, uuid_or_none


class CourseViews(crud.ModelViews):
    model = Course
    icon = "school"
    columns = (
        crud.Column("name", gettext_lazy("Course"), sort=("search_name",)),
        crud.Column("level", sort=("level", "search_name"), value=level_label, phone="sub"),
        crud.Column("lesson_count", gettext_lazy("Lessons"), sort=None, numeric=True, priority=2),
        crud.Column("is_active", gettext_lazy("Status"), sort=("is_active", "search_name")),
        crud.Column("updated_at", gettext_lazy("Updated"), sort=None, priority=3, shown=False),
    )
    default_sort = "level"
    search_label = gettext_lazy("Name of a course or lesson")
    form_class = CourseForm
    filterset_class = CourseFilter
    pages = (
        *crud.ModelViews.pages,
        crud.Page("print", "<uuid:pk>/print/"),
        crud.Page("history", "<uuid:pk>/history/"),
        crud.Page("duplicate", "<uuid:pk>/duplicate/", "add", ("POST",)),
    )

    @classmethod
    def summary_of(cls, obj: Course) -> str:
        return level_label(obj)

    @cached_property
    def access(self) -> TreeAccess:
        return TreeAccess(self.request, self.object)

    def list_rows(self, *, archived: bool) -> QuerySet[Any]:
        lessons = (
            Lesson.objects.filter(module__curriculum__course=OuterRef("pk"))
            .order_by()
            .values("module__curriculum__course")
            .annotate(number=Count("pk"))
            .values("number")
        )
        rows = super().list_rows(archived=archived).defer("description")
        return rows.annotate(lesson_count=Coalesce(Subquery(lessons), 0))

    def detail_page(self, request: HttpRequest) -> HttpResponse:
        """The course with its tree; `?add=` names the node to add to. As a partial, the panel about the course."""
        page = TreePage(
            access=self.access,
            outline=self.access.outline(),
            parts=("panel",),
            add_below=uuid_or_none(request.GET.get("add")),
        )
        return crud.render(
            request, "courses/course_detail.html", self.context(page=page), partial="courses/_parts.html"
        )

    def print_page(self, request: HttpRequest) -> HttpResponse:
        outline = Outline(self.object, texts=True)
        return self.render(
            "print", {"course": self.object, "level_label": level_label(self.object), "outline": outline}
        )

    def history_page(self, request: HttpRequest) -> HttpResponse:
        """The history of the course and its tree, `?before=` for older pages. As a partial, the card on the course page."""
        before = event_place(request.GET.get("before", ""))
        lines, place = lines_of(self.object, grants=self.has_right(GRANT_PERMISSION), before=before)
        context = {
            "course": self.object,
            "lines": [self._with_way_back(line) for line in lines],
            "more": f"{place[0].isoformat()}~{place[1]}" if place else "",
        }
        return self.render("history", context, partial=True)

    def _with_way_back(self, line: Line) -> Line:
        """Add the button to undo a line of the history, where it can be undone and the user may."""
        if line.verb == "added" and "courses" in line.kinds:  # undone by archiving, which asks first
            url = reverse(self.url_name("archive"), args=[self.object.pk])
            return replace(
                line, ways_back=(WayBack(_("Undo"), url, asks=True),) if self.can["archive"] else ()
            )
        if not line.is_current or not all(self._may_undo(line.verb, kind) for kind in line.kinds):
            return line
        url = f"{reverse(self.url_name('take-back'), args=[self.object.pk])}?of={line.kind}"
        return replace(line, ways_back=(WayBack(_("Undo"), url, line.event),))

    def _may_undo(self, verb: str, kind: str) -> bool:
        right = UNDONE_BY.get(verb, "")
        if kind == GRANTS:
            return self.has_right(GRANT_PERMISSION)
        if not right or kind not in LEVELS:
            return bool(self.can.get(right))
        return bool(getattr(self.access.rights.at(LEVELS[kind]), right))

    def take_back_page(self, request: HttpRequest) -> HttpResponse:
        """Undo a line of the course's history: the one with the posted `event`, of the kind `?of=`."""
        kind, event = request.GET.get("of", "courses"), posted_event(request)
        if kind not in (*SOURCES, GRANTS):
            raise BadRequest("There is no such history.")
        try:
            done = undo.undo_line(course=self.object, kind=kind, event=event, may=self._may_undo)
        except undo.NotUndone as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, done)
        if not Course.objects.filter(pk=self.object.pk).exists():  # archived by it
            return redirect(self.url_name("list"))
        return redirect(self.url_name("detail"), pk=self.object.pk)

    def duplicate_page(self, request: HttpRequest) -> HttpResponse:
        if not self.access.may_copy:
            raise PermissionDenied
        try:
            copy = services.copy_course(course=self.object, key=idempotency_key(request, self.object.pk))
        except services.StaleTree:
            raise Http404 from None
        messages.success(request, _("“%(name)s” was copied. This is the copy.") % {"name": self.object})
        return redirect(self.url_name("detail"), pk=copy.pk)
