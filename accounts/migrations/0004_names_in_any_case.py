"""User names are unique in any case, as e-mail addresses are: either way of writing signs in the same person.

Where two accounts have names that differ in case alone, the older keeps its name; the others get the first letters of
their key behind it. They sign in with that, or with their e-mail address as before.
"""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Lower

import accounts.addresses

TELL_APART = """
UPDATE users SET username = left(users.username, 141) || '-' || left(users.id::text, 8)
FROM (
    SELECT id, row_number() OVER (PARTITION BY lower(username) ORDER BY created_at, id) AS place FROM users
) AS named
WHERE named.id = users.id AND named.place > 1
"""
# What waits for the end of the transaction would keep the table from getting its index.
CHECK_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_clean_names")]

    operations = [
        migrations.RunSQL([TELL_APART, CHECK_NOW], migrations.RunSQL.noop),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                Lower("username"),
                name="users_username_unique_any_case",
                violation_error_message="This user name is taken. Choose another.",
            ),
        ),
        *(
            migrations.AlterField(
                name,
                "email",
                models.EmailField("e-mail", max_length=254, validators=[accounts.addresses.validate_address]),
            )
            for name in ("user", "userevent")
        ),
    ]
