"""What a visit looked at, as whom, and its beginning and end.

The columns are constants, so no row is rewritten.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Upper

EVENTS = [
    ("start", "Begun"),
    ("look", "Looked"),
    ("left", "Left"),
    ("time", "Time was up"),
    ("out", "Signed out"),
    ("ended", "Right has ended"),
]
BEGINNING = models.Q(event="start")
WORDS = ("username", "as_username", "reason", "path", "what")


def text(length: int, name: str) -> models.CharField:
    return models.CharField(name, blank=True, db_default="", default="", max_length=length)


def add(name: str, field: models.Field) -> migrations.AddField:
    return migrations.AddField("allprogramsvisit", name, field)


def index(made: models.Index) -> migrations.AddIndex:
    return migrations.AddIndex("allprogramsvisit", made)


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0004_invitations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        add("visit", models.UUIDField("visit", editable=False, null=True)),
        add(
            "event",
            models.CharField("event", choices=EVENTS, db_default="start", default="start", max_length=10),
        ),
        add(
            "as_user",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        add("as_username", text(150, "looked as")),
        add("method", text(10, "method")),
        add("path", text(1000, "address")),
        add("what", text(500, "object")),
        add("program_name", text(120, "program")),
        index(
            models.Index(
                fields=["-created_at", "-id"], name="all_programs_visits_starts", condition=BEGINNING
            )
        ),
        index(
            models.Index(
                fields=["username", "-created_at", "-id"],
                name="all_programs_visits_of_person",
                condition=BEGINNING,
            )
        ),
        index(models.Index(fields=["visit", "-created_at", "-id"], name="all_programs_visits_of_visit")),
        index(
            GinIndex(
                *(OpClass(Upper(name), "gin_trgm_ops") for name in WORDS), name="all_programs_visits_words"
            )
        ),
    ]
