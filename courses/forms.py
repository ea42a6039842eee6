from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

import crud
from crud.forms import Conflict
from crud.names import CleanCharField

from .models import Course, Curriculum, Lesson, Module

LONGEST_LESSON = 24 * 60
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
    """What the editor beside the tree shows of one node.

    A move or a reorder touches the row, but takes nothing from the text being edited: only a change to one of
    the fields of this form makes it stale.
    """

    looking = False  # shown again without saving, as a preview: it stays the form that was opened

    @property
    def version(self) -> str:
        return self._opened if self.looking else super().version

    def look(self) -> NodeForm:
        """Show the form as it was posted, without a word on what is missing."""
        self.is_valid()
        self.dirty = bool(self.errors) or bool(self.changed_columns())
        self.looking = True
        self.as_draft()
        return self

    @cached_property
    def stale(self) -> bool:
        return super().stale and bool(self.meeting.fields)

    @cached_property
    def dirty(self) -> bool:
        """Whether the form holds what is not saved."""
        return self.is_bound

    @cached_property
    def meeting(self) -> Conflict:
        """What was saved since the panel was opened, read once; said at the fields it concerns."""
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
        max_value=LONGEST_LESSON,
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
    """The line at the end of a list: a name is enough to begin with."""

    class Meta:
        fields = ("name",)


NEW_NODE_FORMS: dict[str, type[crud.ModelForm]] = {
    kind: forms.modelform_factory(form.Meta.model, form=NewNodeForm)  # type: ignore[attr-defined]
    for kind, form in NODE_FORMS.items()
}


class CopyForm(forms.Form):
    """Into which program, and which course there: one it has, or a new one."""

    NEW = "new"

    program = forms.CharField(max_length=36)
    course = forms.CharField(max_length=36)
    name = CleanCharField(label=_("Name of the new course"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("course") == self.NEW and not values.get("name"):
            self.add_error("name", _("Give the new course a name."))
        return values
