"""The tasks on the dashboard: what needs doing in a program, each with its number and the list of its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crud.templatetags.ui import number
from performance.prepared_queries import prepared_query
from programs.memberships import assignments_without_access
from students.models import Student, StudentStatus
from students.selections import possible_duplicates, without_contact

from .links import COURSES, FACILITIES, STUDENTS, link


@dataclass(frozen=True)
class Facts:
    """What the dashboard has counted already. `at_once`: duplicates are counted too, not by a request of their own."""

    at_once: bool
    without_birth_date: int
    empty_courses: int
    maintenance: int
    overdue: int


@dataclass(frozen=True)
class Task:
    """A line that links to `url`. `count` is None where it is not counted yet; `later` is the address that counts it."""

    text: str
    url: str
    icon: str
    tone: str = ""
    count: int | None = 0
    later: str = ""


def dashboard_tasks(request: Any, facts: Facts) -> list[Task] | None:
    """The tasks with a count above zero, the most pressing first; None where the user may do none of them."""
    may = request.user.has_perm
    private = may("students.change_student") and may("students.view_private_student")
    offered: list[tuple[bool, Callable[[], Task]]] = [
        (private, _without_contact),
        (may("facilities.change_facility"), lambda: _overdue(facts.overdue)),
        (may("facilities.change_facility"), lambda: _in_maintenance(facts.maintenance)),
        (may("courses.add_lesson"), lambda: _empty_courses(facts.empty_courses)),
        (may("students.change_student"), lambda: _without_birth_date(facts.without_birth_date)),
        (may_merge(request.user), duplicates if facts.at_once else _duplicates_later),
        (may("programs.view_userprogramassignment"), lambda: _without_access(request.program)),
    ]
    found = [task() for is_permitted, task in offered if is_permitted]
    return [task for task in found if task.count != 0] if found else None


def may_merge(user: Any) -> bool:
    """Whether `user` may resolve duplicates: change one student and archive the other."""
    return user.has_perm("students.change_student") and user.has_perm("students.archive_student")


@prepared_query()
def _duplicates() -> QuerySet[Any]:
    return possible_duplicates(Student.objects.order_by()).values("pk")


def _duplicates_later() -> Task:
    url = f"{reverse('dashboard')}?part=duplicates"
    return Task(_("Possible duplicates"), link(STUDENTS, duplicates=1), "users", "", None, url)


def duplicates() -> Task:
    n = _duplicates.count()
    text = ngettext("{n} student may be a duplicate", "{n} students may be duplicates", n)
    return _task(text if n else _("No possible duplicates"), n, link(STUDENTS, duplicates=1), "users")


@prepared_query()
def _unreachable() -> QuerySet[Any]:
    active = Student.objects.order_by().filter(status=StudentStatus.ACTIVE)
    return without_contact(active).values("pk")


def _without_contact() -> Task:
    n = _unreachable.count()
    text = ngettext(
        "{n} active student without emergency contact", "{n} active students without emergency contact", n
    )
    return _task(text, n, link(STUDENTS, status=StudentStatus.ACTIVE, missing="contact"), "phone", "danger")


def _without_birth_date(n: int) -> Task:
    text = ngettext(
        "{n} active student without date of birth", "{n} active students without date of birth", n
    )
    return _task(text, n, link(STUDENTS, status=StudentStatus.ACTIVE, missing="birth"), "calendar")


def _overdue(n: int) -> Task:
    text = ngettext("{n} facility should be in use again", "{n} facilities should be in use again", n)
    return _task(text, n, link(FACILITIES, overdue=1), "clock", "warning")


def _in_maintenance(n: int) -> Task:
    text = ngettext("{n} facility in maintenance", "{n} facilities in maintenance", n)
    return _task(text, n, link(FACILITIES, status="maintenance"), "tool")


def _empty_courses(n: int) -> Task:
    text = ngettext("{n} active course without lessons", "{n} active courses without lessons", n)
    return _task(text, n, link(COURSES, is_active="true", empty=1), "school")


def _without_access(program: Any) -> Task:
    n = assignments_without_access(program).count()
    text = ngettext("{n} member of staff without access", "{n} members of staff without access", n)
    return _task(text, n, link("staff:list", access="none"), "lock")


def _task(text: str, n: int, url: str, icon: str, tone: str = "") -> Task:
    return Task(text.format(n=number(n)), url, icon, tone, n)
