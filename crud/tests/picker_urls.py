"""The product, and a page whose form has a row picker: the curricula of the program, each with a course."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import include, path

import crud
from academy.urls import handler403, handler404, handler429, handler500  # noqa: F401
from academy.urls import urlpatterns as pages
from courses.models import Course, Curriculum


class PlanForm(crud.ModelForm):
    later = forms.ModelChoiceField(Course.objects, label="Course after it", required=False)

    class Meta:
        model = Curriculum
        fields = ("name", "course")


class PlanViews(crud.ModelViews):
    """Not registered: the tests of all entities do not know it."""

    model = Curriculum
    form_class = PlanForm

    @classmethod
    def url_name(cls, page: str) -> str:
        return f"plans:{page}"


plans: list[Any] = [
    path(page.path, PlanViews.as_view(page=page.name), name=page.name) for page in PlanViews.live_pages()
]
urlpatterns = [path("plans/", include((plans, "plans"))), *pages]
