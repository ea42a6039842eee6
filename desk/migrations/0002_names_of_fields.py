from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="draft",
            options={
                "base_manager_name": "objects",
                "default_permissions": (),
                "verbose_name": "draft",
                "verbose_name_plural": "drafts",
            },
        ),
        migrations.AlterModelOptions(
            name="savedview",
            options={
                "base_manager_name": "objects",
                "default_permissions": (),
                "ordering": ["name"],
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
            },
        ),
        migrations.AlterField(
            model_name="draft",
            name="form",
            field=models.CharField(max_length=120, verbose_name="form"),
        ),
        migrations.AlterField(
            model_name="savedview",
            name="page",
            field=models.CharField(max_length=100, verbose_name="list"),
        ),
        migrations.AlterField(
            model_name="savedview",
            name="query",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="address"
            ),
        ),
    ]
