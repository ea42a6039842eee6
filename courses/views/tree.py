"""The base of the views below a course, which change its tree.

Each change is a POST to an address below the course. HTMX gets the parts of the page that have changed, any other
client a redirect to where it happened.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

import crud
from courses.forms import NODE_FORMS
from courses.models import Course, TreeNode
from courses.outline import LEVELS, Level, Outline

from .access import TreeAccess
from .context import ArchivedNotice, NodePanel, TreePage, node_panel
from .pages import CourseViews
from .requests import uuid_or_none

STALE = gettext_lazy(
    "The tree has changed since this page was loaded, so nothing was moved. Here it is as it is now."
)


class TreeView(crud.View):
    """A view below the course `pk`, for the nodes of one `level`. The handlers get the request alone."""

    model = Course  # the model of `pk`, for those who ask what an address names
    level: Level = LEVELS["curricula"]
    verb: ClassVar[str] = "view"
    """The permission on the level: view, add, change or archive."""
    verbs: ClassVar[dict[str, str]] = {}
    """The permission by HTTP method, where one needs another than `verb`."""

    # --- permission and course ------------------------------------------------------------------------

    def required_permission(self) -> str:
        return self.level.permission(self.verbs.get(str(self.request.method), self.verb))

    def is_permitted(self) -> bool:
        """Whether the role of the user has the permission, or a grant on the course gives it.

        The course is read here only for permissions that a grant can give. All other refusals thus cost no query
        and are the same whether the course exists or not.
        """
        if super().is_permitted():
            return True
        permission, user = self.required_permission(), self.request.user
        if permission not in Course.granted:
            return False
        try:
            course = self.course
        except Http404:
            return False
        return user.has_perm(permission, course)  # type: ignore[union-attr]

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.course  # noqa: B018 - raises Http404 before anything that was sent is looked at
        return super().answer(request)

    @cached_property
    def course(self) -> Course:
        """The course at the address. Raises Http404 where it does not exist or is archived."""
        course = Course.objects.filter(pk=self.kwargs["pk"]).first()
        if course is None:
            raise Http404
        return course

    @cached_property
    def access(self) -> TreeAccess:
        return TreeAccess(self.request, self.course)

    # --- nodes ----------------------------------------------------------------------------------------

    def get_node(self, *, lock: bool = False) -> TreeNode:
        """The node at the address, archived or not. Raises Http404 unless it belongs to the course."""
        rows = self.level.model.with_archived.filter(**self.level.course_filter(self.course.pk))
        if lock:
            rows = rows.select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=self.kwargs["node"]).first()
        if row is None:
            raise Http404
        return row

    @property
    def course_url(self) -> str:
        return reverse("courses:course-detail", args=[self.course.pk])

    def node_url(self, node_id: uuid.UUID) -> str:
        return f"{self.course_url}{self.level.kind}/{node_id}/"

    # --- answers --------------------------------------------------------------------------------------

    def label_forms(self) -> tuple[type[Any], ...]:
        """The forms that are posted here: the labels of what a refused request had in it come from them."""
        return (NODE_FORMS[self.level.kind],)

    def context(self, **more: Any) -> dict[str, Any]:
        """The context of every page of the course: its addresses and what the user may do with it."""
        views = CourseViews(page="detail")
        views.setup(self.request, pk=self.course.pk)
        views.object = self.course
        return views.context(course=self.course, **more)

    def show_tree(
        self,
        *parts: str,
        outline: Outline | None = None,
        panel: NodePanel | None = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """The page of the course, for HTMX those `parts` of it. `more` are further fields of TreePage."""
        page = TreePage(
            access=self.access,
            outline=outline or self.access.outline(),
            parts=parts,
            panel=panel,
            **more,
        )
        return crud.render(
            self.request,
            "courses/course_detail.html",
            self.context(page=page),
            partial="courses/_parts.html",
            status=status,
        )

    def open_panel(self, outline: Outline) -> NodePanel | None:
        """The panel of the node that the page has open, posted as `selected`. None where it is not in the tree."""
        node = outline.nodes.get(uuid_or_none(self.request.POST.get("selected")) or self.course.pk)
        row = node.level.model.objects.filter(pk=node.id).first() if node else None
        return node_panel(self.access, outline, row, node.level) if node and row else None

    def changed(self, message: str, url: str, *, archived: ArchivedNotice | None = None) -> HttpResponse:
        """The answer to a change: the new tree, with `message` in its live region.

        The panel stays in the browser with what is being typed there; only its "place" part is new. Without HTMX a
        redirect to `url`.
        """
        if not crud.is_partial(self.request):
            messages.success(self.request, message)
            return redirect(url)
        outline = self.access.outline()
        panel = self.open_panel(outline)
        return announce(
            self.show_tree("outline", "place", outline=outline, panel=panel, archived=archived), message
        )

    def conflict(self, problem: Any = STALE, **more: Any) -> HttpResponse:
        """The answer where somebody else has changed the tree: 409 with the tree as it is now, and `problem`."""
        problem, outline = str(problem), self.access.outline()
        panel = self.open_panel(outline)
        response = self.show_tree(
            "outline", "place", outline=outline, panel=panel, problem=problem, status=409, **more
        )
        return announce(response, problem)


def announce(response: HttpResponse, message: str, **events: Any) -> HttpResponse:
    """Have the page put `message` into its live region, and raise the `events` in the browser."""
    response["HX-Trigger"] = json.dumps({"tree:said": message, **events})
    return response
