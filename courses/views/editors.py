"""Who may edit one course beyond what the role lets them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

import crud
from courses import editors

from .access import GRANT_PERMISSION
from .requests import posted_uuid
from .tree import TreeView


class EditorsView(TreeView):
    """The base of the views that list and change the editors of a course."""

    def required_permission(self) -> str:
        return GRANT_PERMISSION

    def show(self, problem: str = "") -> HttpResponse:
        """The editors of the course; for HTMX, the card on the course page."""
        context = self.context(
            grants=editors.grants_for_course(self.course),
            candidates=editors.editor_candidates(self.course),
            problem=problem,
        )
        return crud.render(
            self.request,
            "courses/course_editors.html",
            context,
            partial="courses/_course_editors.html",
            status=422 if problem else 200,
        )

    def add(self, user_id: uuid.UUID) -> HttpResponse:
        try:
            user, new = editors.add_editor(course=self.course, user_id=user_id)
        except editors.NotAMember:
            raise Http404 from None
        except editors.MayEditAlready as error:
            return self.show(_("%(name)s may edit every course already.") % {"name": error.user})
        message = (
            _("%(name)s may edit “%(course)s” now.") if new else _("%(name)s may edit “%(course)s” already.")
        )
        undo = reverse("courses:course-editor-end", args=[self.course.pk, user.pk]) if new else ""
        messages.success(self.request, message % {"name": user, "course": self.course}, extra_tags=undo)
        return redirect(self.course_url)


class CourseEditors(EditorsView):
    """List the editors of a course. POST adds the posted `user`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.POST.get("user"):
            return self.show(_("Choose somebody."))
        return self.add(posted_uuid(request, "user"))


class AddEditor(EditorsView):
    """Add the user at the address: the Undo button of RemoveEditor."""

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.add(self.kwargs["user"])


class RemoveEditor(EditorsView):
    """End the right of the user at the address to edit the course beyond the role."""

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            user, ended = editors.remove_editor(course=self.course, user_id=self.kwargs["user"])
        except editors.NotAMember:
            raise Http404 from None
        message = _("%(name)s may no longer edit “%(course)s”.") % {"name": user, "course": self.course}
        undo = reverse("courses:course-editor-let", args=[self.course.pk, user.pk]) if ended else ""
        messages.success(request, message, extra_tags=undo)
        return redirect(self.course_url)
