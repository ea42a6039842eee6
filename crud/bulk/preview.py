"""What a change of many rows would do, in words, and what it did."""

from __future__ import annotations

from django.db import connection
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crud.templatetags.ui import number as grouped

from .change import BulkChange, Changed, Refusal
from .spec import BulkAction

MAX_SAMPLES = 5


class BulkPreview:
    """The page that shows a change before it is made, or why it was refused."""

    def __init__(self, change: BulkChange, *, refusal: Refusal | None = None) -> None:
        self.change, self.selection, self.action = change, change.selection, change.action
        self.token = change.token
        self._refused = refusal

    @property
    def changing(self) -> int:
        return self.change.changing_count

    @property
    def heading(self) -> str:
        if self.action.status is None:
            return _("Archive what is selected?")
        return _("Set the status to “%(status)s”?") % {"status": self.action.label}

    @property
    def sentences(self) -> list[str]:
        """How many rows change, and how many stay as they are and why."""
        change = self.change
        if self.action.status is None:
            text = ngettext(
                "%(n)s of %(all)s leaves every list and count, with what belongs to it.",
                "%(n)s of %(all)s leave every list and count, with what belongs to them.",
                self.changing,
            )
        else:
            text = ngettext("%(n)s of %(all)s changes.", "%(n)s of %(all)s change.", self.changing)
        sentences = [text % {"n": grouped(self.changing), "all": grouped(change.selected_count)}]
        if unchanged := change.unchanged_count:
            text = ngettext("%(n)s already has this status.", "%(n)s already have this status.", unchanged)
            sentences.append(text % {"n": grouped(unchanged)})
        if missing := change.selected_count - change.present_count:
            text = ngettext("%(n)s is no longer here.", "%(n)s are no longer here.", missing)
            sentences.append(text % {"n": grouped(missing)})
        return sentences

    @cached_property
    def samples(self) -> list[str]:
        spec = self.change.spec
        rows = self.change.changing_rows().defer(*spec.hidden_fields)
        return [str(row) for row in rows.order_by(*(spec.model._meta.ordering or ("pk",)))[:MAX_SAMPLES]]

    @property
    def more(self) -> int:
        """The number of rows that change beside the samples."""
        return self.changing - len(self.samples)

    @property
    def refusal(self) -> str:
        """Why the change can't be made at all; empty where it can."""
        if self.change.refusal is not Refusal.TOO_MANY_ROWS:
            return ""
        text = _("At most %(n)s can be changed at once. Narrow the list first.")
        return text % {"n": grouped(self.change.max_rows)}

    @property
    def asks_reason(self) -> bool:
        return self.change.asks_reason

    @property
    def reason_error(self) -> str:
        return _("Say why.") if self._refused is Refusal.REASON_MISSING else ""

    @property
    def button(self) -> str:
        text = (
            ngettext("Archive %(n)s", "Archive %(n)s", self.changing)
            if self.action.status is None
            else ngettext("Change %(n)s", "Change %(n)s", self.changing)
        )
        return text % {"n": grouped(self.changing)}

    @cached_property
    def as_of(self) -> str:
        """The moment of the preview by the clock that stamps the rows: what is saved later stays as it is."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (now,) = cursor.fetchone()
        return now.isoformat()


def result_message(action: BulkAction, result: Changed) -> str:
    """How many rows have changed, and how many of those that the preview announced have not."""
    number, skipped = result.number, result.expected - result.number
    if action.status is None:
        text = ngettext("%(n)s archived.", "%(n)s archived.", number)
    else:
        text = ngettext("%(n)s set to “%(status)s”.", "%(n)s set to “%(status)s”.", number)
    message = text % {"n": grouped(number), "status": action.label}
    if skipped <= 0:
        return message
    text = ngettext(
        "%(n)s had changed meanwhile and was left alone.",
        "%(n)s had changed meanwhile and were left alone.",
        skipped,
    )
    return f"{message} {text % {'n': grouped(skipped)}}"
