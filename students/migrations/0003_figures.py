"""The indexes behind the figures of the dashboard and the lists that they lead to.

Two indexes are built again with one more column each, so that possible duplicates are found without reading the
table; two are new and small. For a million students writing waits about ten seconds, reading goes on.
"""

from django.db import migrations, models

import students.models

PRESENT = models.Q(("deleted_at__isnull", True))


class Migration(migrations.Migration):
    dependencies = [("students", "0002_students_by_phone")]

    operations = [
        migrations.RemoveIndex(model_name="student", name="students_by_name"),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=PRESENT,
                fields=["program", "sort_name", "id"],
                include=("search_name", "status", "date_of_birth"),
                name="students_by_name",
            ),
        ),
        migrations.RemoveIndex(model_name="student", name="students_by_phone"),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=PRESENT,
                fields=["program", "phone", "id"],
                include=("first_name",),
                name="students_by_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=models.Q(students.models.NoContact(), ("deleted_at__isnull", True)),
                fields=["program", "status"],
                name="students_without_contact",
            ),
        ),
        migrations.AddIndex(
            model_name="studentevent",
            index=models.Index(
                condition=models.Q(("pgh_label", "update"), ("status__in", ("graduated", "withdrawn"))),
                fields=["program", "pgh_created_at"],
                include=("pgh_obj", "status"),
                name="students_history_left",
            ),
        ),
    ]
