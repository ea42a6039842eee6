"""The indexes that a search reads hold no more than it asks: half as many pages. Built without stopping writes."""

from django.db import migrations, models

from database.operations import BuildIndex, DropIndex

PRESENT = models.Q(deleted_at__isnull=True)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("students", "0004_vacuum_sooner")]
    operations = [
        BuildIndex(
            model_name="student",
            index=models.Index(
                fields=["program", "sort_name", "id"],
                include=["status", "date_of_birth", "has_medical_alert"],
                name="students_by_sort_name",
                condition=PRESENT,
            ),
        ),
        DropIndex(model_name="student", name="students_by_name"),
        BuildIndex(
            model_name="student",
            index=models.Index(
                fields=["program", "student_id", "id"],
                include=["status", "sort_name"],
                name="students_by_student_id",
                condition=PRESENT,
            ),
        ),
        DropIndex(model_name="student", name="students_by_number"),
    ]
