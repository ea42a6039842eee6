"""Entities unlike those of the product: without a status, without a name, with an own form, with a link to another."""

from __future__ import annotations

import re
import sys

import pytest

from .project_copy import migrated_copy

APP = {
    "academy/rooms.py": '    "kinds",\n',
    "academy/urls.py": '    path("kinds/", include("kinds.urls")),\n',
    "kinds/models.py": """from django.db import models

from programs.fields import ProgramForeignKey
from programs.models import ArchivableModel, track_scoped


@track_scoped()
class Measurement(ArchivableModel):  # neither a name nor a status
    taken_on = models.DateField("taken on")
    depth = models.PositiveIntegerField("depth")

    def __str__(self) -> str:
        return f"{self.taken_on}: {self.depth}"


@track_scoped()
class Device(ArchivableModel):  # a form of its own
    name = models.CharField("name", max_length=50)
    serial = models.CharField("serial number", max_length=20, blank=True, default="", db_default="")
    is_active = models.BooleanField("in use", default=True, db_default=True)

    def __str__(self) -> str:
        return self.name


@track_scoped()
class Repair(ArchivableModel):  # a link to a row of another kind
    device = ProgramForeignKey(Device, models.PROTECT, related_name="repairs")
    reason = models.CharField("reason", max_length=100)

    def __str__(self) -> str:
        return self.reason
""",
    "kinds/forms.py": """from django import forms

import crud

from .models import Device


class DeviceForm(crud.ModelForm):
    serial = forms.CharField(label="Serial number", max_length=20, required=False)

    class Meta:
        model = Device
        fields = ("name", "serial", "is_active")
""",
    "kinds/views.py": """import crud

from .forms import DeviceForm
from .models import Device, Measurement, Repair


class MeasurementViews(crud.ModelViews):
    model = Measurement
    columns = ("taken_on", "depth")


class DeviceViews(crud.ModelViews):
    model = Device
    columns = ("name", "is_active")
    form_class = DeviceForm
    tabs = (
        crud.DetailTab("details", "Details", "crud/_details.html"),
        crud.DetailTab("history", "History", "crud/_history.html"),
    )


class RepairViews(crud.ModelViews):
    model = Repair
    columns = ("reason", "device")

    def get_queryset(self, **kwargs):
        return super().get_queryset(**kwargs).select_related("device")
""",
    "kinds/urls.py": """from .views import DeviceViews, MeasurementViews, RepairViews

app_name = "kinds"
urlpatterns = [
    *MeasurementViews.urls("measurements/"),
    *DeviceViews.urls("devices/"),
    *RepairViews.urls("repairs/"),
]
""",
    "kinds/admin.py": """from django.contrib import admin

from programs.admin import ScopedAdmin

from .models import Device, Measurement, Repair

admin.site.register([Device, Measurement, Repair], ScopedAdmin)
""",
}
TESTS = ["academy/tests/test_contracts.py", "academy/tests/test_ways_back.py", "programs/tests/test_roles.py"]


@pytest.mark.slow
def test_the_tests_of_all_entities_pass_for_each_kind(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None
) -> None:
    with migrated_copy(APP, tmp_path_factory.mktemp("project")) as project:
        about = "kinds or measurement or device or repair or stands_in_the_table or complete"
        arguments = ["-q", "-p", "no:cacheprovider", "-k", about, *TESTS]
        done = project.run([sys.executable, "-m", "pytest", *arguments], TEST_TEMPLATE=project.database)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None and int(passed[1]) > 150, done.stdout[-500:]
