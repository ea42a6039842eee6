from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

import crud
from crud.forms import Conflict
from crud.names import CleanCharField

from .models import Course, Curriculum, Lesson, Module

MAX_LESSON_MINUTES = 24 * 60
MARKDOWN_HELP = _(
    "Formatting: **bold**, *italic*, “- ” for lists, “# ” for headings, [words](https://…) for links, “| a | b |” for tables. Images are not shown."
)


class CourseForm(crud.ModelForm):
    level = forms.IntegerField(
        min_value=0, max_value=99, initial=0, label=_("Level"), help_text=_("0 for beginners.")
    )

    class Meta:
        model = Course
        fields = ("name", "level", "description", "is_active")
        spans = {"name": 4, "level": 2}
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"description": MARKDOWN_HELP}


class NodeForm(crud.ModelForm):
    """The form of a node in the panel beside the tree.

    Moving a node writes its row, but does not conflict with the text being edited: the form is stale only where one
    of its own fields has changed.
    """

    unsaved = False
    """The form is shown again without an attempt to save: it keeps the version with which it was opened."""

    @property
    def version(self) -> str:
        return self.opened_version if self.unsaved else super().version

    def as_unsaved(self) -> NodeForm:
        """Keep the form as it was posted, without error messages. Return it."""
        self.is_valid()
        self.dirty = bool(self.errors) or bool(self.changed_columns())
        self.unsaved = True
        self.without_errors()
        return self

    @cached_property
    def stale(self) -> bool:
        return super().stale and bool(self.cached_conflict.fields)

    @cached_property
    def dirty(self) -> bool:
        """Whether the form holds values that are not saved."""
        return self.is_bound

    @cached_property
    def cached_conflict(self) -> Conflict:
        """The result of `conflict()`, which reads the history once and marks the fields concerned."""
        return self.conflict()


class CurriculumForm(NodeForm):
    class Meta:
        model = Curriculum
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}
        help_texts = {"description": MARKDOWN_HELP}


class ModuleForm(NodeForm):
    class Meta:
        model = Module
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}
        help_texts = {"description": MARKDOWN_HELP}


class LessonForm(NodeForm):
    duration_minutes = forms.IntegerField(
        label=_("Duration in minutes"),
        min_value=1,
        max_value=MAX_LESSON_MINUTES,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    class Meta:
        model = Lesson
        fields = ("name", "duration_minutes", "content")
        widgets = {"content": forms.Textarea(attrs={"rows": 8})}
        help_texts = {"content": MARKDOWN_HELP}


NODE_FORMS: dict[str, type[NodeForm]] = {
    "curricula": CurriculumForm,
    "modules": ModuleForm,
    "lessons": LessonForm,
}


class NewNodeForm(crud.ModelForm):
    """The form at the end of a list that adds a node by its name alone."""

    class Meta:
        fields = ("name",)


NEW_NODE_FORMS: dict[str, type[crud.ModelForm]] = {
    kind: forms.modelform_factory(form.Meta.model, form=NewNodeForm)  # type: ignore[attr-defined]
    for kind, form in NODE_FORMS.items()
}


class CopyForm(forms.Form):
    """The program to copy a curriculum into, and the course there: an existing one, or a new one by `name`."""

    NEW = "new"
    """The value of `course` for a new course."""

    program = forms.CharField(max_length=36)
    course = forms.CharField(max_length=36)
    name = CleanCharField(label=_("Name of the new course"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("course") == self.NEW and not values.get("name"):
            self.add_error("name", _("Give the new course a name."))
        return values
