"""Names without invisible characters; lessons are searched."""

import pgtrigger.compiler
import pgtrigger.migrations
import database.functions
from django.db import migrations, models

from database.operations import clean_names, fold_anew


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_grants"),
        ("programs", "0010_clean_names"),
    ]

    operations = [
        clean_names("courses", "name"),
        clean_names("curricula", "name"),
        clean_names("modules", "name"),
        clean_names("lessons", "name"),
        fold_anew("courses", "name", search_name="academy_fold(name)"),
        migrations.AddField(
            model_name="lesson",
            name="search_name",
            field=models.GeneratedField(
                db_persist=True,
                expression=database.functions.Fold(models.F("name")),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddIndex(
            model_name="lesson",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["program", "search_name", "id"],
                include=("module",),
                name="lessons_by_name",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="course",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.name = public.academy_clean_name(NEW.name); RETURN NEW;",
                    hash="922b89181e024285b1f7d4e37bdb78b7fb35adeb",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_clean_names_fbc11",
                    table="courses",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="curriculum",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.name = public.academy_clean_name(NEW.name); RETURN NEW;",
                    hash="31582646e3c12218dcc25601967cbdb9b09f9bf1",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_clean_names_7ba4c",
                    table="curricula",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lesson",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.name = public.academy_clean_name(NEW.name); RETURN NEW;",
                    hash="e7478258ea65a944843c4253940f419c80248146",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_clean_names_41199",
                    table="lessons",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="module",
            trigger=pgtrigger.compiler.Trigger(
                name="clean_names",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="NEW.name = public.academy_clean_name(NEW.name); RETURN NEW;",
                    hash="caab920c1b3059a94f2e4bc994c1bbd170d5f9f3",
                    operation='INSERT OR UPDATE OF "name"',
                    pgid="pgtrigger_clean_names_ffa3b",
                    table="modules",
                    when="BEFORE",
                ),
            ),
        ),
    ]
