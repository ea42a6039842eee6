"""The pages of an entity, from one declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import (
    BadRequest,
    FieldDoesNotExist,
    ImproperlyConfigured,
    PermissionDenied,
    ValidationError,
)
from django.db import IntegrityError, models, transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    QueryDict,
)
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views import View as DjangoView

from crud import bulk, history
from crud.columns import Column, display, resolve, visible_columns
from crud.filters import FilterSet, default_filterset
from crud.forms import ModelForm, modelform
from crud.hooks import Draft, hooks
from crud.lists.printout import Printout
from crud.lists.query import Listing
from crud.templatetags.ui import tone
from web.http import is_partial, parts_of, posted_event, render

READ = ("GET", "HEAD")
READ_AND_POST = ("GET", "HEAD", "POST")


class View(DjangoView):
    """A view that asks for a right before anything else, and knows which methods it answers.

    ``permission`` is "app.verb_model", or one for each method. There is no way to leave it out.
    """

    permission: ClassVar[str | Mapping[str, str]] = ""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        if not cls.permission and cls.required_permission is View.required_permission:
            raise ImproperlyConfigured(f"{cls.__qualname__} names no permission.")
        return super().as_view(**initkwargs)

    def required_permission(self) -> str:
        """The right that this request needs."""
        if isinstance(self.permission, str):
            return self.permission
        method = "GET" if self.request.method == "HEAD" else self.request.method
        return self.permission[str(method)]

    def methods(self) -> Sequence[str]:
        """The methods this view answers."""
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


@dataclass(frozen=True)
class Page:
    """A page of an entity: ``name`` ends its url name, ``path`` stands below the entity's own.

    ``verb`` is the right it asks: view, add, change or archive. ``archived`` opens it for archived rows too.
    ``lock`` holds the row until the request ends when it is a POST.
    """

    name: str
    path: str
    verb: str = "view"
    methods: Sequence[str] = READ
    archived: bool = False
    lock: bool = False


@dataclass(frozen=True)
class Status:
    value: Any
    label: str
    tone: str


_registered: list[type[ModelViews]] = []


def registered() -> tuple[type[ModelViews], ...]:
    """Every declaration that has urls, in the order they were made. Contract tests are generated over it."""
    return tuple(_registered)


class ModelViews(View):
    """The pages of ``model``. See the docstring of ``crud`` for a whole declaration."""

    model: ClassVar[type[models.Model]]
    icon: ClassVar[str] = "list-details"
    columns: ClassVar[Sequence[str | Column]] = ()
    default_sort: ClassVar[str] = ""
    status_field: ClassVar[str | None] = None
    status_tones: ClassVar[Mapping[str, str]] = {}
    status_details: ClassVar[Sequence[str]] = ()
    search_fields: ClassVar[Sequence[str]] = ()
    search_label: ClassVar[Any] = ""
    filterset_class: ClassVar[type[FilterSet] | None] = None
    form_class: ClassVar[type[ModelForm] | None] = None
    fields: ClassVar[Sequence[str] | None] = None
    detail_fields: ClassVar[Sequence[str] | None] = None
    list_defer: ClassVar[Sequence[str]] = ()
    private_fields: ClassVar[Sequence[str]] = ()
    private_permission: ClassVar[str] = "view_private"

    pages: ClassVar[Sequence[Page]] = (
        Page("list", ""),
        Page("bulk", "bulk/", "change", ("POST",)),
        Page("undo", "undo/", "change", ("POST",)),
        Page("columns", "columns/", "view", ("POST",)),
        Page("further", "further/"),
        Page("printout", "printout/"),
        Page("create", "new/", "add", READ_AND_POST),
        Page("detail", "<uuid:pk>/", archived=True),
        Page("update", "<uuid:pk>/edit/", "change", READ_AND_POST, archived=True, lock=True),
        Page("archive", "<uuid:pk>/archive/", "archive", READ_AND_POST, archived=True),
        Page("restore", "<uuid:pk>/restore/", "archive", READ_AND_POST, archived=True),
        Page("take-back", "<uuid:pk>/take-back/", "change", ("POST",), lock=True),
    )

    page: str = ""
    object: Any = None

    # --- urls and rights ------------------------------------------------------------------------------

    @classmethod
    def urls(cls, prefix: str = "") -> list[URLPattern]:
        """The urls of the pages, named ``<model>-<page>``; ``prefix`` stands before each path."""
        if cls not in _registered:
            _registered.append(cls)
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
    def summary_of(cls, obj: Any) -> str:
        """A few words that tell a row from others of a similar name, where it is offered in a search."""
        return ""

    @classmethod
    def short_url_name(cls, page: str) -> str:
        return f"{cls.model._meta.model_name}-{page}"

    @classmethod
    def url_name(cls, page: str) -> str:
        return f"{cls.model._meta.app_label}:{cls.short_url_name(page)}"

    @classmethod
    def permission_for(cls, verb: str) -> str:
        """The right ``verb`` on the model, as ``has_perm`` wants it."""
        return f"{cls.model._meta.app_label}.{verb}_{cls.model._meta.model_name}"

    @cached_property
    def declared(self) -> Page:
        return next(page for page in self.pages if page.name == self.page)

    def required_permission(self) -> str:
        many = self.page in ("bulk", "undo")
        return self.permission_for(bulk.verb(self) if many else self.declared.verb)

    def methods(self) -> Sequence[str]:
        return self.declared.methods

    def is_permitted(self) -> bool:
        """Whether the role may, or this user with the row at the address.

        The row is read here only where `granted` of the model says that single rows can widen the right, so that
        everywhere else a refusal costs nothing and does not depend on what is there.
        """
        if super().is_permitted():
            return True
        right = self.required_permission()
        if "pk" not in self.kwargs or right not in getattr(self.model, "granted", ()):
            return False
        try:
            self.object = self.get_object(self.kwargs["pk"])
        except Http404:
            return False
        return self.has_right(right)

    def has_right(self, permission: str) -> bool:
        """Whether this user has the permission here: for the row at the address, where there is one."""
        user: Any = self.request.user
        # A right of the role is one on every row, and has been asked already.
        return user.has_perm(permission) or (
            self.object is not None and user.has_perm(permission, self.object)
        )

    @cached_property
    def can(self) -> dict[str, bool]:
        """What this user may do here: view, add, change, archive, private. Templates leave out the rest.

        Not to be read before the row at the address is there.
        """
        found = {
            verb: self.has_right(self.permission_for(verb)) for verb in ("view", "add", "change", "archive")
        }
        found["archive"] = found["archive"] and self.archivable
        found["private"] = not self.private
        return found

    @cached_property
    def private(self) -> tuple[str, ...]:
        """The columns this user may not read."""
        user: Any = self.request.user
        hidden = self.private_fields and not user.has_perm(self.permission_for(self.private_permission))
        return tuple(self.private_fields) if hidden else ()

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "pk" in kwargs and self.object is None:
            self.object = self.get_object(kwargs["pk"])
        return getattr(self, f"{self.page.replace('-', '_')}_page")(request)

    # --- rows -----------------------------------------------------------------------------------------

    def get_queryset(self, *, archived: bool | None = False) -> models.QuerySet[Any]:
        """The rows of the pages: those present, with ``archived`` the archived ones, with None both."""
        if not self.archivable or archived is False:
            return self.model._default_manager.all()
        rows = self.model.with_archived.all()  # type: ignore[attr-defined]
        return rows if archived is None else rows.filter(deleted_at__isnull=False)

    @property
    def list_shape(self) -> tuple[Any, ...]:
        """What `list_rows` depends on, beside `archived`: its SQL is composed once for each."""
        return self.private

    def list_rows(self, *, archived: bool) -> models.QuerySet[Any]:
        """The rows of one page of the list, with no more columns than it shows."""
        return self.get_queryset(archived=archived).defer(*{*self.list_defer, *self.private})

    def get_object(self, pk: Any) -> Any:
        """The row at the address. Raises Http404, the same for every row that is not there for this user."""
        rows = self.get_queryset(archived=None if self.declared.archived else False).defer(*self.private)
        if self.declared.lock and self.request.method == "POST":
            rows = rows.select_for_update(of=("self",))
        obj = rows.filter(pk=pk).first()
        # What is archived is open to those who may restore it; a form that was open before shows no more.
        if obj is None or (_archived(obj) and not self.has_right(self.permission_for("archive"))):
            raise Http404
        return obj

    # --- what the declaration leaves open -------------------------------------------------------------

    @property
    def meta(self) -> Any:
        return self.model._meta

    @cached_property
    def archivable(self) -> bool:
        return self.is_archivable()

    @cached_property
    def bound_columns(self) -> list[Column]:
        declared = self.columns or (self._name_field(),)
        return [(Column(c) if isinstance(c, str) else c).bound_to(self.model) for c in declared]

    @cached_property
    def visible_columns(self) -> list[Column]:
        """The columns that this user wants to see in the list; the first always."""
        kept = getattr(self.request.user, "preferences", {}).get("columns", {})
        return visible_columns(self.bound_columns, kept.get(self.meta.label_lower))

    def _name_field(self) -> str:
        return "name" if _has_field(self.model, "name") else "__str__"

    def get_default_sort(self) -> str:
        return self.default_sort or next((column.key for column in self.bound_columns if column.sort), "")

    @cached_property
    def status_name(self) -> str:
        """The field behind the tabs, also their name in the address; empty where there is none."""
        if self.status_field is not None:
            return self.status_field
        return next((name for name in ("status", "is_active") if _has_field(self.model, name)), "")

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """The statuses by their key in the address."""
        if not self.status_name:
            return {}
        field: Any = self.meta.get_field(self.status_name)
        choices = field.flatchoices or [(True, _("Active")), (False, _("Inactive"))]
        return {
            (key := self.status_key(value)): Status(
                value, str(text), self.status_tones.get(key, self._tone(value))
            )
            for value, text in choices
        }

    def _tone(self, value: Any) -> str:
        return {True: "success", False: ""}[value] if isinstance(value, bool) else tone(value)

    def status_key(self, value: Any) -> str:
        """A status as the address says it."""
        return str(value).lower() if isinstance(value, bool) else str(value)

    def asks_reason(self, status: Any) -> bool:
        """Whether many rows that get this status are asked why."""
        return False

    def status_values(self, status: Any, reason: str) -> dict[str, Any]:
        """What is written into many rows that get a status; beyond it, columns of ``status_details``."""
        return {self.status_name: status}

    @cached_property
    def bulk_actions(self) -> list[bulk.Action]:
        """What this user may do with many rows."""
        return bulk.actions(self)

    @property
    def list_actions(self) -> Sequence[bulk.ListAction]:
        """What else the bar below the list does with the chosen rows, beside the changes of `bulk_actions`."""
        return ()

    def badge(self, obj: Any) -> SafeString:
        """The status of a row in words and colour; empty where the model has none."""
        if not self.status_name:
            return SafeString("")
        value = getattr(obj, self.status_name)
        return self._badges.get(value) or _badge(Status(value, str(value), ""))

    @cached_property
    def _badges(self) -> dict[Any, SafeString]:
        return {status.value: _badge(status) for status in self.statuses.values()}

    def cell_renderer(self, column: Column) -> Callable[[Any], SafeString]:
        """What draws the cells of a column."""
        if column.key == self.status_name and column.value is None and column.template is None:
            return self.badge
        return column.cell_renderer(self.model)

    def get_search_fields(self) -> Sequence[str]:
        if self.search_fields:
            return self.search_fields
        return next(((name,) for name in ("search_name", "name") if _has_field(self.model, name)), ())

    def get_filterset_class(self) -> type[FilterSet]:
        if self.filterset_class is not None:
            return self.filterset_class
        names = [
            f.name
            for f in self.meta.fields
            if f.editable and f.name != self.status_name and (f.choices or isinstance(f, models.BooleanField))
        ]
        return default_filterset(self.model, names, self.get_search_fields())

    def get_form_class(self) -> type[ModelForm]:
        return self.form_class or modelform(self.model, self.fields)

    def label_forms(self) -> Sequence[type[Any]]:
        """The forms of this page, for the labels of what was typed into it."""
        return (self.get_form_class(),)

    def get_form(self, data: Any = None, instance: Any = None) -> ModelForm:
        """The form of a page; without what this user may not read."""
        return self.get_form_class()(data, instance=instance, request=self.request, private=self.private)

    @property
    def detail_url_name(self) -> str:
        return self.url_name("detail")

    @property
    def partial_templates(self) -> list[str]:
        """The part of this page that HTMX asks for, for the full page to include."""
        return self.templates(self.page, partial=True)

    # --- pages ----------------------------------------------------------------------------------------

    def templates(self, page: str, *, partial: bool = False) -> list[str]:
        """The template of a page, the entity's own first."""
        line = "_" if partial else ""
        return [f"{self.meta.app_label}/{line}{self.meta.model_name}_{page}.html", f"crud/{line}{page}.html"]

    def context(self, **more: Any) -> dict[str, Any]:
        """What every page's template gets."""
        # One reverse() for all of them: what stands below the list has its names in `pages`.
        base = reverse(self.url_name("list"))
        urls = {"list": base, "create": reverse(self.url_name("create"))}
        urls |= {name: f"{base}{name}/" for name in ("bulk", "columns", "further", "printout")}
        if self.object is not None and self.object.pk is not None and not self.object._state.adding:
            urls |= {
                page.name: reverse(self.url_name(page.name), args=[self.object.pk])
                for page in self.live_pages()
                if page.path.startswith("<uuid:pk>") and page.path.count("<") == 1
            }
        return {
            "view": self,
            "meta": self.meta,
            "can": self.can,
            "urls": urls,
            "object": self.object,
            "badge": self.badge(self.object) if self.object is not None else "",
            "name": str(self.meta.verbose_name),
            "names": str(self.meta.verbose_name_plural),
            **more,
        }

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

    def list_page(self, request: HttpRequest) -> HttpResponse:
        saved_views = None
        if hooks.saved_views is not None and not is_partial(request):
            saved_views = hooks.saved_views.menu(request, self.url_name("list"), self.can_list)
            if saved_views is not None and saved_views.default_query:
                return redirect(f"{request.path}?{saved_views.default_query}")
        listing = Listing(self, request)
        density_url = reverse(hooks.preferences_url_name) if hooks.preferences_url_name else ""
        response = self.render(
            "list",
            {
                "listing": listing,
                "form": listing.filterset.form,
                "saved_views": saved_views,
                "density_url": density_url,
                **self.list_context(),
            },
            status=422 if listing.errors else 200,
            partial=True,
        )
        if is_partial(request):
            here = parts_of(request.headers.get("HX-Current-URL", ""))
            shown = f"{here.path}?{here.query}" if here.query else here.path
            # What is there already would only make Back do nothing.
            response["HX-Push-Url"] = "false" if shown == listing.tidy_url else listing.tidy_url
        return response

    def further_page(self, request: HttpRequest) -> HttpResponse:
        """What the search at the address nearly found. It takes longer than the list, which asks for it afterwards."""
        listing = Listing(self, request)
        return self.render(
            "further",
            {"listing": listing, "elsewhere": hooks.elsewhere},
            status=422 if listing.errors else 200,
            partial=True,
        )

    def printout_page(self, request: HttpRequest) -> HttpResponse:
        """Every row of the list at the address on one page, for paper."""
        printout = Printout(self, request)
        return self.render("printout", {"printout": printout}, status=422 if printout.errors else 200)

    @property
    def printout_columns(self) -> list[Column]:
        """The columns of the list on paper."""
        return self.visible_columns

    def can_list(self, query: str) -> bool:
        """Whether the list answers this address for this user, who may lack a right or a filter that it asks for."""
        try:
            return not Listing(self, self.request, QueryDict(query)).errors
        except Http404:
            return False

    @classmethod
    def of_list(cls, url_name: str, request: HttpRequest) -> ModelViews | None:
        """The list page named `url_name` for this request; None where there is no such list."""
        found = next((views for views in registered() if views.url_name("list") == url_name), None)
        if found is None:
            return None
        page = found(page="list")
        page.setup(request)
        return page

    def detail_page(self, request: HttpRequest) -> HttpResponse:
        return self.render("detail", {"history": self.recent_changes(), **self.detail_context()})

    def recent_changes(self, limit: int = 10) -> list[history.HistoryEntry]:
        """The last changes of the row, each with the ways back that this user has and that lead anywhere now."""
        entries = history.entries_of(self.object, limit=limit, private=self.private)
        return [replace(entry, ways_back=tuple(self._ways_back(entry))) for entry in entries]

    def _ways_back(self, entry: history.HistoryEntry) -> Iterator[history.WayBack]:
        archived = _archived(self.object)
        if entry.verb == "added" and self.can["archive"] and not archived:
            # What was added is by now a row with a history of its own: it goes by the page that asks.
            url = reverse(self.url_name("archive"), args=[self.object.pk])
            yield history.WayBack(_("Undo"), url, asks=True)
        if not entry.is_current:
            return
        if entry.verb in ("archived", "restored"):
            if self.can["archive"] and archived == (entry.verb == "archived"):
                page = "restore" if archived else "archive"
                yield history.WayBack(_("Undo"), reverse(self.url_name(page), args=[self.object.pk]))
        elif self.can["change"] and not archived:
            url = reverse(self.url_name("take-back"), args=[self.object.pk])
            yield history.WayBack(_("Undo"), url, entry.event)
        if url := bulk.undo_url_of(self, entry):
            yield history.WayBack(_("Undo for all that changed with it"), url)

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
                    request, _("“%(name)s” is as it was before.") % {"name": _short(self.object)}
                )
            else:
                messages.info(request, _("There was nothing left to undo."))
        return redirect(self.url_name("detail"), pk=self.object.pk)

    def create_page(self, request: HttpRequest) -> HttpResponse:
        form = self.get_form(request.POST if request.method == "POST" else self._draft())
        if request.method != "POST":
            form.begin_in_first_field()
            return self._form(form.as_draft() if form.is_bound else form)
        if form.grow(request.POST.get("add_rows", "")):
            return self._form(form)
        valid = form.is_valid()
        similar = valid and not request.POST.get("anyway") and self.similar(form)
        # Posted twice, the form finds the row it has made: when it saves, or here where it can't.
        made = form.save_once() if valid and not similar else form.earlier()
        if made is not None and made is not form.instance and form.differences(made):
            return self._sent_again(made)
        if made is not None:
            if made is form.instance:
                self._forget_draft()
                added = _("%(kind)s “%(name)s” added.") % {"kind": self._title(), "name": _short(made)}
                messages.success(request, added)
            return redirect(self.url_name("detail"), pk=made.pk)
        if similar:
            return self._form(form, similar=similar, status=409)
        return self._form(form, status=422)

    def _sent_again(self, made: Any) -> HttpResponse:
        """The form has added the row ``made`` before, of other content: both, as the form of that row."""
        self.object = made
        if not self.has_right(self.permission_for("change")):
            raise PermissionDenied
        form = self.get_form(self.request.POST, instance=made)
        form.is_valid()
        form_action = reverse(self.url_name("update"), args=[made.pk])
        return self._form(
            form, conflict=form.conflict(), sent_again=True, form_action=form_action, status=409
        )

    def update_page(self, request: HttpRequest) -> HttpResponse:
        here = reverse(self.url_name("detail"), args=[self.object.pk])
        if request.method != "POST":
            if _archived(self.object):
                return redirect(here)
            form = self.get_form(self._draft(), instance=self.object)
            return self._form(form.as_draft() if form.is_bound else form)
        form = self.get_form(request.POST, instance=self.object)
        if form.grow(request.POST.get("add_rows", "")):
            return self._form(form)
        valid = form.is_valid()
        if _archived(form.stored):
            return self._form(form, archived=True, status=409)
        if form.stale:
            # The same form posted twice has nothing left to change.
            if valid and not form.changed_columns():
                return redirect(here)
            return self._form(form, conflict=form.conflict(), status=409)
        if valid and form.save_once() is not None:
            self._forget_draft()
            messages.success(request, _("Changes to “%(name)s” saved.") % {"name": _short(self.object)})
            return redirect(here)
        return self._form(form, status=422)

    @cached_property
    def _stored_draft(self) -> Draft | None:
        """What this user typed here and did not save."""
        pk = self.object.pk if self.object is not None else None
        return hooks.drafts.get(self.request, self.model, pk) if hooks.drafts is not None else None

    def _draft(self) -> Any:
        """The draft as if it were posted, where the address asks to go on with it; else None."""
        draft = self._stored_draft if self.request.GET.get("draft") else None
        return draft.as_posted() if draft is not None else None

    def _forget_draft(self) -> None:
        if hooks.drafts is not None:
            hooks.drafts.close(self.request, self.model, self.object.pk if self.object is not None else None)

    def _form(self, form: ModelForm, *, status: int = 200, **context: Any) -> HttpResponse:
        if (drafts := hooks.drafts) is not None:
            context["draft_form"] = drafts.form_name(self.model, None if form.is_new else form.stored.pk)
            context["draft_url"] = reverse(drafts.url_name)
            context["draft_notice"] = drafts.notice_template
            if self.request.method == "GET":
                context["draft"] = self._stored_draft
        # The heading names the row as it is stored, not as it is being typed.
        self.object = None if form.is_new else form.stored
        problems = [] if status == 409 and form.is_valid() else form.problems()
        return self.render(
            "form",
            {
                "form": form,
                "sections": form.layout(),
                "problems": problems,
                **context,
                **self.form_context(form),
            },
            status=status,
        )

    def bulk_page(self, request: HttpRequest) -> HttpResponse:
        return bulk.bulk(self, request)

    def undo_page(self, request: HttpRequest) -> HttpResponse:
        return bulk.undo(self, request)

    def columns_page(self, request: HttpRequest) -> HttpResponse:
        """Keep which columns this user wants to see; with ``reset`` the usual ones. Goes back to the list."""
        keys = request.POST.getlist("columns")
        if set(keys) - {column.key for column in self.bound_columns}:
            raise BadRequest("There is no such column.")
        kept = dict(getattr(request.user, "preferences", {}).get("columns", {}))
        kept.pop(self.meta.label_lower, None)
        if not request.POST.get("reset"):
            kept[self.meta.label_lower] = list(dict.fromkeys(keys))
        hooks.set_preferences(request.user, columns=kept or None)
        query = QueryDict(request.POST.get("query", "")).urlencode()
        url = reverse(self.url_name("list"))
        return redirect(f"{url}?{query}" if query else url)

    def archive_page(self, request: HttpRequest) -> HttpResponse:
        return self._set_archived(request, to=True)

    def restore_page(self, request: HttpRequest) -> HttpResponse:
        return self._set_archived(request, to=False)

    def _set_archived(self, request: HttpRequest, *, to: bool) -> HttpResponse:
        done = redirect(self.url_name("list")) if to else redirect(self.url_name("detail"), pk=self.object.pk)
        if _archived(self.object) == to:
            # Done already: a second click, or someone else was quicker.
            return redirect(self.url_name("detail"), pk=self.object.pk) if request.method != "POST" else done
        if request.method != "POST":
            return self.render("confirm", {"archiving": to})
        try:
            with transaction.atomic():
                (hooks.archive if to else hooks.restore)(self.object)
        except ValidationError as error:
            return self.render("confirm", {"archiving": to, "refusal": " ".join(error.messages)}, status=409)
        except IntegrityError:
            refusal = _("Something else has taken its place. Change that first.")
            return self.render("confirm", {"archiving": to, "refusal": refusal}, status=409)
        if to:
            # The page offers what stands in extra_tags as the way back.
            undo = reverse(self.url_name("restore"), args=[self.object.pk])
            messages.success(
                request, _("“%(name)s” archived.") % {"name": _short(self.object)}, extra_tags=undo
            )
        else:
            messages.success(request, _("“%(name)s” restored.") % {"name": _short(self.object)})
        return done

    def _title(self) -> str:
        name = str(self.meta.verbose_name)
        return name[:1].upper() + name[1:]

    def found_by(self, keys: list[Any], text: str) -> dict[Any, SafeString]:
        """What a search for `text` found of the rows with these keys, which have it not in their names; as HTML."""
        return {}

    def similar(self, form: ModelForm) -> list[Any]:
        """Rows that may be the very thing that is about to be added; asked of a valid form, unless told to."""
        return []

    # --- more context, for subclasses -----------------------------------------------------------------

    def list_context(self) -> dict[str, Any]:
        return {}

    def detail_context(self) -> dict[str, Any]:
        return {}

    def form_context(self, form: ModelForm) -> dict[str, Any]:
        return {}

    def facts(self) -> list[tuple[str, SafeString]]:
        """(label, value) of what the default detail page lists."""
        names = self.detail_fields
        if names is None:
            hidden = {self.status_name, self._name_field(), *self.private_fields}
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


def _badge(status: Status) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', status.tone, status.label)


def _archived(obj: Any) -> bool:
    return getattr(obj, "deleted_at", None) is not None


def _has_field(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def _short(obj: Any) -> str:
    """The name of a row, short enough for a message."""
    name = str(obj)
    return name if len(name) <= 60 else f"{name[:59]}…"
