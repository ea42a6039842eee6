"""The tasks on the dashboard: what needs doing in a program, each with its number and the list of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crud.templatetags.ui import number
from performance.prepared_queries import prepared_query
from programs.memberships import assignments_without_access
from students.models import Student, StudentStatus
from students.selections import possible_duplicates, without_contact


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
    found: list[Task | None] = []
    asked = False
    if may("students.change_student") and may("students.view_private_student"):
        asked = True
        found.append(_without_contact())
    if may("facilities.change_facility"):
        asked = True
        found += [_overdue(facts.overdue), _in_maintenance(facts.maintenance)]
    if may("courses.add_lesson"):
        asked = True
        found.append(_empty_courses(facts.empty_courses))
    if may("students.change_student"):
        asked = True
        found.append(_without_birth_date(facts.without_birth_date))
    if may_merge(request.user):
        asked = True
        url = f"{reverse('dashboard')}?part=duplicates"
        later = Task(
            _("Possible duplicates"), _link("students:student-list", duplicates=1), "users", "", None, url
        )
        found.append(duplicates() if facts.at_once else later)
    if may("programs.view_userprogramassignment"):
        asked = True
        found.append(_without_access(request.program))
    return [task for task in found if task and task.count != 0] if asked else None


def may_merge(user: Any) -> bool:
    """Whether `user` may resolve duplicates: change one student and archive the other."""
    return user.has_perm("students.change_student") and user.has_perm("students.archive_student")


@prepared_query()
def _duplicates() -> QuerySet[Any]:
    return possible_duplicates(Student.objects.order_by()).values("pk")


def duplicates() -> Task:
    n = _duplicates.count()
    text = ngettext("{n} student may be a duplicate", "{n} students may be duplicates", n)
    if not n:
        text = _("No possible duplicates")
    return Task(text.format(n=number(n)), _link("students:student-list", duplicates=1), "users", "", n)


@prepared_query()
def _unreachable() -> QuerySet[Any]:
    active = Student.objects.order_by().filter(status=StudentStatus.ACTIVE)
    return without_contact(active).values("pk")


def _without_contact() -> Task:
    n = _unreachable.count()
    text = ngettext(
        "{n} active student without emergency contact", "{n} active students without emergency contact", n
    )
    url = _link("students:student-list", status=StudentStatus.ACTIVE, missing="contact")
    return Task(text.format(n=number(n)), url, "phone", "danger", n)


def _without_birth_date(n: int) -> Task:
    text = ngettext(
        "{n} active student without date of birth", "{n} active students without date of birth", n
    )
    url = _link("students:student-list", status=StudentStatus.ACTIVE, missing="birth")
    return Task(text.format(n=number(n)), url, "calendar", "", n)


def _overdue(n: int) -> Task:
    text = ngettext("{n} facility should be in use again", "{n} facilities should be in use again", n)
    return Task(text.format(n=number(n)), _link("facilities:facility-list", overdue=1), "clock", "warning", n)


def _in_maintenance(n: int) -> Task:
    text = ngettext("{n} facility in maintenance", "{n} facilities in maintenance", n)
    return Task(
        text.format(n=number(n)), _link("facilities:facility-list", status="maintenance"), "tool", "", n
    )


def _empty_courses(n: int) -> Task:
    text = ngettext("{n} active course without lessons", "{n} active courses without lessons", n)
    url = _link("courses:course-list", is_active="true", empty=1)
    return Task(text.format(n=number(n)), url, "school", "", n)


def _without_access(program: Any) -> Task:
    n = assignments_without_access(program).count()
    text = ngettext("{n} member of staff without access", "{n} members of staff without access", n)
    return Task(text.format(n=number(n)), _link("staff:list", access="none"), "lock", "", n)


def _link(url_name: str, **query: object) -> str:
    return f"{reverse(url_name)}?{urlencode({name: str(value) for name, value in query.items()})}"
