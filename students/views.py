from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString, mark_safe

from academy import crud
from academy.crud.templatetags.ui import avatar

from .filters import StudentFilter
from .forms import StudentForm
from .models import Student
from .quick import QUICK_PAGE, QuickAdd, same_person

RELATIONS = ("Mother", "Father", "Guardian", "Grandparent", "Sister", "Brother", "Partner", "Friend")
MEDICAL_ALERT = mark_safe('<span class="font-medium tone-danger">Medical alert</span>')


def picture(student: Student) -> SafeString:
    return avatar(student.full_name)


def alert(student: Student) -> SafeString | str:
    return MEDICAL_ALERT if student.has_medical_alert else ""


class StudentViews(QuickAdd, crud.ModelViews):
    model = Student
    pages = (*crud.ModelViews.pages, QUICK_PAGE)
    icon = "users"
    columns = (
        crud.Column("name", "Student", sort=("sort_name",), value="full_name", lead=picture, sub=alert),
        crud.Column("number", sort=("student_id",), value="student_id", phone="sub"),
        crud.Column("status", sort=None),
        crud.Column("age", sort=("-date_of_birth",), numeric=True),
        crud.Column("enrolled", sort=("enrollment_date",), value="enrollment_date", priority=2),
        crud.Column("phone", sort=None, priority=3),
    )
    search_label = "Name or number"
    status_tones = {"graduated": "info", "withdrawn": "muted"}
    filterset_class = StudentFilter
    form_class = StudentForm
    list_defer = Student.PRIVATE
    private_fields = Student.PRIVATE

    relations = RELATIONS

    def similar(self, form: Any) -> list[Any]:
        return same_person(form)

    def detail_context(self) -> dict[str, Any]:
        student = self.object
        if not self.can["private"]:
            return {"student": student}
        lines = ("street", "line2", ("postal_code", "city"), "region", "country")
        address = [
            " ".join(filter(None, (student.address.get(key, "") for key in _keys(line)))) for line in lines
        ]
        return {
            "student": student,
            "address": [line for line in address if line],
            "contacts": student.contacts,
            "conditions": student.conditions,
            "note": student.medical_info.get("note", ""),
        }


def _keys(line: str | tuple[str, ...]) -> tuple[str, ...]:
    return (line,) if isinstance(line, str) else line
