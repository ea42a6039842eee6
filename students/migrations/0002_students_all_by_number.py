"""The numbers of a program, archived rows too: the order of the admin's list. Built without stopping writes."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("students", "0001_initial")]
    operations = [
        AddIndexConcurrently(
            model_name="student",
            index=models.Index(fields=["program", "student_id"], name="students_all_by_number"),
        )
    ]
