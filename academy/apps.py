from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig

from .translations import compile_translations


class AcademyConfig(AppConfig):
    name = "academy"

    def ready(self) -> None:
        compile_translations()
        from .labels import name_fields

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
