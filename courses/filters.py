from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from academy import crud

from .models import Course, Lesson

ONLY = (("1", _("Only these")),)


class CourseFilter(crud.FilterSet):
    level = crud.IntegerFilter(label=_("Level"))
    empty = django_filters.ChoiceFilter(method="without_lessons", choices=ONLY, label=_("Without lessons"))

    search_fields = ("search_name",)

    class Meta:
        model = Course
        fields = ("level",)

    def without_lessons(self, courses: Any, name: str, value: str) -> Any:
        return courses.filter(~Exists(Lesson.objects.filter(module__curriculum__course=OuterRef("pk"))))
