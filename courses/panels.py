"""What courses add to pages of other apps."""

from __future__ import annotations

from django.template.loader import render_to_string

from accounts.models import User

from .editors import grants_of


def course_grants_panel(person: User) -> str:
    """The courses of the active program that `person` may edit beyond the role; nothing where there are none."""
    return render_to_string("courses/_grants_of.html", {"grants": grants_of(person)})
