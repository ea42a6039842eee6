"""What all pages of an entity have in common: model, urls, permissions, statuses, rows and templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.views import View as DjangoView

from crud.registry import register
from crud.statuses import Status, statuses_of
from web.http import render


class View(DjangoView):
    """A view that asks for a permission before anything else, and knows which methods it answers.

    ``permission`` is "app.verb_model", or one for each method. There is no way to leave it out.
    """

    permission: ClassVar[str | Mapping[str, str]] = ""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        if not cls.permission and cls.required_permission is View.required_permission:
            raise ImproperlyConfigured(f"{cls.__qualname__} names no permission.")
        return super().as_view(**initkwargs)

    def required_permission(self) -> str:
        if isinstance(self.permission, str):
            return self.permission
        method = "GET" if self.request.method == "HEAD" else self.request.method
        return self.permission[str(method)]

    def methods(self) -> Sequence[str]:
        names = [name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(self, name)]
        return [*names, "HEAD"] if "GET" in names else names

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in self.methods():
            return HttpResponseNotAllowed(self.methods())
        if not self.is_permitted():
            raise PermissionDenied
        return self.answer(request, *args, **kwargs)

    def is_permitted(self) -> bool:
        """Whether this user may do what the request asks for."""
        user: Any = self.request.user
        return user.has_perm(self.required_permission())

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        method = "get" if request.method == "HEAD" else str(request.method).lower()
        return getattr(self, method)(request, *args, **kwargs)


READ = ("GET", "HEAD")
READ_AND_POST = ("GET", "HEAD", "POST")


@dataclass(frozen=True)
class Page:
    """A page of an entity: ``name`` ends its url name, ``path`` stands below the entity's own.

    ``verb`` is the permission it asks for: view, add, change or archive. ``archived`` opens it for archived rows too.
    ``lock`` holds the row until the request ends when it is a POST.
    """

    name: str
    path: str
    verb: str = "view"
    methods: Sequence[str] = READ
    archived: bool = False
    lock: bool = False


class EntityViews(View):
    """The base of the pages of ``model``. A page named "take-back" is answered by the method ``take_back_page``."""

    model: ClassVar[type[models.Model]]
    icon: ClassVar[str] = "list-details"
    pages: ClassVar[Sequence[Page]] = ()
    status_field: ClassVar[str | None] = None
    status_tones: ClassVar[Mapping[str, str]] = {}
    private_fields: ClassVar[Sequence[str]] = ()
    private_permission: ClassVar[str] = "view_private"

    page: str = ""
    object: Any = None

    # --- urls -----------------------------------------------------------------------------------------

    @classmethod
    def urls(cls, prefix: str = "") -> list[URLPattern]:
        """The urls of the pages, named ``<model>-<page>``; ``prefix`` stands before each path."""
        register(cls)
        return [
            path(prefix + page.path, cls.as_view(page=page.name), name=cls.short_url_name(page.name))
            for page in cls.live_pages()
        ]

    @classmethod
    def live_pages(cls) -> list[Page]:
        """The pages the model has: without archive and restore where it knows no archive."""
        return [page for page in cls.pages if cls.is_archivable() or page.verb != "archive"]

    @classmethod
    def is_archivable(cls) -> bool:
        return hasattr(cls.model, "with_archived")

    @classmethod
    def short_url_name(cls, page: str) -> str:
        return f"{cls.model._meta.model_name}-{page}"

    @classmethod
    def url_name(cls, page: str) -> str:
        return f"{cls.model._meta.app_label}:{cls.short_url_name(page)}"

    @cached_property
    def declared(self) -> Page:
        return next(page for page in self.pages if page.name == self.page)

    def methods(self) -> Sequence[str]:
        return self.declared.methods

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "pk" in kwargs and self.object is None:
            self.object = self.get_object(kwargs["pk"])
        return getattr(self, f"{self.page.replace('-', '_')}_page")(request)

    # --- permissions ----------------------------------------------------------------------------------

    @classmethod
    def permission_for(cls, verb: str) -> str:
        """The permission ``verb`` on the model, as ``has_perm`` takes it."""
        return f"{cls.model._meta.app_label}.{verb}_{cls.model._meta.model_name}"

    def required_permission(self) -> str:
        return self.permission_for(self.declared.verb)

    def is_permitted(self) -> bool:
        """Whether the role may, or this user with the row at the address.

        The row is read here only where `granted` of the model says that single rows can widen the permission, so that
        everywhere else a refusal costs nothing and does not depend on what is there.
        """
        if super().is_permitted():
            return True
        permission = self.required_permission()
        if "pk" not in self.kwargs or permission not in getattr(self.model, "granted", ()):
            return False
        try:
            self.object = self.get_object(self.kwargs["pk"])
        except Http404:
            return False
        return self.has_right(permission)

    def has_right(self, permission: str) -> bool:
        """Whether this user has the permission here: for the row at the address, where there is one."""
        user: Any = self.request.user
        # A permission of the role holds for every row, and has been asked for already.
        return user.has_perm(permission) or (
            self.object is not None and user.has_perm(permission, self.object)
        )

    @cached_property
    def can(self) -> dict[str, bool]:
        """What this user may do here: view, add, change, archive, private. Templates leave out the rest.

        Not to be read before the row at the address is there.
        """
        can = {
            verb: self.has_right(self.permission_for(verb)) for verb in ("view", "add", "change", "archive")
        }
        can["archive"] = can["archive"] and self.is_archivable()
        can["private"] = not self.private
        return can

    @cached_property
    def private(self) -> tuple[str, ...]:
        """The columns this user may not read."""
        user: Any = self.request.user
        hidden = self.private_fields and not user.has_perm(self.permission_for(self.private_permission))
        return tuple(self.private_fields) if hidden else ()

    # --- rows -----------------------------------------------------------------------------------------

    @property
    def meta(self) -> Any:
        return self.model._meta

    def get_queryset(self, *, archived: bool | None = False) -> models.QuerySet[Any]:
        """The rows of the pages: those present, with ``archived`` the archived ones, with None both."""
        if not self.is_archivable() or archived is False:
            return self.model._default_manager.all()
        rows = self.model.with_archived.all()  # type: ignore[attr-defined]
        return rows if archived is None else rows.filter(deleted_at__isnull=False)

    def get_object(self, pk: Any) -> Any:
        """The row at the address. Raises Http404, the same for every row that is not there for this user."""
        rows = self.get_queryset(archived=None if self.declared.archived else False).defer(*self.private)
        if self.declared.lock and self.request.method == "POST":
            rows = rows.select_for_update(of=("self",))
        obj = rows.filter(pk=pk).first()
        # What is archived is open to those who may restore it; a form that was open before shows no more.
        if obj is None or (is_archived(obj) and not self.has_right(self.permission_for("archive"))):
            raise Http404
        return obj

    @classmethod
    def name_field(cls) -> str:
        return "name" if has_field(cls.model, "name") else "__str__"

    @classmethod
    def summary_of(cls, obj: Any) -> str:
        """A few words that tell a row from others of a similar name, where it is offered in a search."""
        return ""

    # --- statuses -------------------------------------------------------------------------------------

    @cached_property
    def status_name(self) -> str:
        """The field behind the tabs, also their name in the address; empty where there is none."""
        if self.status_field is not None:
            return self.status_field
        return next((name for name in ("status", "is_active") if has_field(self.model, name)), "")

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """The statuses by their key in the address."""
        if not self.status_name:
            return {}
        return statuses_of(self.meta.get_field(self.status_name), self.status_tones)

    def badge(self, obj: Any) -> SafeString:
        """The status of a row in words and colour; empty where the model has none."""
        if not self.status_name:
            return SafeString("")
        value = getattr(obj, self.status_name)
        return self._badges.get(value) or Status(value, str(value), "").badge

    @cached_property
    def _badges(self) -> dict[Any, SafeString]:
        return {status.value: status.badge for status in self.statuses.values()}

    # --- templates ------------------------------------------------------------------------------------

    def templates(self, page: str, *, partial: bool = False) -> list[str]:
        """The template of a page, the entity's own first."""
        line = "_" if partial else ""
        return [f"{self.meta.app_label}/{line}{self.meta.model_name}_{page}.html", f"crud/{line}{page}.html"]

    @property
    def partial_templates(self) -> list[str]:
        """The part of this page that HTMX asks for, for the full page to include."""
        return self.templates(self.page, partial=True)

    def context(self, **more: Any) -> dict[str, Any]:
        return {
            "view": self,
            "meta": self.meta,
            "can": self.can,
            "urls": self.page_urls(),
            "object": self.object,
            "badge": self.badge(self.object) if self.object is not None else "",
            "name": str(self.meta.verbose_name),
            "names": str(self.meta.verbose_name_plural),
            **more,
        }

    def page_urls(self) -> dict[str, str]:
        """The addresses of the pages by name; those of a row where there is one."""
        # One reverse() for all of them, as every page stands below the list.
        base = reverse(self.url_name("list"))
        paths = {page.name: page.path for page in self.live_pages()}
        if self.object is not None and self.object.pk is not None and not self.object._state.adding:
            paths = {name: below.replace("<uuid:pk>", str(self.object.pk)) for name, below in paths.items()}
        return {name: f"{base}{below}" for name, below in paths.items() if "<" not in below}

    def render(
        self, page: str, context: Mapping[str, Any] | None = None, *, status: int = 200, partial: bool = False
    ) -> HttpResponse:
        """The page's template with the usual context; ``partial`` where HTMX may ask for its part."""
        return render(
            self.request,
            self.templates(page),
            self.context(**(context or {})),
            partial=self.templates(page, partial=True) if partial else None,
            status=status,
        )


def has_field(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def is_archived(obj: Any) -> bool:
    return getattr(obj, "deleted_at", None) is not None


def short_name(obj: Any) -> str:
    """The name of a row, short enough for a message."""
    name = str(obj)
    return name if len(name) <= 60 else f"{name[:59]}…"
