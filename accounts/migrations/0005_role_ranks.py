"""The constraints know the roles by their ranks, so that a new role is one migration that sets these."""

from django.db import migrations, models

import accounts.role_ranks
import accounts.roles
from accounts.role_ranks import set_role_ranks


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_names_in_any_case"),
    ]

    operations = [
        set_role_ranks(
            {"super_admin": 100, "program_admin": 80, "program_coordinator": 60, "tutor": 20}, before=None
        ),
        migrations.RemoveConstraint(
            model_name="rolepolicy",
            name="role_policies_role_known",
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="users_role_known",
        ),
        migrations.AlterField(
            model_name="rolepolicy",
            name="role",
            field=models.CharField(
                choices=accounts.roles.role_choices, max_length=32, unique=True, verbose_name="role"
            ),
        ),
        migrations.AlterField(
            model_name="rolepolicyevent",
            name="role",
            field=models.CharField(choices=accounts.roles.role_choices, max_length=32, verbose_name="role"),
        ),
        migrations.AlterField(
            model_name="user",
            name="role",
            field=models.CharField(
                choices=accounts.roles.role_choices,
                db_default="tutor",
                default="tutor",
                max_length=32,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="userevent",
            name="role",
            field=models.CharField(
                choices=accounts.roles.role_choices,
                db_default="tutor",
                default="tutor",
                max_length=32,
                verbose_name="role",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolepolicy",
            constraint=models.CheckConstraint(
                condition=accounts.role_ranks.RoleIsKnown("role"), name="role_policies_role_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=accounts.role_ranks.RoleIsKnown("role"), name="users_role_known"
            ),
        ),
    ]
