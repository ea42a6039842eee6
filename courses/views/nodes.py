"""Changes to the nodes of a tree: add, rename, move, reorder, archive, restore."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

import crud
from courses import services
from courses.forms import NEW_NODE_FORMS, NODE_FORMS
from courses.models import TreeNode
from courses.outline import Node
from crud.forms import ModelForm
from crud.history import as_added
from programs.archive import ParentArchived

from .context import ArchivedNotice, RefusedNode, Renaming, node_panel
from .requests import posted_uuid, uuid_or_none
from .tree import TreeView, announce


class AddNode(TreeView):
    """Add a node behind its siblings. Posted: `parent`, `name` and the form's `token`."""

    verb = "add"

    def post(self, request: HttpRequest) -> HttpResponse:
        parent_id = posted_uuid(request, "parent")
        form = NEW_NODE_FORMS[self.level.kind](request.POST, request=request)
        if not form.is_valid():
            name = form.data.get("name", "").replace("\0", "")
            return self.refuse(parent_id, name, _name_errors(form))
        name = form.cleaned_data["name"]
        try:
            node = services.add_node(
                course_id=self.course.pk, level=self.level, parent_id=parent_id, id=form.key, name=name
            )
        except services.StaleTree:
            return self.conflict(
                _("“%(name)s” was not added: what it was to stand in has been archived.") % {"name": name}
            )
        if node.name != name and as_added(node).name != name:  # the form was sent before, with another name
            problem = _(
                "“%(saved)s” was added by this line already, “%(typed)s” is not. Press Enter to add it too."
            )
            return self.refuse(parent_id, name, [problem % {"saved": node.name, "typed": name}])
        message = self.level.texts.added % {"name": node.name}
        return self.changed(message, f"{self.course_url}?add={parent_id}#add-{parent_id}")

    def refuse(self, parent_id: uuid.UUID, name: str, errors: list[str]) -> HttpResponse:
        refused = RefusedNode(parent_id=parent_id, name=name, errors=errors)
        return self.show_tree("outline", refused=refused, status=422)


class RenameNode(TreeView):
    """Rename a node from `was` to `name`. If its name is no longer `was`, the answer shows the newer one."""

    verb = "change"

    def post(self, request: HttpRequest) -> HttpResponse:
        row, was = self.get_node(), request.POST.get("was", "")
        form = NEW_NODE_FORMS[self.level.kind](request.POST, request=request)
        typed = form.data.get("name", "").replace("\0", "")
        if not form.is_valid():
            renaming = Renaming(id=row.pk, name=typed, was=was, errors=_name_errors(form))
            return self.show_tree("outline", renaming=renaming, status=422)
        name = form.cleaned_data["name"]
        try:
            node, version_before = services.rename_node(
                course=self.course, level=self.level, node_id=row.pk, was=was, name=name
            )
        except services.Renamed as error:
            problem = _(
                "“%(was)s” is called “%(now)s” meanwhile. Press Enter to call it “%(name)s” all the same."
            ) % {"was": was, "now": error.name, "name": name}
            return self.conflict(problem, renaming=Renaming(id=row.pk, name=typed, was=error.name))
        except services.StaleTree:
            return self.conflict(
                _("“%(name)s” was archived meanwhile, so it was not renamed.") % {"name": was}
            )
        message = _("Renamed to “%(name)s”.") % {"name": node.name}
        response = self.changed(message, self.node_url(node.pk))
        if not crud.is_partial(request):
            return response
        # An open panel takes the new name and version, unless it was opened before somebody else's change.
        renamed = {
            "id": str(node.pk),
            "was": was,
            "name": node.name,
            "before": version_before.isoformat(),
            "version": node.updated_at.isoformat(),
        }
        return announce(response, message, **{"tree:renamed": renamed})


class PlacingView(TreeView):
    """The base of the views that give a node another place."""

    verb = "change"

    def placed(self, row: TreeNode, message: str = "") -> HttpResponse:
        """The answer to a move. Without a `message`, it says where the node is now."""
        node = self.access.outline().nodes.get(row.pk)
        is_open = self.request.POST.get("selected") == str(row.pk)
        url = self.node_url(row.pk) if is_open else f"{self.course_url}#t-{row.pk}"
        return self.changed(message or (_position(node) if node else ""), url)


class MoveNode(PlacingView):
    """Move a node. Posted: a `step`, or the new `parent`.

    The steps are "up" and "down" by one place, "previous" and "next" to the neighbouring parent.
    """

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.get_node()
        step = request.POST.get("step", "")
        if step not in {"up", "down", "previous", "next"} and "parent" not in request.POST:
            raise BadRequest("Neither a step nor a parent is given.")
        node: dict[str, Any] = {"course": self.course, "level": self.level, "node_id": row.pk}
        moved = True
        try:
            if step in {"up", "down"}:
                moved = services.step_node(**node, step=1 if step == "down" else -1)
            elif step in {"previous", "next"}:
                moved = services.move_to_adjacent_parent(**node, to_next=step == "next")
            else:
                services.move_node(**node, parent_id=posted_uuid(request, "parent"))
        except services.StaleTree:
            return self.conflict()
        not_moved = {
            "up": _("“%(name)s” is already first."),
            "down": _("“%(name)s” is already last."),
            "previous": _("There is nothing before it that “%(name)s” could move to."),
            "next": _("There is nothing behind it that “%(name)s” could move to."),
        }
        return self.placed(row, "" if moved else not_moved[step] % {"name": row.name})


class ReorderNodes(PlacingView):
    """Give the children of `parent` a new `order`: UUIDs separated by commas. `moved` is the one dragged."""

    def post(self, request: HttpRequest) -> HttpResponse:
        parent_id = posted_uuid(request, "parent")
        try:
            ids = [uuid.UUID(part) for part in request.POST.get("order", "").split(",")]
        except ValueError:
            raise BadRequest("order is not a list of UUIDs.") from None
        if len(ids) != len(set(ids)):
            raise BadRequest("order names a node twice.")
        try:
            services.reorder_children(course=self.course, level=self.level, parent_id=parent_id, ids=ids)
        except services.StaleTree:
            return self.conflict()
        moved = uuid_or_none(request.POST.get("moved"))
        row = self.level.model.objects.filter(pk=moved if moved in ids else ids[0]).first()
        return self.placed(row) if row is not None else self.changed(_("Order saved."), self.course_url)


class ArchiveNode(TreeView):
    """Archive a node with everything below it. GET asks for confirmation, for browsers without the dialog."""

    verb = "archive"

    def get(self, request: HttpRequest) -> HttpResponse:
        row = self.get_node()
        node = self.access.outline().nodes.get(row.pk)
        if node is None:
            return redirect(self.node_url(row.pk))
        return crud.render(request, "courses/course_archive_node.html", self.context(node=node))

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.get_node()
        node = self.access.outline().nodes.get(row.pk)
        if node is not None:
            services.archive_node(course=self.course, node=row)
            row.refresh_from_db()
        url, message = self.node_url(row.pk), _("“%(name)s” archived.") % {"name": row.name}
        if not crud.is_partial(request):
            messages.success(request, message, extra_tags=f"{url}restore/")  # the address of its Undo button
            return redirect(url)
        archived = ArchivedNotice(name=row.name, url=url, contents=node.contents if node else "")
        outline = self.access.outline()
        open_id = uuid_or_none(request.POST.get("selected"))
        if open_id is not None and open_id not in outline.nodes:  # the open node was archived too
            return announce(self.show_tree("outline", "panel", outline=outline, archived=archived), message)
        return self.changed(message, "", archived=archived)


class RestoreNode(TreeView):
    """Restore a node to its parent, with what was archived together with it."""

    verb = "archive"

    def post(self, request: HttpRequest) -> HttpResponse:
        row = self.get_node()
        try:
            services.restore_node(course=self.course, node=row)
        except ParentArchived as error:
            return self.conflict(str(error))
        except services.StaleTree:
            return self.conflict()
        row.refresh_from_db()
        message = _("“%(name)s” restored.") % {"name": row.name}
        form = None
        if "version" in request.POST:  # sent by a panel whose text could not be saved: keep the text
            form = NODE_FORMS[self.level.kind](request.POST, instance=row, request=request)
            form.is_valid()
            row = form.stored
        elif not crud.is_partial(request) or request.POST.get("selected") != str(row.pk):
            return self.changed(message, self.node_url(row.pk))
        outline = self.access.outline()
        panel = node_panel(self.access, outline, row, self.level, form=form)
        return announce(self.show_tree("outline", "panel", outline=outline, panel=panel), message)


def _name_errors(form: ModelForm) -> list[str]:
    return [str(error) for error in form.errors.get("name", ())]


def _position(node: Node) -> str:
    """A sentence that says where a node is: “Breath control” is now 1.2, in “Water confidence”."""
    if node.parent is None:
        return _("“%(name)s” is now %(code)s.") % {"name": node.name, "code": node.code}
    sentence = _("“%(name)s” is now %(code)s, in “%(parent)s”.")
    return sentence % {"name": node.name, "code": node.code, "parent": node.parent.name}
