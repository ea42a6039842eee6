"""Adding many students in a row: four fields, Enter, and the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from academy import crud

from .forms import PhoneField, StudentForm
from .models import Student
from .services import likely_duplicates

REMEMBERED = 10
ADDED = "students_quickly_added"


class QuickStudentForm(crud.ModelForm):
    """What is known at the poolside; the rest is filled in on the student's page."""

    phone = PhoneField(label=_("Phone"), required=False)
    clean_date_of_birth = StudentForm.clean_date_of_birth

    class Meta:
        model = Student
        fields = ("first_name", "last_name", "date_of_birth", "phone")
        widgets = {
            **StudentForm.Meta.widgets,
            "first_name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        }


class QuickAdd:
    """The page `quick` of the students."""

    request: Any
    page: str

    def typed_forms(self) -> Sequence[type[Any]]:
        usual: Sequence[type[Any]] = super().typed_forms()  # type: ignore[misc]
        return (QuickStudentForm,) if self.page == "quick" else usual

    def quick_page(self, request: Any) -> HttpResponse:
        """An empty form and the last students added with it; a POST adds one and comes back for the next."""
        form: Any = QuickStudentForm(request.POST if request.method == "POST" else None, request=request)
        if request.method != "POST":
            return self._quick(form)
        if (made := form.earlier()) is None:
            if not form.is_valid():
                return self._quick(form, status=422)
            if not request.POST.get("anyway") and (similar := same_person(form)):
                return self._quick(form, status=409, similar=similar)
            if (made := form.save_once()) is None:
                return self._quick(form, status=422)
        request.session[ADDED] = [str(made.pk), *request.session.get(ADDED, [])][:REMEMBERED]
        return redirect(request.path)

    def _quick(self, form: Any, *, status: int = 200, similar: Any = ()) -> HttpResponse:
        keys = self.request.session.get(ADDED, [])
        found = {str(s.pk): s for s in Student.objects.filter(pk__in=keys).defer(*Student.PRIVATE)}
        added = [found[key] for key in dict.fromkeys(keys) if key in found]
        context = {
            "form": form,
            "added": added,
            "similar": similar,
            "problems": form.problems() if status == 422 else [],
        }
        return self.render("quick", context, status=status)  # type: ignore[attr-defined]


def same_person(form: Any) -> list[Student]:
    """Students already here who may be the one that a valid form describes."""
    data = form.cleaned_data
    return likely_duplicates(
        first_name=data["first_name"],
        last_name=data["last_name"],
        date_of_birth=data.get("date_of_birth"),
        phone=data.get("phone", ""),
    )


QUICK_PAGE = crud.Page("quick", "quick/", "add", ("GET", "HEAD", "POST"))
