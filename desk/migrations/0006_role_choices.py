"""The choices of the roles are those of `accounts.roles`. Nothing changes in the database."""

import django.contrib.postgres.fields
from django.db import migrations, models

import accounts.roles


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0005_shared_with_several_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="savedview",
            name="shared_with",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=accounts.roles.assignable_role_choices, max_length=32),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="shared with",
            ),
        ),
    ]
