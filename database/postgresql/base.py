"""Django's backend for PostgreSQL with the connections of `database.pool`. Django takes no class for them."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel

from database.pool import Pool, PooledConnection


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

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool, and one that gives up a server that hangs also where there is none."""
        if self.pool is not None or "isolation_level" in self.settings_dict["OPTIONS"]:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return PooledConnection.connect(**conn_params)
