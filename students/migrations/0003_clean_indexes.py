"""Vacuum always cleans the indexes of students. Where few pages have dead rows it would leave them be; those pages then
count as changed, and every count and search of a program goes to the table for their rows instead of the index alone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("students", "0002_students_all_by_number")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE students SET (vacuum_index_cleanup = on)",
            "ALTER TABLE students RESET (vacuum_index_cleanup)",
        )
    ]
