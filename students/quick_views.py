"""Adding many students in a row: four fields, Enter, and the next."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

import crud
from web.form_answers import SENT_BY_SCRIPT

from .forms import NamesForm, PhoneField, StudentForm
from .models import Student
from .services import likely_duplicates

REMEMBERED = 10
ADDED = "students_quickly_added"


class QuickStudentForm(NamesForm):
    """What is known at the poolside; the rest is filled in on the student's page."""

    phone = PhoneField(label=_("Phone"), required=False)
    clean_date_of_birth = StudentForm.clean_date_of_birth

    class Meta:
        model = Student
        fields = ("first_name", "last_name", "date_of_birth", "phone")
        help_texts = StudentForm.Meta.help_texts
        widgets = {
            **StudentForm.Meta.widgets,
            "first_name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        }


class QuickAdd:
    request: Any
    page: str
    render: Callable[..., HttpResponse]

    def label_forms(self) -> Sequence[type[Any]]:
        usual: Sequence[type[Any]] = super().label_forms()  # type: ignore[misc]
        return (QuickStudentForm,) if self.page == "quick" else usual

    def quick_page(self, request: Any) -> HttpResponse:
        """An empty form and the last students added with it; a POST adds one and comes back for the next.

        A script sends one student after the other while the next is typed. It gets one line each: the student with
        200, or what was typed as a form of its own with 409 or 422.
        """
        if request.method != "POST":
            return self._quick(QuickStudentForm(request=request))
        form: Any = QuickStudentForm(request.POST, request=request, auto_id=_ids(request))
        if by_script(request):
            del form.fields["first_name"].widget.attrs["autofocus"]  # somebody is typing the next one
        similar = same_person(form) if form.is_valid() and not request.POST.get("anyway") else []
        result = (form.already_saved() or crud.Refused()) if similar else form.save_once()
        if isinstance(result, crud.Refused):
            return self._quick(form, similar=similar, status=409 if similar else 422)
        if isinstance(result, crud.AlreadySaved) and result.differences:
            form.token = uuid.uuid4()  # with a new token it can be added as another student
            return self._quick(form, already_saved=result, status=409)
        pk = str(result.row.pk)
        keys = request.session.get(ADDED, [])
        request.session[ADDED] = [pk, *(key for key in keys if key != pk)][:REMEMBERED]
        return self.render("quick_added", {"s": result.row}) if by_script(request) else redirect(request.path)

    def _quick(self, form: Any, *, status: int = 200, **context: Any) -> HttpResponse:
        context |= {"form": form, "problems": form.problems() if status == 422 else []}
        if by_script(self.request):
            return self.render("quick_row", context, status=status)
        keys = self.request.session.get(ADDED, [])
        found = {str(s.pk): s for s in Student.objects.filter(pk__in=keys).defer(*Student.PRIVATE)}
        added = [found[key] for key in dict.fromkeys(keys) if key in found]
        return self.render("quick", {**context, "added": added}, status=status)


def by_script(request: Any) -> bool:
    return SENT_BY_SCRIPT in request.headers


def _ids(request: Any) -> str:
    """The form of a line has ids of its own, beside those of the page."""
    return f"{uuid.uuid4().hex}_%s" if by_script(request) else "id_%s"


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
