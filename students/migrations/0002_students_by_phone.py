"""The index behind the search for phone numbers.

Numbers are stored as people write them and looked for by their digits. The obvious way, a stored column of the
digits, costs too much where there are a million students: a generated column rewrites the table and all its
indexes under a lock that stops reading too, and filling a plain column leaves every row dead once and takes the
index-only scans from the lists until a vacuum. An index on the digits as an expression would never be used:
functions that are not leakproof wait for the row-level policy.

So nothing is stored. This index holds the numbers of a program side by side, and a search reads that part of it:
a hundred thousand numbers in about 8 ms. Building it stops writing, not reading, for about two seconds for a
million students. Not CONCURRENTLY: that waits for every open snapshot, also for the one of another machine
that stands in the queue for the migration lock, and would wait for ever.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("students", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="student",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["program", "phone", "id"],
                name="students_by_phone",
            ),
        ),
    ]
