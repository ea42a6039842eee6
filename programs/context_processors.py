"""What every page needs to say which program it shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from accounts.models import Role
from web.http import in_program

from .page_program import shared_address


def program(request: HttpRequest) -> dict[str, Any]:
    """`program`, `role_label`, `memberships`, `all_programs`, `page_program` and `view_as` of the request.

    `in_program` is what links of the frame and of lists add for somebody who works in several programs, `shared_address` the
    address to copy from this page.
    """
    role = getattr(request, "role", None)
    return {
        "program": getattr(request, "program", None),
        "role_label": Role(role).label if role else "",
        "memberships": getattr(request, "memberships", []),
        "all_programs": getattr(request, "all_programs", False),
        "page_program": getattr(request, "page_program", ""),
        "in_program": in_program(request),
        "shared_address": shared_address(request),
        "view_as": getattr(request, "view_as", None),
    }
