from __future__ import annotations

from academy import crud
from academy.crud.filters import IntegerFilter

from .models import Course


class CourseFilter(crud.FilterSet):
    level = IntegerFilter(label="Level")

    search_fields = ("search_name",)

    class Meta:
        model = Course
        fields = ("level",)
