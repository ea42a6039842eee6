"""Who may edit one course beyond what the role lets them: granted, ended and told here."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.db.models import QuerySet

from accounts.models import User
from programs.models import UserProgramAssignment
from programs.roles import may_act
from programs.scope import current_program_id

from .models import Course, CourseGrant

EDIT = "courses.change_course"


class NotAMember(Exception):
    """There is no such active member of the program."""


class MayAlready(Exception):
    """The role of `user` lets them edit every course of the program."""

    def __init__(self, user: User) -> None:
        super().__init__(user)
        self.user = user


def right_to_edit() -> Permission:
    """What a grant grants, as guardian's functions know it."""
    app_label, codename = EDIT.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)


def grants_on(course: Course) -> QuerySet[CourseGrant]:
    """The grants on a course, the oldest first, with who has them and who gave them."""
    return course.grants.select_related("user", "granted_by")


def grants_of(user: User) -> QuerySet[CourseGrant]:
    """What `user` has been granted in the active program, by course; without archived courses."""
    rows = CourseGrant.objects.filter(user=user, content_object__deleted_at__isnull=True)
    return rows.select_related("content_object", "granted_by").order_by("content_object__search_name", "pk")


def candidates(course: Course) -> list[User]:
    """The active members of the program who may not edit the course yet, by name."""
    there = set(course.grants.values_list("user", flat=True))
    members = _members().exclude(user__in=there).order_by("user__full_name", "user__username")
    return [member.user for member in members if not _by_role(member)]


def let_edit(*, course: Course, user_id: uuid.UUID) -> tuple[User, bool]:
    """Let a member of the program edit the course with its tree. Returns them, and whether that is new.

    Raises NotAMember, and MayAlready where the role says so already.
    """
    member = _member(user_id, _members())
    if _by_role(member):
        raise MayAlready(member.user)
    right = right_to_edit()
    try:
        _grant, new = CourseGrant.objects.get_or_create(
            user=member.user,
            permission=right,
            content_object=course,
            defaults={"program_id": course.program_id},
        )
    except IntegrityError as error:  # the assignment ended, or the course went, between the statements
        raise NotAMember from error
    return member.user, new


def end_editing(*, course: Course, user_id: uuid.UUID) -> tuple[User, bool]:
    """Take the grant back, also of a deactivated user. Returns the member, and whether there was one.

    Raises NotAMember.
    """
    member = _member(user_id, _assignments())
    number, _kinds = course.grants.filter(user=member.user).delete()
    return member.user, bool(number)


def _assignments() -> QuerySet[UserProgramAssignment]:
    rows = UserProgramAssignment.objects.filter(program=current_program_id(), is_active=True)
    return rows.select_related("user")


def _members() -> QuerySet[UserProgramAssignment]:
    return _assignments().filter(user__is_active=True)


def _member(user_id: uuid.UUID, among: QuerySet[UserProgramAssignment]) -> UserProgramAssignment:
    member = among.filter(user=user_id).first()
    if member is None:
        raise NotAMember
    return member


def _by_role(member: UserProgramAssignment) -> bool:
    return may_act(member.role or member.user.role, EDIT)
