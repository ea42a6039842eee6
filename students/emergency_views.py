"""Pages that open and print the emergency details of students. Each look is noted before it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

import crud
from crud.bulk import ListAction, Selection

from .forms import SEVERITIES
from .looks import may_look, note_looks
from .models import EmergencyLook, LookKind, Student

MOST_SHEETS = 500
LOOKS_ON_A_PAGE = 50
ADDRESS = (("street",), ("line2",), ("postal_code", "city"), ("region",), ("country",))
"""The lines of an address as it is written."""
SHEETS = "sheets"
"""The action of the bar below a list that prints the sheets of what is chosen."""
READ_AND_POST = ("GET", "HEAD", "POST")

EMERGENCY_PAGES = (
    crud.Page("emergency", "<uuid:pk>/emergency/", "view_emergency", READ_AND_POST),
    crud.Page("sheet", "<uuid:pk>/sheet/", "view_emergency", READ_AND_POST),
    crud.Page("sheets", "sheets/", "view_private", READ_AND_POST),
    crud.Page("looks", "emergency/", "view_looks"),
)


class EmergencyPages(crud.ModelViews if TYPE_CHECKING else object):  # type: ignore[misc]
    """The pages `emergency`, `sheet`, `sheets` and `looks` of the students."""

    @cached_property
    def may_look(self) -> bool:
        """Whether this user may open emergency details in this program."""
        request: Any = self.request
        return may_look(request.user, request.program)

    @cached_property
    def may_see_looks(self) -> bool:
        return self.has_right(self.permission_for("view_looks"))

    @property
    def list_actions(self) -> list[ListAction]:
        return [ListAction(SHEETS, _("Emergency sheets"), "printer")] if self.can["private"] else []

    def required_permission(self) -> str:
        if self.page == "bulk" and self.request.POST.get("action") == SHEETS:
            return self.permission_for("view_private")
        return super().required_permission()

    def is_permitted(self) -> bool:
        return super().is_permitted() and (self.page not in ("emergency", "sheet") or self.may_look)

    def emergency_page(self, request: HttpRequest) -> HttpResponse:
        """Contacts and medical information of one student; a POST notes the look and shows them."""
        if request.method != "POST":
            return redirect(self.url_name("detail"), pk=self.object.pk)
        note_looks(user=request.user, students=[self.object], kind=LookKind.OPENED)
        return self.render("emergency", {"student": self.object, **emergency_details(self.object)})

    def sheet_page(self, request: HttpRequest) -> HttpResponse:
        """The emergency sheet of one student for paper; a POST notes the print and shows it."""
        if request.method != "POST":
            return redirect(self.url_name("detail"), pk=self.object.pk)
        return self._sheets([self.object])

    def bulk_page(self, request: HttpRequest) -> HttpResponse:
        """The changes of many students; or what it means to print their sheets, with the button that does it."""
        if request.POST.get("action") != SHEETS:
            return super().bulk_page(request)
        selection = Selection(self.bulk_spec, request.POST)
        number = selection.rows.count()
        context = {
            "selection": selection,
            "list_url": self.list_url_of(selection),
            "number": number,
            "most": MOST_SHEETS,
            "too_many": number > MOST_SHEETS,
        }
        return self.render("print_sheets", context, partial=True)

    def sheets_page(self, request: HttpRequest) -> HttpResponse:
        """The emergency sheets of the chosen students, or of all of a list; a POST notes each print and shows them."""
        if request.method != "POST":
            return redirect(self.url_name("list"))
        rows = Selection(self.bulk_spec, request.POST).rows.order_by(*Student._meta.ordering)
        students = list(rows[: MOST_SHEETS + 1])
        if len(students) > MOST_SHEETS:
            raise BadRequest("At most 500 sheets are printed at once.")
        if not students:
            messages.info(request, _("Nothing is selected."))
            return redirect(self.url_name("list"))
        return self._sheets(students)

    def _sheets(self, students: list[Student]) -> HttpResponse:
        note_looks(user=self.request.user, students=students, kind=LookKind.PRINTED)
        sheets = [{"student": student, **emergency_details(student)} for student in students]
        return self.render("sheets", {"sheets": sheets})

    def looks_page(self, request: HttpRequest) -> HttpResponse:
        """Who opened or printed the emergency details of whom, the newest first."""
        looks = Paginator(EmergencyLook.objects.all(), LOOKS_ON_A_PAGE).get_page(request.GET.get("page"))
        return self.render("looks", {"looks": looks})


def emergency_details(student: Student) -> dict[str, Any]:
    """`contacts`, `conditions`, `note` and `address` as the templates show them. Reads private columns.

    The address is on the pages of those alone who may read private details.
    """
    severities = dict(SEVERITIES)
    lines = [" ".join(student.address[key] for key in keys if student.address.get(key)) for keys in ADDRESS]
    return {
        "address": [line for line in lines if line],
        "contacts": student.contacts,
        "conditions": [
            {**condition, "severity_label": severities.get(condition.get("severity", ""), "")}
            for condition in student.conditions
        ],
        "note": student.medical_info.get("note", ""),
    }
