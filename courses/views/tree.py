"""The courses, and on the page of a course its curricula, modules and lessons as one tree.

Each change of the tree is a POST to an address below the course. A browser with HTMX gets the changed parts of the
page, any other a redirect to where it happened.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import crud
from courses import editors, services, undo
from courses.changes import GRANTS, SOURCES, UNDONE_BY, Line, changes_of
from courses.filters import CourseFilter
from courses.forms import NEW_NODE_FORMS, NODE_FORMS, CopyForm, CourseForm
from courses.models import Course, Lesson, TreeNode
from courses.outline import LEVELS, Level, Node, Outline, duration
from crud.forms import Conflict
from crud.history import WayBack, as_added
from programs.archive import ParentArchived
from programs.memberships import role_in
from programs.models import Program
from programs.scope import use_program
from web.http import posted_event

STALE = gettext_lazy(
    "The tree has changed since this page was loaded, so nothing was moved. Here it is as it is now."
)
MOST_CHOICES = 50
GRANT = "courses.add_coursegrant"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do with the nodes of one level, and of the level `below`."""

    level: Level
    add: bool = False
    change: bool = False
    archive: bool = False
    below: Rights | None = None

    @classmethod
    def of(cls, user: Any, level: Level, course: Course) -> Rights:
        verbs = {verb: user.has_perm(level.permission(verb), course) for verb in ("add", "change", "archive")}
        return cls(level, **verbs, below=cls.of(user, LEVELS[level.child], course) if level.child else None)

    def at(self, level: Level) -> Rights:
        return self if self.level is level or self.below is None else self.below.at(level)

    @property
    def every(self) -> list[Rights]:
        return [self, *(self.below.every if self.below else [])]


def level_name(course: Course) -> str:
    return _("Level %(number)s") % {"number": course.level}


class CourseViews(crud.ModelViews):
    model = Course
    icon = "school"
    columns = (
        crud.Column("name", gettext_lazy("Course"), sort=("search_name",)),
        crud.Column("level", sort=("level", "search_name"), value=level_name, phone="sub"),
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

    def print_page(self, request: HttpRequest) -> HttpResponse:
        """The whole course on paper."""
        outline = Outline(self.object, texts=True)
        return self.render(
            "print", {"course": self.object, "level_label": level_name(self.object), "outline": outline}
        )

    def history_page(self, request: HttpRequest) -> HttpResponse:
        """What happened to the course and its tree; as a part, the card of the course's page."""
        editors = self.has_right(GRANT)
        lines = [self._with_way_back(line) for line in changes_of(self.object, editors=editors)]
        return self.render("history", {"course": self.object, "lines": lines}, partial=True)

    def _with_way_back(self, line: Line) -> Line:
        """A line of the history with a button to undo it, where that would change something and the user may."""
        if line.verb == "added" and "courses" in line.kinds:  # the course itself goes by the page that asks
            url = reverse(self.url_name("archive"), args=[self.object.pk])
            return replace(
                line, ways_back=(WayBack(_("Undo"), url, asks=True),) if self.can["archive"] else ()
            )
        if not line.stands or not all(self._may_undo(line.verb, kind) for kind in line.kinds):
            return line
        url = f"{reverse(self.url_name('take-back'), args=[self.object.pk])}?of={line.kind}"
        return replace(line, ways_back=(WayBack(_("Undo"), url, line.event),))

    def _may_undo(self, verb: str, kind: str) -> bool:
        right = UNDONE_BY.get(verb, "")
        if kind == GRANTS:
            return self.has_right(GRANT)
        if not right or kind not in LEVELS:
            return bool(self.can.get(right))
        return bool(getattr(self.rights.at(LEVELS[kind]), right))

    def take_back_page(self, request: HttpRequest) -> HttpResponse:
        """Undo a line of the history of the course: the one with the posted `event`, of the kind `?of=`."""
        kind, event = request.GET.get("of", "courses"), posted_event(request)
        if kind not in (*SOURCES, GRANTS):
            raise BadRequest("There is no such history.")
        try:
            said = undo.take_back_line(course=self.object, kind=kind, event=event, may=self._may_undo)
        except undo.NotUndone as error:
            messages.error(request, error.reason)
        else:
            messages.success(request, said)
        archived = Course.objects.filter(pk=self.object.pk).first() is None
        return redirect(self.url_name("list")) if archived else redirect(self.course_url)

    def duplicate_page(self, request: HttpRequest) -> HttpResponse:
        if not self.may_copy:
            raise PermissionDenied
        try:
            copy = services.copy_course(course=self.object, key=self.copy_key(self.object.pk))
        except services.StaleTree:
            raise Http404 from None
        messages.success(request, _("“%(name)s” was copied. This is the copy.") % {"name": self.object})
        return redirect(reverse(self.url_name("detail"), args=[copy.pk]))

    @cached_property
    def may_copy(self) -> bool:
        """Whether the user may add on every level of the tree, as a copy does."""
        return all(rights.add for rights in self.rights.every)

    def copy_key(self, *parts: Any) -> str:
        """The same for a form that is sent twice, and for nothing else."""
        token = _uuid_or_none(self.request.POST.get("token")) or uuid.uuid4()
        request: Any = self.request
        return ":".join(map(str, (request.user.pk, request.program.pk, token, *parts)))

    # --- the tree -------------------------------------------------------------------------------------

    @cached_property
    def rights(self) -> Rights:
        """Nothing can be done with the tree of an archived course."""
        top = LEVELS["curricula"]
        return Rights(top) if self.object.is_archived else Rights.of(self.request.user, top, self.object)

    def administers(self) -> bool:
        """Whether the user is an administrator here, who may copy into other programs."""
        request: Any = self.request
        return role_in(request.user, request.program.pk) in services.ADMINISTRATORS

    @property
    def may_copy_out(self) -> bool:
        """Whether there may be another program to copy into; without asking for those of a super admin."""
        request: Any = self.request
        others = request.memberships if not request.user.is_superuser else ()
        beside = any(m.role in services.ADMINISTRATORS and m.program != request.program for m in others)
        return self.administers() and (beside or request.user.is_superuser)

    @property
    def course_url(self) -> str:
        return reverse(self.url_name("detail"), args=[self.object.pk])

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
            may_copy=self.may_copy,
            may_copy_out=level is not None and level.parent is None and self.may_copy_out,
            may_grant=self.request.user.has_perm(GRANT),  # type: ignore[union-attr]
            around=_around(outline, node) if node else {},
            changed_by=_changed_by(level, more["conflict"]) if level and more.get("conflict") else "",
            token=uuid.uuid4(),
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
            text=getattr(row, level.text_field) if row is not None and level else "",
            time=duration(minutes) if (minutes := getattr(row, "duration_minutes", None)) else "",
            words=level.words if level else None,
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

    def label_forms(self) -> tuple[type[Any], ...]:
        return (NODE_FORMS[self.level.kind],)

    def required_permission(self) -> str:
        return self.level.permission(self.verbs.get(str(self.request.method), self.verb))

    def methods(self) -> list[str]:
        names = [name.upper() for name in ("get", "post") if hasattr(self, name)]
        return [*names, "HEAD"] if "GET" in names else names

    def get_object(self, pk: Any) -> Course:
        course = Course.objects.filter(pk=pk).first()
        if course is None:
            raise Http404
        return course

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.object is None:
            self.object = self.get_object(kwargs["pk"])
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

    def conflict(self, problem: Any = STALE, **more: Any) -> HttpResponse:
        """Someone else was quicker: the tree as it is now, and why nothing was done."""
        problem, outline = str(problem), self.outline()
        row, level = self.selected(outline)
        response = self.show_tree(
            "outline", "place", outline=outline, row=row, level=level, problem=problem, status=409, **more
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
                _("“%(name)s” was not added: what it was to stand in has been archived.") % form.cleaned_data
            )
        typed = form.cleaned_data["name"]
        if node.name != typed and as_added(node).name != typed:
            return self.show_tree("outline", refused=self.sent_again(parent_id, node, typed), status=422)
        said = self.level.words.added % {"name": node.name}
        return self.changed(said, f"{self.course_url}?add={parent_id}#add-{parent_id}")

    @staticmethod
    def sent_again(parent_id: uuid.UUID, node: TreeNode, typed: str) -> dict[str, Any]:
        """The line that added `node` before was sent with another name: it can add that too."""
        words = _(
            "“%(saved)s” was added by this line already, “%(typed)s” is not. Press Enter to add it too."
        )
        return {
            "parent_id": parent_id,
            "name": typed,
            "errors": [words % {"saved": node.name, "typed": typed}],
        }


class EditNode(TreeView):
    """One node in the panel: to read, to edit, to save."""

    verbs: ClassVar[dict[str, str]] = {"POST": "change"}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_node(self.node(), "panel")

    def show_node(self, row: TreeNode, *parts: str, **more: Any) -> HttpResponse:
        if row.is_archived and not self.rights.at(self.level).archive:
            raise Http404
        if row.is_archived:
            more["parent_archived"] = _archived_parent(row, self.level)
        return self.show_tree(*parts, row=row, level=self.level, **more)

    def post(self, request: HttpRequest) -> HttpResponse:
        if mode := request.POST.get("mode", ""):
            row = self.node()
            form = NODE_FORMS[self.level.kind](request.POST, instance=row, request=request)
            if row.is_archived:
                return self.show_node(form.stored, "outline", "panel", form=form, gone=True, status=409)
            if form.has_error(self.level.text_field, "max_length"):
                form.looking = True
                return self.show_node(form.stored, "panel", form=form, status=422)
            return self.look(form.look(), preview=mode == "preview")
        with transaction.atomic():
            row = self.node(lock=True)
            form = NODE_FORMS[self.level.kind](request.POST, instance=row, request=request)
            refused = self.refusal(row, form)
            if refused:
                transaction.set_rollback(True)  # gives the lock back before texts are formatted
        if refused:
            parts, more = refused
            return self.show_node(form.stored, *parts, form=form, **more)
        row.refresh_from_db()
        said = _("“%(name)s” saved.") % {"name": row.name}
        if not crud.is_partial(request):
            messages.success(request, said)
            return redirect(self.node_url(row.pk))
        return self.tell(self.show_node(row, "outline", "panel"), said)

    def refusal(self, row: TreeNode, form: Any) -> tuple[tuple[str, ...], dict[str, Any]] | None:
        """Save the form; or else the parts of the page to show and what to tell there."""
        valid = form.is_valid()
        if row.is_archived:
            return ("outline", "panel"), {"gone": True, "status": 409}
        if form.stale:
            return ("outline", "panel"), {"conflict": form.meeting, "status": 409}
        if not valid or form.save_once() is None:
            return ("panel",), {"status": 422}
        return None

    def look(self, form: Any, *, preview: bool) -> HttpResponse:
        """The form as it is being filled in, or how its text will look. Nothing is saved, and no row locked."""
        typed = form.data.get(self.level.text_field, "")
        minutes = getattr(form.instance, "duration_minutes", None)
        return self.show_node(
            form.stored,
            "panel",
            form=form,
            preview=preview,
            typed=typed,
            typed_time=duration(minutes) if minutes else "",
        )


class RenameNode(TreeView):
    """Another `name` in place of the one that it `was`. Whoever was slower is shown the newer name."""

    verb = "change"

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.node()
        was = request.POST.get("was", "")
        form = NEW_NODE_FORMS[self.level.kind](request.POST, request=request)
        typed = {"id": row.pk, "name": form.data.get("name", "").replace("\0", ""), "was": was}
        if not form.is_valid():
            typed["errors"] = form.errors.get("name", [])
            return self.show_tree("outline", renaming=typed, status=422)
        name = form.cleaned_data["name"]
        try:
            node, before = services.rename_node(
                course=self.object, level=self.level, node_id=row.pk, was=was, name=name
            )
        except services.Renamed as error:
            said = _(
                "“%(was)s” is called “%(now)s” meanwhile. Press Enter to call it “%(name)s” all the same."
            )
            problem = said % {"was": was, "now": error.name, "name": name}
            return self.conflict(problem, renaming={**typed, "was": error.name})
        except services.StaleTree:
            return self.conflict(
                _("“%(name)s” was archived meanwhile, so it was not renamed.") % {"name": was}
            )
        response = self.changed(_("Renamed to “%(name)s”.") % {"name": node.name}, self.node_url(node.pk))
        if crud.is_partial(request):
            # An open panel goes on from here, unless it was opened before somebody else's change.
            news = {"id": str(node.pk), "was": was, "name": node.name}
            news |= {"before": before.isoformat(), "version": node.updated_at.isoformat()}
            told = json.loads(response["HX-Trigger"])
            response["HX-Trigger"] = json.dumps({**told, "tree:renamed": news})
        return response


class MoveNode(TreeView):
    """One place up or down, into the parent before or the next one (`step`), or to another `parent`."""

    verb = "change"

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.node()
        way = request.POST.get("step", "")
        step = {"up": -1, "down": 1}.get(way)
        if way not in {"up", "down", "previous", "next"} and "parent" not in request.POST:
            raise BadRequest("Neither a step nor a parent is given.")
        moved = True
        try:
            if step is not None:
                moved = services.step_node(course=self.object, level=self.level, node_id=row.pk, step=step)
            elif way in {"previous", "next"}:
                moved = services.shift_node(
                    course=self.object, level=self.level, node_id=row.pk, to_next=way == "next"
                )
            else:
                services.move_node(
                    course=self.object, level=self.level, node_id=row.pk, parent_id=self.posted_id("parent")
                )
        except services.StaleTree:
            return self.conflict()
        stays = {
            "up": _("“%(name)s” is already first."),
            "down": _("“%(name)s” is already last."),
            "previous": _("There is nothing before it that “%(name)s” could move to."),
            "next": _("There is nothing behind it that “%(name)s” could move to."),
        }
        return self.placed(row, "" if moved else stays[way] % {"name": row.name})

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
        return self.placed(row) if row is not None else self.changed(_("Order saved."), self.course_url)


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
        said = _("“%(name)s” archived.") % {"name": row.name}
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
        said = _("“%(name)s” restored.") % {"name": row.name}
        if "version" in request.POST:  # out of a panel with text that could not be saved: it is kept
            form = NODE_FORMS[self.level.kind](request.POST, instance=row, request=request)
            form.is_valid()
            return self.tell(
                self.show_tree("outline", "panel", row=form.stored, level=self.level, form=form), said
            )
        if crud.is_partial(request) and request.POST.get("selected") == str(row.pk):
            return self.tell(self.show_tree("outline", "panel", row=row, level=self.level), said)
        return self.changed(said, self.node_url(row.pk))


class DuplicateCurriculum(TreeView):
    """A copy of a curriculum behind its siblings. Posted: the form's `token`."""

    verb = "add"

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.node()
        if not self.may_copy:
            raise PermissionDenied
        try:
            copy = services.copy_curriculum(
                course=self.object, node_id=row.pk, key=self.copy_key(self.object.pk, row.pk)
            )
        except services.StaleTree:
            return self.conflict()
        said = _("“%(name)s” was copied. This is the copy.") % {"name": row.name}
        url = self.node_url(copy.pk)
        if not crud.is_partial(request):
            messages.success(request, said)
            return redirect(url)
        response = self.show_tree("outline", "panel", row=copy, level=self.level)
        opened = {"id": str(copy.pk), "url": url}
        response["HX-Trigger"] = json.dumps({"toast": said, "tree:opened": opened})
        return response


class CopyCurriculum(TreeView):
    """A curriculum copied into another program, by those who administer both.

    GET asks into which `program` and, of the courses found there by `q`, into which one. Posted: `program`,
    `course` (an id, or "new" with a `name`) and the form's `token`.
    """

    def required_permission(self) -> str:
        return "courses.add_course"  # what administrators alone may do; which of them is asked below

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.choices(self.curriculum(), self.target(request.GET.get("program", "")))

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.curriculum()
        form = CopyForm(request.POST)
        valid = form.is_valid()
        if "program" in form.errors:
            return self.choices(row, None, form=form, status=422)
        self.posted_id("program")
        target = self.target(form.cleaned_data["program"])
        if target is None or not valid:
            return self.choices(row, target, form=form, status=422)
        chosen, name = form.cleaned_data["course"], form.cleaned_data["name"]
        course_id = None if chosen == CopyForm.NEW else self.posted_id("course")
        try:
            services.copy_curriculum_to_program(
                course=self.object,
                node_id=row.pk,
                program=target,
                user=request.user,  # type: ignore[arg-type]
                course_id=course_id,
                course_name=name,
                key=self.copy_key(row.pk, target.pk, chosen, name),
            )
        except (Course.DoesNotExist, services.StaleTree):
            raise Http404 from None
        said = _("“%(name)s” was copied into %(program)s.") % {"name": row.name, "program": target}
        messages.success(request, said)
        return redirect(self.node_url(row.pk))

    def curriculum(self) -> TreeNode:
        row = self.node()
        if row.is_archived:
            raise Http404
        if not self.administers():
            raise PermissionDenied
        return row

    @cached_property
    def targets(self) -> list[Program]:
        return services.programs_to_copy_to(self.request.user)  # type: ignore[arg-type]

    def target(self, wanted: str) -> Program | None:
        """The chosen program; the only one there is where none is chosen.

        Raises PermissionDenied for one that the user works in but does not administer, and Http404 for any other.
        """
        if not wanted:
            return self.targets[0] if len(self.targets) == 1 else None
        program_id = _uuid_or_none(wanted)
        found = next((program for program in self.targets if program.pk == program_id), None)
        if found is None and any(m.program.pk == program_id for m in self.request.memberships):  # type: ignore[attr-defined]
            raise PermissionDenied
        if found is None:
            raise Http404
        return found

    def choices(
        self, row: TreeNode, target: Program | None, *, form: Any = None, status: int = 200
    ) -> HttpResponse:
        sought = (self.request.POST if form else self.request.GET).get("q", "").replace("\0", "").strip()
        found: list[Course] = []
        if target is not None:
            with use_program(target, user=self.request.user):  # type: ignore[arg-type]
                rows = Course.objects.only("pk", "name", "level").filter(name__icontains=sought)
                found = list(rows.order_by("search_name", "pk")[: MOST_CHOICES + 1])
        context = {
            "course": self.object,
            "row": row,
            "node_url": self.node_url(row.pk),
            "targets": self.targets,
            "target": target,
            "courses": found[:MOST_CHOICES],
            "more": len(found) > MOST_CHOICES,
            "sought": sought,
            "form": form or CopyForm(),
            "chosen": form.data.get("course", "") if form else "",
            "typed": form.data.get("name", "") if form else self.object.name,
            "token": form.data.get("token", "") if form else uuid.uuid4(),
        }
        return crud.render(
            self.request, "courses/curriculum_copy.html", self.context(**context), status=status
        )


class Editors(TreeView):
    """Who may edit this course beside those whose role lets them. Posted: `user`, who shall.

    With HTMX the card of the course's page; what is posted goes back there.
    """

    def required_permission(self) -> str:
        return GRANT

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def show(self, problem: str = "") -> HttpResponse:
        context = {
            "course": self.object,
            "grants": editors.grants_on(self.object),
            "candidates": editors.candidates(self.object),
            "problem": problem,
        }
        status = 422 if problem else 200
        return self.render("editors", context, status=status, partial=True)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.POST.get("user"):
            return self.show(_("Choose somebody."))
        return self.let(self.posted_id("user"))

    def let(self, user_id: uuid.UUID) -> HttpResponse:
        try:
            user, new = editors.let_edit(course=self.object, user_id=user_id)
        except editors.NotAMember:
            raise Http404 from None
        except editors.MayAlready as error:
            return self.show(_("%(name)s may edit every course already.") % {"name": error.user})
        said = (
            _("%(name)s may edit “%(course)s” now.") if new else _("%(name)s may edit “%(course)s” already.")
        )
        undo = reverse("courses:course-editor-end", args=[self.object.pk, user.pk]) if new else ""
        messages.success(self.request, said % {"name": user, "course": self.object}, extra_tags=undo)
        return redirect(self.course_url)


class LetEdit(Editors):
    """The same for the user at the address: the way back from ending it."""

    def methods(self) -> list[str]:
        return ["POST"]

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.let(self.kwargs["user"])


class EndEditing(Editors):
    """Nothing beyond the role any more, for the user at the address."""

    def methods(self) -> list[str]:
        return ["POST"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            user, ended = editors.end_editing(course=self.object, user_id=self.kwargs["user"])
        except editors.NotAMember:
            raise Http404 from None
        said = _("%(name)s may no longer edit “%(course)s”.") % {"name": user, "course": self.object}
        undo = reverse("courses:course-editor-let", args=[self.object.pk, user.pk]) if ended else ""
        messages.success(request, said, extra_tags=undo)
        return redirect(self.course_url)


def _position(node: Node) -> str:
    """Where a node stands, in a sentence: “Breath control” is now 1.2, in “Water confidence”."""
    if node.parent is None:
        return _("“%(name)s” is now %(code)s.") % {"name": node.name, "code": node.code}
    said = _("“%(name)s” is now %(code)s, in “%(parent)s”.")
    return said % {"name": node.name, "code": node.code, "parent": node.parent.name}


def _other_parents(outline: Outline, node: Node) -> list[dict[str, Any]]:
    """Where a node could move: the other parents of its level, grouped by what they belong to."""
    if node.parent is None:
        return []
    groups: dict[Node | None, list[Node]] = {}
    for parent in outline.of_kind(node.parent.kind):
        if parent is not node.parent:
            groups.setdefault(parent.parent, []).append(parent)
    return [{"label": above.name if above else "", "nodes": nodes} for above, nodes in groups.items()]


def _around(outline: Outline, node: Node) -> dict[str, Node]:
    """The parents before and behind that of the node, where there are such."""
    if node.parent is None:
        return {}
    parents = outline.of_kind(node.parent.kind)
    at = parents.index(node.parent)
    places = {"previous": at - 1, "next": at + 1}
    return {way: parents[place] for way, place in places.items() if 0 <= place < len(parents)}


def _changed_by(level: Level, conflict: Conflict) -> str:
    """Who was quicker."""
    if conflict.last is None:
        return str(level.words.changed)
    return str(level.words.changed_by) % {"who": conflict.last.who or _("Someone")}


def _archived_parent(row: TreeNode, level: Level) -> str:
    """What to say where the parent of the row is archived too, else ""."""
    if level.parent is None:
        return ""
    present = LEVELS[level.parent].model.objects.filter(pk=row.parent_id).exists()
    return "" if present else str(level.words.parent_archived)


def _uuid_or_none(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
