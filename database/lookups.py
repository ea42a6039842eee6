"""Lookups of text columns that indexes answer under row-level security."""

from __future__ import annotations

from django.db import models
from django.db.models.lookups import PostgresOperatorLookup


@models.CharField.register_lookup
@models.TextField.register_lookup
class StartsWithOperator(PostgresOperatorLookup):
    """`column ^@ prefix`: the one way to ask for a prefix that an index answers under row-level security."""

    lookup_name, postgres_operator = "prefix", "^@"


@models.CharField.register_lookup
class LikePattern(PostgresOperatorLookup):
    """`column LIKE pattern`, with the wildcards that the pattern brings."""

    lookup_name, postgres_operator = "like", "LIKE"
