"""Forms of one row.

`ModelForm` saves a row once and never over somebody else's change. `json_rows` and `tags` are fields for JSON columns,
`fields` the limits of all fields; `layout` arranges a form on its page, `conflicts` compares it with what was saved
meanwhile, `validation` reports violated constraints, and `results` are the answers of `ModelForm.save_once`.
"""

from .conflicts import Conflict, Difference
from .json_rows import JSONRowForm, JSONRowsField
from .layout import Problem, Section
from .model_form import ModelForm, modelform
from .results import AlreadySaved, Refused, Saved, SaveResult
from .tags import TagsField
