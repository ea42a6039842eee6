"""The history of rows: how it is recorded, what its events tell, and how they are undone.

`track` records a model. `entries_of` gives the history of one row, `events`, `event_rows` and `read` that of many, all
of them as `HistoryEntry`: who, when, which verb, which fields from what to what. The pages choose the events and the
words; the columns of an event are named in this package alone.
"""

from .entries import ARCHIVED_AT, FieldChange, HistoryEntry, Verb, WayBack
from .events import (
    Operation,
    event_model,
    event_models,
    event_rows,
    events,
    is_event_model,
    read,
    track,
    tracked_model,
)
from .rows import as_added, entries_of, entries_since, entry_of, newest_records
from .undo import UNDO_LASTS, undo_event, undo_request, was_request_of_another
