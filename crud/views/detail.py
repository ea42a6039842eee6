"""The page of one row, and the buttons in its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.contrib import messages
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crud import history
from crud.columns import Column, display, resolve
from crud.hooks import hooks
from web.http import posted_event

from .entity import EntityViews, is_archived, short_name


@dataclass(frozen=True)
class DetailTab:
    """A tab of a detail page: its key in the address, its label and the template of what it shows.

    ``private`` leaves it out for users who may not read the private fields. ``count`` names a list in the context of
    the page; the tab shows how many entries it has.
    """

    key: str
    label: Any
    template: str
    private: bool = False
    count: str = ""


class DetailPages(EntityViews):
    detail_fields: ClassVar[Sequence[str] | None] = None
    tabs: ClassVar[Sequence[DetailTab]] = ()

    def detail_page(self, request: HttpRequest) -> HttpResponse:
        """The page of one row; for HTMX, where the entity has tabs, the tabs with what the current one shows.

        Raises Http404 for a tab that does not exist or is not for this user.
        """
        context = {"tab": self.tab, "history": self.detail_history(), **self.detail_context()}
        context["tabs"] = [(tab, len(context.get(tab.count) or ())) for tab in self.visible_tabs]
        return self.render("detail", context, partial=bool(self.tabs))

    @cached_property
    def visible_tabs(self) -> list[DetailTab]:
        return [tab for tab in self.tabs if self.can["private"] or not tab.private]

    @cached_property
    def tab(self) -> DetailTab | None:
        """The tab that the address names, by default the first; None where the entity has no tabs."""
        if not self.visible_tabs:
            return None
        key = self.request.GET.get("tab", self.visible_tabs[0].key)
        tab = next((tab for tab in self.visible_tabs if tab.key == key), None)
        if tab is None:
            raise Http404
        return tab

    def detail_history(self) -> list[Any]:
        """The lines of the history that the detail page shows."""
        return self.recent_changes()

    def detail_context(self) -> dict[str, Any]:
        """More context of the detail page, for subclasses."""
        return {}

    def facts(self) -> list[tuple[str, SafeString]]:
        """(label, value) of what the default detail page lists."""
        names = self.detail_fields
        if names is None:
            hidden = {self.status_name, self.name_field(), *self.private_fields}
            names = [
                f.name
                for f in self.meta.fields
                if f.editable and f.name not in hidden and not isinstance(f, models.JSONField)
            ]
        return [
            (Column(name).bound_to(self.model).label, display(resolve(self.object, name)))
            for name in names
            if name not in self.private
        ]

    # --- history --------------------------------------------------------------------------------------

    def recent_changes(self, limit: int = 10) -> list[history.HistoryEntry]:
        """The last changes of the row, each with the ways back that this user has and that lead anywhere now."""
        entries = history.entries_of(self.object, limit=limit, private=self.private)
        return [replace(entry, ways_back=tuple(self._ways_back(entry))) for entry in entries]

    def _ways_back(self, entry: history.HistoryEntry) -> Iterator[history.WayBack]:
        archived = is_archived(self.object)
        if entry.verb is history.Verb.ADDED and self.can["archive"] and not archived:
            # What was added is by now a row with a history of its own: it goes by the page that asks.
            url = reverse(self.url_name("archive"), args=[self.object.pk])
            yield history.WayBack(_("Undo"), url, asks=True)
        if not entry.is_current:
            return
        if entry.verb in (history.Verb.ARCHIVED, history.Verb.RESTORED):
            if self.can["archive"] and archived == (entry.verb is history.Verb.ARCHIVED):
                page = "restore" if archived else "archive"
                yield history.WayBack(_("Undo"), reverse(self.url_name(page), args=[self.object.pk]))
        elif self.can["change"] and not archived:
            url = reverse(self.url_name("take-back"), args=[self.object.pk])
            yield history.WayBack(_("Undo"), url, entry.event)
        yield from self.more_ways_back(entry)

    def more_ways_back(self, entry: history.HistoryEntry) -> Iterable[history.WayBack]:
        """Other ways back from an entry whose values the row still has."""
        return ()

    def take_back_page(self, request: HttpRequest) -> HttpResponse:
        """Give the row the values back that it had before the posted `event` of its history."""
        event = posted_event(request)
        try:
            with transaction.atomic():
                done = hooks.undo_event(self.object, event, private=self.private)
        except IntegrityError:
            messages.error(request, _("Something else has taken its place. Change that first."))
        else:
            if done:
                messages.success(
                    request, _("“%(name)s” is as it was before.") % {"name": short_name(self.object)}
                )
            else:
                messages.info(request, _("There was nothing left to undo."))
        return redirect(self.url_name("detail"), pk=self.object.pk)
