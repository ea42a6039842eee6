"""The pages of an entity, from one declaration; each kind of page is answered by a class of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.http import HttpRequest

from crud.registry import registered

from .archive import ArchivePages
from .bulk import BulkPages
from .detail import DetailPages, DetailTab
from .entity import READ_AND_POST, Page, View
from .forms import FormPages


def view_of_list(url_name: str, request: HttpRequest) -> ModelViews | None:
    """The view of the list page with this url name, as a request to another page uses it; None where there is none."""
    views = next((views for views in registered() if views.url_name("list") == url_name), None)
    return views.for_list(request) if views is not None else None


class ModelViews(BulkPages, DetailPages, FormPages, ArchivePages):
    """The pages of ``model``. See the docstring of ``crud`` for a whole declaration."""

    pages: ClassVar[Sequence[Page]] = (
        Page("list", ""),
        Page("bulk", "bulk/", "change", ("POST",)),
        Page("undo", "undo/", "change", ("POST",)),
        Page("columns", "columns/", "view", ("POST",)),
        Page("further", "further/"),
        Page("printout", "printout/"),
        Page("choices", "choices/"),
        Page("create", "new/", "add", READ_AND_POST),
        Page("detail", "<uuid:pk>/", archived=True),
        Page("update", "<uuid:pk>/edit/", "change", READ_AND_POST, archived=True, lock=True),
        Page("archive", "<uuid:pk>/archive/", "archive", READ_AND_POST, archived=True),
        Page("restore", "<uuid:pk>/restore/", "archive", READ_AND_POST, archived=True),
        Page("take-back", "<uuid:pk>/take-back/", "change", ("POST",), lock=True),
    )
