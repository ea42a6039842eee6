"""Migrations run forward, back to nothing, and forward again to the same schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from programs.testing import owner_url, scratch_database

SCHEMA = """
SELECT 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, generation_expression)
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'policy', tablename, policyname, coalesce(qual, ''), coalesce(with_check, ''), roles::text
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', ''
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', p.proname, '', pg_get_functiondef(p.oid), '', ''
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT 'sequence', relname, '', '', '', '' FROM pg_class
 WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'right', table_name, grantee, privilege_type, '', '' FROM information_schema.role_table_grants
 WHERE table_schema = 'public'
"""
OURS = [config.label for config in apps.get_app_configs() if "site-packages" not in config.path]
OUR_TABLES = {model._meta.db_table for model in apps.get_models() if model._meta.app_label in OURS}


@pytest.fixture
def migrated(django_db_setup: None, django_db_blocker: Any) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection to a database that was empty and migrated, to which all our aliases lead."""
    with scratch_database() as name, django_db_blocker.unblock():
        known = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
        for alias in known:
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
        try:
            with psycopg.connect(owner_url(name), autocommit=True) as owner:
                yield owner
        finally:
            for alias, before in known.items():
                connections[alias].close()
                connections[alias].settings_dict["NAME"] = before


def schema(owner: psycopg.Connection[Any]) -> set[Any]:
    return set(owner.execute(SCHEMA).fetchall())  # type: ignore[arg-type]


@pytest.mark.slow
def test_migrations_run_forward_and_back_and_forward_again(migrated: psycopg.Connection[Any]) -> None:
    first = schema(migrated)
    assert {row[1] for row in first if row[0] == "column"} >= OUR_TABLES
    # Everything of ours stands on the accounts.
    call_command("migrate", "accounts", "zero", verbosity=0)
    left = schema(migrated)
    assert {row[1] for row in left if row[0] == "column"} & OUR_TABLES == set()
    kinds = ("policy", "trigger", "sequence")
    assert {
        row[:3] for row in left if row[0] in kinds and not row[1].startswith(("auth_", "django_"))
    } == set()
    # The libraries leave functions of theirs behind.
    functions = {row[1] for row in left if row[0] == "function"}
    assert {
        name for name in functions if not name.startswith(("_pgh_", "_pgtrigger_", "pgtrigger_"))
    } == set()
    call_command("migrate", verbosity=0)
    assert schema(migrated) == first


def test_each_of_our_migrations_has_a_name_and_one_leaf() -> None:
    loader = MigrationLoader(None)
    for label in OURS:
        names = sorted(name for app, name in loader.disk_migrations if app == label)
        assert not [name for name in names if "auto_" in name]
        assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
        assert len(loader.graph.leaf_nodes(label)) == (1 if names else 0)


def test_models_and_migrations_agree(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
