"""Names without invisible characters."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from database.operations import clean_names


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_sign_in"),
        ("programs", "0009_search_spellings"),
    ]

    operations = [
        clean_names("users", "full_name"),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.full_name = public.academy_clean_name(NEW.full_name); RETURN NEW;",
                    hash="36a9240678793b25dccc69a8070505fe9f5cbdae",
                    operation='INSERT OR UPDATE OF "full_name"',
                    pgid="pgtrigger_clean_names_387bd",
                    table="users",
                    when="BEFORE",
                ),
            ),
        ),
    ]
