from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

import crud
from crud.columns import CellRenderer, display, escaped
from crud.phones import dialled
from crud.templatetags.ui import avatar
from performance.memoization import memoize

from .emergency_views import EMERGENCY_PAGES, EmergencyPages, emergency_details
from .filters import StudentFilter
from .forms import StudentForm
from .looks import LookLine, looks_of
from .models import Student
from .quick_views import QUICK_PAGE, QuickAdd, same_person
from .search import found_by

RELATIONS = (
    _("Mother"),
    _("Father"),
    _("Guardian"),
    _("Grandparent"),
    _("Sister"),
    _("Brother"),
    _("Partner"),
    _("Friend"),
)


def picture(student: Student) -> SafeString:
    return avatar(student.full_name)


def call_link(number: str, region: str) -> SafeString | str:
    """The number as a link that calls it, on a phone a button; also among right-to-left text as it is dialled."""
    if to := dialled(number, region):
        return SafeString(f'<a class="call" href="tel:{escaped(to)}">{escaped(number)}</a>')
    return format_html('<span class="tel">{}</span>', number) if number else ""


@memoize(1000)
def age_on_phone(age: int | None, language: str | None) -> SafeString | str:
    """The age as it stands below the status where the list has no room for a column of it, in the active language."""
    if age is None:
        return ""
    years = ngettext("%(years)d year", "%(years)d years", age) % {"years": age}
    return format_html('<span class="m-sub">{}</span>', years)


def first_contact(student: Student) -> str:
    """Whom to call first, as it is printed: name, relation, phone."""
    contact: dict[str, str] = next(iter(student.contacts), {})
    return ", ".join(filter(None, (contact.get(key, "") for key in ("name", "relation", "phone"))))


def alert(student: Student) -> SafeString | str:
    if not student.has_medical_alert:
        return ""
    return format_html('<span class="font-medium tone-danger">{}</span>', gettext("Medical alert"))


SHORT_HISTORY, LONG_HISTORY = 5, 50


FIRST_CONTACT = crud.Column("first_contact", _("First contact"), sort=None, value=first_contact)


class StudentViews(QuickAdd, EmergencyPages, crud.ModelViews):
    model = Student
    pages = (*crud.ModelViews.pages, QUICK_PAGE, *EMERGENCY_PAGES)
    icon = "users"
    columns = (
        crud.Column("name", _("Student"), sort=("sort_name",), value="full_name", lead=picture, sub=alert),
        crud.Column(
            "number",
            pgettext_lazy("of a student", "Number"),
            sort=("student_id",),
            value="student_id",
            phone="sub",
        ),
        crud.Column("status", sort=None),
        crud.Column("age", _("Age"), sort=("-date_of_birth",), numeric=True),
        crud.Column(
            "enrolled", _("Enrolled"), sort=("enrollment_date",), value="enrollment_date", priority=2
        ),
        crud.Column("phone", sort=None, priority=3, phone="call"),
        crud.Column("email", _("E-mail"), sort=None, priority=3, shown=False),
        crud.Column("date_of_birth", _("Date of birth"), sort=None, priority=3, shown=False),
        crud.Column("updated_at", _("Updated"), sort=None, priority=3, shown=False),
    )
    tabs = (
        crud.DetailTab("profile", _("Profile"), "students/_profile_tab.html"),
        crud.DetailTab(
            "contacts", _("Contacts"), "students/_contacts_tab.html", private=True, count="contacts"
        ),
        crud.DetailTab("health", _("Health"), "students/_health.html", private=True, count="conditions"),
        crud.DetailTab("history", _("History"), "crud/_history.html"),
    )
    status_tones = {"graduated": "info", "withdrawn": "muted"}
    filterset_class = StudentFilter
    form_class = StudentForm
    list_defer = Student.PRIVATE
    private_fields = Student.PRIVATE

    relations = RELATIONS

    @classmethod
    def summary_of(cls, obj: Student) -> str:
        if obj.age is None:
            return obj.student_id
        return f"{obj.student_id} · {ngettext('%(years)d year', '%(years)d years', obj.age) % {'years': obj.age}}"

    def cell_renderer(self, column: crud.Column) -> CellRenderer:
        today, language = timezone.localdate(), get_language()
        if column.key == "age":
            return lambda student: display(student.age_on(today))
        if column.key == "status":
            return lambda student: SafeString(
                self.badge(student) + age_on_phone(student.age_on(today), language)
            )
        if column.key == "phone":
            region = getattr(getattr(self.request, "program", None), "phone_region", "")
            return lambda student: display(call_link(student.phone, region))
        return super().cell_renderer(column)

    @property
    def search_label(self) -> Any:  # type: ignore[override]
        """What the search finds for this user."""
        if self.private:
            return _("Name, number, phone, e-mail")
        return _("Name, number, phone, e-mail, contact")

    @property
    def printout_columns(self) -> list[crud.Column]:
        """What was chosen, with the phone and, for those who may read it, whom to call first."""
        columns = [*self.visible_columns]
        columns += [
            column for column in self.bound_columns if column.key == "phone" and column not in columns
        ]
        return [*columns, FIRST_CONTACT] if self.can["private"] else columns

    @property
    def list_shape(self) -> tuple[Any, ...]:
        return (*super().list_shape, self.page == "printout")

    def list_rows(self, *, archived: bool) -> QuerySet[Any]:
        if self.page != "printout" or self.private:
            return super().list_rows(archived=archived)
        return self.get_queryset(archived=archived).defer("address", "medical_info")

    def match_notes(self, keys: list[Any], text: str) -> dict[Any, SafeString]:
        return found_by(keys, text, private=self.can["private"])

    def similar(self, form: Any) -> list[Any]:
        return same_person(form)

    def detail_history(self) -> list[crud.HistoryEntry | LookLine]:
        """The last changes; on the tab of the history more of them, with who looked at the emergency details."""
        if self.tab is None or self.tab.key != "history":
            return [*self.recent_changes(SHORT_HISTORY)]
        lines: list[crud.HistoryEntry | LookLine] = [*self.recent_changes(LONG_HISTORY)]
        lines += looks_of(self.object.pk, LONG_HISTORY)
        return sorted(lines, key=lambda line: line.at, reverse=True)[:LONG_HISTORY]

    def detail_context(self) -> dict[str, Any]:
        student = self.object
        if not self.can["private"]:
            return {"student": student}
        return {"student": student, **emergency_details(student)}
