from __future__ import annotations

from django import forms
from django.utils.functional import cached_property

from academy import crud
from academy.crud.forms import Conflict

from .models import Course, Curriculum, Lesson, Module

LONGEST_LESSON = 24 * 60


class CourseForm(crud.ModelForm):
    level = forms.IntegerField(min_value=0, max_value=99, initial=0, help_text="0 for beginners.")

    class Meta:
        model = Course
        fields = ("name", "level", "description", "is_active")
        spans = {"name": 4, "level": 2}
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}


class NodeForm(crud.ModelForm):
    """What the editor beside the tree shows of one node.

    A move or a reorder touches the row, but takes nothing from the text being edited: only a change to one of
    the fields of this form makes it stale.
    """

    @cached_property
    def stale(self) -> bool:
        return super().stale and bool(self.meeting.fields)

    @cached_property
    def meeting(self) -> Conflict:
        """What was saved since the panel was opened, read once; said at the fields it concerns."""
        found = self.conflict()
        for bound in self:
            bound.help_text = bound.field.help_text
        return found


class CurriculumForm(NodeForm):
    class Meta:
        model = Curriculum
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}


class ModuleForm(NodeForm):
    class Meta:
        model = Module
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}


class LessonForm(NodeForm):
    duration_minutes = forms.IntegerField(
        label="Duration in minutes",
        min_value=1,
        max_value=LONGEST_LESSON,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    class Meta:
        model = Lesson
        fields = ("name", "duration_minutes", "content")
        widgets = {"content": forms.Textarea(attrs={"rows": 8})}


NODE_FORMS: dict[str, type[NodeForm]] = {
    "curricula": CurriculumForm,
    "modules": ModuleForm,
    "lessons": LessonForm,
}


class NewNodeForm(crud.ModelForm):
    """The line at the end of a list: a name is enough to begin with."""

    class Meta:
        fields = ("name",)


NEW_NODE_FORMS: dict[str, type[crud.ModelForm]] = {
    kind: forms.modelform_factory(form.Meta.model, form=NewNodeForm)  # type: ignore[attr-defined]
    for kind, form in NODE_FORMS.items()
}
