"""The students of a program."""

from __future__ import annotations

import datetime

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import validate_address
from accounts.names import NameField, clean_names
from database.functions import folded, json_shape
from programs.managers import PresentManager, ProgramManager
from programs.models import PRESENT, ArchivableModel, archived_index, present_index, track_scoped
from students.expressions import DayInUTC, LatestDay, MedicalAlert, NoContact, PrivateWords
from students.querysets import StudentQuerySet


class StudentStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    INACTIVE = "inactive", _("Inactive")
    GRADUATED = "graduated", _("Graduated")
    WITHDRAWN = "withdrawn", _("Withdrawn")


DEPARTED_STATUSES = (StudentStatus.GRADUATED, StudentStatus.WITHDRAWN)
"""The statuses of students who have left for good."""


NUMBER_FROM_DATABASE = pgtrigger.Trigger(
    name="number_from_database",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="NEW.student_id = next_student_number(extract(year FROM NEW.enrollment_date)::int); RETURN NEW;",
)
KEEP_NUMBER = pgtrigger.Trigger(
    name="keep_number",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__student_id__df=pgtrigger.F("new__student_id")),
    func="RAISE EXCEPTION 'A student number never changes.' USING ERRCODE = 'check_violation';",
)
EARLIEST_BIRTH = datetime.date(1900, 1, 1)
EARLIEST_ENROLLMENT = datetime.date(1950, 1, 1)
LATEST_ENROLLMENT = datetime.date(2199, 12, 31)


@track_scoped(
    # Who left and when: few of the rows, so that a year of them is read at once.
    models.Index(
        fields=["program", "pgh_created_at"],
        include=["pgh_obj", "status"],
        name="students_history_left",
        condition=models.Q(pgh_label="update", status__in=DEPARTED_STATUSES),
    )
)
class Student(ArchivableModel):
    """A learner in one program. Who has one name only has it as first or as last name, and sorts by it.

    `address` is {"street", "line2", "postal_code", "city", "region", "country"}, all optional.
    `emergency_contact` is {"contacts": [{"name", "relation", "phone", "email"}]}.
    `medical_info` is {"conditions": [{"name", "severity", "action", "medication"}], "note": text}, severity
    mild, moderate or severe. Nothing known is {}.
    """

    student_id = models.CharField(
        _("student number"),
        max_length=20,
        editable=False,
        db_default="",
        db_collation="C",
        help_text="STU-YYYY-NNNN, given by the database: year of enrolment, never reused, gaps possible.",
    )
    first_name = NameField(_("first name"), max_length=200, blank=True, default="")
    last_name = NameField(_("last name"), max_length=200, blank=True, default="")
    email = models.EmailField(
        _("e-mail"), max_length=254, blank=True, default="", db_default="", validators=[validate_address]
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="", db_default="")
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    enrollment_date = models.DateField(_("enrolled on"), default=timezone.localdate, db_default=DayInUTC())
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=StudentStatus.choices,
        default=StudentStatus.ACTIVE,
        db_default=StudentStatus.ACTIVE,
    )
    address = models.JSONField(
        _("address"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    emergency_contact = models.JSONField(
        _("emergency contacts"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    medical_info = models.JSONField(
        _("medical information"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    # The number without its "STU-": those letters stand in every row.
    search_name = folded("first_name", "last_name", Substr("student_id", 5))
    sort_name = folded("last_name", "first_name")
    # Readable by roles that may not read the medical text itself.
    has_medical_alert = models.GeneratedField(
        expression=MedicalAlert(), output_field=models.BooleanField(), db_persist=True, editable=False
    )

    # Searched, never shown; by those who may read what it is made of.
    private_words = models.GeneratedField(
        expression=PrivateWords("emergency_contact", "medical_info"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )

    # Read only by those who may: pages leave these columns in the database for everybody else.
    PRIVATE = ("address", "emergency_contact", "medical_info", "private_words")

    objects = PresentManager.from_queryset(StudentQuerySet)()
    with_archived = ProgramManager.from_queryset(StudentQuerySet)()

    class Meta(ArchivableModel.Meta):
        db_table = "students"
        verbose_name = _("student")
        verbose_name_plural = _("students")
        ordering = ["sort_name", "id"]
        default_permissions = (*ArchivableModel.Meta.default_permissions, "view_private", "view_emergency")  # type: ignore[assignment]
        constraints = [
            *ArchivableModel.Meta.constraints,
            models.UniqueConstraint(fields=["student_id"], name="students_number_unique"),
            models.CheckConstraint(
                condition=models.Q(status__in=StudentStatus.values), name="students_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(student_id__regex=r"^STU-[0-9]{4}-[0-9]{4,}$"),
                name="students_number_well_formed",
            ),
            models.CheckConstraint(
                condition=models.Q(date_of_birth__isnull=True)
                | models.Q(date_of_birth__gte=EARLIEST_BIRTH, date_of_birth__lte=LatestDay()),
                name="students_birth_not_in_future",
            ),
            models.CheckConstraint(
                condition=models.Q(enrollment_date__range=(EARLIEST_ENROLLMENT, LATEST_ENROLLMENT)),
                name="students_enrolment_in_range",
            ),
            json_shape("address", "object", name="students_address_is_object"),
            json_shape("emergency_contact", "object", name="students_contact_is_object"),
            json_shape("medical_info", "object", name="students_medical_is_object"),
            models.CheckConstraint(
                condition=~models.Q(first_name="", last_name=""),
                name="students_name_given",
                violation_error_message=_("Enter a first or a last name."),
            ),
        ]
        indexes = [
            # Covering: the order, the search anywhere in a name and a status tab are answered from it alone. As
            # narrow as can be, for a search reads the whole of a program.
            present_index(
                "students_by_sort_name",
                "sort_name",
                "id",
                include=["status", "date_of_birth", "has_medical_alert"],
            ),
            present_index("students_by_search", "search_name", "id"),
            # The digits of a number are looked for in every number of the program: read from here alone.
            present_index("students_by_phone", "phone", "id", include=["first_name"]),
            present_index("students_by_email", "email", "id", also=~models.Q(email="")),
            present_index(
                "students_by_private_words", "private_words", "id", also=~models.Q(private_words="")
            ),
            # Narrow, so that counting a large program reads little.
            present_index("students_count", "status"),
            # As for names, with what a search for digits asks: they may be those of a name, and names order the page.
            present_index("students_by_student_id", "student_id", "id", include=["status", "sort_name"]),
            present_index("students_by_enrolment", "enrollment_date", "id", include=["status"]),
            present_index("students_by_birth", "date_of_birth", "id", include=["status"]),
            # The other way round with the unknown last, which no index gives when it is read backwards.
            models.Index(
                "program",
                models.F("date_of_birth").desc(nulls_last=True),
                models.F("id").desc(),
                include=["status"],
                name="students_by_birth_down",
                condition=PRESENT,
            ),
            # Of what should not be: small as long as the records are in order.
            models.Index(
                fields=["program", "status"],
                name="students_without_contact",
                condition=models.Q(NoContact()) & PRESENT,
            ),
            archived_index("students_archived"),
            # The order of the admin, which shows those archived too.
            models.Index(fields=["program", "student_id"], name="students_all_by_number"),
            # Serves the all-programs role; under a policy no index answers LIKE.
            GinIndex(OpClass("search_name", "gin_trgm_ops"), name="students_search_everywhere"),
        ]
        triggers = [
            *ArchivableModel.Meta.triggers,
            NUMBER_FROM_DATABASE,
            KEEP_NUMBER,
            clean_names("first_name", "last_name", parts=("emergency_contact",)),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        return f"{self.first_name[:1]}{self.last_name[:1]}".upper()

    @property
    def age(self) -> int | None:
        """Whole years lived today, or None where the date of birth is unknown."""
        return self.age_on(timezone.localdate())

    def age_on(self, day: datetime.date) -> int | None:
        """Whole years lived on a day, or None where the date of birth is unknown."""
        born = self.date_of_birth
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def contacts(self) -> list[dict[str, str]]:
        return self.emergency_contact.get("contacts", [])

    @property
    def conditions(self) -> list[dict[str, str]]:
        return self.medical_info.get("conditions", [])
