"""The declarations of entities that have urls."""

from __future__ import annotations

from typing import Any

from django.db import models

_registered: list[Any] = []


def register(views: Any) -> None:
    if views not in _registered:
        _registered.append(views)


def registered() -> tuple[Any, ...]:
    """Every `ModelViews` that has urls, in the order they were made. Contract tests are generated over it."""
    return tuple(_registered)


def views_of(model: type[models.Model]) -> Any | None:
    """The first declaration of a model whose rows can be searched for; None where it has no such pages."""
    searched = (v for v in _registered if v.model is model and any(p.name == "choices" for p in v.pages))
    return next(searched, None)
