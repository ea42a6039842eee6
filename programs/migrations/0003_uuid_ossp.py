"""uuid-ossp where the server offers it. Nothing needs it: ids come from gen_random_uuid()."""

from django.db import migrations

ENABLE = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'uuid-ossp') THEN
        CREATE EXTENSION IF NOT EXISTS "uuid-ossp";
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'uuid-ossp is not enabled: the owner of the tables may not.';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_search_functions")]

    operations = [migrations.RunSQL(ENABLE, 'DROP EXTENSION IF EXISTS "uuid-ossp"')]
