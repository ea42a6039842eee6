"""The courses, and on the page of a course its curricula, modules and lessons as one tree.

Each change of the tree is a POST to an address below the course. A browser with HTMX gets the changed parts of the
page, any other a redirect to where it happened.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from academy import crud
from programs.archive import ParentArchived

from . import services
from .filters import CourseFilter
from .forms import NEW_NODE_FORMS, NODE_FORMS, CourseForm
from .models import Course, Lesson, TreeNode
from .outline import LEVELS, Level, Node, Outline, duration

STALE = "The tree has changed since this page was loaded, so nothing was moved. Here it is as it is now."


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do with the nodes of one level, and of the level `below`."""

    level: Level
    add: bool = False
    change: bool = False
    archive: bool = False
    below: Rights | None = None

    @classmethod
    def of(cls, user: Any, level: Level) -> Rights:
        verbs = {verb: user.has_perm(level.permission(verb)) for verb in ("add", "change", "archive")}
        return cls(level, **verbs, below=cls.of(user, LEVELS[level.child]) if level.child else None)

    def at(self, level: Level) -> Rights:
        return self if self.level is level or self.below is None else self.below.at(level)

    @property
    def every(self) -> list[Rights]:
        return [self, *(self.below.every if self.below else [])]


def level_name(course: Course) -> str:
    return f"Level {course.level}"


class CourseViews(crud.ModelViews):
    model = Course
    icon = "school"
    columns = (
        crud.Column("name", "Course", sort=("search_name",)),
        crud.Column("level", sort=("level", "search_name"), value=level_name, phone="sub"),
        crud.Column("lesson_count", "Lessons", sort=None, numeric=True, priority=2),
        crud.Column("is_active", "Status", sort=("is_active", "search_name")),
    )
    default_sort = "level"
    form_class = CourseForm
    filterset_class = CourseFilter

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
        return self.show_tree("panel")

    # --- the tree -------------------------------------------------------------------------------------

    @cached_property
    def rights(self) -> Rights:
        """Nothing can be done with the tree of an archived course."""
        top = LEVELS["curricula"]
        return Rights(top) if self.object.is_archived else Rights.of(self.request.user, top)

    def outline(self) -> Outline:
        return Outline(self.object, archived=[r.level.kind for r in self.rights.every if r.archive])

    def show_tree(
        self,
        *parts: str,
        outline: Outline | None = None,
        row: TreeNode | None = None,
        level: Level | None = None,
        form: Any = None,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        """The page of the course, or for HTMX the `parts` of it that are new: "outline", "panel", "place".

        `row` of `level` is the node in the panel, with a `form` where it can be edited.
        """
        outline = outline or self.outline()
        node = outline.nodes.get(row.pk) if row is not None else None
        may = self.rights.at(level) if level else None
        if (
            row is not None
            and level is not None
            and form is None
            and may
            and may.change
            and not row.is_archived
        ):
            form = NODE_FORMS[level.kind](instance=row, request=self.request)
        context = self.context(
            course=self.object,
            level_label=level_name(self.object),
            state=self.badge(self.object),
            outline=outline,
            rights=self.rights,
            editable=any(r.add or r.change or r.archive for r in self.rights.every),
            top=LEVELS["curricula"],
            parts=parts,
            selected=row.pk if row is not None else None,
            row=row,
            level=level,
            node=node,
            may=may,
            url=f"{outline.url}{level.kind}/{row.pk}/" if row is not None and level else "",
            parents=_other_parents(outline, node) if node else [],
            form=form,
            problems=form.problems() if status == 422 and form is not None else [],
            text=getattr(row, "content", None) or getattr(row, "description", ""),
            time=duration(minutes) if (minutes := getattr(row, "duration_minutes", None)) else "",
            adding=_uuid_or_none(self.request.GET.get("add")),
            **more,
        )
        return crud.render(
            self.request, self.templates("detail"), context, partial="courses/_parts.html", status=status
        )


class TreeView(CourseViews):
    """The base of what happens below a course: `pk` is the course, `level` the level of the tree."""

    page = "detail"
    level: Level = LEVELS["curricula"]
    verb: ClassVar[str] = "view"
    verbs: ClassVar[dict[str, str]] = {}

    def required_permission(self) -> str:
        return self.level.permission(self.verbs.get(str(self.request.method), self.verb))

    def methods(self) -> list[str]:
        names = [name.upper() for name in ("get", "post") if hasattr(self, name)]
        return [*names, "HEAD"] if "GET" in names else names

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = Course.objects.filter(pk=kwargs["pk"]).first()
        if self.object is None:
            raise Http404
        return self.post(request) if request.method == "POST" else self.get(request)  # type: ignore[attr-defined]

    def node(self, *, lock: bool = False) -> TreeNode:
        """The node at the address. Raises Http404 unless it is one of this course."""
        rows = self.level.model.with_archived.filter(**self.level.in_course(self.object.pk))
        if lock:
            rows = rows.select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=self.kwargs["node"]).first()
        if row is None:
            raise Http404
        return row

    def posted_id(self, name: str) -> uuid.UUID:
        try:
            return uuid.UUID(self.request.POST.get(name, ""))
        except ValueError:
            raise BadRequest(f"{name} is not an id.") from None

    def node_url(self, node_id: uuid.UUID) -> str:
        return f"{self.course_url}{self.level.kind}/{node_id}/"

    @property
    def course_url(self) -> str:
        return reverse(self.url_name("detail"), args=[self.object.pk])

    def selected(self, outline: Outline) -> tuple[TreeNode | None, Level | None]:
        """The node that the page has open in its panel."""
        node = outline.nodes.get(_uuid_or_none(self.request.POST.get("selected")) or self.object.pk)
        if node is None:
            return None, None
        return node.level.model.objects.filter(pk=node.id).first(), node.level

    def changed(self, said: str, url: str, **more: Any) -> HttpResponse:
        """The tree after a change, and `said` in the live region; without HTMX a redirect to `url`."""
        if not crud.is_partial(self.request):
            messages.success(self.request, said)
            return redirect(url)
        outline = self.outline()
        row, level = self.selected(outline)
        # The panel stays as it is, with what is being typed there; only where its node stands is new.
        return self.tell(
            self.show_tree("outline", "place", outline=outline, row=row, level=level, **more), said
        )

    def conflict(self, problem: str = STALE) -> HttpResponse:
        """Someone else was quicker: the tree as it is now, and why nothing was done."""
        outline = self.outline()
        row, level = self.selected(outline)
        response = self.show_tree(
            "outline", "place", outline=outline, row=row, level=level, problem=problem, status=409
        )
        return self.tell(response, problem)

    @staticmethod
    def tell(response: HttpResponse, said: str) -> HttpResponse:
        response["HX-Trigger"] = json.dumps({"tree:said": said})
        return response


class AddNode(TreeView):
    """A new node behind its siblings. Posted: `parent`, `name` and the form's `token`."""

    verb = "add"

    def post(self, request: HttpRequest) -> HttpResponse:
        parent_id = self.posted_id("parent")
        form = NEW_NODE_FORMS[self.level.kind](request.POST, request=request)
        if not form.is_valid():
            refused = {
                "parent_id": parent_id,
                "name": form.data.get("name", "").replace("\0", ""),
                "errors": form.errors.get("name", []),
            }
            return self.show_tree("outline", refused=refused, status=422)
        try:
            node = services.add_node(
                course_id=self.object.pk,
                level=self.level,
                parent_id=parent_id,
                id=form.key,
                **form.cleaned_data,
            )
        except services.StaleTree:
            return self.conflict(
                f"“{form.cleaned_data['name']}” was not added: what it was to stand in has been archived."
            )
        said = f"{self.level.name.capitalize()} “{node.name}” added."
        return self.changed(said, f"{self.course_url}?add={parent_id}#add-{parent_id}")


class EditNode(TreeView):
    """One node in the panel: to read, to edit, to save."""

    verbs: ClassVar[dict[str, str]] = {"POST": "change"}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_node(self.node(), "panel")

    def show_node(self, row: TreeNode, *parts: str, **more: Any) -> HttpResponse:
        if row.is_archived and not self.rights.at(self.level).archive and "form" not in more:
            raise Http404
        if row.is_archived:
            more["parent_archived"] = _archived_parent(row, self.level)
        return self.show_tree(*parts, row=row, level=self.level, **more)

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.node(lock=True)
        form = NODE_FORMS[self.level.kind](request.POST, instance=row, request=request)
        valid = form.is_valid()
        if row.is_archived:
            return self.show_node(form.stored, "outline", "panel", form=form, gone=True, status=409)
        if form.stale:
            return self.show_node(
                form.stored, "outline", "panel", form=form, conflict=form.meeting, status=409
            )
        if not valid or form.save_once() is None:
            return self.show_node(form.stored, "panel", form=form, status=422)
        row.refresh_from_db()
        said = f"“{row.name}” saved."
        if not crud.is_partial(request):
            messages.success(request, said)
            return redirect(self.node_url(row.pk))
        return self.tell(self.show_node(row, "outline", "panel"), said)


class MoveNode(TreeView):
    """One place up or down (`step`), or behind the children of another `parent`."""

    verb = "change"

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.node()
        step = {"up": -1, "down": 1}.get(request.POST.get("step", ""))
        if step is None and "parent" not in request.POST:
            raise BadRequest("Neither a step nor a parent is given.")
        moved = True
        try:
            if step is not None:
                moved = services.step_node(course=self.object, level=self.level, node_id=row.pk, step=step)
            else:
                services.move_node(
                    course=self.object, level=self.level, node_id=row.pk, parent_id=self.posted_id("parent")
                )
        except services.StaleTree:
            return self.conflict()
        said = "" if moved else f"“{row.name}” is already {'first' if step == -1 else 'last'}."
        return self.placed(row, said)

    def placed(self, row: TreeNode, said: str = "") -> HttpResponse:
        """The answer to a move: says where the node stands now."""
        node = self.outline().nodes.get(row.pk)
        selected = self.request.POST.get("selected")
        url = self.node_url(row.pk) if selected == str(row.pk) else f"{self.course_url}#t-{row.pk}"
        return self.changed(said or (_position(node) if node else ""), url)


class ReorderNodes(MoveNode):
    """The children of `parent` in a new `order`: ids with commas between. `moved` is the one that was dragged."""

    def post(self, request: HttpRequest) -> HttpResponse:
        parent_id = self.posted_id("parent")
        try:
            ids = [uuid.UUID(part) for part in request.POST.get("order", "").split(",")]
        except ValueError:
            raise BadRequest("order is not a list of ids.") from None
        if len(ids) != len(set(ids)):
            raise BadRequest("order names an id twice.")
        try:
            services.reorder_children(course=self.object, level=self.level, parent_id=parent_id, ids=ids)
        except services.StaleTree:
            return self.conflict()
        moved = _uuid_or_none(request.POST.get("moved"))
        row = self.level.model.objects.filter(pk=moved if moved in ids else ids[0]).first()
        return self.placed(row) if row is not None else self.changed("Order saved.", self.course_url)


class ArchiveNode(TreeView):
    """A node with what hangs on it. GET asks, for browsers without the script's dialog."""

    verb = "archive"

    def get(self, request: HttpRequest) -> HttpResponse:
        row = self.node()
        node = self.outline().nodes.get(row.pk)
        if node is None:
            return redirect(self.node_url(row.pk))
        return self.render("archive_node", {"course": self.object, "node": node})

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.node()
        node = self.outline().nodes.get(row.pk)
        if node is not None:
            services.archive_node(course=self.object, node=row)
            row.refresh_from_db()
        said = f"“{row.name}” archived."
        if not crud.is_partial(request):
            messages.success(request, said, extra_tags=f"{self.node_url(row.pk)}restore/")  # the way back
            return redirect(self.node_url(row.pk))
        undo = {"name": row.name, "url": self.node_url(row.pk), "below": node.below if node else ""}
        outline = self.outline()
        open_id = _uuid_or_none(request.POST.get("selected"))
        if open_id is not None and open_id not in outline.nodes:
            # The panel showed what is archived now.
            return self.tell(self.show_tree("outline", "panel", outline=outline, undo=undo), said)
        return self.changed(said, "", undo=undo)


class RestoreNode(TreeView):
    """A node comes back to its parent, with what was archived together with it."""

    verb = "archive"

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.node()
        try:
            services.restore_node(course=self.object, node=row)
        except ParentArchived as error:
            return self.conflict(str(error))
        except services.StaleTree:
            return self.conflict()
        row.refresh_from_db()
        said = f"“{row.name}” restored."
        if "version" in request.POST:  # out of a panel with text that could not be saved: it is kept
            form = NODE_FORMS[self.level.kind](request.POST, instance=row, request=request)
            form.is_valid()
            return self.tell(
                self.show_tree("outline", "panel", row=form.stored, level=self.level, form=form), said
            )
        if crud.is_partial(request) and request.POST.get("selected") == str(row.pk):
            return self.tell(self.show_tree("outline", "panel", row=row, level=self.level), said)
        return self.changed(said, self.node_url(row.pk))


def _position(node: Node) -> str:
    """Where a node stands, in a sentence: “Breath control” is now 1.2, in “Water confidence”."""
    within = f", in “{node.parent.name}”" if node.parent else ""
    return f"“{node.name}” is now {node.code}{within}."


def _other_parents(outline: Outline, node: Node) -> list[dict[str, Any]]:
    """Where a node could move: the other parents of its level, grouped by what they belong to."""
    if node.parent is None:
        return []
    groups: dict[Node | None, list[Node]] = {}
    for parent in outline.of_kind(node.parent.kind):
        if parent is not node.parent:
            groups.setdefault(parent.parent, []).append(parent)
    return [{"label": above.name if above else "", "nodes": nodes} for above, nodes in groups.items()]


def _archived_parent(row: TreeNode, level: Level) -> str:
    """The name of the level above where the parent of the row is archived too, else ""."""
    if level.parent is None:
        return ""
    above = LEVELS[level.parent]
    present = above.model.objects.filter(pk=row.parent_id).exists()
    return "" if present else above.name


def _uuid_or_none(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
