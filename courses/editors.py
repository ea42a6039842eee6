"""The editors of a course: users who may edit it although their role alone does not let them."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import Permission
from django.db import IntegrityError
from django.db.models import QuerySet
from django.template.loader import render_to_string

from accounts.models import User
from programs.models import UserProgramAssignment
from programs.roles import may_act
from programs.scope import current_program_id

from .models import Course, CourseGrant

EDIT_PERMISSION = "courses.change_course"


class NotAMember(Exception):
    """The user has no active assignment to the program."""


class MayEditAlready(Exception):
    """The role of `user` lets them edit every course of the program anyway."""

    def __init__(self, user: User) -> None:
        super().__init__(user)
        self.user = user


def edit_permission() -> Permission:
    """The permission that a CourseGrant gives, as django-guardian stores it."""
    app_label, codename = EDIT_PERMISSION.split(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)


def grants_for_course(course: Course) -> QuerySet[CourseGrant]:
    """The grants on a course, oldest first, with the users who have and who gave them."""
    return course.grants.select_related("user", "granted_by")


def grants_of_user(user: User) -> QuerySet[CourseGrant]:
    """The grants of a user in the active program by name of the course, without archived courses."""
    rows = CourseGrant.objects.filter(user=user, content_object__deleted_at__isnull=True)
    return rows.select_related("content_object", "granted_by").order_by("content_object__search_name", "pk")


def editor_candidates(course: Course) -> list[User]:
    """The active members of the program who may not edit the course yet, by name."""
    editors = set(course.grants.values_list("user", flat=True))
    members = _members().exclude(user__in=editors).order_by("user__full_name", "user__username")
    return [member.user for member in members if not _may_edit_by_role(member)]


def add_editor(*, course: Course, user_id: uuid.UUID) -> tuple[User, bool]:
    """Let a member of the program edit the course with its tree.

    Return the user, and whether the grant is new. Raises NotAMember, and MayEditAlready where the role is enough.
    """
    member = _member(user_id, _members())
    if _may_edit_by_role(member):
        raise MayEditAlready(member.user)
    try:
        _grant, new = CourseGrant.objects.get_or_create(
            user=member.user,
            permission=edit_permission(),
            content_object=course,
            defaults={"program_id": course.program_id},
        )
    except IntegrityError as error:  # the assignment ended, or the course went, between the statements
        raise NotAMember from error
    return member.user, new


def remove_editor(*, course: Course, user_id: uuid.UUID) -> tuple[User, bool]:
    """Delete the grant of a member, who may be a deactivated user.

    Return the user, and whether there was a grant. Raises NotAMember.
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


def _may_edit_by_role(member: UserProgramAssignment) -> bool:
    return may_act(member.role or member.user.role, EDIT_PERMISSION)


def course_grants_panel(person: User) -> str:
    """The panel on a member's page that lists the courses that the member is an editor of; "" where there are none."""
    return render_to_string("courses/_grants_of.html", {"grants": grants_of_user(person)})
