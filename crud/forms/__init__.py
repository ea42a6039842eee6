"""Forms of one row: the base class, its fields, and what happens when a form is saved."""

from .fields import JSONRowForm, JSONRowsField, TagsField
from .model_form import Conflict, ModelForm, Problem, Section, modelform

__all__ = [
    "Conflict",
    "JSONRowForm",
    "JSONRowsField",
    "ModelForm",
    "Problem",
    "Section",
    "TagsField",
    "modelform",
]
