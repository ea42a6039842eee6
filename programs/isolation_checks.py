"""Isolation checks: whether the database keeps programs apart, asked before anything is served."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from database import LARGE_OBJECTS

from .catalogue import differences
from .constraints import ALL_PROGRAMS_ROLE

# Fixed by release notes of PostgreSQL: earlier ones leak rows through row-level security.
OLDEST_SAFE_VERSIONS = {15: 150014, 16: 160010, 17: 170006}


class UnsafeDatabase(Exception):
    """The application refuses to work on this database; the message lists every violation."""


def isolation_violations(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Why this database must not be used, a sentence for each violation; empty where it is sound.

    Two queries.
    """
    database: Any = connections[using]
    violations: list[str] = []
    with database.cursor() as cursor:
        version = database.pg_version
        oldest = OLDEST_SAFE_VERSIONS.get(version // 10000)
        if version < 150000 or (oldest and version < oldest):
            violations.append(
                f"PostgreSQL {version // 10000}.{version % 10000} leaks rows; update the server."
            )
        cursor.execute(
            """
            SELECT r.rolsuper, r.rolbypassrls,
                   pg_has_role(r.oid, a.oid, 'USAGE'),
                   pg_has_role(r.oid, a.oid, 'MEMBER'),
                   EXISTS (SELECT FROM pg_class c WHERE c.relowner IN (r.oid, a.oid)
                           AND c.relnamespace = 'public'::regnamespace),
                   a.rolsuper OR a.rolbypassrls,
                   ARRAY (SELECT o.rolname::text FROM pg_roles o
                          WHERE NOT r.rolsuper AND pg_has_role(r.oid, o.oid, 'MEMBER') AND o.oid NOT IN (r.oid, a.oid)
                            AND (o.rolsuper OR o.rolbypassrls OR EXISTS (
                                SELECT FROM pg_class c
                                WHERE c.relowner = o.oid AND c.relnamespace = 'public'::regnamespace))
                          ORDER BY o.rolname)
            FROM pg_roles r, pg_roles a WHERE r.rolname = session_user AND a.rolname = %s
            """,
            [ALL_PROGRAMS_ROLE],
        )
        found = cursor.fetchone()
        if found is None:
            return [*violations, f"The role {ALL_PROGRAMS_ROLE} does not exist."]
        superuser, bypass, inherits, member, owns, all_bypasses, unbound = found
        violations += [
            violation
            for broken, violation in (
                (superuser, "The runtime role is a superuser."),
                (bypass, "The runtime role bypasses row-level security."),
                (inherits, f"The runtime role inherits {ALL_PROGRAMS_ROLE}; make it NOINHERIT."),
                (not member, f"The runtime role is not a member of {ALL_PROGRAMS_ROLE}."),
                (owns, "The runtime role owns a relation; only the owner role may."),
                (all_bypasses, f"{ALL_PROGRAMS_ROLE} is a superuser or bypasses row-level security."),
            )
            if broken
        ]
        violations += [f"The runtime role may become {role}, which no policy binds." for role in unbound]
    return violations or differences(using)


def large_object_functions(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The functions by which the runtime role could make large objects; empty where they are closed."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) name WHERE has_function_privilege(session_user, name, 'EXECUTE')",
            [[f"pg_catalog.{function}" for function in LARGE_OBJECTS]],
        )
        return [name for (name,) in cursor.fetchall()]


_verified: set[str] = set()


def refuse_unsafe_database(using: str = DEFAULT_DB_ALIAS) -> None:
    """Raise UnsafeDatabase where there are isolation violations. Asked once for each process and database."""
    key = f"{using}:{connections[using].settings_dict['NAME']}"
    if key in _verified:
        return
    violations = isolation_violations(using)
    if violations:
        raise UnsafeDatabase("Academy refuses to run on this database:\n- " + "\n- ".join(violations))
    _verified.add(key)
