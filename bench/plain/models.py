"""Academy's tables as they are, without its managers."""

import uuid

from django.db import models


class Row(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Program(Row):
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    class Meta:
        managed = False
        db_table = "programs"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Student(Row):
    program = models.ForeignKey(Program, models.PROTECT)
    student_id = models.CharField(max_length=20, editable=False, default="")
    first_name = models.CharField(max_length=200)
    last_name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    enrollment_date = models.DateField()
    status = models.CharField(
        max_length=20,
        default="active",
        choices=[(name, name.title()) for name in ("active", "inactive", "graduated", "withdrawn")],
    )
    address = models.JSONField(default=dict, blank=True)
    emergency_contact = models.JSONField(default=dict, blank=True)
    medical_info = models.JSONField(default=dict, blank=True)

    class Meta:
        managed = False
        db_table = "students"
        ordering = ["last_name", "first_name"]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Facility(Row):
    program = models.ForeignKey(Program, models.PROTECT)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20)

    class Meta:
        managed = False
        db_table = "facilities"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Course(Row):
    program = models.ForeignKey(Program, models.PROTECT)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    level = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        managed = False
        db_table = "courses"
        ordering = ["level", "name"]

    def __str__(self) -> str:
        return self.name


class Part(Row):
    program = models.ForeignKey(Program, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sequence_order = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["sequence_order"]

    def __str__(self) -> str:
        return self.name


class Curriculum(Part):
    course = models.ForeignKey(Course, models.CASCADE)

    class Meta(Part.Meta):
        managed = False
        db_table = "curricula"


class Module(Part):
    curriculum = models.ForeignKey(Curriculum, models.CASCADE)

    class Meta(Part.Meta):
        managed = False
        db_table = "modules"


class Lesson(Part):
    module = models.ForeignKey(Module, models.CASCADE)
    duration_minutes = models.PositiveIntegerField(null=True, blank=True)

    class Meta(Part.Meta):
        managed = False
        db_table = "lessons"


class Change(models.Model):
    """A row of a history table, which the triggers write here as for Academy."""

    pgh_id = models.BigIntegerField(primary_key=True)
    pgh_created_at = models.DateTimeField()
    pgh_label = models.TextField()
    program = models.ForeignKey(Program, models.DO_NOTHING, related_name="+")

    class Meta:
        abstract = True
        ordering = ["-pgh_created_at"]


class StudentChange(Change):
    first_name = models.CharField(max_length=200)
    last_name = models.CharField(max_length=200)
    status = models.CharField(max_length=20)

    class Meta(Change.Meta):
        managed = False
        db_table = "students_history"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def changes_of(model: type[models.Model]) -> type[Change]:
    """The history of a model that has a name."""
    meta = type("Meta", (Change.Meta,), {"managed": False, "db_table": f"{model._meta.db_table}_history"})
    body = {"__module__": __name__, "Meta": meta, "name": models.CharField(max_length=200)}
    return type(f"{model.__name__}Change", (Change,), body)


CHANGES = [StudentChange, *(changes_of(model) for model in (Course, Curriculum, Module, Lesson, Facility))]
