"""Names without invisible characters; the unknown capacity last, both ways."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from database.operations import clean_names, fold_anew


class Migration(migrations.Migration):
    dependencies = [
        ("facilities", "0001_initial"),
        ("programs", "0010_clean_names"),
    ]

    operations = [
        clean_names("facilities", "name"),
        fold_anew("facilities", "name", search_name="academy_fold(name)"),
        migrations.AddIndex(
            model_name="facility",
            index=models.Index(
                models.F("program"),
                models.OrderBy(models.F("capacity"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("deleted_at__isnull", True)),
                name="facilities_by_capacity_down",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="facility",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.name = public.academy_clean_name(NEW.name); RETURN NEW;",
                    hash="4232c456c23c66cfc232aa5effcf42c32d6f35b0",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_clean_names_e9907",
                    table="facilities",
                    when="BEFORE",
                ),
            ),
        ),
    ]
