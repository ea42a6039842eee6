"""The apps of the project's own folder, and verbose names for model fields that set none."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.utils.translation import gettext_lazy as _

from .translations import compile_translations


class AcademyConfig(AppConfig):
    name = "academy"

    def ready(self) -> None:
        compile_translations()
        name_fields()


class CrudConfig(AppConfig):
    name = "crud"
    label = "crud"


class AcademyAdminConfig(AdminConfig):
    default_site = "academy.admin.site.AcademyAdminSite"


class AcademyStaticFilesConfig(StaticFilesConfig):
    # Files that no page asks for: the sources in static/src, readable copies of what the admin loads minified, and
    # the htmx of a library. Compressing them would take three of the seconds in which `make run` starts.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "src", "jquery.js", "xregexp.js", "django_htmx"]


NAMES = {
    "created_at": _("created"),
    "updated_at": _("last changed"),
    "deleted_at": _("archived since"),
}


def name_fields() -> None:
    """Name the fields of every model, as the Django admin and the history show them.

    A foreign key gets the name of the model that it refers to. These names are not part of migrations.
    """
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if (name := _name_of(field)) is not None:
                field.verbose_name = name  # type: ignore[assignment]  # lazy, as a name that is given


def _name_of(field: Any) -> Any:
    if field._verbose_name is not None:  # noqa: SLF001 - where Django keeps whether a name was given
        return None
    if field.is_relation:
        return field.related_model._meta.verbose_name
    return NAMES.get(field.name)
