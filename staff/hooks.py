"""What the apps above add to the pages of staff, which import none of them.

An app gives its part in `AppConfig.ready`::

    from staff.hooks import hooks

    hooks.member_panels.append(course_grants_panel)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise

from accounts.models import User

MemberPanel = Callable[[User], str]
"""Takes the person whose page is shown, gives safe HTML in the active program; "" shows nothing."""


@dataclass(frozen=True, slots=True)
class SettingsLink:
    """A link below the field `field` of the program's settings, for users who have the right `permission`."""

    field: str
    label: str | Promise
    url_name: str
    permission: str


@dataclass
class Hooks:
    member_panels: list[MemberPanel] = field(default_factory=list)
    settings_links: list[SettingsLink] = field(default_factory=list)


hooks = Hooks()
