"""The numbers of a program, archived rows too: the order of the admin's list. Built without stopping writes."""

from django.db import migrations, models

from database.operations import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("students", "0001_initial")]
    operations = [
        BuildIndex(
            model_name="student",
            index=models.Index(fields=["program", "student_id"], name="students_all_by_number"),
        )
    ]
