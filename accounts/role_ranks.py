"""The ranks of the roles in the database, for its constraints."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.db.migrations.operations import RunSQL

DROP = "DROP FUNCTION public.academy_role_rank(text)"


class RoleIsKnown(models.Func):
    """Whether a column holds one of the roles. Constraints use it, so a new role does not change them."""

    template = "academy_role_rank(%(expressions)s) IS NOT NULL"
    conditional = True
    output_field = models.BooleanField()


def set_role_ranks(ranks: Mapping[str, int], *, before: Mapping[str, int] | None) -> RunSQL:
    """A migration operation: these are the roles and their ranks from now on, and those of `before` were until now.

    A migration writes the numbers out instead of importing `RANKS`, which change.
    """
    return RunSQL(_function(ranks), _function(before) if before else DROP)


def _function(ranks: Mapping[str, int]) -> str:
    cases = " ".join(f"WHEN '{role}' THEN {rank}" for role, rank in ranks.items())
    return (
        "CREATE OR REPLACE FUNCTION public.academy_role_rank(role text) RETURNS integer "
        f"LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE role {cases} END"
    )
