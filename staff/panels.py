"""Panels that the apps above add to the page of a member of staff."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User

MemberPanel = Callable[[User], str]
"""Takes the person whose page is shown, gives safe HTML in the active program; "" shows nothing."""

_member_panels: list[MemberPanel] = []


def add_member_panel(panel: MemberPanel) -> None:
    """Show `panel` below the rights on every member's page. Called once, from `AppConfig.ready`."""
    if panel not in _member_panels:
        _member_panels.append(panel)


def member_panels(person: User) -> list[str]:
    """The HTML of every panel for `person`, in the order in which they were added."""
    return [panel(person) for panel in _member_panels]
