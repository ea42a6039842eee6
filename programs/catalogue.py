"""What the migrations make of the database, and how a database differs from it.

The catalogue is a list of lines, `kind name: definition`: tables, columns, keys and checks, policies, triggers and
whether they fire, functions, and what the roles that serve may do. `catalogue.txt` holds the lines that the migrations
make (`manage.py write_catalogue`). A database is sound where one fingerprint over its lines is that of the file; only
where it is not, the lines are read and compared.

Not in it, so that they may differ: indexes that are no keys, objects of extensions, whatever else an operator made
that the serving roles can't reach, and what the roles of operators may do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from .constraints import ALL_PROGRAMS_ROLE

# The roles that serve, with every role that the runtime role may become; 0 is everybody.
WHO = """
WITH who AS MATERIALIZED (
    SELECT r.oid AS runtime, a.oid AS every,
           (SELECT relowner FROM pg_class WHERE oid = to_regclass('public.programs')) AS owner
    FROM pg_roles r, pg_roles a WHERE r.rolname = session_user AND a.rolname = %(every)s
),
serving AS MATERIALIZED (
    SELECT 0::oid AS oid, 'everybody' AS name
    UNION ALL SELECT runtime, 'the runtime role' FROM who
    UNION ALL SELECT every, 'the role of all programs' FROM who
    UNION ALL SELECT o.oid, o.rolname FROM pg_roles o, who
        WHERE o.oid NOT IN (runtime, every, owner) AND o.rolname !~ '^pg_' AND pg_has_role(runtime, o.oid, 'MEMBER')
          AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = runtime)
),
extended AS MATERIALIZED (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
spaces AS MATERIALIZED (
    SELECT n.oid, n.nspname, n.nspname = 'public' AS ours, n.nspacl, n.nspowner FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
),
granted_relations AS MATERIALIZED (
    SELECT c.oid, s.name AS who, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS may
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) x JOIN serving s ON s.oid = x.grantee
    WHERE c.relnamespace IN (SELECT oid FROM spaces) GROUP BY c.oid, s.name
),
relations AS MATERIALIZED (
    SELECT c.*, CASE WHEN n.ours THEN '' ELSE n.nspname || '.' END || c.relname AS name
    FROM pg_class c JOIN spaces n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND (n.ours AND (%(all)s OR c.relname = ANY (%(relations)s)) OR EXISTS (SELECT FROM granted_relations g WHERE g.oid = c.oid))
      AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
),
functions AS MATERIALIZED (
    SELECT p.*, CASE WHEN n.ours THEN '' ELSE n.nspname || '.' END || p.proname || '('
           || pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_proc p JOIN spaces n ON n.oid = p.pronamespace
    WHERE (n.ours OR p.prosecdef)
      AND (n.ours AND (%(all)s OR p.proname = ANY (%(functions)s)) OR EXISTS (
          SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x JOIN serving s ON s.oid = x.grantee))
      AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
)
"""

LINES = {
    "relations": """
        SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialised view' WHEN 'f' THEN 'foreign table'
                              ELSE 'table' END AS kind, c.name,
               concat_ws(', ', CASE WHEN c.relowner <> w.owner THEN 'of another owner' END,
                   'row-level security ' || CASE WHEN c.relrowsecurity THEN 'on' ELSE 'off' END,
                   CASE WHEN c.relforcerowsecurity THEN 'forced' END,
                   CASE c.relkind WHEN 'p' THEN 'partitioned' END,
                   CASE WHEN c.relispartition THEN 'a partition' END,
                   CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
                   CASE WHEN c.relkind IN ('v', 'm') THEN concat_ws(' ', c.reloptions::text, pg_get_viewdef(c.oid)) END)
        FROM relations c, who w
        UNION ALL
        SELECT 'child of', p.name, i.inhrelid::regclass::text
        FROM pg_inherits i JOIN relations p ON p.oid = i.inhparent
        UNION ALL
        SELECT 'rights on', c.name || ' for ' || g.who, g.may
        FROM granted_relations g JOIN relations c ON c.oid = g.oid
        UNION ALL
        SELECT 'rights on sequence', c.relname || ' for ' || g.who, g.may
        FROM granted_relations g JOIN pg_class c ON c.oid = g.oid AND c.relkind = 'S'
        WHERE NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
    """,
    "columns": """
        SELECT 'column', c.name || '.' || a.attname,
               concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                   CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || l.collname END,
                   CASE WHEN a.attnotnull THEN 'not null' END,
                   CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity' END,
                   CASE a.attgenerated WHEN '' THEN 'default ' ELSE 'generated ' END || pg_get_expr(d.adbin, d.adrelid))
        FROM relations c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        UNION ALL
        SELECT 'rights on', c.name || '.' || a.attname || ' for ' || s.name,
               string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type)
        FROM relations c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
        CROSS JOIN LATERAL aclexplode(a.attacl) x JOIN serving s ON s.oid = x.grantee GROUP BY 2
    """,
    # Since PostgreSQL 18 NOT NULL is a constraint too; here it stands at the column.
    "constraints": """
        SELECT CASE k.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' ELSE 'key' END,
               c.name || '.' || k.conname,
               pg_get_constraintdef(k.oid) || CASE WHEN k.convalidated THEN '' ELSE ' not validated' END
        FROM relations c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype NOT IN ('n', 't')
        UNION ALL
        SELECT 'key', c.name || '.' || i.indexrelid::regclass::text,
               pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' not valid' END
        FROM relations c JOIN pg_index i ON i.indrelid = c.oid AND (i.indisunique OR i.indisexclusion)
        WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
           OR NOT (i.indisvalid AND i.indisready)
    """,
    "policies": """
        SELECT 'policy', c.name || '.' || p.polname,
               concat_ws(' ', CASE WHEN NOT p.polpermissive THEN 'restrictive' END, 'for', p.polcmd, 'to',
                   (SELECT string_agg(coalesce(s.name, o.rolname), ', ' ORDER BY coalesce(s.name, o.rolname))
                    FROM unnest(p.polroles) g LEFT JOIN serving s ON s.oid = g LEFT JOIN pg_roles o ON o.oid = g),
                   'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
        FROM relations c JOIN pg_policy p ON p.polrelid = c.oid
    """,
    "triggers": """
        SELECT 'trigger', c.name || '.' || t.tgname,
               pg_get_triggerdef(t.oid)
               || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' disabled' ELSE ' enabled for ' || t.tgenabled::text END
        FROM relations c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
        UNION ALL
        SELECT 'foreign key', c.name || '.' || k.conname || ' trigger ' || t.tgtype, 'disabled'
        FROM relations c JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgisinternal AND t.tgenabled <> 'O'
        LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
        UNION ALL
        SELECT 'rule', c.name || '.' || r.rulename, pg_get_ruledef(r.oid) || ' ' || r.ev_enabled::text
        FROM relations c JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN'
    """,
    "functions": """
        SELECT 'function', f.name,
               concat_ws(', ', CASE WHEN f.proowner <> w.owner THEN 'of another owner' END,
                   CASE WHEN f.prosecdef THEN 'with the rights of its owner' END,
                   CASE WHEN f.prokind IN ('f', 'p')
                        THEN 'text ' || left(md5(regexp_replace(regexp_replace(pg_get_functiondef(f.oid),
                             'COLLATE "?(pg_c_utf8|und-x-icu|default)"?', 'COLLATE any', 'g'),
                             '[[:space:]]+', ' ', 'g')), 12) END)
        FROM functions f, who w
        UNION ALL
        SELECT 'right to call', f.name || ' for ' || s.name, 'yes'
        FROM functions f CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) x
        JOIN serving s ON s.oid = x.grantee
        UNION ALL
        SELECT 'operator', o.oid::regoperator::text, 'of ' || o.oprcode
        FROM pg_operator o JOIN spaces n ON n.oid = o.oprnamespace AND n.ours
        WHERE NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_operator'::regclass AND e.objid = o.oid)
        UNION ALL
        SELECT 'cast', k.castsource::regtype || ' as ' || k.casttarget::regtype, k.castcontext::text || ' ' || k.castfunc::regproc
        FROM pg_cast k WHERE k.oid >= 16384
          AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_cast'::regclass AND e.objid = k.oid)
    """,
    "places": """
        SELECT 'right on schema', n.nspname || ' for ' || s.name, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type)
        FROM spaces n CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x
        JOIN serving s ON s.oid = x.grantee
        WHERE x.privilege_type = 'CREATE' GROUP BY 2
        UNION ALL
        SELECT 'right on the database', 'for ' || s.name, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type)
        FROM pg_database d CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
        JOIN serving s ON s.oid = x.grantee
        WHERE d.datname = current_database() AND x.privilege_type <> 'CONNECT' GROUP BY 2
        UNION ALL
        SELECT 'right on what is made later', concat_ws(' ', d.defaclrole::regrole, 'in', n.nspname, d.defaclobjtype, 'for', s.name),
               string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type)
        FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
        CROSS JOIN LATERAL aclexplode(d.defaclacl) x JOIN serving s ON s.oid = x.grantee AND s.oid <> 0 GROUP BY 2
        UNION ALL
        SELECT 'right of a predefined role', o.rolname, 'for the runtime role' FROM pg_roles o, who
        WHERE o.rolname ~ '^pg_(read_all_data|write_all_data|read_server_files|write_server_files|execute_server_program)$'
          AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = runtime) AND pg_has_role(runtime, o.oid, 'MEMBER')
    """,
}

# Whether a name stands with its schema depends on the search path of whoever asks. A list of texts in a condition is
# written in two ways: as the migrations made it, and as it is after a dump was restored. Both are compared as one.
QUERY = (
    WHO
    + """
, lines AS (
    SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        kind || ' ' || name || ': ' || coalesce(definition, ''), '[[:space:]]+', ' ', 'g'), '\\mpublic\\.', '', 'g'),
        '\\((''[^'']*''::character varying)\\)::text', '\\1', 'g'),
        '\\(ARRAY\\[([^]]*)\\]\\)::text\\[\\]', 'ARRAY[\\1]', 'g') AS line
    FROM ({lines}) AS found (kind, name, definition)
)
SELECT {asked} FROM lines
""".replace("{lines}", " UNION ALL ".join(LINES.values()))
)
FINGERPRINT = QUERY.replace(
    "{asked}", "md5(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\"), ''))"
)
LISTED = QUERY.replace("{asked}", "line") + 'ORDER BY line COLLATE "C"'


def differences(using: str) -> list[str]:
    """How the database differs from what the migrations make, a sentence each; empty where it does not.

    An older version on a database that a newer one has migrated (going back, or one container after the other) knows
    only part of it, and so compares the tables, policies and rights that it knows.
    """
    expected = expected_lines()
    if _ask(using, FINGERPRINT) == [fingerprint(expected)]:
        return []
    missing, newer = _migrations(using)
    if missing:
        return [f"Migrations are missing ({', '.join(missing[:5])}); run manage.py migrate."]
    found, wanted = _by_name(_ask(using, LISTED)), _by_name(expected)
    if newer:
        wanted = {
            name: wanted[name] for name in wanted if name.startswith(("table ", "policy ", "rights on "))
        }
        found = {name: found[name] for name in found if name in wanted}
    changed = [name for name in found if name in wanted and found[name] != wanted[name]]
    return sorted(
        [
            *(f"{name} is missing." for name in wanted if name not in found),
            *(
                f"{name} was not made by the migrations: {found[name]}."
                for name in found
                if name not in wanted
            ),
            *(f"{name} is {found[name]}; the migrations made it {wanted[name]}." for name in changed),
        ]
    )


def _migrations(using: str) -> tuple[list[str], list[str]]:
    """The migrations that the database lacks, and those of our apps that it has and this version does not know."""
    loader = MigrationLoader(connections[using])
    ours = {app for app, _ in loader.disk_migrations}
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    missing = sorted(".".join(key) for key in known - applied)
    return missing, sorted(".".join(key) for key in applied - known if key[0] in ours)


@cache
def expected_lines() -> tuple[str, ...]:
    """The catalogue that the migrations make."""
    return tuple(sorted(set(Path(settings.CATALOGUE).read_text().splitlines())))


def fingerprint(lines: tuple[str, ...]) -> str:
    """The same that the server works out over its own lines."""
    return hashlib.md5("\n".join(lines).encode(), usedforsecurity=False).hexdigest()


def write(using: str) -> bool:
    """Write the catalogue of a freshly migrated database to the file, asked as the role that serves.

    Returns whether that changed the file.
    """
    path = Path(settings.CATALOGUE)
    text = "\n".join(_ask(using, LISTED, everything=True)) + "\n"
    if path.exists() and path.read_text() == text:
        return False
    path.write_text(text)
    expected_lines.cache_clear()
    return True


def _ask(using: str, query: str, *, everything: bool = False) -> list[str]:
    """Run a query of the catalogue: about what is expected or can be reached, or about everything in the schema."""
    names = [] if everything else [line.partition(": ")[0] for line in expected_lines()]
    values: dict[str, Any] = {
        "every": ALL_PROGRAMS_ROLE,
        "all": everything,
        "relations": [name.removeprefix("table ") for name in names if name.startswith("table ")],
        "functions": [name.split()[1].partition("(")[0] for name in names if name.startswith("function ")],
    }
    with connections[using].cursor() as cursor:
        cursor.execute(query, values)
        return [line for (line,) in cursor.fetchall()]


def _by_name(lines: Iterable[str]) -> dict[str, str]:
    pairs = (line.partition(": ") for line in lines)
    return {name: definition for name, _, definition in pairs}
