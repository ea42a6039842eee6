"""Names without invisible characters."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from database.operations import clean_names


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0009_search_spellings"),
    ]

    operations = [
        clean_names("programs", "name"),
        clean_names("invitations", "full_name"),
        pgtrigger.migrations.AddTrigger(
            model_name="invitation",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.full_name = public.academy_clean_name(NEW.full_name); RETURN NEW;",
                    hash="b82139a0a932ee58e2242512610325e270e0b33c",
                    operation='INSERT OR UPDATE OF "full_name"',
                    pgid="pgtrigger_clean_names_89253",
                    table="invitations",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="program",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.name = public.academy_clean_name(NEW.name); RETURN NEW;",
                    hash="f778753700a99401679b14f49c973f32328a48c0",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_clean_names_01a6f",
                    table="programs",
                    when="BEFORE",
                ),
            ),
        ),
    ]
