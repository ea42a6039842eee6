"""Recording the history of a model: a table of its events, written by triggers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pghistory
from django.db import models


def track(
    *,
    exclude: tuple[str, ...] = (),
    scope: str = "",
    indexes: Sequence[models.Index] = (),
    constraints: Sequence[models.BaseConstraint] = (),
    **attributes: Any,
) -> Callable[[type[Any]], type[Any]]:
    """Record inserts, updates and deletes of a model in a table of its own: `@track()`.

    Times, generated columns and the fields of `exclude` are left out; an update that changes nothing else leaves no
    event. The context (who, from which page) is JSON in the event; a shared context table would have no program.

    `scope` names a field that leads the indexes of the table. `indexes`, `constraints` and `attributes` are further
    ones of the history model.
    """

    def decorate(model: type[Any]) -> type[Any]:
        table = f"{model._meta.db_table}_history"
        leading = [scope] if scope else []
        of_row = models.Index(fields=[*leading, "pgh_obj", "-pgh_created_at"], name=f"{table}_of_row"[:30])
        newest = (
            [models.Index(fields=[scope, "-pgh_created_at"], name=f"{table[:23]}_newest")] if scope else []
        )
        meta: dict[str, Any] = {
            "db_table": table,
            "default_permissions": (),
            "indexes": [of_row, *newest, *indexes],
        }
        if constraints:
            meta["constraints"] = list(constraints)
        generated = [f.name for f in model._meta.local_fields if isinstance(f, models.GeneratedField)]
        return pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=["created_at", "updated_at", *generated, *exclude],
            context_id_field=None,  # type: ignore[arg-type]  # documented, though not typed
            meta=meta,
            attrs={"pgh_id": models.BigAutoField(primary_key=True), **attributes},
        )(model)

    return decorate
