"""The pages that archive and restore one row."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crud.hooks import hooks

from .entity import EntityViews, is_archived, short_name


class ArchivePages(EntityViews):
    def archive_page(self, request: HttpRequest) -> HttpResponse:
        return self._set_archived(request, to=True)

    def restore_page(self, request: HttpRequest) -> HttpResponse:
        return self._set_archived(request, to=False)

    def _set_archived(self, request: HttpRequest, *, to: bool) -> HttpResponse:
        """A page that asks; a POST does it."""
        detail = redirect(self.url_name("detail"), pk=self.object.pk)
        done = redirect(self.url_name("list")) if to else detail
        if is_archived(self.object) == to:
            # Done already: a second click, or someone else was quicker.
            return detail if request.method != "POST" else done
        if request.method != "POST":
            return self.render("confirm", {"archiving": to})
        if refusal := self._refusal(to=to):
            return self.render("confirm", {"archiving": to, "refusal": refusal}, status=409)
        name = {"name": short_name(self.object)}
        if to:
            # The page offers what stands in extra_tags as the way back.
            undo = reverse(self.url_name("restore"), args=[self.object.pk])
            messages.success(request, _("“%(name)s” archived.") % name, extra_tags=undo)
        else:
            messages.success(request, _("“%(name)s” restored.") % name)
        return done

    def _refusal(self, *, to: bool) -> str:
        """Archives or restores the row; else returns why that is not possible."""
        try:
            with transaction.atomic():
                (hooks.archive if to else hooks.restore)(self.object)
        except ValidationError as error:
            return " ".join(error.messages)
        except IntegrityError:
            return _("Something else has taken its place. Change that first.")
        return ""
