"""Django's backend for PostgreSQL, whose pool is ours (`academy.connections`). Django takes no class for it."""

from __future__ import annotations

from django.db.backends.postgresql import base

from academy.connections import Pool


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> Pool | None:
        """The pool of this process, None where `OPTIONS` asks for none. Opened by the first who needs it."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if not options:
            return None
        pools = self._connection_pools  # type: ignore[attr-defined]
        if self.alias not in pools:
            made = Pool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,  # type: ignore[attr-defined]
                **options,
            )
            pools.setdefault(self.alias, made)
        found: Pool = pools[self.alias]
        return found
