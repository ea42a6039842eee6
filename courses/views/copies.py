"""Copies of a curriculum: in its course, and in another program."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

import crud
from courses import services
from courses.forms import CopyForm
from courses.models import Course, TreeNode
from programs.models import Program
from programs.scope import use_program

from .context import node_panel
from .requests import idempotency_key, posted_uuid, uuid_or_none
from .tree import TreeView

MAX_COURSES = 50
"""How many courses of the other program are offered; a search narrows them."""


class DuplicateCurriculum(TreeView):
    """Copy a curriculum behind its siblings. Posted: the form's `token`."""

    verb = "add"

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.get_node()
        if not self.access.may_copy:
            raise PermissionDenied
        key = idempotency_key(request, self.course.pk, row.pk)
        try:
            copy = services.copy_curriculum(course=self.course, node_id=row.pk, key=key)
        except services.StaleTree:
            return self.conflict()
        message = _("“%(name)s” was copied. This is the copy.") % {"name": row.name}
        url = self.node_url(copy.pk)
        if not crud.is_partial(request):
            messages.success(request, message)
            return redirect(url)
        outline = self.access.outline()
        panel = node_panel(self.access, outline, copy, self.level)
        response = self.show_tree("outline", "panel", outline=outline, panel=panel)
        opened = {"id": str(copy.pk), "url": url}
        response["HX-Trigger"] = json.dumps({"toast": message, "tree:opened": opened})
        return response


class CopyCurriculum(TreeView):
    """Copy a curriculum into another program. The user must administer both.

    GET asks for the `program` and, of the courses that match `q` there, for the one to copy into. Posted: `program`,
    `course` (a UUID, or "new" with a `name`) and the form's `token`.
    """

    def required_permission(self) -> str:
        return "courses.add_course"  # which administrators alone have; get_curriculum checks that they are

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_choices(self.get_curriculum(), self.get_target(request.GET.get("program", "")))

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.get_curriculum()
        form = CopyForm(request.POST)
        valid = form.is_valid()
        if "program" in form.errors:
            return self.show_choices(row, None, form=form)
        posted_uuid(request, "program")
        target = self.get_target(form.cleaned_data["program"])
        if target is None or not valid:
            return self.show_choices(row, target, form=form)
        course, name = form.cleaned_data["course"], form.cleaned_data["name"]
        try:
            services.copy_curriculum_to_program(
                course=self.course,
                node_id=row.pk,
                program=target,
                user=request.user,  # type: ignore[arg-type]
                course_id=None if course == CopyForm.NEW else posted_uuid(request, "course"),
                course_name=name,
                key=idempotency_key(request, row.pk, target.pk, course, name),
            )
        except (Course.DoesNotExist, services.StaleTree):
            raise Http404 from None
        message = _("“%(name)s” was copied into %(program)s.") % {"name": row.name, "program": target}
        messages.success(request, message)
        return redirect(self.node_url(row.pk))

    def get_curriculum(self) -> TreeNode:
        """The curriculum at the address. Raises PermissionDenied for users who do not administer its program."""
        row = self.get_node()
        if row.is_archived:
            raise Http404
        if not self.access.is_administrator:
            raise PermissionDenied
        return row

    @cached_property
    def targets(self) -> list[Program]:
        return services.programs_to_copy_to(self.request.user)  # type: ignore[arg-type]

    def get_target(self, program_id: str) -> Program | None:
        """The chosen program; where none is chosen the only one there is, else None.

        Raises PermissionDenied for a program in which the user works without administering it, and Http404 for any
        other.
        """
        if not program_id:
            return self.targets[0] if len(self.targets) == 1 else None
        key = uuid_or_none(program_id)
        target = next((program for program in self.targets if program.pk == key), None)
        if target is not None:
            return target
        if any(membership.program.pk == key for membership in self.request.memberships):  # type: ignore[attr-defined]
            raise PermissionDenied
        raise Http404

    def show_choices(self, row: TreeNode, target: Program | None, *, form: Any = None) -> HttpResponse:
        """The page that asks where to copy to: anew, or with the errors of a `form` that was sent."""
        query = (self.request.POST if form else self.request.GET).get("q", "").replace("\0", "").strip()
        courses = self.courses_of(target, query) if target else []
        context = self.context(
            row=row,
            node_url=self.node_url(row.pk),
            targets=self.targets,
            target=target,
            courses=courses[:MAX_COURSES],
            more=len(courses) > MAX_COURSES,
            query=query,
            form=form or CopyForm(),
            selected_course=form.data.get("course", "") if form else "",
            new_name=form.data.get("name", "") if form else self.course.name,
            token=form.data.get("token", "") if form else uuid.uuid4(),
        )
        return crud.render(self.request, "courses/curriculum_copy.html", context, status=422 if form else 200)

    def courses_of(self, program: Program, query: str) -> list[Course]:
        """The courses of another program whose name contains `query`, one more than are shown."""
        with use_program(program, user=self.request.user):  # type: ignore[arg-type]
            rows = Course.objects.only("pk", "name", "level").filter(name__icontains=query)
            return list(rows.order_by("search_name", "pk")[: MAX_COURSES + 1])
