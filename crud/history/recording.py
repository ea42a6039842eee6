"""Recording history, as far right in the import order as a model can stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pghistory
from django.db import models


def track(*, exclude: tuple[str, ...] = (), **options: Any) -> Callable[[type[Any]], type[Any]]:
    """Record inserts, updates and deletes of a model in a table of its own: `@track()`.

    Times and generated columns are left out, so an update that changes nothing leaves no trace. The context
    (who, from which page) is JSON on the history row; a shared context table would have no program.
    """

    def decorate(model: type[Any]) -> type[Any]:
        table = f"{model._meta.db_table}_history"
        meta = {
            "db_table": table,
            "default_permissions": (),
            "indexes": [models.Index(fields=["pgh_obj", "-pgh_created_at"], name=f"{table}_of_row"[:30])],
        }
        generated = [f.name for f in model._meta.local_fields if isinstance(f, models.GeneratedField)]
        return pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=["created_at", "updated_at", *generated, *exclude],
            context_id_field=None,  # type: ignore[arg-type]  # documented, though not typed
            meta={**meta, **options.pop("meta", {})},
            attrs={"pgh_id": models.BigAutoField(primary_key=True), **options.pop("attrs", {})},
            **options,
        )(model)

    return decorate
