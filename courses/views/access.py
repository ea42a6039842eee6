"""What the user of a request may do with a course and its tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property

from accounts.roles import Role, ranks_at_least
from courses.models import Course
from courses.outline import LEVELS, Level, Outline
from programs.memberships import role_in

GRANT_PERMISSION = "courses.add_coursegrant"


@dataclass(frozen=True, slots=True)
class LevelRights:
    """What a user may do with the nodes of `level`; `below` has the rights of its child level."""

    level: Level
    add: bool = False
    change: bool = False
    archive: bool = False
    below: LevelRights | None = None

    @classmethod
    def of(cls, user: Any, level: Level, course: Course) -> LevelRights:
        verbs = {verb: user.has_perm(level.permission(verb), course) for verb in ("add", "change", "archive")}
        return cls(level, **verbs, below=cls.of(user, LEVELS[level.child], course) if level.child else None)

    def at(self, level: Level) -> LevelRights:
        """The rights of this level or of one below it."""
        return self if self.level is level or self.below is None else self.below.at(level)

    @property
    def all_levels(self) -> list[LevelRights]:
        return [self, *(self.below.all_levels if self.below else [])]


class TreeAccess:
    """The rights of the user of `request` in the tree of `course`. Each is looked up when it is first read."""

    def __init__(self, request: Any, course: Course) -> None:
        self.request = request
        self.course = course

    @cached_property
    def rights(self) -> LevelRights:
        """The rights of the top level. Nobody may do anything with the tree of an archived course."""
        top = LEVELS["curricula"]
        return (
            LevelRights(top)
            if self.course.is_archived
            else LevelRights.of(self.request.user, top, self.course)
        )

    @property
    def may_edit(self) -> bool:
        """Whether the user may change anything in the tree."""
        return any(rights.add or rights.change or rights.archive for rights in self.rights.all_levels)

    @cached_property
    def may_copy(self) -> bool:
        """Whether the user may add nodes on every level, which copying does."""
        return all(rights.add for rights in self.rights.all_levels)

    @property
    def may_grant(self) -> bool:
        """Whether the user may let others edit single courses."""
        return self.request.user.has_perm(GRANT_PERMISSION)

    @property
    def is_administrator(self) -> bool:
        """Whether the user administers the active program, which copying to another program requires."""
        role = role_in(self.request.user, self.request.program.pk)
        return ranks_at_least(role, Role.PROGRAM_ADMIN)

    @property
    def may_copy_to_other_programs(self) -> bool:
        """Whether to offer copying to another program. The programs of a super admin are not queried for it."""
        if not self.is_administrator:
            return False
        if self.request.user.is_superuser:
            return True
        return any(
            ranks_at_least(membership.role, Role.PROGRAM_ADMIN) and membership.program != self.request.program
            for membership in self.request.memberships
        )

    def outline(self) -> Outline:
        """Read the tree, with archived nodes of the levels on which the user may restore them."""
        return Outline(
            self.course, archived=[rights.level.kind for rights in self.rights.all_levels if rights.archive]
        )
