"""The history of rows: how it is recorded, and what an event of it tells."""

from .recording import track
from .rows import (
    DONE_LABELS,
    VERB_LABELS,
    VERBS,
    Change,
    FieldChange,
    WayBack,
    as_added,
    changes,
    differences,
    event_model,
    event_models,
    field_change,
    since,
    tracked_fields,
)

__all__ = [
    "DONE_LABELS",
    "VERBS",
    "VERB_LABELS",
    "Change",
    "FieldChange",
    "WayBack",
    "as_added",
    "changes",
    "differences",
    "event_model",
    "event_models",
    "field_change",
    "since",
    "track",
    "tracked_fields",
]
