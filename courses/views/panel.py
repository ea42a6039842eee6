"""The panel beside the tree, where one node is read and edited."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

import crud
from courses.forms import NODE_FORMS, NodeForm
from courses.models import TreeNode

from .context import node_panel
from .tree import TreeView, announce


class Outcome(Enum):
    SAVED = "saved"
    ARCHIVED = "archived"
    """The row was archived since the form was opened."""
    CONFLICT = "conflict"
    """Somebody else saved the row since the form was opened."""
    INVALID = "invalid"


class EditNode(TreeView):
    """One node in the panel. POST saves it, or with a `mode` shows the form again without saving.

    The modes are "preview", which shows how the text will look, and "edit", which leaves the preview.
    """

    verbs: ClassVar[dict[str, str]] = {"POST": "change"}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_node(self.get_node(), "panel")

    def post(self, request: HttpRequest) -> HttpResponse:
        if mode := request.POST.get("mode", ""):
            return self.show_without_saving(preview=mode == "preview")
        with transaction.atomic():
            row = self.get_node(lock=True)
            form = self.bound_form(row)
            result = _save(row, form)
            if result is not Outcome.SAVED:
                transaction.set_rollback(True)  # releases the lock before texts are formatted
        if result is Outcome.ARCHIVED:
            return self.show_archived_meanwhile(form)
        if result is Outcome.CONFLICT:
            return self.show_node(
                form.stored, "outline", "panel", form=form, conflict=form.cached_conflict, status=409
            )
        if result is Outcome.INVALID:
            return self.show_invalid(form)
        row.refresh_from_db()
        message = _("“%(name)s” saved.") % {"name": row.name}
        if not crud.is_partial(request):
            messages.success(request, message)
            return redirect(self.node_url(row.pk))
        return announce(self.show_node(row, "outline", "panel"), message)

    def show_without_saving(self, *, preview: bool) -> HttpResponse:
        """The form as it was sent, or a preview of its text. Locks no row."""
        row = self.get_node()
        form = self.bound_form(row)
        if row.is_archived:
            return self.show_archived_meanwhile(form)
        if form.has_error(self.level.text_field, "max_length"):
            form.unsaved = True
            return self.show_invalid(form)
        return self.show_node(form.stored, "panel", form=form.as_unsaved(), preview=preview)

    def show_archived_meanwhile(self, form: NodeForm) -> HttpResponse:
        return self.show_node(form.stored, "outline", "panel", form=form, archived_meanwhile=True, status=409)

    def show_invalid(self, form: NodeForm) -> HttpResponse:
        return self.show_node(form.stored, "panel", form=form, problems=form.problems(), status=422)

    def bound_form(self, row: TreeNode) -> NodeForm:
        return NODE_FORMS[self.level.kind](self.request.POST, instance=row, request=self.request)

    def show_node(self, row: TreeNode, *parts: str, status: int = 200, **panel: Any) -> HttpResponse:
        """The tree page with `row` in the panel; `panel` are fields of NodePanel.

        Raises Http404 for an archived row that the user may not restore.
        """
        if row.is_archived and not self.access.rights.at(self.level).archive:
            raise Http404
        outline = self.access.outline()
        return self.show_tree(
            *parts,
            outline=outline,
            panel=node_panel(self.access, outline, row, self.level, **panel),
            status=status,
        )


def _save(row: TreeNode, form: NodeForm) -> Outcome:
    """Save the form of `row`, which is locked, unless the row has changed or the form is invalid."""
    if row.is_archived:
        return Outcome.ARCHIVED
    if form.stale:
        return Outcome.CONFLICT
    return Outcome.SAVED if isinstance(form.save_once(), crud.Saved) else Outcome.INVALID
