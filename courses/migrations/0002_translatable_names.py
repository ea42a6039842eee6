from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="course",
            options={
                "base_manager_name": "with_archived",
                "default_permissions": ("view", "add", "change", "archive", "delete"),
                "ordering": ["level", "search_name", "id"],
                "verbose_name": "course",
                "verbose_name_plural": "courses",
            },
        ),
        migrations.AlterModelOptions(
            name="curriculum",
            options={
                "base_manager_name": "with_archived",
                "default_permissions": ("view", "add", "change", "archive", "delete"),
                "ordering": ["sequence_order"],
                "verbose_name": "curriculum",
                "verbose_name_plural": "curricula",
            },
        ),
        migrations.AlterModelOptions(
            name="lesson",
            options={
                "base_manager_name": "with_archived",
                "default_permissions": ("view", "add", "change", "archive", "delete"),
                "ordering": ["sequence_order"],
                "verbose_name": "lesson",
                "verbose_name_plural": "lessons",
            },
        ),
        migrations.AlterModelOptions(
            name="module",
            options={
                "base_manager_name": "with_archived",
                "default_permissions": ("view", "add", "change", "archive", "delete"),
                "ordering": ["sequence_order"],
                "verbose_name": "module",
                "verbose_name_plural": "modules",
            },
        ),
        migrations.AlterField(
            model_name="course",
            name="description",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=10000, verbose_name="description"
            ),
        ),
        migrations.AlterField(
            model_name="course",
            name="level",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="0 for beginners.", verbose_name="level"
            ),
        ),
        migrations.AlterField(
            model_name="course",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="courseevent",
            name="description",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=10000, verbose_name="description"
            ),
        ),
        migrations.AlterField(
            model_name="courseevent",
            name="level",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="0 for beginners.", verbose_name="level"
            ),
        ),
        migrations.AlterField(
            model_name="courseevent",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="curriculum",
            name="description",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=10000, verbose_name="description"
            ),
        ),
        migrations.AlterField(
            model_name="curriculum",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="curriculum",
            name="sequence_order",
            field=models.PositiveIntegerField(editable=False, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="curriculumevent",
            name="description",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=10000, verbose_name="description"
            ),
        ),
        migrations.AlterField(
            model_name="curriculumevent",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="curriculumevent",
            name="sequence_order",
            field=models.PositiveIntegerField(editable=False, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="lesson",
            name="content",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=50000, verbose_name="content"
            ),
        ),
        migrations.AlterField(
            model_name="lesson",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="lesson",
            name="sequence_order",
            field=models.PositiveIntegerField(editable=False, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="lessonevent",
            name="content",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=50000, verbose_name="content"
            ),
        ),
        migrations.AlterField(
            model_name="lessonevent",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="lessonevent",
            name="sequence_order",
            field=models.PositiveIntegerField(editable=False, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="module",
            name="description",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=10000, verbose_name="description"
            ),
        ),
        migrations.AlterField(
            model_name="module",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="module",
            name="sequence_order",
            field=models.PositiveIntegerField(editable=False, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="moduleevent",
            name="description",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=10000, verbose_name="description"
            ),
        ),
        migrations.AlterField(
            model_name="moduleevent",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="moduleevent",
            name="sequence_order",
            field=models.PositiveIntegerField(editable=False, verbose_name="place"),
        ),
    ]
