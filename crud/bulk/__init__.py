"""Changing many rows of a list at once: a preview first, then one statement, and an undo.

`spec` is what a list allows and the rows that were posted, `change` makes the change, and `preview` puts it into
words. The pages are in `crud/views/bulk.py`.
"""

from .change import BulkChange, Changed, Refusal, allow_long_statements
from .preview import BulkPreview, result_message
from .spec import ARCHIVE, MAX_IDS, STATUS, BulkAction, BulkSpec, ListAction, Selection, bulk_actions
