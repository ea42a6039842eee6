from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.utils.translation import trans_real

from .translations import compile_translations


class AcademyConfig(AppConfig):
    name = "academy"

    def ready(self) -> None:
        compile_translations()
        # The texts are written in this language, so what has no translation stands as it is. Else each of the
        # hundreds of words of a page is first looked for in the empty catalogue of every library.
        trans_real.translation(settings.LANGUAGE_CODE)._fallback = None  # type: ignore[attr-defined]  # noqa: SLF001
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
