"""The pages that change many rows of a list, and that undo it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from crud import bulk

from .entity import EntityViews


class BulkPages(EntityViews):
    status_details: ClassVar[Sequence[str]] = ()

    def asks_reason(self, status: Any) -> bool:
        """Whether many rows that get this status are asked why."""
        return False

    def status_values(self, status: Any, reason: str) -> dict[str, Any]:
        """What is written into many rows that get a status; beyond it, columns of ``status_details``."""
        return {self.status_name: status}

    def required_permission(self) -> str:
        if self.page in ("bulk", "undo"):
            return self.permission_for(bulk.verb(self))  # type: ignore[arg-type]
        return super().required_permission()

    def bulk_page(self, request: HttpRequest) -> HttpResponse:
        return bulk.bulk(self, request)  # type: ignore[arg-type]

    def undo_page(self, request: HttpRequest) -> HttpResponse:
        return bulk.undo(self, request)  # type: ignore[arg-type]
