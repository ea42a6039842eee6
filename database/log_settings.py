"""The log of the database: which settings keep out of it what people typed, and whether they are set.

What is refused is logged by PostgreSQL with its statement, and the values stand in the statement: a name, a medical note.
The embedded server is started with these settings; `prepare_database` sets them for the database where it may; elsewhere
the start and `manage.py doctor` ask for them.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

QUIET = {
    "log_min_error_statement": "panic",  # no statement beside an error
    "log_min_messages": "log",  # nor the error itself, which may quote a value; the application tells it
    "log_error_verbosity": "terse",  # no DETAIL: the failing row, the statements of a deadlock or a crash
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
}
ALSO_QUIET = {"log_min_messages": {"fatal", "panic"}, "log_statement": {"ddl"}}


def loud_settings(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """The settings of this session by which its server could log what people typed, with their values."""
    names = list(QUIET)
    found = connection.execute(
        "SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name WHERE current_setting(name, true) IS NOT NULL",
        [names],
    ).fetchall()
    return {
        name: value
        for name, value in found
        if value != QUIET[name] and value not in ALSO_QUIET.get(name, set())
    }


def quiet_statements(connection: psycopg.Connection[Any], database: str) -> list[sql.Composed]:
    """The statements that set what is missing for every session of `database`, for who may set it."""
    return [
        sql.SQL("ALTER DATABASE {} SET {} = {}").format(
            sql.Identifier(database), sql.Identifier(name), sql.Literal(QUIET[name])
        )
        for name in loud_settings(connection)
    ]


def warnings(url: str) -> list[str]:
    """A sentence, with the SQL for a superuser, where sessions of `url` could leave what people typed in the log."""
    with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
        loud = loud_settings(connection)
        if not loud:
            return []
        values = ", ".join(f"{name} = {value}" for name, value in loud.items())
        todo = "; ".join(
            s.as_string(connection) for s in quiet_statements(connection, connection.info.dbname)
        )
    said = f"The database may write what people type into its log, medical notes too ({values}). "
    return [f"{said}As a superuser: {todo}. Set log_error_verbosity = terse in its configuration as well."]
