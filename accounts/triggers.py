"""Triggers that the models of all apps share."""

import pgtrigger


def touch_updated_at(*, unless: str = "") -> pgtrigger.Trigger:
    """Move `updated_at` on every update, whoever writes: ORM, bulk update or raw SQL.

    `clock_timestamp()`, not `now()`: two updates in one transaction must differ, because the pages use the
    value as the version of the row. `unless` names a column whose writes are no change of the row.
    """
    same = pgtrigger.Q(**{f"old__{unless}__ndf": pgtrigger.F(f"new__{unless}")}) if unless else None
    return pgtrigger.Trigger(
        name="touch_updated_at",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="NEW.updated_at = clock_timestamp(); RETURN NEW;",
        condition=same,
    )
