"""Explains why the database refused a change that would have removed the last admin.

The triggers are in migration 0004. They hold for every write, raw SQL and two at once included.
"""

from __future__ import annotations

import uuid

from django.db import IntegrityError
from django.utils.translation import gettext as _

LAST_SUPER_ADMIN = "users_keep_a_super_admin"
LAST_PROGRAM_ADMIN = "programs_keep_an_admin"


def last_admin_reason(error: BaseException) -> str:
    """Why a change was refused that would have taken the last admin away; empty for any other error."""
    found = getattr(error.__cause__, "diag", None) if isinstance(error, IntegrityError) else None
    if found is None:
        return ""
    if found.constraint_name == LAST_SUPER_ADMIN:
        return _("This is the last active super admin of the academy. Make somebody else super admin first.")
    if found.constraint_name == LAST_PROGRAM_ADMIN:
        from .models import Program

        program = Program.objects.filter(pk=uuid.UUID(found.message_detail)).first()
        return _("This is the last active admin of %(program)s. Make somebody else admin there first.") % {
            "program": program
        }
    return ""
