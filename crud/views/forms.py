"""The pages that add and change one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crud.forms import AlreadySaved, ModelForm, Refused, Saved, modelform
from crud.forms.row_picker import show_matches
from crud.hooks import Draft, hooks

from .entity import EntityViews, is_archived, short_name


class FormPages(EntityViews):
    form_class: ClassVar[type[ModelForm] | None] = None
    fields: ClassVar[Sequence[str] | None] = None

    def get_form_class(self) -> type[ModelForm]:
        return self.form_class or modelform(self.model, self.fields)

    def label_forms(self) -> Sequence[type[Any]]:
        """The forms of this page, for the labels of what was typed into it."""
        return (self.get_form_class(),)

    def get_form(self, data: Any = None, instance: Any = None) -> ModelForm:
        """The form of a page; without what this user may not read."""
        return self.get_form_class()(data, instance=instance, request=self.request, private=self.private)

    def form_context(self, form: ModelForm) -> dict[str, Any]:
        """More context of the form pages, for subclasses."""
        return {}

    def similar(self, form: ModelForm) -> list[Any]:
        """Rows that may be the very thing that is about to be added; asked of a valid form, unless told to."""
        return []

    @property
    def detail_url_name(self) -> str:
        return self.url_name("detail")

    # --- pages ----------------------------------------------------------------------------------------

    def create_page(self, request: HttpRequest) -> HttpResponse:
        form = self.get_form(request.POST if request.method == "POST" else self._draft_values())
        if request.method != "POST":
            form.autofocus_first_field()
            return self._form_response(form.without_errors() if form.is_bound else form)
        if self._is_shown_again(form):
            return self._form_response(form)
        similar = self.similar(form) if form.is_valid() and not request.POST.get("anyway") else []
        result = (form.already_saved() or Refused()) if similar else form.save_once()
        if isinstance(result, Refused):
            return self._form_response(form, similar=similar, status=409 if similar else 422)
        if isinstance(result, AlreadySaved) and result.differences:
            return self._sent_again(result.row)
        if isinstance(result, Saved):
            self._close_draft()
            kind = str(self.meta.verbose_name)
            added = _("%(kind)s “%(name)s” added.")
            messages.success(
                request, added % {"kind": kind[:1].upper() + kind[1:], "name": short_name(result.row)}
            )
        return redirect(self.url_name("detail"), pk=result.row.pk)

    def _sent_again(self, row: Any) -> HttpResponse:
        """The form has added ``row`` before, with other values: shows both, as the form of that row."""
        self.object = row
        if not self.has_right(self.permission_for("change")):
            raise PermissionDenied
        form = self.get_form(self.request.POST, instance=row)
        form.is_valid()
        form_action = reverse(self.url_name("update"), args=[row.pk])
        return self._form_response(
            form, conflict=form.conflict(), sent_again=True, form_action=form_action, status=409
        )

    def update_page(self, request: HttpRequest) -> HttpResponse:
        here = reverse(self.url_name("detail"), args=[self.object.pk])
        if request.method != "POST":
            if is_archived(self.object):
                return redirect(here)
            form = self.get_form(self._draft_values(), instance=self.object)
            return self._form_response(form.without_errors() if form.is_bound else form)
        form = self.get_form(request.POST, instance=self.object)
        if self._is_shown_again(form):
            return self._form_response(form)
        valid = form.is_valid()
        if is_archived(form.stored):
            return self._form_response(form, archived=True, status=409)
        if form.stale:
            # The same form posted twice has nothing left to change.
            if valid and not form.changed_columns():
                return redirect(here)
            return self._form_response(form, conflict=form.conflict(), status=409)
        if isinstance(form.save_once(), Saved):
            self._close_draft()
            messages.success(request, _("Changes to “%(name)s” saved.") % {"name": short_name(self.object)})
            return redirect(here)
        return self._form_response(form, status=422)

    def _is_shown_again(self, form: ModelForm) -> bool:
        """Whether a button for browsers without scripts sent the form: another row, or a search for one to choose."""
        posted = self.request.POST
        return form.add_json_row(posted.get("add_rows", "")) or show_matches(
            form, posted.get("search_rows", "")
        )

    def _form_response(self, form: ModelForm, *, status: int = 200, **context: Any) -> HttpResponse:
        if (drafts := hooks.drafts) is not None:
            context["draft_form"] = drafts.form_name(self.model, None if form.is_new else form.stored.pk)
            context["draft_url"] = reverse(drafts.url_name)
            context["draft_notice"] = drafts.notice_template
            if self.request.method == "GET":
                context["draft"] = self._stored_draft
        # The heading names the row as it is stored, not as it is being typed.
        self.object = None if form.is_new else form.stored
        problems = [] if status == 409 and form.is_valid() else form.problems()
        context |= {"form": form, "sections": form.sections(), "problems": problems}
        return self.render("form", {**context, **self.form_context(form)}, status=status)

    # --- drafts ---------------------------------------------------------------------------------------

    @property
    def _key(self) -> Any:
        return self.object.pk if self.object is not None else None

    @cached_property
    def _stored_draft(self) -> Draft | None:
        return hooks.drafts.get(self.request, self.model, self._key) if hooks.drafts is not None else None

    def _draft_values(self) -> Any:
        """The draft as if it were posted, where the address asks to go on with it; else None."""
        draft = self._stored_draft if self.request.GET.get("draft") else None
        return draft.as_posted() if draft is not None else None

    def _close_draft(self) -> None:
        if hooks.drafts is not None:
            hooks.drafts.close(self.request, self.model, self._key)
