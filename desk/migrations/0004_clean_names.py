"""Names of views without invisible characters."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from database.operations import clean_names


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0003_drafts_closed"),
    ]

    operations = [
        clean_names("saved_views", "name"),
        pgtrigger.migrations.AddTrigger(
            model_name="savedview",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.name = public.academy_clean_name(NEW.name); RETURN NEW;",
                    hash="f233f2354fc21d7b6c712f2f86daa6d98a09e58c",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_clean_names_6df26",
                    table="saved_views",
                    when="BEFORE",
                ),
            ),
        ),
    ]
