"""Roles of assignments and invitations are known by their ranks; the choices are those of `accounts.roles`."""

from django.db import migrations, models

import accounts.role_ranks
import accounts.roles


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0012_fold_without_gaps"),
        ("accounts", "0005_role_ranks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="invitation",
            name="invitations_role_known_and_not_super",
        ),
        migrations.RemoveConstraint(
            model_name="userprogramassignment",
            name="assignments_role_known_and_not_super",
        ),
        migrations.AlterField(
            model_name="invitation",
            name="role",
            field=models.CharField(
                choices=accounts.roles.assignable_role_choices, max_length=32, verbose_name="role"
            ),
        ),
        migrations.AlterField(
            model_name="invitationevent",
            name="role",
            field=models.CharField(
                choices=accounts.roles.assignable_role_choices, max_length=32, verbose_name="role"
            ),
        ),
        migrations.AlterField(
            model_name="userprogramassignment",
            name="role",
            field=models.CharField(
                blank=True,
                choices=accounts.roles.assignable_role_choices,
                help_text="Leave empty to use the role of the user.",
                max_length=32,
                null=True,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="userprogramassignmentevent",
            name="role",
            field=models.CharField(
                blank=True,
                choices=accounts.roles.assignable_role_choices,
                help_text="Leave empty to use the role of the user.",
                max_length=32,
                null=True,
                verbose_name="role",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    accounts.role_ranks.RoleIsKnown("role"), models.Q(("role", "super_admin"), _negated=True)
                ),
                name="invitations_role_known_and_not_super",
            ),
        ),
        migrations.AddConstraint(
            model_name="userprogramassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__isnull", True),
                    models.Q(
                        accounts.role_ranks.RoleIsKnown("role"),
                        models.Q(("role", "super_admin"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="assignments_role_known_and_not_super",
            ),
        ),
    ]
