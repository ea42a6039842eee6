"""Changing many rows of a list at once."""

from .change import (
    MOST_IDS,
    Action,
    BulkChange,
    ListAction,
    Selection,
    actions,
    bulk,
    undo,
    undo_url_of,
    verb,
)

__all__ = [
    "MOST_IDS",
    "Action",
    "BulkChange",
    "ListAction",
    "Selection",
    "actions",
    "bulk",
    "undo",
    "undo_url_of",
    "verb",
]
