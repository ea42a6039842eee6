"""A view can be shared with several roles."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

TO_LIST = """
ALTER TABLE saved_views ALTER COLUMN shared_with DROP DEFAULT;
ALTER TABLE saved_views ALTER COLUMN shared_with TYPE varchar(32)[]
    USING CASE WHEN shared_with = '' THEN '{}'::varchar(32)[] ELSE ARRAY[shared_with] END;
ALTER TABLE saved_views ALTER COLUMN shared_with SET DEFAULT '{}'::varchar(32)[];
"""
TO_ONE = """
ALTER TABLE saved_views ALTER COLUMN shared_with DROP DEFAULT;
ALTER TABLE saved_views ALTER COLUMN shared_with TYPE varchar(32) USING coalesce(shared_with[1], '');
ALTER TABLE saved_views ALTER COLUMN shared_with SET DEFAULT '';
"""


class Migration(migrations.Migration):
    dependencies = [("desk", "0004_clean_names")]

    operations = [
        migrations.RunSQL(
            TO_LIST,
            TO_ONE,
            state_operations=[
                migrations.AlterField(
                    model_name="savedview",
                    name="shared_with",
                    field=ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("program_admin", "Program admin"),
                                ("program_coordinator", "Coordinator"),
                                ("tutor", "Tutor"),
                            ],
                            max_length=32,
                        ),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="shared with",
                    ),
                ),
            ],
        ),
    ]
