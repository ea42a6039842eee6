"""The privileges of the serving roles in the database, set by the owner after each migration.

They read and write rows; history and visits they can only add to. They own nothing, make nothing and truncate
nothing. Functions run with a search path of their own, so that nothing a caller makes can stand before a table.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from .constraints import ALL_PROGRAMS_ROLE

# Guardian's own tables, which know no program: nobody writes there, so nothing is ever granted by them.
CLOSED_TABLES = {"guardian_userobjectpermission", "guardian_groupobjectpermission"}

# Of the functions of the schema: ours and those of the trigger library; an extension's belong to the extension.
OUR_FUNCTIONS = """p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')"""

# pgtrigger's triggers ask this function whether they are switched off by the setting `pgtrigger.ignore`, which
# everybody can set. This one listens to the owner of the tables alone (`seed_scale`). Each migration that adds a
# trigger brings the library's own back.
SHOULD_IGNORE = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $fn$
BEGIN
    IF coalesce(current_setting('pgtrigger.ignore', true), '') = '' OR NOT pg_has_role(
        session_user,
        (SELECT proowner FROM pg_proc WHERE oid = 'public._pgtrigger_should_ignore(name)'::regprocedure),
        'MEMBER'
    ) THEN
        RETURN false;
    END IF;
    RETURN trigger_name = ANY (current_setting('pgtrigger.ignore')::text[]);
END
$fn$
"""

# A function whose body is parsed when it is made (prosqlbody) has its names bound already.
PIN_SEARCH_PATHS = """
DO $do$
DECLARE
    unpinned regprocedure;
BEGIN
    FOR unpinned IN
        SELECT p.oid FROM pg_proc p WHERE {ours} AND p.prokind = 'f' AND p.prosqlbody IS NULL
            AND NOT coalesce(p.proconfig::text, '') LIKE '%search_path=%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', unpinned);
    END LOOP;
END
$do$
"""

# Who calls a trigger needs no right to its function. The others do what their caller could type, or, with the rights
# of the owner, refuse what did not come from a trigger.
CLOSE_FUNCTIONS = """
DO $do$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT p.oid::regprocedure AS name, p.prorettype = 'trigger'::regtype AS is_trigger FROM pg_proc p WHERE {ours}
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, {roles}', found.name);
        IF NOT found.is_trigger THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {roles}', found.name);
        END IF;
    END LOOP;
END
$do$
"""


def grant_runtime_privileges(sender: Any, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """After each migration: the runtime role and the all-programs role may read and write rows, no more."""
    if sender.name != "programs":
        return
    database: Any = connections[using]
    runtime = database.ops.quote_name(settings.DATABASES["default"]["USER"])
    roles = f"{runtime}, {ALL_PROGRAMS_ROLE}"
    with database.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {roles}")
        _grant_tables(database, cursor, roles)
        # Identity columns need no right to their sequence, and numbers of students are drawn by the owner's function.
        cursor.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {roles}")
        cursor.execute(SHOULD_IGNORE)
        cursor.execute(PIN_SEARCH_PATHS.replace("{ours}", OUR_FUNCTIONS))
        roles = roles.replace("'", "''").replace("%", "%%")
        cursor.execute(CLOSE_FUNCTIONS.replace("{ours}", OUR_FUNCTIONS).replace("{roles}", roles))


def _grant_tables(database: Any, cursor: Any, roles: str) -> None:
    from django.apps import apps

    from crud.history import event_models

    from .models import AllProgramsVisit
    from .registry import scoped_models

    existing = set(database.introspection.table_names())
    added_to: list[Any] = [
        *event_models(),
        *(m for m in scoped_models() if m.append_only),
        AllProgramsVisit,
    ]
    append_only = {m._meta.db_table for m in added_to} & existing
    writable = {m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.managed}
    closed = CLOSED_TABLES & existing
    writable = (writable & existing) - append_only - closed
    for tables, rights in (
        (writable, "SELECT, INSERT, UPDATE, DELETE"),
        (append_only, "SELECT, INSERT"),
        (closed, "SELECT, DELETE"),  # Django looks there when it deletes a user
    ):
        if tables:
            names = ", ".join(database.ops.quote_name(t) for t in sorted(tables))
            cursor.execute(f"REVOKE ALL ON {names} FROM {roles}; GRANT {rights} ON {names} TO {roles}")
    if "django_migrations" in existing:
        cursor.execute(f"GRANT SELECT ON django_migrations TO {roles}")
