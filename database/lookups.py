"""Lookups of text columns that indexes answer under row-level security."""

from __future__ import annotations

from typing import Any

from django.db import models


@models.CharField.register_lookup
@models.TextField.register_lookup
class StartsWithOperator(models.Lookup):
    """`column ^@ prefix`: the one way to ask for a prefix that an index answers under row-level security."""

    lookup_name = "prefix"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ^@ {right}", [*left_params, *right_params]


@models.CharField.register_lookup
class LikePattern(models.Lookup):
    """`column LIKE pattern`, with the wildcards that the pattern brings."""

    lookup_name = "like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", [*left_params, *right_params]
