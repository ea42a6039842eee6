"""The filters and the search of the list of courses."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

import crud
from crud.names import search_words
from database.functions import with_words

from .models import Course, Lesson

ONLY_THESE = (("1", _("Only these")),)


def lessons_named(text: str) -> QuerySet[Lesson]:
    """The lessons whose name contains every word of `text`.

    None unless one of the words has more than two letters, since shorter ones match most names.
    """
    words = search_words(text)
    if not any(len(word) > 2 for word in words):
        return Lesson.objects.none()
    return with_words(Lesson.objects.order_by(), "search_name", words)


class CourseFilter(crud.FilterSet):
    level = crud.IntegerFilter(label=_("Level"))
    empty = django_filters.ChoiceFilter(
        method="without_lessons", choices=ONLY_THESE, label=_("Without lessons")
    )

    search_fields = ("search_name",)

    def search_exact(self, queryset: Any, text: str) -> Any:
        named = super().search_exact(queryset, text)
        courses = set(lessons_named(text).values_list("module__curriculum__course", flat=True))
        return queryset.filter(Q(pk__in=named.values("pk")) | Q(pk__in=courses)) if courses else named

    class Meta:
        model = Course
        fields = ("level",)

    def without_lessons(self, courses: Any, name: str, value: str) -> Any:
        return courses.filter(~Exists(Lesson.objects.filter(module__curriculum__course=OuterRef("pk"))))
