"""The base of every view: it asks for a permission before anything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.views import View as DjangoView


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
