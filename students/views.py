from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from academy import crud
from academy.crud.templatetags.ui import avatar

from .emergency import EMERGENCY_PAGES, EmergencyPages, emergency_details
from .filters import StudentFilter
from .forms import StudentForm
from .looks import looks_of
from .models import Student
from .quick import QUICK_PAGE, QuickAdd, same_person

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


def phone(student: Student) -> SafeString | str:
    """The number as it is dialled, also among right-to-left text."""
    return format_html('<span class="tel">{}</span>', student.phone) if student.phone else ""


def alert(student: Student) -> SafeString | str:
    if not student.has_medical_alert:
        return ""
    return format_html('<span class="font-medium tone-danger">{}</span>', gettext("Medical alert"))


@dataclass(frozen=True)
class Tab:
    """A part of a student's page. `private` is for those who may read the address, the contacts and the health."""

    key: str
    label: Any
    private: bool = False


TABS = (
    Tab("profile", _("Profile")),
    Tab("contacts", _("Contacts"), private=True),
    Tab("health", _("Health"), private=True),
    Tab("history", _("History")),
)
SHORT_HISTORY, LONG_HISTORY = 5, 50


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
        crud.Column("phone", sort=None, value=phone, priority=3),
        crud.Column("email", _("E-mail"), sort=None, priority=3, shown=False),
        crud.Column("date_of_birth", _("Date of birth"), sort=None, priority=3, shown=False),
        crud.Column("updated_at", _("Updated"), sort=None, priority=3, shown=False),
    )
    search_label = _("Name or number")
    status_tones = {"graduated": "info", "withdrawn": "muted"}
    filterset_class = StudentFilter
    form_class = StudentForm
    list_defer = Student.PRIVATE
    private_fields = Student.PRIVATE

    relations = RELATIONS

    def similar(self, form: Any) -> list[Any]:
        return same_person(form)

    def detail_page(self, request: HttpRequest) -> HttpResponse:
        """One student: what is needed at the poolside first, the rest on tabs; all of it on paper.

        HTMX gets the tabs with what the current one shows. Raises Http404 for a tab that this user does not have.
        """
        tabs = [tab for tab in TABS if self.can["private"] or not tab.private]
        current = next((tab for tab in tabs if tab.key == request.GET.get("tab", TABS[0].key)), None)
        if current is None:
            raise Http404
        limit = LONG_HISTORY if current.key == "history" else SHORT_HISTORY
        recent = crud.changes(self.object, limit=limit, private=self.private)
        if current.key == "history":
            recent = sorted([*recent, *looks_of(self.object.pk, limit)], key=_newest)[:limit]
        context = {"tabs": tabs, "tab": current.key, "history": recent, **self.detail_context()}
        return self.render("detail", context, partial=True)

    def detail_context(self) -> dict[str, Any]:
        student = self.object
        if not self.can["private"]:
            return {"student": student}
        return {"student": student, **emergency_details(student)}


def _newest(change: crud.Change) -> float:
    return -change.when.timestamp()
