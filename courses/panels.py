"""Panels that courses add to pages of other apps."""

from __future__ import annotations

from django.template.loader import render_to_string

from accounts.models import User

from .editors import grants_of_user


def course_grants_panel(person: User) -> str:
    """The panel on a member's page that lists the courses that the member is an editor of; "" where there are none."""
    return render_to_string("courses/_grants_of.html", {"grants": grants_of_user(person)})
