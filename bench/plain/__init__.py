"""A plain Django admin on Academy's tables, as one would write it in an afternoon: what Academy is compared with.

No kernel, no scope, no pages of its own: unmanaged models, a `ModelAdmin` for each, and on the start page
the figures of Academy's dashboard by ordinary aggregates. It signs in as the owner of the tables, whom
row-level security does not bind, and keeps its connections. Its users and sessions live in a schema apart.
"""
