"""Vacuum comes after 2 % of the students have changed, not after 20 %: until then every count and search of a program goes
to the table for the rows on changed pages, instead of the index alone. Takes no lock that a page would wait for."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("students", "0003_clean_indexes")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE students SET "
            "(autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)",
            "ALTER TABLE students RESET "
            "(autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)",
        )
    ]
